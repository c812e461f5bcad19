"""Whether the store is ready: red where a write would fail, and in nobody's way; and statements that take too long."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from app.clock import Clock, Moment
from app.db.engine import READ_THREADS, make_engine, migrate, reading
from app.db.store import Store
from app.main import create_app
from app.settings import Settings
from tests.support.stores import run


@contextmanager
def refusing_writes(database_url: str) -> Iterator[None]:
    """Let the store refuse writes: PostgreSQL is made read-only, a SQLite file is locked by another."""
    address = make_url(database_url)
    if address.get_backend_name() == "sqlite":
        other = make_engine(database_url)
        with other.connect().execution_options(anda_writing=True) as connection, connection.begin():
            yield
        other.dispose()
        return
    server = address.set(database="postgres")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'each_test'"
    run(server, "ALTER DATABASE each_test SET default_transaction_read_only = on", end)
    yield
    run(server, "ALTER DATABASE each_test RESET default_transaction_read_only", end)


def test_a_store_that_refuses_writes_is_not_ready_until_it_takes_them_again(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(engine)
    engine.dispose()
    monkeypatch.setattr("app.db.engine._ON_CONNECT", ("PRAGMA busy_timeout = 50", "PRAGMA journal_mode = WAL"))
    monkeypatch.setattr("app.db.readiness.WRITE_HOLDS", 0.0)
    with TestClient(create_app(Settings(database_url=database_url, access_log=False))) as client:
        assert client.get("/readyz").status_code == 200
        with refusing_writes(database_url):
            assert client.get("/readyz").json()["type"] == "/problems/not-ready"
            assert client.get("/v1/notices").status_code == 200, "reads go on"
        assert client.get("/readyz").status_code == 200


def test_a_sqlite_file_without_room_on_its_disk_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database_url = f"sqlite:///{tmp_path / 'anda.db'}"
    engine = make_engine(database_url)
    migrate(engine)
    engine.dispose()
    with TestClient(create_app(Settings(database_url=database_url, access_log=False))) as client:
        assert client.get("/readyz").status_code == 200
        monkeypatch.setattr("app.db.engine._ROOM", 1 << 62)
        assert client.get("/readyz").status_code == 503


def test_reads_that_take_long_leave_others_their_turn_and_ready_its_own(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'anda.db'}")
    migrate(engine)
    store = Store(engine, Clock())
    together = threading.Barrier(READ_THREADS + 1)
    end = threading.Event()
    looks: list[Connection] = []

    def wait(_: Connection, __: Moment) -> bool:
        together.wait(20)
        return end.wait(20)

    async def ask() -> list[bool]:
        reads = [asyncio.create_task(store.read(wait)) for _ in range(READ_THREADS)]
        await asyncio.to_thread(together.wait, 20)
        try:
            await asyncio.gather(*(store.check_ready(looks.append) for _ in range(30)))
        finally:
            end.set()
        return await asyncio.gather(*reads)

    assert READ_THREADS > 6
    assert asyncio.run(ask()) == [True] * READ_THREADS
    assert len(looks) == 1, "who asks while another is answered gets the same answer"
    store.close()
    engine.dispose()


@pytest.mark.lengthy
def test_a_statement_that_takes_too_long_is_given_up_and_the_next_one_runs(database_url: str) -> None:
    engine = make_engine(database_url, statement_seconds=1)
    endless = {
        "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(30)",
    }
    begun = time.monotonic()
    with pytest.raises(DBAPIError), reading(engine) as connection:
        connection.execute(text(endless[engine.dialect.name]))
    assert time.monotonic() - begun < 15
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 7")).scalar_one() == 7
    engine.dispose()
