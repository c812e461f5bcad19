"""The history (办理记录): an event for every act, in its own transaction, each with the hash of the one before."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select

from app.clock import Moment
from app.db.projects.models import Event
from app.db.tokens import Officer

BEGINNING = "0" * 64
"""What stands for the hash before the first event."""

ActorKind = Literal["officer", "anyone", "operator"]
Done = Literal[
    "declare",
    "revise",
    "object",
    "decide",
    "allocate",
    "progress",
    "outcome",
]
"""What can be done besides the steps of the procedure."""


class Actor(NamedTuple):
    """Who acts: an officer, anyone at all, or the operator at the command line."""

    actor: ActorKind
    officer: Officer | None = None


ANYONE = Actor("anyone")
OPERATOR = Actor("operator")


@dataclass(frozen=True, slots=True)
class ProjectEvent:
    """An act on a project, as it is put on record."""

    project_id: int
    action: str
    who: Actor
    was: str | None
    status: str
    version: int
    note: str | None = None
    changes: Mapping[str, list[Any]] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)


class Head(NamedTuple):
    """The newest event: its number and its hash."""

    number: int
    hash: str


_EVENTS = Event.__table__
_COLUMNS = tuple(column.name for column in _EVENTS.columns if column.name != "hash")


def head(connection: Connection) -> Head:
    """Return the newest event; before the first, number 0."""
    newest = select(Event.number, Event.hash).order_by(Event.number.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return Head(found.number, found.hash) if found else Head(0, BEGINNING)


def append_event(connection: Connection, moment: Moment, act: ProjectEvent) -> None:
    """Add an event. Writers take turns, so nobody adds one in between."""
    before = head(connection)
    officer = act.who.officer
    row: dict[str, Any] = {
        "number": before.number + 1,
        "at": moment.at,
        "day": moment.today,
        "project_id": act.project_id,
        "action": act.action,
        "actor": act.who.actor,
        "level": officer and officer.level,
        "place": officer and officer.place,
        "token_id": officer and officer.id,
        "was": act.was,
        "status": act.status,
        "version": act.version,
        "note": act.note,
        "changes": dict(act.changes),
        "record": dict(act.record),
        "previous": before.hash,
    }
    connection.execute(insert(Event).values(**row, hash=hash_of(row)))


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the hash over an event: all that it says, the hash of the one before included."""
    told = {name: row[name] for name in _COLUMNS}
    told["at"] = row["at"].isoformat(timespec="microseconds")
    return digest(told)


def digest(content: Any) -> str:
    """Return SHA-256 over something as JSON with sorted keys, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def holds(connection: Connection, hash_: str) -> bool:
    """Whether an event of this hash is in the chain."""
    return connection.execute(select(Event.number).where(Event.hash == hash_)).first() is not None


def events_of(connection: Connection, project_id: int) -> list[dict[str, Any]]:
    """List all that was done to a project, the oldest first."""
    told = select(_EVENTS).where(Event.project_id == project_id).order_by(Event.number)
    return [row._asdict() for row in connection.execute(told)]


def all_events(connection: Connection) -> Iterator[dict[str, Any]]:
    """Go through every event, the oldest first."""
    options = {"yield_per": 1_000}
    with connection.execute(select(_EVENTS).order_by(_EVENTS.c.number), execution_options=options) as rows:
        # Closed also where nobody goes on to the last.
        for row in rows:
            yield row._asdict()
