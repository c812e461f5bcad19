"""The fixtures that the tests of this folder share with others."""

from tests.support.service import client, settings
from tests.support.stores import database_url, engine, postgresql

__all__ = ["client", "database_url", "engine", "postgresql", "settings"]
