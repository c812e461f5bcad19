"""What is spent of the budgets of the major-disease fund (大病基金总额), kept beside the settlements."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from app.db.ledger.models import Purse, Settlement
from app.db.ledger.settlements import STANDS


class Period(NamedTuple):
    """The days of a purse, both counted; without a last one while it holds."""

    first_day: dt.date
    last_day: dt.date | None


def spent_from(connection: Connection, purse: Period) -> int:
    """Return what the settlements of a purse's period have been paid by the fund, fen, before it was kept too."""
    spent = connection.execute(select(Purse.spent).where(_kept_as(purse))).scalar_one_or_none()
    return paid_within(connection, purse) if spent is None else spent


def spend_from(connection: Connection, purse: Period, amount: int) -> None:
    """Take an amount out of a purse, or put it back where it is negative; fen. What was booked is stored already.

    A purse that is new, or whose period is another one now, is summed from what stands; so are later all others that
    its days belonged to.
    """
    changed = connection.execute(update(Purse).where(_kept_as(purse)).values(spent=Purse.spent + amount))
    if not changed.rowcount:
        forget(connection, purse)
        connection.execute(insert(Purse).values(**purse._asdict(), spent=paid_within(connection, purse)))


def forget(connection: Connection, days: Period) -> None:
    """Forget what was kept of purses that some of these days belonged to: it will be summed when it is asked for."""
    begun: ColumnElement[bool] = true() if days.last_day is None else Purse.first_day <= days.last_day
    connection.execute(delete(Purse).where(begun, or_(Purse.last_day.is_(None), Purse.last_day >= days.first_day)))


def _kept_as(purse: Period) -> ColumnElement[bool]:
    until = Purse.last_day.is_(None) if purse.last_day is None else Purse.last_day == purse.last_day
    return and_(Purse.first_day == purse.first_day, until)


def paid_within(connection: Connection, purse: Period) -> int:
    """Add up what the settlements of a period that stand have been paid by the fund, fen."""
    within: ColumnElement[bool] = Settlement.service_date >= purse.first_day
    if purse.last_day is not None:
        within = and_(within, Settlement.service_date <= purse.last_day)
    paid = select(func.coalesce(func.sum(Settlement.major_disease_fund), 0))
    return int(connection.execute(paid.where(STANDS, within)).scalar_one())
