"""What a settlement reads of its person, at once: the register's statuses, the insurance year, the lump sum."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from app.db.ledger.accounts import to_record
from app.db.ledger.models import Account, Person, PersonStatus
from app.db.ledger.persons import DatedStatus
from app.db.ledger.records import AccountRecord
from app.rules.reimbursement.year import YearToDate


class PersonYear(NamedTuple):
    """A person as a settlement of an insurance year finds it."""

    statuses: list[DatedStatus]
    """What the register holds, in the order of time."""
    account: AccountRecord
    """The insurance year; an empty one where none is stored."""
    compensated_by: int | None
    """The settlement that paid the lump sum; None where none has."""


_OF_PERSON = (
    select(
        Person.compensated_by,
        PersonStatus.status,
        PersonStatus.first_day,
        PersonStatus.last_day,
        Account.admissions,
        Account.admissions_at,
        Account.counted,
        Account.paid,
        Account.settlements,
    )
    .outerjoin(PersonStatus, (PersonStatus.person_id == Person.id) & PersonStatus.replaced.is_(None))
    .outerjoin(Account, (Account.person_id == Person.id) & (Account.year == bindparam("year")))
    .where(Person.id == bindparam("person"))
    .order_by(PersonStatus.first_day, PersonStatus.id)
)


def find(connection: Connection, person: int | None, year: int) -> PersonYear:
    """Return a person with an insurance year; one of whom nothing is held where nobody knows the person."""
    of_person = {"person": person, "year": year}
    rows = [] if person is None else connection.execute(_OF_PERSON, of_person).mappings().all()
    if not rows:
        return PersonYear([], AccountRecord(YearToDate(), 0), None)
    statuses = [
        DatedStatus(row["status"], row["first_day"], row["last_day"]) for row in rows if row["status"] is not None
    ]
    return PersonYear(statuses, to_record(rows[0]), rows[0]["compensated_by"])
