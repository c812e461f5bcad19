"""The values that are hashed with the key of the persons' numbers, hashed once more when the key is rotated."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, func, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.chained_rows import CHAINED
from app.db.ledger.models import LedgerKey, Person, PersonAlias, RecordedRead, Settlement, StoredMessage
from app.db.models import Base
from app.db.visits import fees
from app.db.visits.models import FeeBatch, VisitEntry
from app.privacy.pseudonyms import CONTENT_MARK
from app.privacy.redaction import REPLACEMENT

_TOGETHER = 500
"""Rows that are written at a time, and that are noted in one event of the ledger."""

_HASHES = (
    *((Person, "number"), (PersonAlias, "number"), (Settlement, "batch"), (StoredMessage, "fingerprint")),
    *((RecordedRead, "number"), (VisitEntry, "opened_by"), (FeeBatch, "batch")),
)
"""The columns that hold keyed hashes. The answers to idempotency keys name the version of theirs, and expire."""
_IDS = ((Settlement, "visit_id"), (Settlement, "message_id"), (StoredMessage, "message_id"))
"""The columns of ids, which hold keyed hashes behind a sign where the id is a private number."""


class Rehash(NamedTuple):
    """The four ways in which a stored hash is hashed once more: each writes it as it is stored."""

    whole: Callable[[str], str]
    id: Callable[[str], str]
    """Behind a sign that no sender may use."""
    short: Callable[[str], str]
    content: Callable[[str], str]
    """Behind the mark of the form of a message's content."""


def rewrite(connection: Connection, moment: Moment, rehash: Rehash, check: str) -> int:
    """Hash every keyed value once more, store the check of the key, and return how many values there were."""
    count = 0
    for model, name in _HASHES:
        column = Base.metadata.tables[model.__tablename__].c[name]
        hashed = column.is_not(None) & (column != "") & ~column.startswith(CONTENT_MARK)
        count += _rewrite(connection, moment, column, hashed, rehash.whole)
    for model, name in _IDS:
        column = Base.metadata.tables[model.__tablename__].c[name]
        count += _rewrite(connection, moment, column, column.startswith(REPLACEMENT), rehash.id)
    contents = Base.metadata.tables[StoredMessage.__tablename__].c.fingerprint
    count += _rewrite(connection, moment, contents, contents.startswith(CONTENT_MARK), rehash.content)
    private = Settlement.visit_id.startswith(REPLACEMENT)
    connection.execute(update(Settlement).where(private).values(visit_key=func.upper(Settlement.visit_id)))
    count += _rewrite_fees(connection, moment, rehash.short)
    connection.execute(update(LedgerKey).values(check=check))
    keys = connection.execute(select(LedgerKey.id)).scalars().all()
    events.note_stored(connection, "ledger_keys", *keys)
    return count


def _rewrite(
    connection: Connection,
    moment: Moment,
    column: Column[str],
    condition: ColumnElement[bool],
    hash_: Callable[[str], str],
) -> int:
    key = list(column.table.primary_key)
    where = [each == bindparam(f"key_{number}") for number, each in enumerate(key)]
    statement = update(column.table).where(*where).values({column: bindparam("hashed")})
    # All of them first: the key of a row may itself be hashed.
    rows = connection.execute(select(*key, column.label("value")).where(condition)).all()
    for start in range(0, len(rows), _TOGETHER):
        before = [tuple(parts) for *parts, _ in rows[start : start + _TOGETHER]]
        hashed = [hash_(row.value) for row in rows[start : start + _TOGETHER]]
        values = [
            {"hashed": value} | {f"key_{number}": part for number, part in enumerate(parts)}
            for parts, value in zip(before, hashed, strict=True)
        ]
        connection.execute(statement, values)
        after = [
            tuple(value if each is column else part for each, part in zip(key, parts, strict=True))
            for parts, value in zip(before, hashed, strict=True)
        ]
        _note(connection, moment, column.table, before, after)
    return len(rows)


def _rewrite_fees(connection: Connection, moment: Moment, short: Callable[[str], str]) -> int:
    """Hash the keys of the fees once more, by which a visit's fees are told apart."""
    count = 0
    for batch in fees.list_all(connection):
        events.begin_act(connection, moment.today)
        fees.write(connection, batch.with_keys(short))
        count += len(batch.lines)
    return count


def _note(
    connection: Connection,
    moment: Moment,
    table: Table,
    before: Sequence[tuple[object, ...]],
    after: Sequence[tuple[object, ...]],
) -> None:
    """Note rows of the ledger's chain, by their primary keys of before and of now, as an event of its own."""
    if table.name not in CHAINED:
        return
    events.begin_act(connection, moment.today)
    for old, new in zip(before, after, strict=True):
        if old != new:
            events.note_removed(connection, table.name, dict(zip(table.primary_key.columns.keys(), old, strict=True)))
    events.note_stored_rows(connection, table.name, after)
