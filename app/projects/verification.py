"""The check of the history, and of the stored rows against it: `anda verify`."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from app.db.chain import BEGINNING, Head, digest
from app.db.projects import events, funds, notices, objections, projects
from app.db.projects.events import (
    ClosedBy,
    EventDetails,
    EventRecord,
    NoticeEntry,
    ObjectionEntry,
    RowEntry,
    StatusChange,
    hash_of,
)
from app.db.projects.funds import AllocationRecord, ReportRecord, digest_of_allocation, digest_of_report
from app.db.projects.notices import NoticeRecord
from app.db.projects.objections import CompleteObjection
from app.db.projects.projects import ProjectRecord
from app.rules.projects.content import changes, described

_AT_ONCE = 500
"""Projects that are compared at a time."""

_UNREADABLE = (ValueError, TypeError, KeyError)
"""The errors of a read where SQLite holds a value that the column cannot have."""


class Verified(NamedTuple):
    """The result of a check: the newest event that fits, and the faults, the first one first."""

    head: Head
    faults: list[str]


class _HistoryEntry(NamedTuple):
    """The entry of the history for a row: the row's digest, when it was made, and its project."""

    digest: str
    at: dt.datetime
    project_id: int


class _History(NamedTuple):
    """The entries of the history: rows that were made, by kind and number; decisions; notices that were closed."""

    made: dict[tuple[str, int], _HistoryEntry]
    decisions: dict[int, tuple[str, str, dt.datetime]]
    closed: dict[int, tuple[ClosedBy, dt.datetime]]


def verify(connection: Connection) -> Verified:
    """Check every link of the chain; then, where all hold, every row against the history.

    The first broken link ends the check: the events after it prove nothing.
    """
    history = _History({}, {}, {})
    head = Head(0, BEGINNING)
    try:
        for event in events.all_events(connection):
            if fault := _broken(event, head):
                return Verified(head, [fault])
            head = Head(event.number, event.hash)
            _collect(history, event)
    except _UNREADABLE:
        return Verified(head, [f"event {head.number + 1}: cannot be read"])
    return Verified(head, [*_project_faults(connection), *_row_faults(connection, history)])


def _broken(event: EventRecord, head: Head) -> str | None:
    number = head.number + 1
    if event.number != number:
        return f"event {number}: is missing"
    if event.previous != head.hash:
        return f"event {number}: does not follow the one before it"
    if hash_of(event) != event.hash:
        return f"event {number}: does not say what it said when it was written"
    return None


def _collect(history: _History, event: EventRecord) -> None:
    """Add the entries of an event to those of the history."""
    details = event.record
    for kind, row in _rows_made(details):
        history.made[kind, row["id"]] = _HistoryEntry(row["digest"], event.at, event.project_id)
    if "decision" in details:
        decision = details["decision"]
        history.decisions[decision["objection"]] = (decision["outcome"], decision["digest"], event.at)
    if "closed" in details:
        history.closed[details["closed"]["notice"]] = (details["closed"]["by"], event.at)


def _rows_made(details: EventDetails) -> Iterator[tuple[str, NoticeEntry | ObjectionEntry | RowEntry]]:
    if "notice" in details:
        yield "notice", details["notice"]
    if "objection" in details:
        yield "objection", details["objection"]
    if "allocation" in details:
        yield "allocation", details["allocation"]
    if "report" in details:
        yield "report", details["report"]


class _Replayed(NamedTuple):
    """A project as its events, one after the other, leave it."""

    id: int
    status: str
    version: int
    content: dict[str, object]
    declared: dt.datetime
    changed: dt.datetime


def _project_faults(connection: Connection) -> Iterator[str]:
    """Compare each project with what its events leave."""
    batch: list[_Replayed] = []
    known = 0
    for number, acts in events.changes_by_project(connection):
        batch.append(_replayed(number, acts))
        known += 1
        if len(batch) == _AT_ONCE:
            yield from _batch_faults(connection, batch)
            batch = []
    yield from _batch_faults(connection, batch)
    stored = projects.count(connection)
    if stored != known:
        yield f"projects: {stored} are stored, the history knows {known}"


def _replayed(number: int, acts: list[StatusChange]) -> _Replayed:
    content: dict[str, object] = {}
    for act in acts:
        content |= {name: after for name, (_, after) in act.changes.items()}
    last = acts[-1]
    changed = next(act.at for act in acts if act.version == last.version)
    return _Replayed(number, last.status, last.version, content, acts[0].at, changed)


def _batch_faults(connection: Connection, batch: list[_Replayed]) -> Iterator[str]:
    numbers = [each.id for each in batch]
    try:
        stored = {project.id: project for project in projects.find_by_ids(connection, numbers)}
        placed = projects.rightly_placed(connection, numbers)
        totals = funds.allocated_totals(connection, numbers)
        differing = {each.id for each in batch if each.id in stored and _differs(each, stored[each.id])}
    except _UNREADABLE:
        yield f"projects {numbers[0]} to {numbers[-1]}: not all of them can be read"
        return
    for each in batch:
        project = stored.get(each.id)
        if project is None:
            yield f"project {each.id}: is missing"
        elif each.id in differing or each.id not in placed:
            yield f"project {each.id}: is not what its history says"
        elif any(fund.allocated != totals.get((each.id, fund.fund), 0) for fund in project.funds):
            yield f"project {each.id}: its allocations do not add up"


def _differs(replayed: _Replayed, stored: ProjectRecord) -> bool:
    differing = changes(replayed.content, described(stored.content))
    state = (stored.status, stored.version, stored.declared, stored.changed)
    return bool(differing) or state != (replayed.status, replayed.version, replayed.declared, replayed.changed)


_Row: TypeAlias = NoticeRecord | CompleteObjection | AllocationRecord | ReportRecord

_ROWS: Mapping[str, Callable[[Connection], Iterable[_Row]]] = {
    "notice": notices.all_notices,
    "objection": objections.all_objections,
    "allocation": funds.all_allocations,
    "report": funds.all_reports,
}


def _row_faults(connection: Connection, history: _History) -> Iterator[str]:
    """Compare each notice, objection, allocation and report with its entry in the history."""
    missing = set(history.made)
    for kind, rows in _ROWS.items():
        number = 0
        try:
            for row in rows(connection):
                number = row.id
                missing.discard((kind, number))
                entry = history.made.get((kind, number))
                if entry is None or not _fits(row, entry, history):
                    yield f"{kind} {number}: is not what the history says"
        except _UNREADABLE:
            yield f"{kind}: one after {number} cannot be read"
    for kind, number in sorted(missing):
        yield f"{kind} {number}: is missing"


def _fits(row: _Row, entry: _HistoryEntry, history: _History) -> bool:
    """Whether a row is what the history says of it."""
    match row:
        case NoticeRecord():
            return (
                entry == _HistoryEntry(notices.digest_of(row.content), entry.at, row.project_id)
                and (row.closed_by, row.closed) == history.closed.get(row.id, (None, None))
                and row.place == row.text["place"]
                and (row.township, row.county) == (row.place[:9], row.place[:6])
            )
        case CompleteObjection():
            as_made = entry == _HistoryEntry(objections.digest_of(row), row.made, entry.project_id)
            return as_made and _decision_of(row) == history.decisions.get(row.id)
        case AllocationRecord():
            digest_ = digest_of_allocation(row.project_id, row.content)
        case ReportRecord():
            digest_ = digest_of_report(row.project_id, row.content)
    return entry == _HistoryEntry(digest_, row.made, row.project_id)


def _decision_of(row: CompleteObjection) -> tuple[str | None, str, dt.datetime | None] | None:
    if row.outcome is None and row.answer is None:
        return None
    return row.outcome, digest(row.answer), row.decided
