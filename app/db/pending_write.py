"""A write that waits for its transaction, and the future of its result."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db.locks import StoreLockNeededError, WriteLock

Result_co = TypeVar("Result_co", covariant=True)


class PendingWrite(Generic[Result_co]):
    """A write, the lock that it needs, and what becomes of it."""

    def __init__(self, write: Callable[[Connection], Result_co], lock: WriteLock) -> None:
        self.future: Future[Result_co] = Future()
        self.lock = lock
        """The lock of the store that it needs."""
        self._write = write
        self._begun = False
        self._outcome: Callable[[], None]

    def begin(self) -> bool:
        """Begin, or go on after a move; False for a caller that has gone away. From here on nobody can cancel."""
        self._begun = self._begun or self.future.set_running_or_notify_cancel()
        return self._begun

    def run(self, connection: Connection) -> None:
        """Run the write, and keep its result. Raises what the write raises."""
        result = self._write(connection)
        self._outcome = partial(self.future.set_result, result)

    def run_in_savepoint(self, connection: Connection, lock: WriteLock) -> None:
        """Run the write in its savepoint, under a lock of the store, and keep its result or its refusal.

        An error of the database itself is raised: the transaction is unusable then, and no write in it is acknowledged.
        Where others write beside it, what they have inserted is such an error too. StoreLockNeededError.
        """
        savepoint = connection.begin_nested()
        try:
            self.run(connection)
        except StoreLockNeededError:
            raise
        except DBAPIError as error:
            if not isinstance(error, IntegrityError) or lock is not WriteLock.STORE:
                raise
            savepoint.rollback()
            self.refuse(error)
        except Exception as error:
            savepoint.rollback()
            self.refuse(error)
        else:
            savepoint.commit()

    def refuse(self, error: Exception) -> None:
        """Keep an error as the outcome."""
        self._outcome = partial(self.future.set_exception, error)

    def acknowledge(self) -> None:
        """Hand the result or the error to the caller, once the transaction has ended."""
        self._outcome()
