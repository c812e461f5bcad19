"""What the fault tests share: a PostgreSQL server of their own, and the figures that `make faults` shows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.engine import make_engine
from tests.support.fault_processes import OwnPostgresql
from tests.support.scale import LONG, scaled
from tests.support.stores import database_url, engine, postgresql

__all__ = ["database_url", "engine", "postgresql"]


ROUNDS = scaled(2, 50)
"""How often each kind of kill is tried; `make faults` tries fifty."""

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def rounds() -> int:
    return ROUNDS


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Return the lines to show at the end of a run."""
    return request.config.stash.setdefault(FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(FIGURES, []) if LONG else ():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def own_server(postgresql: str) -> Iterator[OwnPostgresql]:
    """A PostgreSQL server that may be killed; the shared one has the package imported as it must be."""
    assert postgresql
    folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
    server = OwnPostgresql(folder)
    yield server
    server.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgresql(own_server: OwnPostgresql) -> OwnPostgresql:
    """The server that may be killed, with nothing in it."""
    engine = make_engine(own_server.address)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return own_server
