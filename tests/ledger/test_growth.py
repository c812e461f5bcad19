"""A longer ledger makes no list slower: SQLite's steps for a page are counted before and after older days are added."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, select, text

from app.db.engine import reading
from app.db.ledger import changes, events, settlements
from app.db.ledger.models import LedgerEvent, Person, Settlement
from app.db.sealing import seal_events
from tests.support.county import PLACES
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, stay

TIMES = 400
"""As many older copies are added of everything."""

Read = Callable[[Connection], object]


def test_what_a_page_of_the_ledger_costs_does_not_grow_with_older_settlements(empty_desk: Desk) -> None:
    desk, county = empty_desk, PLACES["county"]
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    body = stay(desk.person(*SICK))
    first = desk.settle(body)
    desk.reverse(desk.settle(stay(desk.person(*SICK))))
    seal_events(desk.engine)
    hospital = HOSPITALS["city"].code
    with reading(desk.engine) as connection:
        row = settlements.find(connection, first["id"])
        county = str(connection.execute(select(Person.county).where(Person.id == row.person_id)).scalar_one())
    visit, message, day = row.visit_id, row.message_id, row.day

    def listed(institution: str | None = None, of_county: str | None = None) -> Read:
        return lambda each: settlements.list_by(each, institution, county=of_county, visit_id=visit, limit=51)

    def changed(institution: str | None = None, of_county: str | None = None) -> Read:
        return lambda each: settlements.list_by(each, institution, county=of_county, changed_since=since, limit=51)

    reads: dict[str, Read] = {
        "a hospital's visit": listed(row.institution),
        "a county's visit": listed(of_county=county),
        "the city's visit": listed(),
        "the city's message": lambda each: settlements.list_by(each, None, message_id=message, limit=51),
        "a hospital's changes": changed(hospital),
        "a county's changes": changed(of_county=county),
        "the city's changes": changed(),
        "a county's totals": lambda connection: settlements.totals(connection, day, day, county=county),
        "the city's totals": lambda connection: settlements.totals(connection, day, day),
        "whether a county sees one": lambda connection: settlements.is_seen_by(connection, row.id, county),
        "the newest event": events.head,
    }
    before = {name: _steps(desk.engine, read) for name, read in reads.items()}
    _age(desk.engine)
    after = {name: _steps(desk.engine, read) for name, read in reads.items()}
    # A deeper tree costs a step here and there.
    assert {name: (before[name], steps) for name, steps in after.items() if steps > 1.2 * before[name]} == {}


def test_the_events_of_the_ledger_are_read_in_their_order_and_not_sorted(empty_desk: Desk) -> None:
    empty_desk.settle(stay(empty_desk.person()))
    with reading(empty_desk.engine) as connection:
        first = _steps(empty_desk.engine, lambda each: next(events.all_events(each)))
        count = len(list(events.all_events(connection)))
    _age(empty_desk.engine)
    assert count > 1
    assert _steps(empty_desk.engine, lambda each: next(events.all_events(each))) < 1.2 * first


def test_a_page_of_much_that_changed_long_ago_is_read_in_the_order_of_the_settlements(
    empty_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        empty_desk.reverse(empty_desk.settle(stay(empty_desk.person())))
    long_ago = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
    hospital = HOSPITALS["county"].code

    def page(connection: Connection, after: int = 0) -> list[int]:
        found = settlements.list_by(connection, None, changed_since=long_ago, after=after, limit=11)
        return [each.id for each in found]

    _age(empty_desk.engine, 1, 100)
    with reading(empty_desk.engine) as connection:
        few = [page(connection, after) for after in (0, 3, 5_000)]
        its = settlements.list_by(connection, hospital, changed_since=long_ago, limit=500)
        monkeypatch.setattr(changes, "FEW", 20)
        assert [page(connection, after) for after in (0, 3, 5_000)] == few
        assert settlements.list_by(connection, hospital, changed_since=long_ago, limit=500) == its
    before = _steps(empty_desk.engine, page)
    _age(empty_desk.engine, 101, 400)
    assert _steps(empty_desk.engine, page) < 1.2 * before


def _steps(engine: Engine, read: Read) -> int:
    """Count the instructions of SQLite's machine that a read takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with reading(engine) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, 1)
        try:
            read(connection)
        finally:
            driver.set_progress_handler(None, 1)
    return steps


def _age(engine: Engine, first: int = 1, last: int = TIMES) -> None:
    """Add copies of the persons, the settlements and the events, thirty days older and more."""
    older = "WITH RECURSIVE n(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n < :last) "
    columns = {
        "persons": {"id": "id + 1000 * n", "number": "number || '-' || n"},
        "settlements": {
            "id": "id + 1000 * n",
            "person_id": "person_id + 1000 * n",
            "reverses": "reverses + 1000 * n",
            "reversed_by": "reversed_by + 1000 * n",
            "visit_id": "visit_id || '-' || n",
            "visit_key": "visit_key || '-' || n",
            "message_id": "message_id || '-' || n",
            "made": "datetime(made, '-' || (30 + n) || ' days')",
            "day": "date(day, '-' || (30 + n) || ' days')",
        },
        "ledger_events": {"id": "id + 1000 * n", "number": "number + 1000 * n", "hash": "hash || '-' || n"},
    }
    tables = {
        "persons": Person.__table__,
        "settlements": Settlement.__table__,
        "ledger_events": LedgerEvent.__table__,
    }
    with engine.begin() as connection:
        for name, table in tables.items():
            names = [column.name for column in table.columns]
            values = ", ".join(columns[name].get(each, f'"{each}"') for each in names)
            quoted = ", ".join(f'"{each}"' for each in names)
            statement = f"INSERT INTO {name} ({quoted}) {older} SELECT {values} FROM {name}, n WHERE id < 1000"  # noqa: S608
            connection.execute(text(statement), {"first": first, "last": last})
