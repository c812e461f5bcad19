"""A store that the tests of a whole module share, one on each database: for what would take too long one by one."""

from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from starlette.testclient import TestClient

DATABASES = ("sqlite", "postgresql")


def store_for(request: pytest.FixtureRequest, folders: pytest.TempPathFactory, name: str) -> str:
    """Return the address of an empty store, of the database that a module's fixture has as its parameter.

    On PostgreSQL a database of its own: the one of `database_url` is emptied for each test.
    """
    if request.param == "sqlite":
        return f"sqlite:///{folders.mktemp(name) / 'anda.db'}"
    address: Any = make_url(request.getfixturevalue("postgresql"))
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return str(address.set(database=name).render_as_string(hide_password=False))


def made_ready(*clients: TestClient) -> list[TestClient]:
    """Return clients whose services have looked at all their routes.

    FastAPI completes a route at the first request, under a filter of warnings that holds for all threads: two services
    of one process that do so at once fail each other. No process but this one has two.
    """
    for client in clients:
        assert client.get("/nowhere").status_code == 404
    return list(clients)
