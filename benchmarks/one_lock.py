"""The service with one lock for all that is written, as before: what the locks by person are measured against.

Run as a module, with a port and how many writes share a commit.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar
from unittest.mock import patch

import uvicorn
from sqlalchemy import Connection

from app.db.locks import WriteLock
from app.db.writer import Writer
from app.main import create_app

Result = TypeVar("Result")


def main(port: int, together: int) -> None:
    """Serve until a signal ends it."""
    submit = Writer.submit

    def submit_alone(
        writer: Writer, write: Callable[[Connection], Result], lock: WriteLock = WriteLock.STORE
    ) -> "Future[Result]":
        return submit(writer, write)

    with patch("app.db.writer.MOST_TOGETHER", together), patch.object(Writer, "submit", submit_alone):
        uvicorn.run(create_app(), port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
