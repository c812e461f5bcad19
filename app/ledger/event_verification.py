"""Whether the ledger's chain holds, and every row is what its events say: part of `anda verify`."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from app.db.chain import BEGINNING, Head
from app.db.ledger import events
from app.db.ledger.chained_rows import CHAINED, stored_rows, stored_rows_of
from app.db.ledger.events import LedgerEventRecord, hash_of

_UNREADABLE = (ValueError, TypeError, KeyError)
"""The errors of a read where SQLite holds a value that the column cannot have."""


class VerifiedEvents(NamedTuple):
    """The result of a check of the ledger's chain."""

    head: Head
    """The newest event that is sealed and fits."""
    unsealed: int
    """Events that wait for their link."""
    found: int
    """Rows that were taken into the chain as they were found."""
    found_on: dt.date | None
    """The day on which they were; None where the store was empty."""
    faults: list[str]
    written: frozenset[str] | None = None
    """The keys of the rows that the events after a noted head name; None where the whole chain was checked."""

    def written_in(self, table: str) -> list[int] | None:
        """Return the ids of the rows of a table that were checked; None for all."""
        if self.written is None:
            return None
        keys = (key.partition(" ") for key in self.written)
        return sorted(int(number) for name, _, number in keys if name == table)


class _Walked:
    """What the events say, one after the other; those after a noted head alone where there is one."""

    def __init__(self, since: Head | None) -> None:
        self.since = since
        self.head = since or Head(0, BEGINNING)
        self.unsealed = self.found = 0
        self.found_on: dt.date | None = None
        self.rows: dict[str, str | None] = {}
        """By table and key: the digest that the last event gives the row. Of the whole chain without rows taken out."""
        self.fault: str | None = None

    def take(self, event: LedgerEventRecord) -> bool:
        """Take the next event. False where it does not fit: those after it prove nothing."""
        if event.number is None:
            self.unsealed += 1
        elif fault := _broken(event, self.head):
            self.fault = fault
            return False
        else:
            self.head = Head(event.number, str(event.hash))
        if event.kind == "found" and event.rows:
            self.found += len(event.rows)
            self.found_on = event.day
        for key, digest in event.rows.items():
            if digest is None and self.since is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = digest
        return True


def verify_events(connection: Connection, since: Head | None = None) -> VerifiedEvents:
    """Check every link of the ledger's chain; then, where all hold, the days' heads and every row.

    With a noted head, which the chain has, check the events after it, and the rows that they name.
    """
    walked = _Walked(since)
    try:
        all(walked.take(event) for event in events.all_events(connection, walked.head.number))
    except _UNREADABLE:
        walked.fault = f"ledger event {walked.head.number + 1}: cannot be read"
    faults = [*_head_faults(connection, walked)] if walked.fault is None else [walked.fault]
    if walked.fault is None:
        faults.extend(_row_faults(connection, walked))
    written = None if since is None else frozenset(walked.rows)
    return VerifiedEvents(walked.head, walked.unsealed, walked.found, walked.found_on, faults, written)


def _broken(event: LedgerEventRecord, head: Head) -> str | None:
    number = head.number + 1
    if event.number != number:
        return f"ledger event {number}: is missing"
    if event.previous != head.hash:
        return f"ledger event {number}: does not follow the one before it"
    if hash_of(event) != event.hash:
        return f"ledger event {number}: does not say what it said when it was sealed"
    return None


def _head_faults(connection: Connection, walked: _Walked) -> Iterator[str]:
    """Hold the chain against the heads of the days: an event that was cut off is still named by one."""
    before = 0 if walked.since is None else walked.since.number
    for day in (each for each in events.day_heads(connection) if each.number > before):
        if day.number > walked.head.number:
            yield f"ledger event {day.number}: is missing, and was the newest on {day.day}"
        elif not events.holds(connection, day.hash):
            yield f"ledger event {day.number}: is not the one that was the newest on {day.day}"
    if walked.head.number and events.day_head(connection) is None:
        yield "the heads of the days are missing"


def _row_faults(connection: Connection, walked: _Walked) -> Iterator[str]:
    expected = dict(walked.rows) if walked.since else walked.rows
    try:
        stored = stored_rows_of(connection, list(expected)) if walked.since else stored_rows(connection)
        for key, digest in stored:
            wanted = expected.pop(key, None)
            if wanted is None:
                yield f"{_name(key)}: no event says that it was written"
            elif wanted != digest:
                yield f"{_name(key)}: is not what its event says"
    except _UNREADABLE:
        yield "the ledger's rows: not all of them can be read"
        return
    for key in (key for key, wanted in expected.items() if wanted is not None):
        yield f"{_name(key)}: is missing"


def _name(key: str) -> str:
    table, _, number = key.partition(" ")
    return f"{CHAINED[table].word} {number}" if table in CHAINED else key
