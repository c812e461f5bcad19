"""The database that a test runs on, and stores that the tests of a module share."""

import shutil
import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.db.engine import OF_THE_CHAIN
from app.db.models import Base
from tests.support.scale import LONG
from tests.support.stores import migrated_file, new_database, template_file

DATABASES = ("sqlite", "postgresql")

_TRIES = 3

_numbers = count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `each_database` on PostgreSQL as well; a conftest imports this hook.

    `each_database(small=False)` with `slow`: in the long form alone.
    """
    if "database" not in metafunc.fixturenames:
        return
    chosen = any(mark.args[0] == "database" for mark in metafunc.definition.iter_markers("parametrize"))
    mark = metafunc.definition.get_closest_marker("each_database")
    both = mark is not None and (LONG or mark.kwargs.get("small", True))
    if both and not chosen:
        metafunc.parametrize("database", DATABASES, indirect=True, scope="module")
    elif not chosen:
        # A parameter here too: what is made for one of a file's tests on SQLite serves all of them.
        metafunc.parametrize("database", ["sqlite"], ids=[pytest.HIDDEN_PARAM], indirect=True, scope="module")


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """The database of a test: SQLite, unless the test or its file is marked `each_database`."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> str:
    """The address of an empty store that is not migrated."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'anda.db'}"
    return new_database(request.getfixturevalue("postgresql"), "each_test")


@pytest.fixture
def store(request: pytest.FixtureRequest, database: str, engine: Engine) -> Engine:
    """An engine over a store that is migrated and has nothing in it."""
    if database == "sqlite":
        shutil.copyfile(template_file(), _file_of(engine))
    else:
        new_database(request.getfixturevalue("postgresql"), "each_test", migrated=True)
    return engine


def store_for(request: pytest.FixtureRequest, folders: pytest.TempPathFactory, name: str, database: str) -> str:
    """Return the address of a migrated store on a database, which whoever names it has for itself."""
    if database == "sqlite":
        return migrated_file(folders.mktemp(name))
    # Folders that share a server may use one name for two.
    return new_database(request.getfixturevalue("postgresql"), f"{name}_{next(_numbers)}", migrated=True)


def made_ready(*clients: TestClient) -> list[TestClient]:
    """Return clients whose services have looked at all their routes.

    FastAPI completes a route at the first request, under a filter of warnings that holds for all threads: two services
    of one process that do so at once fail each other. No process but this one has two.
    """
    for client in clients:
        assert client.get("/nowhere").status_code == 404
    return list(clients)


def empty(engine: Engine) -> None:
    """Take out all that is stored, while services may have the store open; numbers begin at 1 again."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(template_file())) as template, closing(sqlite3.connect(_file_of(engine))) as store:
            store.execute("PRAGMA synchronous = OFF")
            template.backup(store)
        return
    for _ in range(_TRIES):
        # A service may write meanwhile, its sealer among others: then one of the two is chosen to give way.
        with suppress(OperationalError):
            _truncate(engine)
            return
    _truncate(engine)


def _truncate(engine: Engine) -> None:
    tables = [table.name for table in Base.metadata.sorted_tables]
    with engine.begin() as connection:
        # Triggers keep events from being taken out.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        filled = [name for name in tables if connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first()]  # noqa: S608
        # The sealer may write the chain's tables between the look and this.
        names = ", ".join(f'"{name}"' for name in {*filled, *OF_THE_CHAIN})
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


def _file_of(engine: Engine) -> str:
    assert engine.url.database is not None
    return engine.url.database
