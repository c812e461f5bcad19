"""The service in trouble, impatient with locks: while told so, its store is read-only or its clock an hour behind."""

import datetime as dt
from pathlib import Path
from unittest.mock import patch

import uvicorn
from sqlalchemy import Connection, Engine, event

from app.clock import Clock, Moment
from app.db import engine as database
from app.main import create_app

READ_ONLY, BEHIND = "read-only", "behind"
"""The troubles, by their files."""

PATIENCE = 300
"""How long it waits for a lock, milliseconds."""

AN_HOUR = dt.timedelta(hours=1)


def main(port: int, folder: Path) -> None:
    """Serve until a signal ends it: a file of its name in the folder makes a trouble, without it all is well."""
    make_engine, now = database.make_engine, Clock.now

    def make_troubled(database_url: str, *, statement_seconds: int) -> Engine:
        engine = make_engine(database_url, statement_seconds=statement_seconds)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "begin", begin)
        return engine

    def begin(connection: Connection) -> None:
        # The same error as of a file system that is read-only, which would not let itself be made so under a writer.
        if (folder / READ_ONLY).exists():
            connection.exec_driver_sql("PRAGMA query_only = ON")

    def tell(clock: Clock) -> Moment:
        moment = now(clock)
        return moment._replace(at=moment.at - AN_HOUR) if (folder / BEHIND).exists() else moment

    first, *rest = database._ON_CONNECT
    assert first.startswith("PRAGMA busy_timeout")
    on_connect = (f"PRAGMA busy_timeout = {PATIENCE}", *rest)
    with (
        patch.object(database, "_ON_CONNECT", on_connect),
        patch.object(database, "_OPTIONS", f"-c lock_timeout={PATIENCE}"),
        patch("app.main.make_engine", make_troubled),
        patch.object(Clock, "now", tell),
    ):
        uvicorn.run(create_app(), port=port, log_config=None, access_log=False)
