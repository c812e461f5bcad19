"""Counties for tests: one that is emptied for each test, and one that the tests of a file share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.support.county import County
from tests.support.lasting import store_for


@pytest.fixture(scope="session")
def county_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], County]]:
    """Give the one county on a database whose service all tests use: building another takes longer than most tests."""
    with ExitStack() as running:

        @cache
        def county_on(database: str) -> County:
            address = store_for(request, tmp_path_factory, "county", database)
            return running.enter_context(County(address, objections_a_minute=10_000))

        yield county_on


@pytest.fixture
def county(database: str, county_on: Callable[[str], County]) -> County:
    """A county whose store is empty at first."""
    return county_on(database).empty()


@pytest.fixture(scope="module")
def lasting_county(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    """A county that the tests of a file share: for those that look at nothing but the projects they declare."""
    name = request.module.__name__.rpartition(".")[2]
    address = store_for(request, tmp_path_factory, name, database)
    with County(address, objections_a_minute=10_000) as shared:
        yield shared
