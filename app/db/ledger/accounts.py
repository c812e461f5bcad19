"""The persons' insurance years (年度累计) and the fund's purse: what stands, kept beside the settlements."""

import datetime as dt
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from app.db.ledger.models import Account, Purse, Settlement
from app.db.ledger.settlements import STANDS
from app.rules.reimbursement.bill import LAYERS, FacilityLevel, Layer
from app.rules.reimbursement.year import Year


class Period(NamedTuple):
    """The days of a purse, both counted; without a last one while it holds."""

    first_day: dt.date
    last_day: dt.date | None


def find(connection: Connection, person: int, year: int) -> tuple[Year, int]:
    """Return a person's year to date, and how many settlements stand in it."""
    which = (Account.person_id == person) & (Account.year == year)
    told = select(Account.admissions, Account.admissions_at, Account.counted, Account.paid, Account.settlements)
    found = connection.execute(told.where(which)).one_or_none()
    if found is None:
        return Year(), 0
    to_date = Year(
        found.admissions,
        cast("dict[FacilityLevel, int]", dict(found.admissions_at)),
        cast("dict[Layer, int]", dict(found.counted)),
        cast("dict[Layer, int]", dict(found.paid)),
    )
    return to_date, found.settlements


def write(connection: Connection, person: int, year: int, to_date: Year, settlements: int) -> None:
    """Keep a person's year to date."""
    values: dict[str, Any] = {
        "admissions": to_date.admissions,
        "admissions_at": {level: count for level, count in to_date.admissions_at.items() if count},
        "counted": to_date.counted,
        "paid": to_date.paid,
        "settlements": settlements,
    }
    which = (Account.person_id == person) & (Account.year == year)
    changed = connection.execute(update(Account).where(which).values(values))
    if not changed.rowcount:
        connection.execute(insert(Account).values(person_id=person, year=year, **values))


def add(to_date: Year, row: dict[str, Any], sign: int) -> None:
    """Add a settlement to a year, or take it away."""
    if row["care"] != "outpatient":
        to_date.admissions += sign
        level = row["level"]
        to_date.admissions_at[level] = to_date.admissions_at.get(level, 0) + sign
    for layer in LAYERS:
        to_date.counted[layer] += sign * row["counted"][layer]
        to_date.paid[layer] += sign * row[layer]


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
