"""The budget of the major-disease fund (大病基金总额): its period, what is left of it, what a settlement takes."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from app.db import locks
from app.db.ledger import budgets
from app.db.ledger.budgets import BudgetPeriod
from app.db.ledger.records import Booking
from app.rules.parameters import Parameters

BUDGET = "major_disease_fund.purse"
"""The figure that sets the budget."""


class FundBudget(NamedTuple):
    """The fund's budget of a period."""

    period: BudgetPeriod
    amount: int
    """What the fund can pay in the period in all, fen."""


class FundBudgets:
    """The fund's budgets of one set of parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def on(self, day: dt.date) -> FundBudget | None:
        """Return the budget that a day belongs to; None where the deployment keeps none then."""
        dated = self._parameters.on(day).in_force[BUDGET]
        if not isinstance(dated.value, int):
            return None
        return FundBudget(BudgetPeriod(dated.effective_from, dated.until), dated.value)

    def lock(self, connection: Connection, which: Iterable[FundBudget]) -> None:
        """Lock budgets where others write at the same time: what is read of them from here on stands.

        A write locks all that it needs at once, so that no two wait for each other in a circle.
        """
        locks.lock(connection, "budget", *map(_name, which))

    def lock_of(self, connection: Connection, bookings: Iterable[Booking]) -> None:
        """Lock the budgets that the fund's parts of some bookings come from, or went to."""
        found = (self.on(each.service_date) for each in bookings if each.amounts.major_disease_fund)
        self.lock(connection, filter(None, found))

    def left(self, connection: Connection, budget: FundBudget) -> int:
        """Return what is left of a budget, fen."""
        return max(budget.amount - budgets.spent_from(connection, budget.period), 0)

    def is_overdrawn(self, connection: Connection, budget: FundBudget) -> bool:
        """Whether more is spent of a budget than it holds."""
        return budgets.spent_from(connection, budget.period) > budget.amount

    def spend(self, connection: Connection, day: dt.date, amount: int) -> None:
        """Take what the fund pays for a day out of its budget, or put it back where it is negative; fen.

        Where no budget is kept now, the stored sum of an earlier one is deleted. A budget that is not locked is left as
        it is where nothing is taken.
        """
        budget = self.on(day)
        if budget is not None:
            if amount:
                self.lock(connection, [budget])
            if locks.holds(connection, "budget", _name(budget)):
                budgets.spend_from(connection, budget.period, amount)
        elif amount:
            budgets.forget(connection, BudgetPeriod(day, day))


def _name(budget: FundBudget) -> str:
    return budget.period.first_day.isoformat()
