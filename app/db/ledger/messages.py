"""The messages of institutions. A repeated message gets the stored answer (幂等); one may be taken back (冲正)."""

import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import StoredMessage
from app.errors import IdempotencyKeyReusedError

_INSERT = insert(StoredMessage)

V1 = "v1"
"""The interface of the API itself, beside the transactions of the national interface."""


class Message(NamedTuple):
    """A message: its institution, its interface, its id, and the keyed hash of its content."""

    institution: str
    interface: str
    id: str
    fingerprint: str


class MessageRecord(NamedTuple):
    """A stored message."""

    fingerprint: str
    settlement_id: int | None
    answer: bytes | None
    statement: Mapping[str, Any] | None
    working: Mapping[str, Any] | None
    taken_back: bool


def find(connection: Connection, institution: str, interface: str, message_id: str) -> MessageRecord | None:
    """Return a stored message; None where it neither arrived nor was taken back."""
    statement = select(
        StoredMessage.fingerprint,
        StoredMessage.settlement_id,
        StoredMessage.answer,
        StoredMessage.statement,
        StoredMessage.working,
        StoredMessage.taken_back,
    )
    row = connection.execute(statement.where(_is_of(institution, interface, message_id))).one_or_none()
    if row is None:
        return None
    answer = None if row.answer is None else zlib.decompress(row.answer)
    return MessageRecord(
        row.fingerprint, row.settlement_id, answer, row.statement, row.working, row.taken_back is not None
    )


def find_repeated(connection: Connection, message: Message) -> MessageRecord | None:
    """Return the stored message where this one repeats it; None where it is new.

    IdempotencyKeyReusedError where the same id came with another content.
    """
    stored = find(connection, message.institution, message.interface, message.id)
    if stored is not None and not stored.taken_back and stored.fingerprint != message.fingerprint:
        raise IdempotencyKeyReusedError
    return stored


def insert_answered(
    connection: Connection,
    moment: Moment,
    message: Message,
    settlement_id: int | None,
    answer: bytes | None = None,
    *,
    statement: Mapping[str, object] | None = None,
    working: Mapping[str, object] | None = None,
) -> None:
    """Store an answered message, with what it booked as data."""
    packed = None if answer is None else zlib.compress(answer)
    values = {"settlement_id": settlement_id, "answer": packed, "statement": statement, "working": working}
    _insert(connection, moment, message, **values)


def take_back(connection: Connection, moment: Moment, message: Message) -> None:
    """Mark a message as taken back (冲正), whether it has arrived or not. If it arrives later, it is refused."""
    condition = _is_of(message.institution, message.interface, message.id)
    changed = connection.execute(update(StoredMessage).where(condition).values(taken_back=moment.at))
    if not changed.rowcount:
        _insert(connection, moment, message._replace(fingerprint=""), taken_back=moment.at)
    else:
        events.note_stored_row(connection, "messages", message.institution, message.interface, message.id)


def _is_of(institution: str, interface: str, message_id: str) -> ColumnElement[bool]:
    return (
        (StoredMessage.institution == institution)
        & (StoredMessage.interface == interface)
        & (StoredMessage.message_id == message_id)
    )


def _insert(connection: Connection, moment: Moment, message: Message, **values: object) -> None:
    row = {
        "institution": message.institution,
        "interface": message.interface,
        "message_id": message.id,
        "fingerprint": message.fingerprint,
        "made": moment.at,
        **values,
    }
    connection.execute(_INSERT, row)
    events.note(connection, "messages", row)
