"""The desk that the tests of the national interface call from."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.support.lasting import database, database_url, pytest_generate_tests, store_for
from tests.support.national_desk import Desk
from tests.support.stores import engine, postgresql

__all__ = ["database", "database_url", "engine", "postgresql", "pytest_generate_tests"]


@pytest.fixture(scope="session")
def desk_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Desk]]:
    """Give the one desk on a database whose service all tests use."""
    with ExitStack() as running:

        @cache
        def desk_on(database: str) -> Desk:
            return running.enter_context(Desk(store_for(request, tmp_path_factory, "national_desk", database)))

        yield desk_on


@pytest.fixture
def desk(database: str, desk_on: Callable[[str], Desk]) -> Desk:
    """A desk at which nothing has been settled."""
    return desk_on(database).empty()
