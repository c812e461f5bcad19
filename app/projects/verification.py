"""Whether the history is whole, and whether what is stored is what the history says: `anda verify`."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from app.db.projects import funds, notices, objections, projects
from app.db.projects.events import BEGINNING, Head, all_events, digest, hash_of
from app.db.projects.models import Allocation, Event, Notice, Objection, Project, Report
from app.rules.projects.content import changes, described

_AT_ONCE = 500
"""Rows that are compared at a time."""

_EVENTS = Event.__table__


class Verified(NamedTuple):
    """What was found: the newest event that fits, and what does not fit, the first of it first."""

    head: Head
    faults: list[str]


class _Made(NamedTuple):
    """What the history says of a row: its digest, when it was made, of which project."""

    digest: str
    at: dt.datetime
    project_id: int


class _Told(NamedTuple):
    """What the history says of rows: kind of record and its number, to what is to be found there."""

    made: dict[tuple[str, int], _Made]
    decisions: dict[int, tuple[str, str, dt.datetime]]
    closed: dict[int, tuple[str, dt.datetime]]


_UNREADABLE = (ValueError, TypeError, KeyError)
"""What reading raises where SQLite holds what no such column can mean."""


def verify(connection: Connection) -> Verified:
    """Check every link of the chain; then, where all hold, every row against what the history says of it.

    The first broken link is named and ends the check: what follows it proves nothing.
    """
    told = _Told({}, {}, {})
    head = Head(0, BEGINNING)
    try:
        for event in all_events(connection):
            if fault := _broken(event, head):
                return Verified(head, [fault])
            head = Head(event["number"], event["hash"])
            _take_note(told, event)
    except _UNREADABLE:
        return Verified(head, [f"event {head.number + 1}: cannot be read"])
    return Verified(head, [*_projects(connection), *_records(connection, told)])


def _broken(event: Mapping[str, Any], head: Head) -> str | None:
    number = head.number + 1
    if event["number"] != number:
        return f"event {number}: is missing"
    if event["previous"] != head.hash:
        return f"event {number}: does not follow the one before it"
    if hash_of(event) != event["hash"]:
        return f"event {number}: does not say what it said when it was written"
    return None


def _take_note(told: _Told, event: Mapping[str, Any]) -> None:
    record, at = event["record"], event["at"]
    for kind in ("notice", "objection", "allocation", "report"):
        if kind in record:
            told.made[kind, record[kind]["id"]] = _Made(record[kind]["digest"], at, event["project_id"])
    if "decision" in record:
        decision = record["decision"]
        told.decisions[decision["objection"]] = (decision["outcome"], decision["digest"], at)
    if "closed" in record:
        told.closed[record["closed"]["notice"]] = (record["closed"]["by"], at)


class _Folded(NamedTuple):
    """What a project's acts, one after the other, have made of it."""

    id: int
    status: str
    version: int
    content: dict[str, Any]
    declared: dt.datetime
    changed: dt.datetime


def _projects(connection: Connection) -> Iterator[str]:
    """Compare each project with what its acts, one after the other, have made of it."""
    order = (_EVENTS.c.project_id, _EVENTS.c.number)
    columns = (_EVENTS.c.project_id, _EVENTS.c.status, _EVENTS.c.version, _EVENTS.c.changes, _EVENTS.c.at)
    acts = connection.execute(select(*columns).order_by(*order), execution_options={"yield_per": 1_000})
    folded: list[_Folded] = []
    known = 0
    for number, group in groupby(acts, key=itemgetter(0)):
        its = list(group)
        content: dict[str, Any] = {}
        for act in its:
            content |= {name: became for name, (_, became) in act.changes.items()}
        last = its[-1]
        changed = next(act.at for act in its if act.version == last.version)
        folded.append(_Folded(number, last.status, last.version, content, its[0].at, changed))
        known += 1
        if len(folded) == _AT_ONCE:
            yield from _differing(connection, folded)
            folded = []
    yield from _differing(connection, folded)
    stored = connection.execute(select(func.count()).select_from(Project)).scalar_one()
    if stored != known:
        yield f"projects: {stored} are stored, the history knows {known}"


def _differing(connection: Connection, folded: list[_Folded]) -> Iterator[str]:
    numbers = [each.id for each in folded]
    try:
        stored = {each.id: each for each in projects.found_by_ids(connection, numbers)}
        placed = _placed(connection, numbers)
        allocated = _allocated(connection, numbers)
        different = {
            each.id: changes(each.content, described(stored[each.id].content)) for each in folded if each.id in stored
        }
    except _UNREADABLE:
        yield f"projects {numbers[0]} to {numbers[-1]}: not all of them can be read"
        return
    for each in folded:
        project = stored.get(each.id)
        if project is None:
            yield f"project {each.id}: is missing"
        elif (
            (project.status, project.version, project.declared, project.changed)
            != (each.status, each.version, each.declared, each.changed)
            or different[each.id]
            or each.id not in placed
        ):
            yield f"project {each.id}: is not what its history says"
        elif any(fund.allocated != allocated.get((each.id, fund.fund), 0) for fund in project.funds):
            yield f"project {each.id}: its allocations do not add up"


def _placed(connection: Connection, numbers: list[int]) -> set[int]:
    """Find the projects whose township and county are those that their village lies in."""
    found = select(Project.id, Project.place, Project.township, Project.county).where(Project.id.in_(numbers))
    return {row.id for row in connection.execute(found) if _lies_right(row._asdict())}


def _lies_right(row: Mapping[str, Any]) -> bool:
    return (row["township"], row["county"]) == (row["place"][:9], row["place"][:6])


def _allocated(connection: Connection, numbers: list[int]) -> dict[tuple[int, str], int]:
    summed = select(Allocation.project_id, Allocation.fund, func.sum(Allocation.amount))
    wanted = summed.where(Allocation.project_id.in_(numbers)).group_by(Allocation.project_id, Allocation.fund)
    return {(number, fund): int(amount) for number, fund, amount in connection.execute(wanted)}


_TABLES = {"notice": Notice, "objection": Objection, "allocation": Allocation, "report": Report}


def _records(connection: Connection, told: _Told) -> Iterator[str]:
    """Compare each notice, objection, allocation and report with what the history says of it."""
    missing = set(told.made)
    for kind, table in _TABLES.items():
        number = 0
        try:
            for row in _rows(connection, table.__table__):
                number = row["id"]
                missing.discard((kind, number))
                made = told.made.get((kind, number))
                if made is None or not _holds(kind, row, made, told):
                    yield f"{kind} {number}: is not what the history says"
        except _UNREADABLE:
            yield f"{kind}: one after {number} cannot be read"
    for kind, number in sorted(missing):
        yield f"{kind} {number}: is missing"


def _holds(kind: str, row: Mapping[str, Any], made: _Made, told: _Told) -> bool:
    """Whether a row is what the history says of it."""
    match kind:
        case "notice":
            closed = (row["closed_by"], row["closed"])
            return (
                made == _Made(notices.digest_of(row), made.at, row["project_id"])
                and closed == told.closed.get(row["id"], (None, None))
                and row["place"] == row["text"]["place"]
                and _lies_right(row)
            )
        case "objection":
            as_made = made == _Made(objections.digest_of(row), row["made"], made.project_id)
            return as_made and _decided(row) == told.decisions.get(row["id"])
        case "allocation":
            return made == _Made(funds.digest_of_allocation(row), row["made"], row["project_id"])
    return made == _Made(funds.digest_of_report(row), row["made"], row["project_id"])


def _decided(row: Mapping[str, Any]) -> tuple[str, str, dt.datetime] | None:
    if row["outcome"] is None and row["answer"] is None:
        return None
    return row["outcome"], digest(row["answer"]), row["decided"]


def _rows(connection: Connection, table: Any) -> Iterator[dict[str, Any]]:
    whole: Select[Any] = select(table).order_by(table.c.id)
    with connection.execute(whole, execution_options={"yield_per": 1_000}) as rows:
        for row in rows:
            yield row._asdict()
