"""The locks of writers on PostgreSQL: who waits for whom. SQLite has one lock for all, which `begin` leaves to it.

Every lock is an advisory lock of the transaction and ends with it. A write takes the lock of the store first: alone
where it may touch anything, together with others otherwise. What it reads to decide, it reads after the lock that
orders it. A transaction takes its locks in the order of `LOCKED`, those of one kind in the order of their keys, so that
no two wait for each other in a circle.
"""

import hashlib
from collections.abc import Callable
from enum import Enum
from typing import Literal

from sqlalchemy import Connection, Function, func, select

_STORE = 20_170_101
"""The number of the lock of the store."""
_SEALING = 20_170_102
"""The number of the lock of the sealer, which makes no writer wait."""
_LIBRARY = 20_170_103
"""The number of the lock of the project library."""

_OPTION = "anda_locks"

Locked = Literal["reply", "person", "visit", "budget", "lookups"]
"""What a write that shares the store locks by name, in the order in which a transaction locks it:

- an `Idempotency-Key` in its scope;
- a person, by the keyed hash under which the register and the ledger know the person, or would;
- a visit of an institution: it is settled once, whoever the patient is;
- a budget of the fund, by its first day: only where the fund pays;
- the look-ups of an institution, which are counted.
"""


class WriteLock(Enum):
    """The lock of the store under which a write is done."""

    STORE = "store"
    """Alone: nobody else writes."""
    LIBRARY = "library"
    """Alone among those who write to the project library, or to what belongs to nobody's ledger."""
    PERSON = "person"
    """Beside all others: the write locks what it touches by name (`lock`)."""


class StoreLockNeededError(Exception):
    """A write that shares the store has to touch more than it may. It is done again, alone."""


class WouldWaitError(Exception):
    """A write that must not wait would wait for another. It is done again where it may."""


class _HeldLocks:
    """The locks of a transaction."""

    def __init__(self, lock: WriteLock, *, waits: bool) -> None:
        self.lock = lock
        self.waits = waits
        """Whether it may wait for a lock by name."""
        self.keys: set[int] = set()
        """The keys of the names that are locked."""


def option(lock: WriteLock, *, waits: bool) -> dict[str, object]:
    """Return the execution option of a connection to PostgreSQL that writes under a lock of the store."""
    return {_OPTION: _HeldLocks(lock, waits=waits)}


def begin(connection: Connection) -> None:
    """Take the lock of the store, at the beginning of a transaction that writes."""
    shared = func.pg_advisory_xact_lock_shared(_STORE)
    match _held(connection):
        case _HeldLocks(lock=WriteLock.STORE):
            connection.execute(select(func.pg_advisory_xact_lock(_STORE)))
        case _HeldLocks(lock=WriteLock.LIBRARY):
            # The store last: whoever waits for the library keeps nobody from the store.
            connection.execute(select(func.pg_advisory_xact_lock(_LIBRARY), shared))
        case _HeldLocks(lock=WriteLock.PERSON):
            connection.execute(select(shared))


def try_sealing(connection: Connection) -> bool:
    """Take the lock of the sealer, on PostgreSQL; False where another has it."""
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_SEALING))).scalar_one())


def locks_by_name(connection: Connection) -> bool:
    """Whether a transaction shares the store with others and locks what it touches by name."""
    held = _held(connection)
    return held is not None and held.lock is WriteLock.PERSON


def lock(connection: Connection, kind: Locked, *names: str) -> None:
    """Lock what is named until the transaction ends; nothing where it does not lock by name, or has locked it already.

    What was read of it before may have changed meanwhile. WouldWaitError where another has it and this write must not
    wait.
    """
    held = _held(connection)
    if held is None or held.lock is not WriteLock.PERSON:
        return
    keys = sorted({_key(kind, name) for name in names} - held.keys)
    if not keys:
        return
    take: Callable[[int], Function[object]] = (
        func.pg_advisory_xact_lock if held.waits else func.pg_try_advisory_xact_lock
    )
    taken = connection.execute(select(*(take(key) for key in keys))).one()
    if not held.waits and not all(taken):
        raise WouldWaitError
    held.keys.update(keys)


def holds(connection: Connection, kind: Locked, name: str) -> bool:
    """Whether nobody else can write what is named: it is locked, or the transaction does not lock by name."""
    held = _held(connection)
    return held is None or held.lock is not WriteLock.PERSON or _key(kind, name) in held.keys


def require_store(connection: Connection) -> None:
    """Refuse to go on beside other writers. StoreLockNeededError, after which the write is done again, alone."""
    held = _held(connection)
    if held is not None and held.lock is not WriteLock.STORE:
        raise StoreLockNeededError


def forget_savepoint(connection: Connection, _name: str, _context: object) -> None:
    """Forget what is locked by name where a savepoint is rolled back, which ends the locks since: a listener."""
    held = _held(connection)
    if held is not None:
        held.keys.clear()


def _held(connection: Connection) -> _HeldLocks | None:
    held = connection.get_execution_options().get(_OPTION)
    return held if isinstance(held, _HeldLocks) else None


def _key(kind: Locked, name: str) -> int:
    """Return the number of a lock, of 64 bits; two names of one number only wait for each other without need."""
    hashed = hashlib.sha256(f"{kind} {name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(hashed[:8], signed=True)
