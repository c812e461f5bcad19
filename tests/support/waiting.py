"""Who waits for a lock on PostgreSQL: a look at the server, where a time would say nothing on a busy machine."""

import time

from sqlalchemy import Engine, text

PATIENCE = 60.0
"""Seconds that a busy machine may take for anything."""

_WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE NOT granted AND locktype = 'advisory' AND datname = current_database()"
)


def wait_until_somebody_waits(engine: Engine, count: int = 1) -> None:
    """Wait until some transactions wait for a lock that another has."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with engine.connect() as connection:
            if connection.execute(_WAITING).scalar_one() >= count:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
