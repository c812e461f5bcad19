"""The one thread that writes. It commits the writes that wait together, and acknowledges each after the commit.

Writers take turns in any case, so those that wait gain by sharing one commit. Each write has its own savepoint: one
that is refused leaves nothing behind and disturbs no other.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from app.db.engine import writing
from app.errors import StoreUnavailableError

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)

MOST_TOGETHER = 32
"""The most writes that share a transaction; with more of them the first would wait too long."""


AFTERWARDS = 1.0
"""Seconds after a write until the events are linked."""


class _PendingWrite(Generic[Result_co]):
    """A write that waits for its transaction, and the future of its result."""

    def __init__(self, write: Callable[[Connection], Result_co]) -> None:
        self.future: Future[Result_co] = Future()
        self._write = write
        self._outcome: Callable[[], None]

    def run(self, connection: Connection) -> None:
        """Run the write in its savepoint, and keep its result or its refusal.

        An error of the database itself is raised: the transaction is unusable then, and no write in it is acknowledged.
        """
        savepoint = connection.begin_nested()
        try:
            result = self._write(connection)
        except DBAPIError as error:
            if not isinstance(error, IntegrityError):
                raise
            savepoint.rollback()
            self._refuse(error)
        except Exception as error:
            savepoint.rollback()
            self._refuse(error)
        else:
            savepoint.commit()
            self._outcome = partial(self.future.set_result, result)

    def acknowledge(self) -> None:
        """Hand the result or the refusal to the caller, once the transaction is committed."""
        self._outcome()

    def _refuse(self, error: Exception) -> None:
        self._outcome = partial(self.future.set_exception, error)


class Writer:
    """Takes writes from any number of requests, and runs them one after the other."""

    def __init__(
        self,
        engine: Engine,
        afterwards: Callable[[], None] | None = None,
        beforehand: Callable[[Connection], None] | None = None,
    ) -> None:
        self._engine = engine
        self._beforehand = beforehand
        """Done first in each transaction. Where it refuses, nothing of the transaction is kept."""
        self._afterwards = afterwards
        """Done by the same thread a second after a write at the latest, and when it stops: the events are linked."""
        self._due: float | None = None
        """When it is to be done, by the monotonic clock; None where nothing was written since."""
        self._queue: SimpleQueue[_PendingWrite[object] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()

    async def write(self, write: Callable[[Connection], Result]) -> Result:
        """Run a write, and return its result once it is committed.

        Raises what the write raises; StoreUnavailableError without a store, which says whether the commit had begun.
        """
        return await asyncio.wrap_future(self.submit(write))

    def submit(self, write: Callable[[Connection], Result]) -> "Future[Result]":
        """Queue a write; the future is done once it is committed or refused."""
        pending = _PendingWrite(write)
        with self._turn:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="anda-writer", daemon=True)
                self._thread.start()
            self._queue.put(pending)
        return pending.future

    def close(self) -> None:
        """Do the writes that wait, and stop. A write that comes later starts the thread again."""
        with self._turn:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _work(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self._remaining())
            except Empty:
                self._do_afterwards()
                continue
            if first is None:
                self._do_afterwards()
                return
            together = [first]
            last = False
            while len(together) < MOST_TOGETHER and not last:
                try:
                    following = self._queue.get_nowait()
                except Empty:
                    break
                last = following is None
                if following is not None:
                    together.append(following)
            _commit(self._engine, together, self._beforehand)
            if self._due is None:
                self._due = time.monotonic() + AFTERWARDS
            if last or self._remaining() == 0:
                self._do_afterwards()
            if last:
                return

    def _remaining(self) -> float | None:
        """Return the seconds until what is done afterwards is due; None where nothing is."""
        if self._afterwards is None or self._due is None:
            return None
        return max(self._due - time.monotonic(), 0)

    def _do_afterwards(self) -> None:
        if self._afterwards is not None and self._due is not None:
            self._due = None
            self._afterwards()


def _commit(
    engine: Engine, waiting: list[_PendingWrite[object]], beforehand: Callable[[Connection], None] | None
) -> None:
    """Do writes in one transaction, and acknowledge them after its commit."""
    # A caller that has gone away before the transaction is left out; from here on nobody can cancel.
    together = [each for each in waiting if each.future.set_running_or_notify_cancel()]
    if not together:
        return
    committing = False
    try:
        with writing(engine) as connection:
            if beforehand is not None:
                beforehand(connection)
            for each in together:
                each.run(connection)
            committing = True
    except SQLAlchemyError as error:
        for each in together:
            each.future.set_exception(StoreUnavailableError(type(error).__name__, nothing_stored=not committing))
        return
    except Exception as error:
        for each in together:
            each.future.set_exception(error)
        return
    for each in together:
        each.acknowledge()
