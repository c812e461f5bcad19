"""A store that the tests of a whole module share, one on each database: for what would take too long one by one."""

import pytest
from starlette.testclient import TestClient

from tests.support.stores import migrated_file, new_database

DATABASES = ("sqlite", "postgresql")


def store_for(request: pytest.FixtureRequest, folders: pytest.TempPathFactory, name: str) -> str:
    """Return the address of a migrated store, of the database that a module's fixture has as its parameter.

    On PostgreSQL a database of its own: the one of `database_url` is made anew for each test.
    """
    if request.param == "sqlite":
        return migrated_file(folders.mktemp(name))
    return new_database(request.getfixturevalue("postgresql"), name, migrated=True)


def made_ready(*clients: TestClient) -> list[TestClient]:
    """Return clients whose services have looked at all their routes.

    FastAPI completes a route at the first request, under a filter of warnings that holds for all threads: two services
    of one process that do so at once fail each other. No process but this one has two.
    """
    for client in clients:
        assert client.get("/nowhere").status_code == 404
    return list(clients)
