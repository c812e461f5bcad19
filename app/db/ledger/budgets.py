"""What is spent of the budgets of the major-disease fund (大病基金总额), kept beside the settlements."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from app.db.ledger.models import Settlement, SpentBudget
from app.db.ledger.settlements import STANDS


class BudgetPeriod(NamedTuple):
    """The days of a purse, both counted; without a last one while it holds."""

    first_day: dt.date
    last_day: dt.date | None


def spent_from(connection: Connection, budget: BudgetPeriod) -> int:
    """Return what the settlements of a purse's period have been paid by the fund, fen, before it was kept too."""
    spent = connection.execute(select(SpentBudget.spent).where(_kept_as(budget))).scalar_one_or_none()
    return paid_within(connection, budget) if spent is None else spent


def spend_from(connection: Connection, budget: BudgetPeriod, amount: int) -> None:
    """Take an amount out of a purse, or put it back where it is negative; fen. What was booked is stored already.

    A purse that is new, or whose period is another one now, is summed from what stands; so are later all others that
    its days belonged to.
    """
    changed = connection.execute(update(SpentBudget).where(_kept_as(budget)).values(spent=SpentBudget.spent + amount))
    if not changed.rowcount:
        forget(connection, budget)
        connection.execute(insert(SpentBudget).values(**budget._asdict(), spent=paid_within(connection, budget)))


def forget(connection: Connection, days: BudgetPeriod) -> None:
    """Forget what was kept of purses that some of these days belonged to: it will be summed when it is asked for."""
    begun: ColumnElement[bool] = true() if days.last_day is None else SpentBudget.first_day <= days.last_day
    connection.execute(
        delete(SpentBudget).where(begun, or_(SpentBudget.last_day.is_(None), SpentBudget.last_day >= days.first_day))
    )


def _kept_as(budget: BudgetPeriod) -> ColumnElement[bool]:
    until = SpentBudget.last_day.is_(None) if budget.last_day is None else SpentBudget.last_day == budget.last_day
    return and_(SpentBudget.first_day == budget.first_day, until)


def paid_within(connection: Connection, budget: BudgetPeriod) -> int:
    """Add up what the settlements of a period that stand have been paid by the fund, fen."""
    within: ColumnElement[bool] = Settlement.service_date >= budget.first_day
    if budget.last_day is not None:
        within = and_(within, Settlement.service_date <= budget.last_day)
    paid = select(func.coalesce(func.sum(Settlement.major_disease_fund), 0))
    return int(connection.execute(paid.where(STANDS, within)).scalar_one())
