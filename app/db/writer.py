"""The threads that write. A write is acknowledged after its commit.

On SQLite writers take turns, so one thread commits the writes that wait together. Each has its own savepoint: one that
is refused leaves nothing behind and disturbs no other. On PostgreSQL that thread does what takes the store or the
library alone. The writes of one person each (`WriteLock.PERSON`) are done beside each other, in a transaction each: by
threads that wait for nobody, and then, where they must, by others that do, so that many writes of one person leave
threads for those of everybody else. What has to touch more than one person goes to the thread that takes the store
alone. So does what meets another in a way that the database refuses, a key that both insert or a circle of locks: it
gets the outcome that it would have had after the other.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from app.db.engine import PERSON_THREADS, WAITING_THREADS, writing
from app.db.locks import StoreLockNeededError, WouldWaitError, WriteLock
from app.db.pending_write import PendingWrite
from app.errors import StoreUnavailableError

Result = TypeVar("Result")

MOST_TOGETHER = 32
"""The most writes that share a transaction; with more of them the first would wait too long."""

AFTERWARDS = 1.0
"""Seconds after a write until the events are linked."""

_CIRCLE = "40P01"
"""PostgreSQL's code for a transaction that it gives up because several wait for each other."""


class _Signal(Enum):
    WAKE = "wake"
    """Something is due."""
    STOP = "stop"


class Writer:
    """Takes writes from any number of requests, and does them."""

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
        """Done by one thread a second after a write at the latest, and when it stops: the events are linked."""
        self._due: float | None = None
        """When it is to be done, by the monotonic clock; None where nothing was written since."""
        self._due_turn = threading.Lock()
        self._queue: SimpleQueue[PendingWrite[object] | _Signal] = SimpleQueue()
        """What the thread that takes turns has to do."""
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self._beside = _Pool("anda-beside", PERSON_THREADS)
        self._waiting = _Pool("anda-waiting", WAITING_THREADS)

    async def write(self, write: Callable[[Connection], Result], lock: WriteLock = WriteLock.STORE) -> Result:
        """Run a write, and return its result once it is committed.

        Raises what the write raises; StoreUnavailableError without a store, which says whether the commit had begun.
        """
        return await asyncio.wrap_future(self.submit(write, lock))

    def submit(self, write: Callable[[Connection], Result], lock: WriteLock = WriteLock.STORE) -> "Future[Result]":
        """Queue a write; the future is done once it is committed or refused.

        On PostgreSQL the write may be done again, from its beginning, where nothing of it was kept.
        """
        if self._engine.dialect.name != "postgresql":
            lock = WriteLock.STORE
        pending = PendingWrite(write, lock)
        if lock is WriteLock.PERSON:
            self._beside.submit(lambda: self._write_beside(pending, waits=False))
        else:
            self._put(pending)
        return pending.future

    def close(self) -> None:
        """Do the writes that wait, and stop. A write that comes later starts the threads again."""
        # In the order in which a write may move on.
        self._beside.close()
        self._waiting.close()
        with self._turn:
            if self._thread is not None:
                self._queue.put(_Signal.STOP)
                self._thread.join()
                self._thread = None

    # ---- writes beside each other

    def _write_beside(self, pending: PendingWrite[Result], *, waits: bool) -> None:
        """Do a write of one person, and acknowledge it after its commit; or let it move on."""
        if not pending.begin():
            return
        committing = False
        try:
            with writing(self._engine, WriteLock.PERSON, waits=waits) as connection:
                if self._beforehand is not None:
                    self._beforehand(connection)
                pending.run(connection)
                committing = True
        except WouldWaitError:
            self._waiting.submit(lambda: self._write_beside(pending, waits=True))
            return
        except StoreLockNeededError:
            self._write_alone(pending)
            return
        except SQLAlchemyError as error:
            if not committing and _is_met(error):
                self._write_alone(pending)
                return
            pending.refuse(StoreUnavailableError(type(error).__name__, nothing_stored=not committing))
        except Exception as error:
            pending.refuse(error)
        pending.acknowledge()
        self._note_written()

    def _write_alone(self, pending: PendingWrite[Result]) -> None:
        pending.lock = WriteLock.STORE
        self._put(pending)

    # ---- writes that take turns

    def _put(self, item: PendingWrite[object] | _Signal) -> None:
        with self._turn:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="anda-writer", daemon=True)
                self._thread.start()
            self._queue.put(item)

    def _work(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self._remaining())
            except Empty:
                self._do_afterwards()
                continue
            together, stops = self._take_with(first)
            if together:
                self._commit(together)
                with self._due_turn:
                    self._due = self._due or time.monotonic() + AFTERWARDS
            if stops or self._remaining() == 0:
                self._do_afterwards()
            if stops:
                return

    def _take_with(self, item: PendingWrite[object] | _Signal) -> tuple[list[PendingWrite[object]], bool]:
        """Take what waits, up to the most that share a transaction; return it, and whether the thread is to stop."""
        together: list[PendingWrite[object]] = []
        while item is not _Signal.STOP:
            if isinstance(item, PendingWrite):
                together.append(item)
            if len(together) == MOST_TOGETHER:
                return together, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return together, False
        return together, True

    def _commit(self, waiting: Sequence[PendingWrite[object]]) -> None:
        """Do writes in one transaction, and acknowledge them after its commit."""
        # A caller that has gone away before the transaction is left out.
        together = [each for each in waiting if each.begin()]
        if not together:
            return
        alone = any(each.lock is WriteLock.STORE for each in together)
        if alone or not self._commit_under(WriteLock.LIBRARY, together):
            self._commit_under(WriteLock.STORE, together)
        for each in together:
            each.acknowledge()

    def _commit_under(self, lock: WriteLock, together: Sequence[PendingWrite[object]]) -> bool:
        """Do writes in one transaction, and keep their outcomes; False where they need the store alone."""
        committing = False
        try:
            with writing(self._engine, lock) as connection:
                if self._beforehand is not None:
                    self._beforehand(connection)
                for each in together:
                    each.run_in_savepoint(connection, lock)
                committing = True
        except StoreLockNeededError:
            return False
        except SQLAlchemyError as error:
            if lock is not WriteLock.STORE and not committing and _is_met(error):
                return False
            for each in together:
                each.refuse(StoreUnavailableError(type(error).__name__, nothing_stored=not committing))
        except Exception as error:
            for each in together:
                each.refuse(error)
        return True

    # ---- what is done afterwards

    def _note_written(self) -> None:
        """Let the thread that takes turns do what is done after a write."""
        with self._due_turn:
            if self._afterwards is None or self._due is not None:
                return
            self._due = time.monotonic() + AFTERWARDS
        self._put(_Signal.WAKE)

    def _remaining(self) -> float | None:
        """Return the seconds until what is done afterwards is due; None where nothing is."""
        if self._afterwards is None or self._due is None:
            return None
        return max(self._due - time.monotonic(), 0)

    def _do_afterwards(self) -> None:
        if self._afterwards is not None and self._due is not None:
            self._due = None
            self._afterwards()


class _Pool:
    """Threads that do jobs, started where there is one."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None
        self._turn = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Let a thread do a job."""
        with self._turn:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, self._name)
            self._executor.submit(job)

    def close(self) -> None:
        """Do the jobs that wait, and end the threads."""
        with self._turn:
            if self._executor is not None:
                self._executor.shutdown()
                self._executor = None


def _is_met(error: SQLAlchemyError) -> bool:
    """Whether an error comes from another write at the same time: a key that it has inserted, a circle of locks."""
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _CIRCLE
