"""The persons' insurance years (年度累计) and the fund's purse: what stands, kept beside the settlements."""

from typing import Any, cast

from sqlalchemy import Connection, insert, select, update

from app.db.ledger.models import Account
from app.rules.reimbursement.bill import LAYERS, FacilityLevel, Layer
from app.rules.reimbursement.year import YearToDate


def find(connection: Connection, person: int, year: int) -> tuple[YearToDate, int]:
    """Return a person's year to date, and how many settlements stand in it."""
    which = (Account.person_id == person) & (Account.year == year)
    told = select(Account.admissions, Account.admissions_at, Account.counted, Account.paid, Account.settlements)
    found = connection.execute(told.where(which)).one_or_none()
    if found is None:
        return YearToDate(), 0
    to_date = YearToDate(
        found.admissions,
        cast("dict[FacilityLevel, int]", dict(found.admissions_at)),
        cast("dict[Layer, int]", dict(found.counted)),
        cast("dict[Layer, int]", dict(found.paid)),
    )
    return to_date, found.settlements


def write(connection: Connection, person: int, year: int, to_date: YearToDate, settlements: int) -> None:
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


def add(to_date: YearToDate, row: dict[str, Any], sign: int) -> None:
    """Add a settlement to a year, or take it away."""
    if row["care"] != "outpatient":
        to_date.admissions += sign
        level = row["level"]
        to_date.admissions_at[level] = to_date.admissions_at.get(level, 0) + sign
    for layer in LAYERS:
        to_date.counted[layer] += sign * row["counted"][layer]
        to_date.paid[layer] += sign * row[layer]
