"""The desks that the tests of the ledger work at: on SQLite, or on each database where a test says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.lasting import (
    DATABASES,
    database,
    database_url,
    pytest_generate_tests,
    store,
    store_for,
)
from tests.support.ledger_desk import Desk
from tests.support.ledger_processes import Served, serving
from tests.support.stores import engine, postgresql

__all__ = ["database", "database_url", "engine", "postgresql", "pytest_generate_tests", "store"]


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that the tests of a file share: each brings its own persons, visits and messages."""
    name = request.module.__name__.rpartition(".")[2]
    address = store_for(request, tmp_path_factory, name, database)
    with Desk(address, tmp_path_factory.mktemp("key") / "anda.key") as shared:
        yield shared


@pytest.fixture
def empty_desk(store: Engine, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which nothing has been settled, and whose service has made no key yet."""
    with Desk(store.url.render_as_string(hide_password=False), tmp_path / "anda.key") as own:
        yield own


@pytest.fixture(scope="session", params=DATABASES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk, and two processes that serve its store."""
    folder = tmp_path_factory.mktemp("served")
    address = store_for(request, tmp_path_factory, "ledger_served", request.param)
    with Desk(address, folder / "anda.key") as desk, serving(desk, folder) as running:
        yield running
