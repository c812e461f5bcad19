"""The counties that the tests of the project library try it in, on each database."""

from collections.abc import Iterator

import pytest

from tests.support.county import County
from tests.support.lasting import DATABASES, store_for
from tests.support.service import client, settings
from tests.support.stores import database_url, engine, postgresql

__all__ = ["client", "database_url", "engine", "postgresql", "settings"]


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A county whose store is empty at first."""
    with County(database_url) as own:
        yield own


@pytest.fixture(scope="module", params=DATABASES)
def lasting_county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county that the tests of a file share: for those that look at nothing but the projects they declare."""
    name = request.module.__name__.rpartition(".")[2]
    address = store_for(request, tmp_path_factory, name)
    with County(address, objections_a_minute=10_000) as shared:
        yield shared
