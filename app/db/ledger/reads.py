"""The reads on record: added, counted for an institution, and deleted when their time is over. None is changed."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.clock import SHANGHAI, Moment
from app.db.ledger.messages import V1
from app.db.ledger.models import Person, RecordedRead, Settlement
from app.db.visits.models import VisitEntry

ReadKind = Literal["person", "account", "settlement", "trial"]

MOST_DELETED = 20
"""Expired rows that each new read deletes: more than it adds, so that none stays, and few, so that nobody waits."""

_INSERT = insert(RecordedRead)


class Reading(NamedTuple):
    """What is read; `number` is the keyed hash of the person's number."""

    kind: ReadKind
    number: str | None = None
    year: int | None = None
    settlement_id: int | None = None


class ReadBy(NamedTuple):
    """Who reads: the token, the hospital (None for an officer), the address, and the interface."""

    token_id: int | None
    institution: str | None
    address: str
    interface: str = V1


def add(connection: Connection, moment: Moment, by: ReadBy, reading: Reading) -> None:
    """Put a read on record."""
    connection.execute(_INSERT, {"at": moment.at, **by._asdict(), **reading._asdict()})


def add_shown(connection: Connection, moment: Moment, by: ReadBy, settlement_ids: Sequence[int]) -> None:
    """Put the read of several settlements on record, each by itself."""
    rows = [Reading("settlement", settlement_id=number)._asdict() for number in settlement_ids]
    connection.execute(_INSERT, [{"at": moment.at, **by._asdict(), **row} for row in rows])


_EXPIRED = select(RecordedRead.id).where(RecordedRead.at < bindparam("before")).order_by(RecordedRead.at)
_SOME = _EXPIRED.limit(bindparam("most")).with_for_update(skip_locked=True)
"""Without those that another is deleting."""
_DELETE_EXPIRED = delete(RecordedRead).where(RecordedRead.id.in_(_SOME))


def delete_expired(connection: Connection, moment: Moment, kept_days: int, added: int = 1) -> None:
    """Delete some of the reads that are older than these days, for the reads that were added."""
    before = moment.at - dt.timedelta(days=kept_days)
    connection.execute(_DELETE_EXPIRED, {"before": before, "most": max(MOST_DELETED, 2 * added)})


def start_of_day(moment: Moment) -> dt.datetime:
    """Return the instant at which the real day began: reads have real instants, also where the service's day is set."""
    return dt.datetime.combine(moment.at.astimezone(SHANGHAI).date(), dt.time(), SHANGHAI)


def lookups_of_others(
    connection: Connection, moment: Moment, institution: str, number: str, *, since: dt.datetime, most: int
) -> int:
    """Count, up to `most`, the other persons whom an institution has looked up since an instant.

    Not counted is whoever it has settled with, or reported a visit of, on the service's day.
    """
    looked_up = (
        select(RecordedRead.number)
        .where(
            RecordedRead.institution == institution,
            RecordedRead.at >= since,
            RecordedRead.kind.in_(("person", "account")),
            RecordedRead.number != number,
        )
        .distinct()
    )
    # Without the settlements first: hardly any institution comes near its budget, and the second question costs more.
    if (few := _count(connection, looked_up, most)) < most:
        return few
    return _count(connection, looked_up.where(~_settled(moment, institution, RecordedRead.number)), most)


def has_settled_on(connection: Connection, moment: Moment, institution: str, number: str) -> bool:
    """Whether an institution has booked something for a person, or reported a visit, on the service's day."""
    booked = _bookings(institution).where(Person.number == number, Settlement.day == moment.today)
    reported = _reported(institution).where(Person.number == number, VisitEntry.day == moment.today)
    return _any(connection, booked, reported)


def has_visit(connection: Connection, institution: str, number: str) -> bool:
    """Whether an institution has settled for a person, or has reported an admission or a registration that counts."""
    reported = _reported(institution).where(Person.number == number)
    return _any(connection, _bookings(institution).where(Person.number == number), reported)


def was_looked_up(connection: Connection, institution: str, number: str) -> bool:
    """Whether an institution has looked a person up through the national interface, on record."""
    its = (RecordedRead.number == number) & (RecordedRead.institution == institution)
    nationally = (RecordedRead.interface != V1) & RecordedRead.kind.in_(("person", "account"))
    return connection.execute(select(RecordedRead.id).where(its, nationally).limit(1)).first() is not None


def _bookings(institution: str) -> Select[int]:
    joined = select(Settlement.id).join(Person, Person.id == Settlement.person_id)
    return joined.where(Settlement.institution == institution)


def _reported(institution: str) -> Select[int]:
    joined = select(VisitEntry.id).join(Person, Person.id == VisitEntry.person_id)
    return joined.where(VisitEntry.institution == institution, VisitEntry.cancelled.is_(None))


def _any(connection: Connection, *statements: Select[int]) -> bool:
    return any(connection.execute(statement.limit(1)).first() is not None for statement in statements)


def _settled(moment: Moment, institution: str, number: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    booked = (Settlement.institution == institution) & (Settlement.day == moment.today)
    reported = (VisitEntry.institution == institution) & (VisitEntry.day == moment.today)
    reported &= VisitEntry.cancelled.is_(None)
    return or_(
        exists().where(Person.number == number, Person.id == Settlement.person_id, booked),
        exists().where(Person.number == number, Person.id == VisitEntry.person_id, reported),
    )


def _count(connection: Connection, statement: Select[str | None], most: int) -> int:
    return connection.execute(select(func.count()).select_from(statement.limit(most).subquery())).scalar_one()
