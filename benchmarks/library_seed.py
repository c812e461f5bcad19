"""A filled project library: projects of every status in ten counties, with notices, money and an unbroken history.

One project of each status, brought there through the service's own functions, is copied to other villages, under
other names and on other days; every digest and hash is calculated anew, so that `anda verify` finds no fault.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select

from app.db import tokens
from app.db.chain import Head
from app.db.engine import reading, writing
from app.db.models import Base
from app.db.projects import events, funds, notices, objections
from app.db.projects.events import EventRecord
from app.db.projects.funds import AllocationRecord, ReportRecord
from app.db.projects.models import Allocation, Event, Notice, Objection, Project, Report
from app.db.projects.notices import NoticeContent
from app.db.projects.objections import CompleteObjection
from app.db.tokens import Officer
from app.rules.projects.procedure import Status
from app.rules.projects.publicity import Level
from app.rules.reference.places import load_divisions
from benchmarks.bulk import advance_sequence, bulk_insert
from benchmarks.library_walks import STATUSES, TABLES, Row, Village, Walk, walk

BUSY: tuple[Status, ...] = ("in_library", "township_review", "village_notice", "withdrawn")
"""The busy township has projects of these statuses in every store, so that its pages are full even in a small one."""

IN_THE_BUSY_TOWNSHIP = 150
"""Projects of each of these statuses."""

CATEGORIES = ("基础设施", "产业发展", "饮水安全", "教育扶贫")

_AT_ONCE = 1_000
"""Projects that are inserted together, their events in the order of time."""

_DAYS = frozenset({"declared", "changed", "posted", "last_day", "closed", "made", "decided", "at", "day"})
"""The columns that hold a day or an instant, moved back in a copy."""

_NUMBERED: tuple[type[Base], ...] = (Project, Notice, Objection, Allocation, Report)


class SeededLibrary(NamedTuple):
    """The seeded library: the officers' tokens by place, and the villages, those of the busy township first."""

    tokens: Mapping[str, str]
    villages: Sequence[Village]

    @property
    def township(self) -> str:
        """The busy township."""
        return self.villages[0].code[:9]


class _Copy(NamedTuple):
    """A copy to make: of which project, in which village, how many days earlier, with which fields replaced."""

    walk: Walk
    village: Village
    back: dt.timedelta
    fields: dict[str, str]


def fill(engine: Engine, projects: int) -> SeededLibrary:
    """Fill an empty, migrated store with this many projects."""
    with writing(engine) as connection:
        officer_tokens, villages = _officers(connection)
        walks = {status: walk(connection, villages[0], status) for status in STATUSES}
        copier = _Copier(connection)
    copies = _copies(walks, villages, projects)
    while together := list(islice(copies, _AT_ONCE)):
        rows = copier.rows(together)
        with writing(engine) as connection:
            for table in TABLES:
                bulk_insert(connection, Base.metadata.tables[table.__tablename__], rows[table])
    with writing(engine) as connection:
        for numbered in _NUMBERED:
            advance_sequence(connection, numbered.__tablename__)
    return SeededLibrary(officer_tokens, villages)


def count(engine: Engine, table: type[Base]) -> int:
    """Count the rows of a table."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _officers(connection: Connection) -> tuple[dict[str, str], list[Village]]:
    """Create the officers of ten counties of ten townships of ten villages, a token each."""
    places = load_divisions()
    counties = list(islice((code for code in places.by_code if code.startswith(places.home.prefix)), 10))
    townships = [f"{county}{number}" for county in counties for number in range(100, 110)]
    villages = [f"{township}{number}" for township in townships for number in range(201, 211)]
    now = dt.datetime.now(dt.UTC)
    everywhere = [*counties, *townships, *villages]
    officer_tokens = {place: tokens.create(connection, place, "benchmark", now, 365) for place in everywhere}
    holders = {place: tokens.find(connection, token, now) for place, token in officer_tokens.items()}
    officers = {place: officer for place, officer in holders.items() if isinstance(officer, Officer)}
    return officer_tokens, [
        Village(code, {"village": officers[code], "township": officers[code[:9]], "county": officers[code[:6]]})
        for code in villages
    ]


def _copies(walks: Mapping[Status, Walk], villages: Sequence[Village], projects: int) -> Iterator[_Copy]:
    chance = random.Random(1)
    busy = [status for status in BUSY for _ in range(IN_THE_BUSY_TOWNSHIP)]
    for number in range(len(walks), projects):
        status = busy.pop() if busy else chance.choice(STATUSES)
        village = chance.choice(villages[:10] if number < len(walks) + len(BUSY) * IN_THE_BUSY_TOWNSHIP else villages)
        back = dt.timedelta(days=chance.randint(0, walks[status].slack))
        fields = {
            "name": f"饮水安全巩固提升工程第{number}号",
            "category": chance.choice(CATEGORIES),
            "place": village.code,
        }
        yield _Copy(walks[status], village, back, fields)


class _Copier:
    """Numbers the copies, and links their events into the hash chain."""

    def __init__(self, connection: Connection) -> None:
        highest = {table: select(func.max(table.__table__.c.id)) for table in _NUMBERED}
        self._last: dict[type[Base], int] = {
            table: connection.execute(statement).scalar_one() for table, statement in highest.items()
        }
        self._head = events.head(connection)

    def rows(self, copies: Sequence[_Copy]) -> dict[type[Base], list[Row]]:
        """Build the rows of some copies."""
        rows: dict[type[Base], list[Row]] = {table: [] for table in TABLES}
        for copy in copies:
            self._add(copy, rows)
        events = sorted(rows[Event], key=lambda event: event["at"])
        rows[Event] = [self._chain(event) for event in events]
        return rows

    def _add(self, copy: _Copy, rows: dict[type[Base], list[Row]]) -> None:
        numbers: dict[tuple[str, int], int] = {}
        digests: dict[tuple[str, int], str] = {}
        place = copy.fields["place"]
        where = {"place": place, "township": place[:9], "county": place[:6]}
        for table in TABLES:
            name = table.__tablename__
            for original in copy.walk.rows[table]:
                row = _move_back(original, copy.back)
                if table in _NUMBERED:
                    self._last[table] += 1
                    numbers[name, original["id"]] = row["id"] = self._last[table]
                if "project_id" in row:
                    row["project_id"] = self._last[Project]
                if table is Project:
                    row |= where | copy.fields
                elif table is Notice:
                    row |= where | {"text": original["text"] | copy.fields}
                    digests[name, row["id"]] = notices.digest_of(
                        NoticeContent._make(row[field] for field in NoticeContent._fields), row["salt"]
                    )
                elif table is Objection:
                    row |= {"notice_id": numbers["notices", row["notice_id"]], "receipt": f"{row['id']:064x}"}
                    row["place"] = place[: len(row["place"])]
                    digests[name, row["id"]] = objections.digest_of(
                        CompleteObjection._make(row[field] for field in CompleteObjection._fields)
                    )
                elif table is Allocation:
                    digests[name, row["id"]] = funds.digest_of_allocation(
                        row["project_id"], AllocationRecord(**row).content
                    )
                elif table is Report:
                    digests[name, row["id"]] = funds.digest_of_report(row["project_id"], ReportRecord(**row).content)
                elif table is Event:
                    self._rewrite_event(row, copy, numbers, digests)
                rows[table].append(row)

    @staticmethod
    def _rewrite_event(
        row: Row, copy: _Copy, numbers: Mapping[tuple[str, int], int], digests: Mapping[Any, str]
    ) -> None:
        """Rewrite an event for the copy: the officer, the changes, the numbers and digests in its record."""
        level: Level | None = row["level"]
        if level is not None:
            officer = copy.village.officers[level]
            row |= {"place": officer.place, "token_id": officer.id}
        if row["changes"]:
            row["changes"] = row["changes"] | {name: [None, value] for name, value in copy.fields.items()}
        record = dict(row["record"])
        for kind in ("notice", "objection", "allocation", "report"):
            if kind in record:
                number = numbers[f"{kind}s", record[kind]["id"]]
                record[kind] = record[kind] | {"id": number, "digest": digests[f"{kind}s", number]}
        if "notice" in record:
            days = {name: dt.date.fromisoformat(record["notice"][name]) - copy.back for name in ("posted", "last_day")}
            record["notice"] |= {name: day.isoformat() for name, day in days.items()}
        if "objection" in record:
            record["objection"]["notice"] = numbers["notices", record["objection"]["notice"]]
        if "decision" in record:
            objection = numbers["objections", record["decision"]["objection"]]
            record["decision"] = record["decision"] | {"objection": objection}
        if "closed" in record:
            record["closed"] = record["closed"] | {"notice": numbers["notices", record["closed"]["notice"]]}
        row["record"] = record
        if row["texts"] is not None:
            row["texts"] = events.digest_of_texts(EventRecord(**row))

    def _chain(self, event: Row) -> Row:
        event |= {"number": self._head.number + 1, "previous": self._head.hash}
        event["hash"] = events.hash_of(EventRecord(**event))
        self._head = Head(event["number"], event["hash"])
        return event


def _move_back(row: Row, back: dt.timedelta) -> Row:
    return {name: value - back if name in _DAYS and value is not None else value for name, value in row.items()}
