"""The service in process, over a migrated SQLite file, for tests that need nothing in it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.support.client import INNER, InProcessClient
from tests.support.stores import migrated_file


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a migrated SQLite file that the tests of a process share.

    Together they have more bills calculated in a minute than one address may.
    """
    return Settings(
        database_url=migrated_file(tmp_path_factory.mktemp("store")), access_log=False, unlimited_networks=INNER[0]
    )


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """The service, asked in process."""
    with InProcessClient(create_app(settings)) as client:
        yield client
