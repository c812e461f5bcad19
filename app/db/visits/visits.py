"""The visits: inserted with a number of their own, found, changed, cancelled."""

import datetime as dt
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.visits.models import VisitEntry
from app.privacy.identity_numbers import folded

VisitCare = Literal["inpatient", "outpatient"]

_VISITS = VisitEntry.__table__
_INSERT = insert(VisitEntry).returning(VisitEntry.id)

MOST_LISTED = 200
"""The most visits of a person that are listed."""


class NewVisit(NamedTuple):
    """A visit as it is reported."""

    institution: str
    person_id: int
    care: VisitCare
    first_day: dt.date
    med_type: str | None
    diagnosis: str | None
    opened_by: str
    """Keyed hash of the message that reports it."""
    token_id: int | None


class VisitRecord(NamedTuple):
    """A visit that is stored."""

    id: int
    number: str
    """mdtrt_id."""
    institution: str
    person_id: int
    care: VisitCare
    first_day: dt.date
    last_day: dt.date | None
    med_type: str | None
    diagnosis: str | None
    cancelled: dt.datetime | None


_SELECT = select(*(_VISITS.c[name] for name in VisitRecord._fields))


def add(connection: Connection, moment: Moment, visit: NewVisit, division: str) -> VisitRecord:
    """Insert a visit. Its number is the division, a letter that no other number has there, and the count of visits."""
    values = {**visit._asdict(), "made": moment.at, "day": moment.today}
    inserted: int = connection.execute(_INSERT, values).scalar_one()
    number = f"{division}A{inserted:012d}"
    connection.execute(update(VisitEntry).where(VisitEntry.id == inserted).values(number=number))
    events.note(connection, "visits", {"id": inserted, **values, "number": number})
    return VisitRecord(
        inserted,
        number,
        visit.institution,
        visit.person_id,
        visit.care,
        visit.first_day,
        None,
        visit.med_type,
        visit.diagnosis,
        None,
    )


def find(connection: Connection, institution: str, number: str) -> VisitRecord | None:
    """Return an institution's visit of a number, cancelled or not; None where the service gave it no such number."""
    return _find(connection, (VisitEntry.number == folded(number)) & (VisitEntry.institution == institution))


def opened_by(connection: Connection, institution: str, message: str) -> VisitRecord | None:
    """Return the visit that a message has reported, by the keyed hash of the message; None without one."""
    return _find(connection, (VisitEntry.institution == institution) & (VisitEntry.opened_by == message))


def list_of(
    connection: Connection, institution: str, person: int, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[VisitRecord]:
    """List an institution's visits of a person that count and began between two days, the newest first."""
    statement = _SELECT.where(
        VisitEntry.person_id == person, VisitEntry.institution == institution, VisitEntry.cancelled.is_(None)
    )
    if since is not None:
        statement = statement.where(VisitEntry.first_day >= since)
    if until is not None:
        statement = statement.where(VisitEntry.first_day <= until)
    rows = connection.execute(statement.order_by(VisitEntry.id.desc()).limit(MOST_LISTED))
    return [VisitRecord._make(row) for row in rows]


def find_open_stay(connection: Connection, institution: str, person: int) -> str | None:
    """Return the number of a stay of a person at an institution that has not ended; None without one."""
    statement = select(VisitEntry.number).where(
        VisitEntry.person_id == person,
        VisitEntry.institution == institution,
        VisitEntry.care == "inpatient",
        VisitEntry.last_day.is_(None),
        VisitEntry.cancelled.is_(None),
    )
    return connection.execute(statement.order_by(VisitEntry.id.desc()).limit(1)).scalar_one_or_none()


def write(connection: Connection, visit: VisitRecord) -> None:
    """Store what may change of a visit: its days, its kind of care, its diagnosis."""
    changing = ("first_day", "last_day", "med_type", "diagnosis")
    values = {name: getattr(visit, name) for name in changing}
    connection.execute(update(VisitEntry).where(VisitEntry.id == visit.id).values(values))
    events.note_stored(connection, "visits", visit.id)


def give_over(connection: Connection, person: int, to: int) -> None:
    """Let the visits of a person pass to the one who stands."""
    passing = update(VisitEntry).where(VisitEntry.person_id == person).values(person_id=to).returning(VisitEntry.id)
    events.note_stored(connection, "visits", *connection.execute(passing).scalars().all())


def cancel(connection: Connection, moment: Moment, visit: int) -> None:
    """Mark a visit as cancelled: it counts nowhere."""
    connection.execute(update(VisitEntry).where(VisitEntry.id == visit).values(cancelled=moment.at))
    events.note_stored(connection, "visits", visit)


def _find(connection: Connection, condition: ColumnElement[bool]) -> VisitRecord | None:
    row = connection.execute(_SELECT.where(condition)).one_or_none()
    return None if row is None else VisitRecord._make(row)
