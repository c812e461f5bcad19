"""The persons' insurance years (年度累计): the sums of their standing settlements."""

from collections.abc import Collection

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from app.db.ledger.models import Account
from app.db.ledger.records import AccountRecord
from app.db.portions import portions
from app.rules.reimbursement.year import YearToDate

_IS_MEANT = (Account.person_id == bindparam("of_person")) & (Account.year == bindparam("of_year"))
_FIND = select(Account.admissions, Account.admissions_at, Account.counted, Account.paid, Account.settlements).where(
    _IS_MEANT
)
_INSERT = insert(Account)
_UPDATE = (
    update(Account)
    .where(_IS_MEANT)
    .values({name: bindparam(name) for name in ("admissions", "admissions_at", "counted", "paid", "settlements")})
)


def find(connection: Connection, person: int, year: int) -> AccountRecord:
    """Return a person's insurance year; an empty one where none is stored."""
    row = connection.execute(_FIND, {"of_person": person, "of_year": year}).mappings().one_or_none()
    return AccountRecord(YearToDate(), 0) if row is None else to_record(row)


def to_record(row: RowMapping) -> AccountRecord:
    """Return a row with the columns of an insurance year; an empty year where those are null."""
    if row["settlements"] is None:
        return AccountRecord(YearToDate(), 0)
    to_date = YearToDate(row["admissions"], dict(row["admissions_at"]), dict(row["counted"]), dict(row["paid"]))
    return AccountRecord(to_date, row["settlements"])


def write(connection: Connection, person: int, year: int, account: AccountRecord) -> None:
    """Store a person's insurance year."""
    to_date, settlements = account
    values = {
        "admissions": to_date.admissions,
        "admissions_at": {level: count for level, count in to_date.admissions_at.items() if count},
        "counted": to_date.counted,
        "paid": to_date.paid,
        "settlements": settlements,
    }
    changed = connection.execute(_UPDATE, {"of_person": person, "of_year": year, **values})
    if not changed.rowcount:
        connection.execute(_INSERT, {"person_id": person, "year": year, **values})


def years_of(connection: Connection, person: int) -> list[int]:
    """List the insurance years of a person that are stored, the earliest first."""
    statement = select(Account.year).where(Account.person_id == person).order_by(Account.year)
    return list(connection.execute(statement).scalars())


def count_in_use(connection: Connection, persons: Collection[int] | None = None) -> int:
    """Return how many insurance years hold a settlement; of some persons, or of all."""
    statement = select(func.count()).select_from(Account).where(Account.settlements > 0)
    conditions = portions(Account.person_id, persons)
    return sum(connection.execute(statement.where(each)).scalar_one() for each in conditions)
