"""The values that are hashed with the key of the persons' numbers, hashed once more when the key is rotated."""

from collections.abc import Callable

from sqlalchemy import Column, ColumnElement, Connection, bindparam, select, update

from app.db.ledger.models import LedgerKey, Person, Settlement, StoredMessage
from app.db.models import Base
from app.privacy.redaction import REPLACEMENT

_TOGETHER = 500
"""Rows that are written at a time."""

_HASHES = ((Person, "number"), (Settlement, "batch"), (StoredMessage, "fingerprint"))
"""The columns that hold keyed hashes. The answers to idempotency keys name the version of theirs, and expire."""
_IDS = ((Settlement, "visit_id"), (Settlement, "message_id"), (StoredMessage, "message_id"))
"""The columns of ids, which hold keyed hashes behind a sign where the id is a private number."""


def rewrite(connection: Connection, hash_: Callable[[str], str], hash_id: Callable[[str], str], check: str) -> int:
    """Hash every keyed value once more, store the check of the key, and return how many values there were."""
    count = 0
    for model, name in _HASHES:
        column = Base.metadata.tables[model.__tablename__].c[name]
        count += _rewrite(connection, column, column.is_not(None) & (column != ""), hash_)
    for model, name in _IDS:
        column = Base.metadata.tables[model.__tablename__].c[name]
        count += _rewrite(connection, column, column.startswith(REPLACEMENT), hash_id)
    connection.execute(update(LedgerKey).values(check=check))
    return count


def _rewrite(
    connection: Connection, column: Column[str], condition: ColumnElement[bool], hash_: Callable[[str], str]
) -> int:
    key = list(column.table.primary_key)
    where = [each == bindparam(f"key_{number}") for number, each in enumerate(key)]
    statement = update(column.table).where(*where).values({column: bindparam("hashed")})
    # All of them first: the key of a row may itself be hashed.
    rows = connection.execute(select(*key, column.label("value")).where(condition)).all()
    for start in range(0, len(rows), _TOGETHER):
        values = [
            {"hashed": hash_(value)} | {f"key_{number}": part for number, part in enumerate(parts)}
            for *parts, value in rows[start : start + _TOGETHER]
        ]
        connection.execute(statement, values)
    return len(rows)
