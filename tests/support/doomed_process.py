"""The service, doomed: it kills itself once its third write transaction is committed and before anybody hears of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import uvicorn
from sqlalchemy import Connection, Engine

from app.db.engine import writing
from app.db.locks import WriteLock
from app.main import create_app

LAST = 3


def main(port: int) -> None:
    """Serve until the last commit."""
    committed = 0

    @contextmanager
    def writing_until_the_last(engine: Engine, lock: WriteLock, *, waits: bool = True) -> Iterator[Connection]:
        nonlocal committed
        with writing(engine, lock, waits=waits) as connection:
            yield connection
        committed += 1
        if committed == LAST:
            os.kill(os.getpid(), signal.SIGKILL)

    with patch("app.db.writer.writing", writing_until_the_last):
        uvicorn.run(create_app(), port=port, log_config=None, access_log=False)
