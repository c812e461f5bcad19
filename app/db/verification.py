"""Whether the history is whole, and whether what is stored is what the history says: `anda verify`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from app.db import funds, notices, objections, projects
from app.db.history import BEGINNING, Head, all_events, digest, hash_of
from app.db.models import Allocation, Event, Notice, Objection, Project, Report
from app.rules.project import changes, described

_AT_ONCE = 500
"""Rows that are compared at a time."""

_EVENTS = Event.__table__


class Verified(NamedTuple):
    """What was found: the newest event that fits, and what does not fit, the first of it first."""

    head: Head
    faults: list[str]


class _Told(NamedTuple):
    """What the history says of rows: kind of record and its number, to what is to be found there."""

    digests: dict[tuple[str, int], str]
    decisions: dict[int, tuple[str, str]]
    closed: dict[int, str]


def verify(connection: Connection) -> Verified:
    """Check every link of the chain; then, where all hold, every row against what the history says of it.

    The first broken link is named and ends the check: what follows it proves nothing.
    """
    told = _Told({}, {}, {})
    head = Head(0, BEGINNING)
    for event in all_events(connection):
        if fault := _broken(event, head):
            return Verified(head, [fault])
        head = Head(event["number"], event["hash"])
        _take_note(told, event["record"])
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


def _take_note(told: _Told, record: Mapping[str, Any]) -> None:
    for kind in ("notice", "objection", "allocation", "report"):
        if kind in record:
            told.digests[kind, record[kind]["id"]] = record[kind]["digest"]
    if "decision" in record:
        decision = record["decision"]
        told.decisions[decision["objection"]] = (decision["outcome"], decision["digest"])
    if "closed" in record:
        told.closed[record["closed"]["notice"]] = record["closed"]["by"]


def _projects(connection: Connection) -> Iterator[str]:
    """Compare each project with what its acts, one after the other, have made of it."""
    order = (_EVENTS.c.project_id, _EVENTS.c.number)
    columns = (_EVENTS.c.project_id, _EVENTS.c.status, _EVENTS.c.version, _EVENTS.c.changes)
    acts = connection.execute(select(*columns).order_by(*order), execution_options={"yield_per": 1_000})
    folded: list[tuple[int, str, int, dict[str, Any]]] = []
    known = 0
    for number, its in groupby(acts, key=itemgetter(0)):
        content: dict[str, Any] = {}
        status, version = "", 0
        for _, status, version, changed in its:  # noqa: B007 - the last ones are what stands
            content |= {name: became for name, (_, became) in changed.items()}
        folded.append((number, status, version, content))
        known += 1
        if len(folded) == _AT_ONCE:
            yield from _differing(connection, folded)
            folded = []
    yield from _differing(connection, folded)
    stored = connection.execute(select(func.count()).select_from(Project)).scalar_one()
    if stored != known:
        yield f"projects: {stored} are stored, the history knows {known}"


def _differing(connection: Connection, folded: list[tuple[int, str, int, dict[str, Any]]]) -> Iterator[str]:
    stored = {each.id: each for each in projects.found_by_ids(connection, [number for number, *_ in folded])}
    allocated = _allocated(connection, list(stored))
    for number, status, version, content in folded:
        project = stored.get(number)
        if project is None:
            yield f"project {number}: is missing"
        elif (project.status, project.version) != (status, version) or changes(content, described(project.content)):
            yield f"project {number}: is not what its history says"
        elif any(fund.allocated != allocated.get((number, fund.fund), 0) for fund in project.funds):
            yield f"project {number}: its allocations do not add up"


def _allocated(connection: Connection, numbers: list[int]) -> dict[tuple[int, str], int]:
    summed = select(Allocation.project_id, Allocation.fund, func.sum(Allocation.amount))
    wanted = summed.where(Allocation.project_id.in_(numbers)).group_by(Allocation.project_id, Allocation.fund)
    return {(number, fund): int(amount) for number, fund, amount in connection.execute(wanted)}


def _records(connection: Connection, told: _Told) -> Iterator[str]:
    """Compare each notice, objection, allocation and report with its digest, its decision, how it was closed."""
    digests = dict(told.digests)
    for row in _rows(connection, Notice.__table__):
        same = digests.pop(("notice", row["id"]), None) == notices.digest_of(row)
        if not same or row["closed_by"] != told.closed.get(row["id"]):
            yield f"notice {row['id']}: is not what the history says"
    for row in _rows(connection, Objection.__table__):
        decided = None if row["outcome"] is None else (row["outcome"], digest(row["answer"]))
        same = digests.pop(("objection", row["id"]), None) == objections.digest_of(row)
        if not same or decided != told.decisions.get(row["id"]):
            yield f"objection {row['id']}: is not what the history says"
    for row in _rows(connection, Allocation.__table__):
        if digests.pop(("allocation", row["id"]), None) != funds.digest_of_allocation(row):
            yield f"allocation {row['id']}: is not what the history says"
    for row in _rows(connection, Report.__table__):
        if digests.pop(("report", row["id"]), None) != funds.digest_of_report(row):
            yield f"report {row['id']}: is not what the history says"
    for kind, number in sorted(digests):
        yield f"{kind} {number}: is missing"


def _rows(connection: Connection, table: Any) -> Iterator[dict[str, Any]]:
    whole: Select[Any] = select(table).order_by(table.c.id)
    for row in connection.execute(whole, execution_options={"yield_per": 1_000}):
        yield row._asdict()
