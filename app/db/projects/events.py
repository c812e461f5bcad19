"""The history (办理记录): an event for each act, written in its transaction, with the hash of the event before."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias, TypedDict

from sqlalchemy import Connection, insert, select

from app.clock import Moment
from app.db.chain import BEGINNING, Head, digest
from app.db.projects.models import Event
from app.db.tokens import Officer
from app.rules.projects.content import FieldChanges
from app.rules.projects.procedure import Action, NoticeKind, Outcome, RecordedEvidence, Status
from app.rules.projects.publicity import Level

ActorKind = Literal["officer", "anyone", "operator"]
OtherAct = Literal[
    "declare",
    "revise",
    "object",
    "decide",
    "allocate",
    "progress",
    "outcome",
]
"""The acts besides the steps of the procedure."""
EventAction: TypeAlias = Action | OtherAct
ClosedBy = Literal["superseded", "returned", "withdrawn"]


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
    """A decision on an objection, with the digest of the answer."""

    objection: int
    outcome: Outcome
    digest: str


class ClosedEntry(TypedDict):
    """A notice that was closed before its last day, and why."""

    notice: int
    by: ClosedBy


class RowEntry(TypedDict):
    """An allocation or a report that was recorded, with the digest of its row."""

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


def head(connection: Connection) -> Head:
    """Return the newest event; number 0 before the first."""
    newest = select(Event.number, Event.hash).order_by(Event.number.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return Head(row.number, row.hash) if row else Head(0, BEGINNING)


def append_event(connection: Connection, moment: Moment, act: ProjectEvent) -> None:
    """Append an event to the history. Writers take turns, so no other event comes in between."""
    append_events(connection, moment, [act])


def append_events(connection: Connection, moment: Moment, acts: Iterable[ProjectEvent]) -> None:
    """Append events to the history, in their order."""
    newest, previous = head(connection)
    rows = []
    for number, act in enumerate(acts, start=newest + 1):
        event = _event(moment, act, number, previous)
        previous = hash_of(event)
        rows.append(event._replace(hash=previous)._asdict())
    connection.execute(insert(Event), rows)


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


def hash_of(event: EventRecord) -> str:
    """Calculate the hash of an event over all its other fields, the hash of the event before among them."""
    fields: dict[str, object] = event._asdict()
    del fields["hash"]
    fields["at"] = event.at.isoformat(timespec="microseconds")
    return digest(fields)


def holds(connection: Connection, hash_: str) -> bool:
    """Whether an event of this hash is in the chain."""
    return connection.execute(select(Event.number).where(Event.hash == hash_)).first() is not None


def events_after(
    connection: Connection, project_id: int, versions: Collection[int], token_id: int
) -> list[EventRecord]:
    """List the events by a token that followed on some versions of a project, the oldest first."""
    followed = Event.version.in_([version + 1 for version in versions])
    query = select(*COLUMNS).where(Event.project_id == project_id, followed, Event.token_id == token_id)
    return [EventRecord._make(row) for row in connection.execute(query.order_by(Event.number))]


def all_events(connection: Connection) -> Iterator[EventRecord]:
    """Iterate over every event, the oldest first."""
    # `with` closes the cursor also where the caller stops before the last row.
    with connection.execute(select(*COLUMNS).order_by(_EVENTS.c.number), execution_options=_STREAMED) as rows:
        for row in rows:
            yield EventRecord._make(row)


def changes_by_project(connection: Connection) -> Iterator[tuple[int, list[StatusChange]]]:
    """Iterate over the projects of the history, each with what its events changed, the oldest first."""
    columns = [_EVENTS.c[name] for name in StatusChange._fields]
    query = select(*columns).order_by(_EVENTS.c.project_id, _EVENTS.c.number)
    rows = connection.execute(query, execution_options=_STREAMED)
    for number, group in groupby(map(StatusChange._make, rows), key=itemgetter(0)):
        yield number, list(group)
