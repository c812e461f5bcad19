"""One thread that writes: what waits is written together, in one transaction, and acknowledged once that is kept.

Writers take turns in any case, so several that wait gain by sharing one commit. Each has a savepoint of its own: one
that is refused leaves nothing behind and disturbs no other.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from app.db.engine import writing
from app.errors import StoreUnavailableError

Result = TypeVar("Result")

MOST_TOGETHER = 32
"""Writes that share a transaction at most: a longer one would keep the first of them waiting."""


class _Waiting(NamedTuple):
    write: Callable[[Connection], Any]
    answer: "Future[Any]"


class Writer:
    """Takes writes from any number of requests and does them one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()

    async def write(self, write: Callable[[Connection], Result]) -> Result:
        """Run a write and return its result once it is kept. What it raises; StoreUnavailableError without a store."""
        return await asyncio.wrap_future(self.submit(write))

    def submit(self, write: Callable[[Connection], Result]) -> "Future[Result]":
        """Hand in a write; the future is done once it is kept or refused."""
        answer: Future[Result] = Future()
        with self._turn:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="anda-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Waiting(write, answer))
        return answer

    def close(self) -> None:
        """Do what waits, and stop; who comes meanwhile waits for the next to begin."""
        with self._turn:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
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
            _write(self._engine, together)
            if last:
                return


def _write(engine: Engine, waiting_now: list[_Waiting]) -> None:
    """Write all that waits in one transaction; acknowledge nothing before it is kept."""
    # Who has gone away before his turn is left out; from here on nobody can.
    together = [waiting for waiting in waiting_now if waiting.answer.set_running_or_notify_cancel()]
    if not together:
        return
    done: list[tuple[_Waiting, Any, Exception | None]] = []
    try:
        with writing(engine) as connection:
            done += [(waiting, *_attempt(connection, waiting)) for waiting in together]
    except SQLAlchemyError as error:
        for waiting in together:
            waiting.answer.set_exception(StoreUnavailableError(type(error).__name__))
        return
    except Exception as error:
        for waiting in together:
            waiting.answer.set_exception(error)
        return
    for waiting, result, refused in done:
        if refused is None:
            waiting.answer.set_result(result)
        else:
            waiting.answer.set_exception(refused)


def _attempt(connection: Connection, waiting: _Waiting) -> tuple[Any, Exception | None]:
    """Run one write in its savepoint, and return its result or what it was refused for.

    An error of the database itself goes through: the transaction cannot be trusted any more, so nobody is told yes.
    """
    savepoint = connection.begin_nested()
    try:
        result = waiting.write(connection)
    except IntegrityError as error:
        savepoint.rollback()
        return None, error
    except DBAPIError:
        raise
    except Exception as error:
        savepoint.rollback()
        return None, error
    savepoint.commit()
    return result, None
