"""The events of the ledger: what each transaction wrote, as digests of its rows, linked afterwards into a chain.

Writing an event needs no other event, so no transaction waits for another's. `seal` links what is committed. The rows
that belong to the chain are those of `chained_rows.CHAINED`; whoever writes one says so with `note` or `note_stored`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, bindparam, insert, inspect, select, tuple_, update

from app.clock import SHANGHAI
from app.db.chain import BEGINNING, Head, digest
from app.db.ledger.chained_rows import CHAINED, plain, row_digest, row_key, stored_rows
from app.db.ledger.models import LedgerEvent, LedgerHead

NOTES = "anda_notes"
"""The execution option of a connection that writes: its `EventNotes`."""

SEALED_TOGETHER = 500
"""Events that are linked in one transaction: others wait for it on SQLite."""

_FOUND_TOGETHER = 500
"""Rows that are taken over in one event."""

EventKind = Literal["write", "found"]


class LedgerEventRecord(NamedTuple):
    """An event: a row of `ledger_events`, field by column."""

    id: int
    at: dt.datetime
    day: dt.date
    kind: EventKind
    rows: Mapping[str, str | None]
    number: int | None
    previous: str | None
    hash: str | None = None


class DayHead(NamedTuple):
    """The newest event of the chain on a day."""

    day: dt.date
    number: int
    hash: str


_EVENTS = LedgerEvent.__table__
_INSERT = insert(LedgerEvent)
_COLUMNS = [_EVENTS.c[name] for name in LedgerEventRecord._fields]
_STREAMED = {"yield_per": 1_000}


# ---- what an open transaction has written


class _Note(NamedTuple):
    act: int
    key: str
    digest: str | None


class EventNotes:
    """What an open transaction has written and not yet put into events. What a savepoint rolls back is forgotten."""

    def __init__(self) -> None:
        self._notes: list[_Note] = []
        self._days: list[dt.date | None] = [None]
        self._savepoints: dict[str, int] = {}

    def begin_act(self, day: dt.date) -> None:
        """Begin an act on a day of the service: what is noted from here on is an event of its own."""
        self._days.append(day)

    def add(self, key: str, row_digest: str | None) -> None:
        """Note a row that is written; None for one that is taken out."""
        self._notes.append(_Note(len(self._days) - 1, key, row_digest))

    def mark(self, savepoint: str) -> None:
        """Remember what is noted before a savepoint."""
        self._savepoints[savepoint] = len(self._notes)

    def forget_since(self, savepoint: str) -> None:
        """Forget what is noted since a savepoint."""
        del self._notes[self._savepoints.get(savepoint, len(self._notes)) :]

    def events(self, at: dt.datetime) -> list[dict[str, object]]:
        """Return an event for each act that wrote something, in their order."""
        rows: dict[int, dict[str, str | None]] = {}
        for note_ in self._notes:
            rows.setdefault(note_.act, {})[note_.key] = note_.digest
        today = at.astimezone(SHANGHAI).date()
        return [
            {"at": at, "day": self._days[act] or today, "kind": "write", "rows": written}
            for act, written in rows.items()
        ]


def begin_act(connection: Connection, day: dt.date) -> None:
    """Begin an act: what is noted from here on is an event of its own, on this day of the service."""
    _notes_of(connection).begin_act(day)


def note(connection: Connection, table: str, values: Mapping[str, object]) -> None:
    """Note a row that is inserted or replaced, by the values of all its columns that are not null."""
    chained = CHAINED[table]
    _notes_of(connection).add(row_key(chained, values), row_digest(chained, values))


def note_stored(connection: Connection, table: str, *numbers: int) -> None:
    """Note rows that are changed, by their ids, as they stand in the store now."""
    chained = CHAINED[table]
    statement = select(chained.table).where(chained.table.c.id.in_(numbers))
    for row in connection.execute(statement).mappings().all():
        note(connection, table, dict(row))


def note_stored_row(connection: Connection, table: str, *key: object) -> None:
    """Note a row that is changed, by its primary key of several columns, as it stands in the store now."""
    chained = CHAINED[table]
    conditions = [column == value for column, value in zip(chained.table.primary_key, key, strict=True)]
    row = connection.execute(select(chained.table).where(*conditions)).mappings().one()
    note(connection, table, dict(row))


def note_stored_rows(connection: Connection, table: str, keys: Sequence[tuple[object, ...]]) -> None:
    """Note rows that are changed, by their primary keys, as they stand in the store now."""
    chained = CHAINED[table]
    statement = select(chained.table).where(tuple_(*chained.table.primary_key).in_(keys))
    for row in connection.execute(statement).mappings().all():
        note(connection, table, dict(row))


def note_removed(connection: Connection, table: str, key: Mapping[str, object]) -> None:
    """Note a row that is deleted, by the columns of its primary key."""
    _notes_of(connection).add(row_key(CHAINED[table], key), None)


def mark_savepoint(connection: Connection, name: str) -> None:
    """Remember what is noted before a savepoint: a listener of the engine."""
    notes = connection.get_execution_options().get(NOTES)
    if isinstance(notes, EventNotes):
        notes.mark(name)


def forget_savepoint(connection: Connection, name: str, _: object) -> None:
    """Forget what a savepoint rolls back: a listener of the engine."""
    notes = connection.get_execution_options().get(NOTES)
    if isinstance(notes, EventNotes):
        notes.forget_since(name)


def append_noted(connection: Connection) -> None:
    """Write the events of what is noted, before the transaction is committed."""
    written = _notes_of(connection).events(dt.datetime.now(dt.UTC))
    if written:
        connection.execute(_INSERT, written)


def _notes_of(connection: Connection) -> EventNotes:
    notes = connection.get_execution_options().get(NOTES)
    if not isinstance(notes, EventNotes):
        raise LookupError("rows of the chain are written inside app.db.engine.writing")
    return notes


# ---- the chain


def take_over(connection: Connection, at: dt.datetime) -> None:
    """Begin the chain, where it has no event yet, with all that the store holds, as it is found."""
    if connection.execute(select(LedgerEvent.id).limit(1)).first() is not None:
        return
    day = at.astimezone(SHANGHAI).date()
    batch: dict[str, str | None] = {}
    statement = insert(LedgerEvent)
    for key, stored in stored_rows(connection):
        batch[key] = stored
        if len(batch) == _FOUND_TOGETHER:
            connection.execute(statement, {"at": at, "day": day, "kind": "found", "rows": batch})
            batch = {}
    # Also with no rows: whatever comes into the store after this is a write.
    connection.execute(statement, {"at": at, "day": day, "kind": "found", "rows": batch})


def append_migrated(
    connection: Connection,
    at: dt.datetime,
    changed: Iterable[tuple[str, Mapping[str, object]]],
    removed: Iterable[tuple[str, Mapping[str, object]]],
) -> None:
    """Write an event of what a migration has changed and removed: tables and primary keys.

    Nothing is written where the chain is not begun: the rows are taken over afterwards, as they are found. Columns that
    the store does not have yet are left out, as are all without a value.
    """
    if connection.execute(select(LedgerEvent.id).limit(1)).first() is None:
        return
    rows: dict[str, str | None] = {row_key(CHAINED[table], key): None for table, key in removed}
    stored: dict[str, set[str]] = {}
    for table, key in changed:
        chained = CHAINED[table]
        if table not in stored:
            stored[table] = {column["name"] for column in inspect(connection).get_columns(table)}
        names = stored[table]
        columns = [column for column in chained.table.columns if column.name in names]
        conditions = [chained.table.c[name] == value for name, value in key.items()]
        values = dict(connection.execute(select(*columns).where(*conditions)).mappings().one())
        rows[row_key(chained, values)] = row_digest(chained, values)
    if rows:
        day = at.astimezone(SHANGHAI).date()
        connection.execute(insert(LedgerEvent), {"at": at, "day": day, "kind": "write", "rows": rows})


def is_unsealed(connection: Connection) -> bool:
    """Whether an event waits for its link."""
    return connection.execute(select(LedgerEvent.id).where(LedgerEvent.number.is_(None)).limit(1)).first() is not None


def seal(connection: Connection, at: dt.datetime) -> bool:
    """Link the events that are committed, the oldest first, and note the head of the day.

    Return whether there may be more. The caller holds the sealer's turn.
    """
    statement = select(*_COLUMNS).where(LedgerEvent.number.is_(None)).order_by(_EVENTS.c.id).limit(SEALED_TOGETHER)
    waiting = [LedgerEventRecord._make(row) for row in connection.execute(statement)]
    if not waiting:
        return False
    newest = head(connection)
    links = []
    for event in waiting:
        linked = event._replace(number=newest.number + 1, previous=newest.hash)
        newest = Head(newest.number + 1, hash_of(linked))
        links.append({"which": event.id, "number": newest.number, "previous": linked.previous, "hash": newest.hash})
    connection.execute(update(LedgerEvent).where(LedgerEvent.id == bindparam("which")), links)
    _write_head(connection, DayHead(at.astimezone(SHANGHAI).date(), *newest))
    return len(waiting) == SEALED_TOGETHER


def hash_of(event: LedgerEventRecord) -> str:
    """Calculate the hash of an event over all its other fields, the hash of the event before among them."""
    fields: dict[str, object] = event._asdict()
    del fields["hash"]
    fields["at"] = plain(event.at)
    return digest(fields)


def head(connection: Connection) -> Head:
    """Return the newest event that is sealed; number 0 before the first."""
    newest = select(LedgerEvent.number, LedgerEvent.hash).where(LedgerEvent.number.is_not(None))
    row = connection.execute(newest.order_by(LedgerEvent.number.desc()).limit(1)).one_or_none()
    return Head(0, BEGINNING) if row is None else Head(row.number, row.hash)


def day_head(connection: Connection) -> DayHead | None:
    """Return the newest head of a day; None before the first event is sealed."""
    statement = select(LedgerHead.day, LedgerHead.number, LedgerHead.hash).order_by(LedgerHead.day.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else DayHead._make(row)


def day_heads(connection: Connection) -> list[DayHead]:
    """List the heads of the days, the earliest first."""
    statement = select(LedgerHead.day, LedgerHead.number, LedgerHead.hash).order_by(LedgerHead.day)
    return [DayHead._make(row) for row in connection.execute(statement)]


def holds(connection: Connection, hash_: str) -> bool:
    """Whether an event of this hash is in the chain."""
    return connection.execute(select(LedgerEvent.id).where(LedgerEvent.hash == hash_)).first() is not None


def has(connection: Connection, head: Head) -> bool:
    """Whether the chain has this event under this number."""
    its = (LedgerEvent.number == head.number) & (LedgerEvent.hash == head.hash)
    return connection.execute(select(LedgerEvent.id).where(its)).first() is not None


def all_events(connection: Connection, after: int = 0) -> Iterator[LedgerEventRecord]:
    """Iterate over every event after a number: those that are sealed in the order of the chain, then the others."""
    # Two queries, each in the order of an index: nothing is sorted.
    sealed = select(*_COLUMNS).where(LedgerEvent.number > after).order_by(_EVENTS.c.number)
    waiting = select(*_COLUMNS).where(LedgerEvent.number.is_(None)).order_by(_EVENTS.c.id)
    for statement in (sealed, waiting):
        with connection.execute(statement, execution_options=_STREAMED) as rows:
            for row in rows:
                yield LedgerEventRecord._make(row)


def _write_head(connection: Connection, newest: DayHead) -> None:
    values = newest._asdict()
    changed = connection.execute(update(LedgerHead).where(LedgerHead.day == newest.day).values(values))
    if not changed.rowcount:
        connection.execute(insert(LedgerHead).values(values))
