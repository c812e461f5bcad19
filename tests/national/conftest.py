"""The desk that the tests of the national interface call from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.national_desk import Desk
from tests.support.service import client, settings
from tests.support.stores import database_url, engine, postgresql

__all__ = ["client", "database_url", "engine", "postgresql", "settings"]


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A desk over a store of its own, on each database."""
    with Desk(database_url) as open_desk:
        yield open_desk


@pytest.fixture
def small_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk over a store of its own, on SQLite alone."""
    with Desk(f"sqlite:///{tmp_path / 'anda.db'}") as open_desk:
        yield open_desk
