"""What the fault tests share: a PostgreSQL server of their own, and the figures that `make faults` shows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.fault_processes import OwnPostgresql
from tests.support.scale import LONG, chosen, scaled
from tests.support.stores import migrated_file, new_database, postgresql, run

__all__ = ["postgresql"]


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated store, on each database."""
    return _migrated(request, tmp_path)


@pytest.fixture(params=chosen(["postgresql"], ["sqlite", "postgresql"]))
def slow_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same for what starts many services: in the small form on PostgreSQL alone."""
    return _migrated(request, tmp_path)


def _migrated(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return migrated_file(folder)
    return new_database(request.getfixturevalue("postgresql"), "faults", migrated=True)


@pytest.fixture(scope="session")
def own_server(postgresql: str) -> Iterator[OwnPostgresql]:
    """A PostgreSQL server that may be killed; the shared one has the package imported as it must be."""
    assert postgresql
    folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
    server = OwnPostgresql(folder)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgresql(own_server: OwnPostgresql) -> OwnPostgresql:
    """The server that may be killed, with nothing in it."""
    run(make_url(own_server.address), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return own_server
