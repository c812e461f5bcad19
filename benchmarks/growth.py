"""How lists, pages, exports and the check of the records grow: each store against the smallest, within one run."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection

from app.clock import instant
from app.db.chain import Head
from app.db.engine import reading
from app.db.ledger import events as ledger_events
from app.db.projects import events
from app.ledger import verification as ledger_verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from app.projects import verification
from app.routers.pages.desk_session import COOKIE
from benchmarks.ledger_seed import COUNTIES, HOSPITALS, SERVICE_DAY, SeededLedger, enter_places, fill_ledger
from benchmarks.library_load import measure_in_turn, request
from benchmarks.library_requests import ITEMS, ON_A_PAGE, pages
from benchmarks.library_stores import Addresses, Store, filled, postgresql, sqlite, wait_until_analysed
from benchmarks.load import HOST, load_process
from benchmarks.pages import enter
from benchmarks.report import heading, table

SIZES = (1_000, 100_000)
"""Projects, and settlements, of the stores."""

TURNS = 12
NOTED = 200
"""Events after the noted head of a check that goes on."""

HTML = b"<!doctype html>"


class Grown(NamedTuple):
    """A store with projects and settlements, and the service over it."""

    store: Store
    ledger: SeededLedger

    def ask(self, who: str | None, path: str) -> bytes:
        """Write a request with somebody's token."""
        return request("GET", path, headers=None if who is None else self._token(who))

    def compare(self) -> bytes:
        """Write the request that compares a hospital's day with the ledger's."""
        day = SERVICE_DAY.isoformat()
        body = b'{"from":"%s","to":"%s","settlements":[]}' % (day.encode(), day.encode())
        return request("POST", "/v1/ledger/differences", body, self._token(HOSPITALS[1]))

    def desk(self, digits: int) -> bytes:
        """Write the request for the desk of an officer of the busy village, its township or its county."""
        token = self.store.library.tokens[self.store.library.villages[0].code[:digits]]
        return request("GET", "/desk", headers={"Cookie": f"{COOKIE}={enter(self.store.port, token)}"})

    def _token(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ledger.tokens[who]}"}


Build = Callable[[Grown], bytes]


def run(sizes: Sequence[int] = SIZES) -> None:
    """Measure one database after the other."""
    for name, database in (("SQLite", sqlite()), ("PostgreSQL", postgresql())):
        _measure(name, database, sorted(sizes))


def _measure(name: str, database: AbstractContextManager[Addresses], sizes: Sequence[int]) -> None:
    fewest, *more = (f"{size:,}" for size in sizes)
    with load_process(core=1) as executor, database as addresses, filled(addresses, sizes) as stores:
        begun = time.perf_counter()
        grown = [_with_settlements(store, size) for store, size in zip(stores, sizes, strict=True)]
        heading(
            f"{name}: a page in ms with {fewest} projects and settlements, and how many times that with more",
            f"one connection, the services alternating; the least of {TURNS}; the settlements were seeded in "
            f"{time.perf_counter() - begun:.0f} s",
        )
        table(["page", fewest, *more], [_row(executor, grown, *each) for each in _library() + _ledger()])
        heading(f"{name}: exports and the check of the records, µs a row, and how many times that with more")
        rows = [[what, *_ratios([measure(each) for each in grown])] for what, measure in _PER_ROW.items()]
        table(["", fewest, *more], rows)


def _with_settlements(store: Store, size: int) -> Grown:
    ledger = fill_ledger(store.engine, store.port, enter_places(store.engine), size)
    wait_until_analysed(store.engine)
    return Grown(store, ledger)


def _row(executor: Executor, grown: Sequence[Grown], name: str, begins: bytes, build: Build) -> list[str]:
    requests = [build(each) for each in grown]
    ports = [each.store.port for each in grown]
    return [name, *_ratios(executor.submit(measure_in_turn, ports, requests, begins, TURNS).result())]


def _ratios(took: Sequence[float]) -> list[str]:
    return [f"{took[0]:.2f}", *(f"{each / took[0]:.2f}" for each in took[1:])]


def _library() -> list[tuple[str, bytes, Build]]:
    """List the pages of the library; each is full in every store."""

    def listed(number: int, *, middle: bool) -> Build:
        def build(each: Grown) -> bytes:
            page = pages(each.store)[number]
            return page.middle(each.store) if middle else page.first(each.store)

        return build

    names = (
        "projects",
        "projects of a county",
        "projects of a township, of a status",
        "projects of a category",
        "projects of ten villages",
        "with a township's token",
        "with a township's token: for review",
        "open notices",
        "open notices of a county",
        "notices that are over",
        "notices closed early",
    )
    lists = [
        (f"{ON_A_PAGE} {name}{', from the middle' if middle else ''}", ITEMS, listed(number, middle=middle))
        for number, name in enumerate(names)
        for middle in (False, True)
    ]
    return [
        *lists,
        ("the notice board", HTML, lambda each: each.ask(None, "/notices")),
        ("the feed of notices", b"<?xml", lambda each: each.ask(None, "/notices.atom")),
        ("the desk of a village", HTML, lambda each: each.desk(12)),
        ("the desk of a township", HTML, lambda each: each.desk(9)),
        ("the desk of a county", HTML, lambda each: each.desk(6)),
    ]


def _ledger() -> list[tuple[str, bytes, Build]]:
    """List what is asked of the ledger; the newest day is the same in every store."""
    hospital, county, day = HOSPITALS[1], COUNTIES[1], SERVICE_DAY.isoformat()
    of_day = f"/v1/ledger/totals?from={day}&to={day}"
    answer = b'{"items":['

    def changed(days: float) -> str:
        return f"/v1/settlements?changed_since={quote(instant(datetime.now(UTC) - timedelta(days=days)))}"

    def newest(each: Grown) -> int:
        """Return the number of a copy of the newest day at the second hospital, which the second county sees."""
        return (each.ledger.settlements - 1) // 10 * 10 - 9

    def visit(each: Grown) -> str:
        return f"/v1/settlements?visit_id=visit-{newest(each)}"

    def message(each: Grown) -> str:
        return f"/v1/settlements?message_id=message-00000000-{newest(each)}"

    return [
        ("settlements of a visit, a hospital's", answer, lambda each: each.ask(hospital, visit(each))),
        ("settlements of a visit, a county's", answer, lambda each: each.ask(county, visit(each))),
        ("settlements of a visit, the city's", answer, lambda each: each.ask("1509", visit(each))),
        ("settlements of a message, the city's", answer, lambda each: each.ask("1509", message(each))),
        ("changed since yesterday, a hospital's", answer, lambda each: each.ask(hospital, changed(0.5))),
        ("changed since yesterday, a county's", answer, lambda each: each.ask(county, changed(0.5))),
        ("changed since yesterday, the city's", answer, lambda each: each.ask("1509", changed(0.5))),
        ("changed since the beginning, the city's", answer, lambda each: each.ask("1509", changed(9_999))),
        ("totals of a day, a hospital's", b"{", lambda each: each.ask(hospital, of_day)),
        ("totals of a day, a county's", b"{", lambda each: each.ask(county, of_day)),
        ("totals of a day, the city's", b"{", lambda each: each.ask("1509", of_day)),
        ("a hospital's day compared", b"{", Grown.compare),
        ("the newest event of the chain", b"{", lambda each: each.ask(None, "/v1/ledger/head")),
    ]


def _exported(path: str) -> Callable[[Grown], float]:
    """Measure an export, in microseconds a project."""

    def measure(each: Grown) -> float:
        with closing(HTTPConnection(HOST, each.store.port, timeout=600)) as connection:
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            while answer.read(1 << 20):
                pass
            return (time.perf_counter() - begun) / each.ledger.settlements * 1_000_000

    return measure


def _checked(check: Callable[[Connection], int]) -> Callable[[Grown], float]:
    """Measure a check, in microseconds of processor time for each of what it counts."""

    def measure(each: Grown) -> float:
        with reading(each.store.engine) as connection:
            begun = time.process_time()
            counted = check(connection)
            return (time.process_time() - begun) / counted * 1_000_000

    return measure


def _check_library(connection: Connection, since: Head | None = None) -> int:
    verified = verification.verify(connection, since)
    assert not verified.faults, verified.faults[0]
    return verified.head.number - (since.number if since else 0)


def _check_ledger(connection: Connection, since: Head | None = None) -> int:
    verified = verify_events(connection, since)
    numbers = verified.written_in("settlements")
    faults = [*verified.faults, *answer_faults(connection, numbers), *ledger_verification.faults(connection, numbers)]
    assert not faults, faults[0]
    return verified.head.number - (since.number if since else 0)


def _check_library_further(connection: Connection) -> int:
    noted = next(events.all_events(connection, events.head(connection).number - NOTED - 1))
    return _check_library(connection, Head(noted.number, noted.hash))


def _check_ledger_further(connection: Connection) -> int:
    noted = next(ledger_events.all_events(connection, ledger_events.head(connection).number - NOTED - 1))
    return _check_ledger(connection, Head(noted.number or 0, noted.hash or ""))


_PER_ROW: dict[str, Callable[[Grown], float]] = {
    "projects as CSV, a project": _exported("/v1/projects.csv"),
    "projects as OC4IDS, a project": _exported("/v1/projects.oc4ids.json"),
    "`anda verify`, an event of the library": _checked(_check_library),
    "`anda verify`, an event of the ledger": _checked(_check_ledger),
    f"`anda verify --from`, {NOTED} events of the library": _checked(_check_library_further),
    f"`anda verify --from`, {NOTED} events of the ledger": _checked(_check_ledger_further),
}
