"""The counties that the tests of the project library try it in, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text

from app.db.engine import make_engine
from tests.support.county import County


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A county whose store is empty at first."""
    with County(database_url) as own:
        yield own


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county that the tests of a file share: for those that look at nothing but the projects they declare."""
    name = request.module.__name__.rpartition(".")[2]
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('county') / 'anda.db'}"
    else:
        server = make_url(request.getfixturevalue("postgresql"))
        # A database of its own: those of other tests are emptied in between.
        engine = make_engine(server.render_as_string(hide_password=False))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        address = server.set(database=name).render_as_string(hide_password=False)
    with County(address, objections_a_minute=10_000) as shared:
        yield shared
