"""The service that the documentation is held against."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.service import client, settings
from tests.support.stores import database_url, engine, postgresql

__all__ = ["client", "database_url", "engine", "postgresql", "settings"]


@pytest.fixture(scope="session")
def service() -> Iterator[TestClient]:
    """The service without a store: everything that is only calculated."""
    with InProcessClient(create_app(Settings(database_url="sqlite://", access_log=False))) as client:
        yield client
