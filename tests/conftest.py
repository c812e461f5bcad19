"""What all tests share: the service over a migrated store of its own, and how Hypothesis runs."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from starlette.testclient import TestClient

from app.db.store import make_engine, migrate
from app.main import create_app
from app.settings import Settings

hypothesis.settings.register_profile("anda", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("anda")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a migrated SQLite file that the tests have to themselves."""
    address = f"sqlite:///{tmp_path_factory.mktemp('store') / 'anda.db'}"
    engine = make_engine(address)
    migrate(engine)
    engine.dispose()
    return Settings(database_url=address, access_log=False)


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """The service, spoken to in process."""
    with TestClient(create_app(settings)) as speaking:
        yield speaking
