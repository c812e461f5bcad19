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


def spent_from(connection: Connection, purse: BudgetPeriod) -> int:
    """Return what the settlements of a purse's period have been paid by the fund, fen, before it was kept too."""
    spent = connection.execute(select(SpentBudget.spent).where(_kept_as(purse))).scalar_one_or_none()
    return paid_within(connection, purse) if spent is None else spent


def spend_from(connection: Connection, purse: BudgetPeriod, amount: int) -> None:
    """Take an amount out of a purse, or put it back where it is negative; fen. What was booked is stored already.

    A purse that is new, or whose period is another one now, is summed from what stands; so are later all others that
    its days belonged to.
    """
    changed = connection.execute(update(SpentBudget).where(_kept_as(purse)).values(spent=SpentBudget.spent + amount))
    if not changed.rowcount:
        forget(connection, purse)
        connection.execute(insert(SpentBudget).values(**purse._asdict(), spent=paid_within(connection, purse)))


def forget(connection: Connection, days: BudgetPeriod) -> None:
    """Forget what was kept of purses that some of these days belonged to: it will be summed when it is asked for."""
    begun: ColumnElement[bool] = true() if days.last_day is None else SpentBudget.first_day <= days.last_day
    connection.execute(
        delete(SpentBudget).where(begun, or_(SpentBudget.last_day.is_(None), SpentBudget.last_day >= days.first_day))
    )


def _kept_as(purse: BudgetPeriod) -> ColumnElement[bool]:
    until = SpentBudget.last_day.is_(None) if purse.last_day is None else SpentBudget.last_day == purse.last_day
    return and_(SpentBudget.first_day == purse.first_day, until)


def paid_within(connection: Connection, purse: BudgetPeriod) -> int:
    """Add up what the settlements of a period that stand have been paid by the fund, fen."""
    within: ColumnElement[bool] = Settlement.service_date >= purse.first_day
    if purse.last_day is not None:
        within = and_(within, Settlement.service_date <= purse.last_day)
    paid = select(func.coalesce(func.sum(Settlement.major_disease_fund), 0))
    return int(connection.execute(paid.where(STANDS, within)).scalar_one())
