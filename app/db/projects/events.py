"""The history (办理记录): an event for each act, written in its transaction, with the hash of the event before."""

import datetime as dt
import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple, NotRequired, TypeAlias, TypedDict

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.chain import BEGINNING, Head, digest
from app.db.projects.models import Event
from app.db.tokens import Officer
from app.rules.projects.content import FieldChanges
from app.rules.projects.procedure import Action, NoticeKind, Outcome, RecordedEvidence, Status
from app.rules.projects.publicity import Level

ERASED = "（已删除）"
"""What stands in place of an erased text."""

ActorKind = Literal["officer", "anyone", "operator"]
OtherAct = Literal[
    "declare",
    "revise",
    "object",
    "decide",
    "allocate",
    "progress",
    "outcome",
    "erase",
]
"""The acts besides the steps of the procedure."""
EventAction: TypeAlias = Action | OtherAct
ClosedBy = Literal["superseded", "returned", "withdrawn"]


ErasedKind = Literal["event", "objection", "notice", "report"]


class Actor(NamedTuple):
    """Who acts: an officer, anyone at all, or the operator at the command line."""

    actor: ActorKind
    officer: Officer | None = None


ANYONE = Actor("anyone")
OPERATOR = Actor("operator")


class NoticeEntry(TypedDict):
    """A notice that was posted, with the digest of its row."""

    id: int
    kind: NoticeKind
    level: Level
    posted: str
    last_day: str
    digest: str


class ObjectionEntry(TypedDict):
    """An objection that was made, with the digest of its row."""

    id: int
    notice: int
    late: bool
    digest: str


class DecisionEntry(TypedDict):
    """A decision on an objection. Its answer is the note of the event."""

    objection: int
    outcome: Outcome
    digest: NotRequired[str]
    """Of an earlier release. The answer is the event's note, which has a digest."""


class ClosedEntry(TypedDict):
    """A notice that was closed before its last day, and why."""

    notice: int
    by: ClosedBy


class RowEntry(TypedDict):
    """An allocation or a report that was recorded, with the digest of its row."""

    id: int
    digest: str


class ErasedEntry(TypedDict):
    """A row of which a text was erased, with the digest of what is left."""

    kind: ErasedKind
    id: int
    digest: str


class EventDetails(TypedDict, total=False):
    """The evidence of an act, and the rows that it made or closed. A column of JSON."""

    evidence: RecordedEvidence
    closed: ClosedEntry
    notice: NoticeEntry
    objection: ObjectionEntry
    decision: DecisionEntry
    allocation: RowEntry
    report: RowEntry
    erased: list[ErasedEntry]


@dataclass(frozen=True, slots=True)
class ProjectEvent:
    """An act on a project, before it has its place in the history."""

    project_id: int
    action: EventAction
    who: Actor
    was: Status | None
    status: Status
    version: int
    note: str | None = None
    changes: FieldChanges = field(default_factory=dict)
    record: EventDetails = field(default_factory=EventDetails)


class EventRecord(NamedTuple):
    """An event of the history: a row of `events`, field by column."""

    number: int
    at: dt.datetime
    day: dt.date
    project_id: int
    action: EventAction
    actor: ActorKind
    level: Level | None
    place: str | None
    token_id: int | None
    was: Status | None
    status: Status
    version: int
    note: str | None
    changes: FieldChanges
    record: EventDetails
    previous: str
    hash: str = ""
    """Empty until the hash is calculated."""
    salt: str | None = None
    texts: str | None = None
    """The salted digest of note and changes as they were written."""


class StatusChange(NamedTuple):
    """The part of an event that changes its project."""

    project_id: int
    status: Status
    version: int
    changes: FieldChanges
    at: dt.datetime


_EVENTS = Event.__table__
COLUMNS = [_EVENTS.c[name] for name in EventRecord._fields]
"""The columns of an `EventRecord`."""
_STREAMED = {"yield_per": 1_000}


_NEWEST = select(Event.number, Event.hash).order_by(Event.number.desc()).limit(1)
_INSERT = insert(Event)


def head(connection: Connection) -> Head:
    """Return the newest event; number 0 before the first."""
    row = connection.execute(_NEWEST).one_or_none()
    return Head(row.number, row.hash) if row else Head(0, BEGINNING)


def append_event(connection: Connection, moment: Moment, act: ProjectEvent) -> None:
    """Append an event to the history. Writers take turns, so no other event comes in between."""
    append_events(connection, moment, [act])


def append_events(connection: Connection, moment: Moment, acts: Iterable[ProjectEvent]) -> None:
    """Append events to the history, in their order."""
    newest, previous = head(connection)
    rows = []
    for number, act in enumerate(acts, start=newest + 1):
        event = _salted(_event(moment, act, number, previous))
        previous = hash_of(event)
        rows.append(event._replace(hash=previous)._asdict())
    connection.execute(_INSERT, rows)


def _event(moment: Moment, act: ProjectEvent, number: int, previous: str) -> EventRecord:
    officer = act.who.officer
    return EventRecord(
        number=number,
        at=moment.at,
        day=moment.today,
        project_id=act.project_id,
        action=act.action,
        actor=act.who.actor,
        level=officer.level if officer else None,
        place=officer.place if officer else None,
        token_id=officer.id if officer else None,
        was=act.was,
        status=act.status,
        version=act.version,
        note=act.note,
        changes=act.changes,
        record=act.record,
        previous=previous,
    )


def _salted(event: EventRecord) -> EventRecord:
    """Give an event that has texts a salt and their digest."""
    if event.note is None and not event.changes:
        return event
    event = event._replace(salt=secrets.token_hex(16))
    return event._replace(texts=digest_of_texts(event))


def hash_of(event: EventRecord) -> str:
    """Calculate the hash of an event over all its other fields, the hash of the event before among them.

    The texts are in it by their salted digest where they have one, so that they can be erased.
    """
    fields = _fields(event)
    for name in ("hash", "salt", *(("texts",) if event.texts is None else ("note", "changes"))):
        del fields[name]
    return digest(fields)


def digest_of_texts(event: EventRecord) -> str:
    """Return the salted digest of the texts of an event."""
    return digest([event.salt, event.note, event.changes])


def digest_of_event(event: EventRecord) -> str:
    """Return the digest of an event as it is stored now, its texts and its salt included."""
    return digest(_fields(event))


def _fields(event: EventRecord) -> dict[str, object]:
    return {**event._asdict(), "at": event.at.isoformat(timespec="microseconds")}


def holds(connection: Connection, hash_: str) -> bool:
    """Whether an event of this hash is in the chain."""
    return connection.execute(select(Event.number).where(Event.hash == hash_)).first() is not None


def events_of(connection: Connection, project_id: int) -> list[EventRecord]:
    """List the events of a project, the oldest first."""
    query = select(*COLUMNS).where(Event.project_id == project_id).order_by(Event.number)
    return [EventRecord._make(row) for row in connection.execute(query)]


def events_after(
    connection: Connection, project_id: int, versions: Collection[int], token_id: int
) -> list[EventRecord]:
    """List the events by a token that followed on some versions of a project, the oldest first."""
    followed = Event.version.in_([version + 1 for version in versions])
    query = select(*COLUMNS).where(Event.project_id == project_id, followed, Event.token_id == token_id)
    return [EventRecord._make(row) for row in connection.execute(query.order_by(Event.number))]


def erasures(connection: Connection, after: int = 0) -> Iterator[EventRecord]:
    """Iterate over the events after a number that erase a text, the oldest first."""
    query = select(*COLUMNS).where(Event.action == "erase", Event.number > after).order_by(Event.number)
    for row in connection.execute(query):
        yield EventRecord._make(row)


def find(connection: Connection, number: int) -> EventRecord | None:
    """Return an event; None where there is none of this number."""
    row = connection.execute(select(*COLUMNS).where(Event.number == number)).one_or_none()
    return None if row is None else EventRecord._make(row)


def set_texts(connection: Connection, event: EventRecord) -> EventRecord:
    """Replace the texts of an event by what is left of them, under another salt, and return it.

    The database takes no other change of an event, and no other note than that of an erased one.
    """
    left = event._replace(salt=secrets.token_hex(16))
    values = {"note": left.note, "changes": left.changes, "salt": left.salt}
    connection.execute(update(Event).where(Event.number == event.number).values(values))
    return left


def has(connection: Connection, head_: Head) -> bool:
    """Whether the chain has this event under this number."""
    its = (Event.number == head_.number) & (Event.hash == head_.hash)
    return connection.execute(select(Event.number).where(its)).first() is not None


def all_events(connection: Connection, after: int = 0) -> Iterator[EventRecord]:
    """Iterate over every event after a number, the oldest first."""
    query = select(*COLUMNS).where(_EVENTS.c.number > after).order_by(_EVENTS.c.number)
    # `with` closes the cursor also where the caller stops before the last row.
    with connection.execute(query, execution_options=_STREAMED) as rows:
        for row in rows:
            yield EventRecord._make(row)


def events_of_projects(connection: Connection, projects: Collection[int]) -> Iterator[EventRecord]:
    """Iterate over the events of some projects, the oldest first."""
    query = select(*COLUMNS).where(_EVENTS.c.project_id.in_(projects)).order_by(_EVENTS.c.number)
    for row in connection.execute(query):
        yield EventRecord._make(row)


def changes_by_project(
    connection: Connection, projects: Collection[int] | None = None
) -> Iterator[tuple[int, list[StatusChange]]]:
    """Iterate over the projects of the history, each with what its events changed, the oldest first; some, or all."""
    columns = [_EVENTS.c[name] for name in StatusChange._fields]
    query = select(*columns)
    if projects is not None:
        query = query.where(_EVENTS.c.project_id.in_(projects))
    query = query.order_by(_EVENTS.c.project_id, _EVENTS.c.number)
    rows = connection.execute(query, execution_options=_STREAMED)
    for number, group in groupby(map(StatusChange._make, rows), key=itemgetter(0)):
        yield number, list(group)
