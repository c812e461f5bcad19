"""The budget of the major-disease fund (大病基金总额): its period, what is left of it, what a settlement takes."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection

from app.db.ledger import budgets
from app.db.ledger.budgets import BudgetPeriod
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

    def left(self, connection: Connection, budget: FundBudget) -> int:
        """Return what is left of a budget, fen."""
        return max(budget.amount - budgets.spent_from(connection, budget.period), 0)

    def is_overdrawn(self, connection: Connection, budget: FundBudget) -> bool:
        """Whether more is spent of a budget than it holds."""
        return budgets.spent_from(connection, budget.period) > budget.amount

    def spend(self, connection: Connection, day: dt.date, amount: int) -> None:
        """Take what the fund pays for a day out of its budget, or put it back where it is negative; fen.

        Where no budget is kept now, the stored sum of an earlier one is deleted.
        """
        budget = self.on(day)
        if budget is not None:
            budgets.spend_from(connection, budget.period, amount)
        elif amount:
            budgets.forget(connection, BudgetPeriod(day, day))
