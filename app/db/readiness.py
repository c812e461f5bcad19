"""Whether the store can be read and written now: looked at by a thread of its own, once for all who ask together."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneError

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.db.engine import has_room, is_ready, reading, touch
from app.db.locks import WriteLock
from app.db.writer import Writer
from app.errors import StoreUnavailableError

PATIENCE = 5.0
"""Seconds after which a store that has not answered counts as one that cannot be used."""
WRITE_HOLDS = 3.0
"""Seconds for which a small write that went through need not be tried again."""


class Readiness:
    """Tries the store: a read each time, and a small write, which waits its turn."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        self._thread: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None
        """The trial that is under way: whoever asks meanwhile gets its result."""
        self._written: float | None = None
        """When a small write last went through, by the monotonic clock."""

    async def check(self, read: Callable[[Connection], None]) -> None:
        """Read with `read`, and write. StoreUnavailableError where either fails; what `read` raises."""
        if self._running is None or self._running.done():
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "anda-ready")
            self._running = self._thread.submit(self._try, read)
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._running)), PATIENCE)
        except TimeoutError:
            raise StoreUnavailableError("no answer in time") from None

    def close(self) -> None:
        """End the thread, once the trial that is under way has ended."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _try(self, read: Callable[[Connection], None]) -> None:
        if not is_ready(self._engine):
            raise StoreUnavailableError("not there or not migrated")
        if not has_room(self._engine):
            raise StoreUnavailableError("the disk is full")
        try:
            with reading(self._engine) as connection:
                read(connection)
        except SQLAlchemyError as error:
            raise StoreUnavailableError(type(error).__name__) from None
        if self._written is None or time.monotonic() - self._written >= WRITE_HOLDS:
            self._written = None
            self._write()
            self._written = time.monotonic()

    def _write(self) -> None:
        write = self._writer.submit(touch, WriteLock.PERSON)
        try:
            write.result(PATIENCE)
        except NotDoneError:
            write.cancel()
            raise StoreUnavailableError("no write in time") from None
