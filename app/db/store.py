"""The store: reads and writes in transactions, with the service's clock, and the holders of its tokens."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from app.clock import Clock, Moment
from app.db import newest_instant, tokens
from app.db.engine import READ_THREADS, reading
from app.db.ledger import events
from app.db.locks import WriteLock
from app.db.readiness import Readiness
from app.db.revision import RevisionCheck
from app.db.sealing import seal_events
from app.db.tokens import Holder
from app.db.writer import Writer
from app.errors import StoreUnavailableError

log: FilteringBoundLogger = structlog.get_logger("anda")

Result = TypeVar("Result")


class Store:
    """The way of every endpoint to the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.clock = clock
        self._engine = engine
        self._revision = RevisionCheck()
        self._writer = Writer(engine, self._seal, self._check)
        self._readiness = Readiness(engine, self._writer)
        self._readers: ThreadPoolExecutor | None = None

    async def read(self, job: Callable[[Connection, Moment], Result]) -> Result:
        """Read in one transaction, which ends before the answer is sent. StoreUnavailableError without a store."""
        if self._readers is None:
            self._readers = ThreadPoolExecutor(READ_THREADS, "anda-read")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, context.run, self._read, job)

    async def write(self, job: Callable[[Connection, Moment], Result], lock: WriteLock = WriteLock.STORE) -> Result:
        """Write in one transaction, and return once it is committed. Raises what the job raises.

        `lock` says beside whom the job writes on PostgreSQL; without one it writes alone.

        StoreUnavailableError where it is unknown whether the write was committed; StoreNotReadyError or
        ClockBehindError, and nothing written, where the store stands at another migration or the clock is behind.
        """
        try:
            return await self._writer.write(lambda connection: self._act(connection, job), lock)
        except StoreUnavailableError as error:
            log.error("store unavailable", failure=str(error))
            raise

    async def holder(self, token: str, address: str | None) -> Holder | None:
        """Return the holder of a token that comes from an address; None for an address that is not known.

        None for a token that is unknown, expired, revoked, or bound to a network that the address is not in.
        """
        return await self.read(lambda connection, moment: tokens.find(connection, token, moment.at, address))

    async def check_ready(self, read: Callable[[Connection], None]) -> None:
        """Check that the store can be read, with `read` too, and written; no thread of the reads waits for it.

        StoreUnavailableError where it cannot; what `read` raises.
        """
        await self._readiness.check(read)

    def close(self) -> None:
        """Do the writes that wait, and stop. What comes later starts the threads again."""
        self._writer.close()
        self._readiness.close()
        if self._readers is not None:
            self._readers.shutdown()
            self._readers = None

    def _check(self, connection: Connection) -> None:
        """Check what every write of a transaction needs. StoreNotReadyError, ClockBehindError."""
        self._revision.check(connection)
        newest_instant.note(connection, self.clock.now().at)

    def _act(self, connection: Connection, job: Callable[[Connection, Moment], Result]) -> Result:
        moment = self.clock.now()
        events.begin_act(connection, moment.today)
        return job(connection, moment)

    def _seal(self) -> None:
        """Link the events of the ledger; what cannot be linked now is linked after the next write."""
        if not self._revision.holds:
            return
        try:
            seal_events(self._engine)
        except SQLAlchemyError as error:
            log.error("events not sealed", failure=type(error).__name__)

    def _read(self, job: Callable[[Connection, Moment], Result]) -> Result:
        try:
            with reading(self._engine) as connection:
                return job(connection, self.clock.now())
        except IntegrityError:
            raise
        except (DBAPIError, SQLAlchemyError) as error:
            log.error("store unavailable", failure=type(error).__name__)
            raise StoreUnavailableError(type(error).__name__) from None
