"""The desks that the tests of the ledger work at, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lasting import DATABASES, store_for
from tests.support.ledger_desk import Desk
from tests.support.ledger_processes import Served, serving
from tests.support.service import client, settings
from tests.support.stores import database_url, engine, postgresql

__all__ = ["client", "database_url", "engine", "postgresql", "settings"]


@pytest.fixture(scope="module", params=DATABASES)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that the tests of a file share: each brings its own persons, visits and messages."""
    name = request.module.__name__.rpartition(".")[2]
    address = store_for(request, tmp_path_factory, name)
    with Desk(address, tmp_path_factory.mktemp("key") / "anda.key") as shared:
        yield shared


@pytest.fixture
def empty_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which nothing has been settled."""
    with Desk(database_url, tmp_path / "anda.key") as own:
        yield own


@pytest.fixture(scope="session", params=DATABASES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk, and two processes that serve its store."""
    folder = tmp_path_factory.mktemp("served")
    address = store_for(request, tmp_path_factory, "ledger_served")
    with Desk(address, folder / "anda.key") as desk, serving(desk, folder) as running:
        yield running
