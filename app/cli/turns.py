"""Short transactions of an import, with pauses in which the service's own writes have their turn."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from sqlalchemy import Connection, Engine

from app.db.engine import writing

TURN = 0.1
"""Seconds after which a transaction takes no further item."""
MOST = 100
"""Items that a transaction takes at most."""
PAUSE = 0.12
"""Seconds between two transactions. On SQLite whoever waits for the lock looks for it every tenth of a second."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def write_in_turns(
    engine: Engine, items: Iterable[Item], write: Callable[[Connection, Item], Result]
) -> Iterator[list[Result]]:
    """Write items in short transactions, and yield the results of each transaction once it is committed."""
    remaining = iter(items)
    item = next(remaining, None)
    while item is not None:
        results = []
        with writing(engine) as connection:
            end = time.monotonic() + TURN
            while item is not None:
                results.append(write(connection, item))
                item = next(remaining, None)
                if len(results) == MOST or time.monotonic() >= end:
                    break
        yield results
        if item is not None:
            time.sleep(PAUSE)
