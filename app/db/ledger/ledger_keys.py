"""The check of the key of the persons' numbers: whether it is the one that the store was begun with."""

from sqlalchemy import Connection, insert, select

from app.db.ledger import events
from app.db.ledger.models import LedgerKey

_CHECK = select(LedgerKey.check)


def find_check(connection: Connection) -> str | None:
    """Return the check of the store's key; None before the first one is written."""
    return connection.execute(_CHECK).scalar_one_or_none()


def write_check(connection: Connection, check: str) -> None:
    """Store the check of the key that the store is begun with."""
    row = {"id": 1, "check": check}
    connection.execute(insert(LedgerKey).values(row))
    events.note(connection, "ledger_keys", row)
