"""The persons' insurance years (年度累计) and the fund's purse: what stands, kept beside the settlements."""

import datetime as dt
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from app.db.ledger_models import Account, Purse, Settlement
from app.db.settlements import STANDS
from app.rules.reimbursement.bill import LAYERS, FacilityLevel, Layer
from app.rules.reimbursement.year import Year


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


def spent_from(connection: Connection, purse: dt.date, last_day: dt.date | None) -> int:
    """Return what has been paid out of the purse of a period, fen: also before the purse was kept."""
    spent = connection.execute(select(Purse.spent).where(Purse.first_day == purse)).scalar_one_or_none()
    if spent is not None:
        return spent
    paid = select(func.coalesce(func.sum(Settlement.major_disease_fund), 0))
    return int(connection.execute(paid.where(STANDS, _paid_before(purse, last_day))).scalar_one())


def spend_from(connection: Connection, purse: dt.date, last_day: dt.date | None, amount: int) -> None:
    """Take an amount out of the purse of a period, or put it back where it is negative; fen.

    The first time, what was settled in the period before the purse was kept is taken out of it too.
    """
    changed = connection.execute(update(Purse).where(Purse.first_day == purse).values(spent=Purse.spent + amount))
    if not changed.rowcount:
        before = spent_from(connection, purse, last_day)
        connection.execute(update(Settlement).where(_paid_before(purse, last_day)).values(purse=purse))
        connection.execute(insert(Purse).values(first_day=purse, spent=before + amount))


def _paid_before(purse: dt.date, last_day: dt.date | None) -> ColumnElement[bool]:
    """Keep the settlements of a period that came out of no purse; its last day counts, None where it has none."""
    of_period = Settlement.service_date >= purse
    if last_day is not None:
        of_period &= Settlement.service_date <= last_day
    return Settlement.purse.is_(None) & of_period
