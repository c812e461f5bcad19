"""A filled settlement ledger: persons, settlements, reversals, messages and reads of many days, and an unbroken chain.

Two persons, brought to where they stand by the service itself, are copied: one with a settlement, one whose settlement
is reversed. Every digest and hash is calculated anew, so that `anda verify` finds no fault.
"""

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select

from app.clock import SHANGHAI, Moment, instant
from app.db import tokens
from app.db.chain import Head
from app.db.engine import reading, writing
from app.db.ledger import events, institutions
from app.db.ledger.chained_rows import CHAINED, row_digest, row_key
from app.db.ledger.events import LedgerEventRecord
from app.db.ledger.models import Account, LedgerEvent, LedgerHead, RecordedRead, SpentBudget
from app.db.models import Base
from app.db.sealing import seal_events
from app.schemas.examples import SETTLEMENTS
from benchmarks.bulk import advance_sequence, bulk_insert
from benchmarks.library_walks import Row
from benchmarks.load import HOST

A_DAY = 500
"""Settlements a day, in every store: a larger one has more days."""

REVERSED = 8
"""One settlement of so many is reversed: more than a page of them a day."""

COUNTIES = tuple(f"1509{number}" for number in ("02", "21", "22", "23", "24", "25", "26", "27", "28", "29"))
HOSPITALS = tuple(f"H{county}00001" for county in COUNTIES)
SERVICE_DAY = dt.date(2020, 6, 30)
"""The service's day, and the newest of the ledger."""

_TABLES = ("persons", "standings", "settlements", "messages")
_NUMBERED = ("persons", "standings", "settlements")
_REFERENCES = {
    "person_id": "persons",
    "reverses": "settlements",
    "reversed_by": "settlements",
    "settlement_id": "settlements",
}
_DAYS = frozenset({"written", "service_date", "made", "day", "at"})
"""The columns that hold a day or an instant, moved back in a copy."""

_AT_ONCE = 1_000
"""Persons that are inserted together."""


class SeededLedger(NamedTuple):
    """The seeded ledger: the tokens of its hospitals, its counties and the city, and how many settlements it has."""

    tokens: Mapping[str, str]
    settlements: int


class _Walk(NamedTuple):
    """A person whom the service has brought somewhere: the rows by table, with account and read, and the events."""

    rows: Mapping[str, Sequence[Row]]
    events: Sequence[LedgerEventRecord]


class _Copy(NamedTuple):
    """A copy to make: the person's number, how many days earlier, and the numbers of its rows by those copied."""

    number: int
    back: dt.timedelta
    numbers: Mapping[tuple[str, int], int]

    @property
    def hospital(self) -> str:
        """The hospital that settles."""
        return HOSPITALS[self.number % len(HOSPITALS)]


def enter_places(engine: Engine) -> dict[str, str]:
    """Enter the hospitals, and create a token for each, for each county and for the city."""
    now = dt.datetime.now(dt.UTC)
    made = {}
    with writing(engine) as connection:
        for code in HOSPITALS:
            institutions.write(connection, Moment(now, SERVICE_DAY), institutions.Institution(code, "医院", "city"))
            made[code] = tokens.create_for_institution(connection, code, "benchmark", now, 365)
        for place in (*COUNTIES, "1509"):
            made[place] = tokens.create(connection, place, "benchmark", now, 365)
    return made


def fill_ledger(engine: Engine, port: int, places: Mapping[str, str], settlements: int) -> SeededLedger:
    """Fill the store of a running service with this many settlements, reversals not counted."""
    walks = [_walk(engine, port, places, reversing=each) for each in (False, True)]
    with reading(engine) as connection:
        copier = _Copier(connection)
    numbers = iter(range(len(walks), settlements))
    while together := list(islice(numbers, _AT_ONCE)):
        for number in together:
            copier.add(walks[number % REVERSED == 0], number, (settlements - 1 - number) // A_DAY)
        with writing(engine) as connection:
            copier.insert(connection)
    with writing(engine) as connection:
        connection.execute(delete(SpentBudget))
        copier.write_heads(connection)
        for table in (*_NUMBERED, "ledger_events", "reads"):
            advance_sequence(connection, table)
    return SeededLedger(places, settlements)


def _walk(engine: Engine, port: int, places: Mapping[str, str], *, reversing: bool) -> _Walk:
    """Let the service register a person and settle a stay, and reverse it; read the rows that this has made."""
    with reading(engine) as connection:
        newest = connection.execute(select(func.max(LedgerEvent.id))).scalar_one()
    person = f"{reversing:08}"
    status = {"status": "registered", "from": "2014-01-01"}
    _send(port, "PUT", "/v1/persons", places[COUNTIES[0]], {"person": person, "statuses": [status]})
    stay = {
        **SETTLEMENTS["a_stay"]["value"],
        "person": person,
        "institution": HOSPITALS[0],
        "visit_id": f"visit-{person}",
        "message_id": f"message-{person}",
        "service_date": SERVICE_DAY.isoformat(),
    }
    made = _send(port, "POST", "/v1/settlements", places[HOSPITALS[0]], stay)
    number = made["id"]
    if reversing:
        message = {"message_id": f"message-{person}-2"}
        _send(port, "POST", f"/v1/settlements/{number}/reversal", places[HOSPITALS[0]], message)
    _send(port, "GET", f"/v1/settlements/{number}", places[HOSPITALS[0]])
    seal_events(engine)
    with reading(engine) as connection:
        return _read_walk(connection, newest)


def _send(port: int, method: str, path: str, token: str, body: object = None) -> dict[str, int]:
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        read = answer.read()
    assert answer.status in {200, 201}, read
    told: dict[str, int] = json.loads(read)
    return told


def _read_walk(connection: Connection, newest: int) -> _Walk:
    its = [each for each in events.all_events(connection) if each.id > newest]
    written = {key for event in its for key in event.rows}
    rows = {}
    for name in _TABLES:
        table = CHAINED[name].table
        every = map(dict, connection.execute(select(table).order_by(*table.primary_key)).mappings())
        rows[name] = [row for row in every if row_key(CHAINED[name], row) in written]
    person, settlement = rows["persons"][0]["id"], rows["settlements"][0]["id"]
    for model, its_rows in (
        (Account, Account.__table__.c.person_id == person),
        (RecordedRead, RecordedRead.__table__.c.settlement_id == settlement),
    ):
        found = connection.execute(select(model.__table__).where(its_rows)).mappings()
        rows[model.__tablename__] = [dict(row) for row in found]
    return _Walk(rows, its)


class _Copier:
    """Numbers the copies, links their events, and keeps the rows until they are inserted."""

    def __init__(self, connection: Connection) -> None:
        tables = [Base.metadata.tables[name] for name in (*_NUMBERED, "reads", "ledger_events")]
        self._last: dict[str, int] = {
            table.name: connection.execute(select(func.max(table.c.id))).scalar_one() for table in tables
        }
        self._head = events.head(connection)
        self._heads: dict[dt.date, Head] = {}
        self._rows: dict[str, list[Row]] = {}

    def add(self, walk: _Walk, number: int, days: int) -> None:
        """Copy a person, under this number and so many days earlier."""
        numbers: dict[tuple[str, int], int] = {}
        for table in _NUMBERED:
            for row in walk.rows[table]:
                self._last[table] += 1
                numbers[table, row["id"]] = self._last[table]
        copy = _Copy(number, dt.timedelta(days=days), numbers)
        digests = {}
        for table in _TABLES:
            for original in walk.rows[table]:
                row = _copied(table, original, copy)
                self._rows.setdefault(table, []).append(row)
                key = row_key(CHAINED[table], original)
                digests[key] = (row_key(CHAINED[table], row), row_digest(CHAINED[table], row))
        for original in walk.rows["accounts"]:
            account = _copied("accounts", original, copy)
            self._rows.setdefault("accounts", []).append(account | {"year": (SERVICE_DAY - copy.back).year})
        for original in walk.rows["reads"]:
            self._last["reads"] += 1
            read = _copied("reads", original, copy)
            self._rows.setdefault("reads", []).append(read | {"id": self._last["reads"]})
        for event in walk.events:
            self._add_event(event, digests, copy.back)

    def insert(self, connection: Connection) -> None:
        """Insert what was added since the last time."""
        for name, rows in self._rows.items():
            bulk_insert(connection, Base.metadata.tables[name], rows)
        self._rows.clear()

    def write_heads(self, connection: Connection) -> None:
        """Note the newest event of each day."""
        connection.execute(delete(LedgerHead).where(LedgerHead.day.in_(list(self._heads))))
        rows = [{"day": day, **head._asdict()} for day, head in self._heads.items()]
        bulk_insert(connection, Base.metadata.tables["ledger_heads"], rows)

    def _add_event(
        self, original: LedgerEventRecord, digests: Mapping[str, tuple[str, str]], back: dt.timedelta
    ) -> None:
        self._last["ledger_events"] += 1
        event = original._replace(
            id=self._last["ledger_events"],
            at=original.at - back,
            day=original.day - back,
            rows=dict(digests[key] for key in original.rows if key in digests),
            number=self._head.number + 1,
            previous=self._head.hash,
        )
        self._head = Head(self._head.number + 1, events.hash_of(event))
        self._heads[event.at.astimezone(SHANGHAI).date()] = self._head
        self._rows.setdefault("ledger_events", []).append(event._replace(hash=self._head.hash)._asdict())


def _copied(table: str, original: Row, copy: _Copy) -> Row:
    """Copy a row: another person, hospital, visit and message, on another day."""
    row = {
        name: value - copy.back if name in _DAYS and value is not None else value for name, value in original.items()
    }
    if table in _NUMBERED:
        row["id"] = copy.numbers[table, original["id"]]
    for name, other in _REFERENCES.items():
        if row.get(name) is not None:
            row[name] = copy.numbers[other, row[name]]
    if table == "persons":
        county = COUNTIES[copy.number % len(COUNTIES)]
        row |= {"number": hashlib.sha256(b"%d" % copy.number).hexdigest(), "county": county}
    if row.get("institution") is not None:
        row["institution"] = copy.hospital
    if "message_id" in row:
        row["message_id"] = f"{original['message_id']}-{copy.number}"
    if table == "settlements":
        visit = f"visit-{copy.number}"
        row |= {"visit_id": visit, "visit_key": visit.upper(), "year": row["service_date"].year}
        row["answer"] = _answer(original, row)
    return row


def _answer(original: Row, row: Row) -> bytes:
    """Rewrite the answers of a settlement for its copy; the least packing is the fastest."""
    answer = zlib.decompress(original["answer"])
    for before, after in (
        (b'"id":%d,' % original["id"], b'"id":%d,' % row["id"]),
        (original["institution"].encode(), row["institution"].encode()),
        (original["service_date"].isoformat().encode(), row["service_date"].isoformat().encode()),
        (instant(original["made"]).encode(), instant(row["made"]).encode()),
    ):
        answer = answer.replace(before, after)
    return zlib.compress(answer, 1)
