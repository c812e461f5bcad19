"""The check of the history, and of the stored rows against it: `anda verify`."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
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
    digest_of_event,
    digest_of_texts,
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


def verify(connection: Connection, since: Head | None = None) -> Verified:
    """Check every link of the chain; then, where all hold, every row against the history.

    The first broken link ends the check: the events after it prove nothing. With a noted head, which the chain has,
    check the events after it, and the projects that they name with all their rows.
    """
    history = _History({}, {}, {})
    head = since or Head(0, BEGINNING)
    named: set[int] = set()
    try:
        erased = _erased_events(connection, head.number)
        for event in events.all_events(connection, head.number):
            if fault := _broken(event, head, erased.get(event.number)):
                return Verified(head, [fault])
            head = Head(event.number, event.hash)
            if since is None:
                _collect(history, event)
            else:
                named.add(event.project_id)
    except _UNREADABLE:
        return Verified(head, [f"event {head.number + 1}: cannot be read"])
    if since is not None:
        return Verified(head, [*_faults_of(connection, named)])
    return Verified(head, [*_project_faults(connection), *_row_faults(connection, history)])


def _faults_of(connection: Connection, named: set[int]) -> Iterator[str]:
    """Compare some projects and their rows with what all their events say; what no event says is at fault."""
    left = iter(sorted(named))
    while some := list(islice(left, _AT_ONCE)):
        history = _History({}, {}, {})
        try:
            for event in events.events_of_projects(connection, some):
                _collect(history, event)
        except _UNREADABLE:
            yield f"projects {some[0]} to {some[-1]}: not all of their events can be read"
            continue
        yield from _project_faults(connection, some)
        yield from _row_faults(connection, history, some)


def _erased_events(connection: Connection, after: int) -> dict[int, str]:
    """Return the digest of what is left of each event of which a text was erased: the newest that an event names.

    An event is erased by a later one, so that those up to a number need not be asked about.
    """
    entries = (entry for event in events.erasures(connection, after) for entry in event.record["erased"])
    return {entry["id"]: entry["digest"] for entry in entries if entry["kind"] == "event"}


def _broken(event: EventRecord, head: Head, left: str | None) -> str | None:
    """Say what is wrong with an event. `left` is the digest of what is left of it, where a text was erased.

    The hash of an erased event of an earlier release, which has no digest of its texts, is taken for a link.
    """
    number = head.number + 1
    if event.number != number:
        return f"event {number}: is missing"
    if event.previous != head.hash:
        return f"event {number}: does not follow the one before it"
    is_whole = hash_of(event) == event.hash or (left is not None and event.texts is None)
    if left is None:
        salted = None if event.salt is None else digest_of_texts(event)
        is_whole = is_whole and salted == event.texts
    elif digest_of_event(event) != left:
        return f"event {number}: is not what was left of it when a text was erased"
    if not is_whole:
        return f"event {number}: does not say what it said when it was written"
    return None


def _collect(history: _History, event: EventRecord) -> None:
    """Add the entries of an event to those of the history."""
    details = event.record
    for kind, row in _rows_made(details):
        history.made[kind, row["id"]] = _HistoryEntry(row["digest"], event.at, event.project_id)
    for entry in details.get("erased", ()):
        key = (entry["kind"], entry["id"])
        if key in history.made:
            history.made[key] = history.made[key]._replace(digest=entry["digest"])
    if "decision" in details:
        decision = details["decision"]
        history.decisions[decision["objection"]] = (decision["outcome"], digest(event.note), event.at)
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


def _project_faults(connection: Connection, some: Collection[int] | None = None) -> Iterator[str]:
    """Compare each project with what its events leave; some projects, or all."""
    batch: list[_Replayed] = []
    known = 0
    for number, acts in events.changes_by_project(connection, some):
        batch.append(_replayed(number, acts))
        known += 1
        if len(batch) == _AT_ONCE:
            yield from _batch_faults(connection, batch)
            batch = []
    yield from _batch_faults(connection, batch)
    stored = known if some is not None else projects.count(connection)
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

_ROWS: Mapping[str, Callable[[Connection, Collection[int] | None], Iterable[_Row]]] = {
    "notice": notices.all_notices,
    "objection": objections.all_objections,
    "allocation": funds.all_allocations,
    "report": funds.all_reports,
}


def _row_faults(connection: Connection, history: _History, some: Collection[int] | None = None) -> Iterator[str]:
    """Compare each notice, objection, allocation and report, of some projects or of all, with its entry."""
    missing = set(history.made)
    for kind, rows in _ROWS.items():
        number = 0
        try:
            for row in rows(connection, some):
                number = row.id
                missing.discard((kind, number))
                entry = history.made.get((kind, number))
                if entry is None or not _fits(row, entry, history):
                    yield f"{kind} {number}: is not what the history says"
        except _UNREADABLE:
            yield f"{kind}: one after {number} cannot be read"
    for number in objections.wrongly_placed(connection, some):
        yield f"objection {number}: is not what the history says of its notice"
    for kind, number in sorted(missing):
        yield f"{kind} {number}: is missing"


def _fits(row: _Row, entry: _HistoryEntry, history: _History) -> bool:
    """Whether a row is what the history says of it."""
    match row:
        case NoticeRecord():
            return (
                entry == _HistoryEntry(notices.digest_of(row.content, row.salt), entry.at, row.project_id)
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
