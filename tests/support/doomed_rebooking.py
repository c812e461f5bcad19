"""The service, doomed: it kills itself in the middle of its first rebooking, or before anybody hears of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import uvicorn
from sqlalchemy import Connection, Engine

from app.db.engine import writing
from app.db.ledger.records import Booking
from app.db.locks import WriteLock
from app.ledger.balances import Balances
from app.main import create_app

MIDDLE = 2
"""The correction after which it dies: the one before is complete, others are still to come."""


def main(port: int, when: str) -> None:
    """Serve until the rebooking: until its `middle`, or its `commit`."""
    corrected = 0
    correct = Balances.correct

    def correct_until_the_middle(balances: Balances, connection: Connection, correction: Booking) -> None:
        nonlocal corrected
        correct(balances, connection, correction)
        corrected += 1
        if when == "middle" and corrected == MIDDLE:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def writing_until_the_commit(engine: Engine, lock: WriteLock, *, waits: bool = True) -> Iterator[Connection]:
        with writing(engine, lock, waits=waits) as connection:
            yield connection
        if corrected:
            os.kill(os.getpid(), signal.SIGKILL)

    with (
        patch("app.ledger.balances.Balances.correct", correct_until_the_middle),
        patch("app.db.writer.writing", writing_until_the_commit),
    ):
        uvicorn.run(create_app(), port=port, log_config=None, access_log=False)
