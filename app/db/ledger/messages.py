"""The messages of institutions: each is answered once, and the same when it is repeated (幂等); some are taken back."""

import zlib
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.ledger.models import StoredMessage as Row
from app.errors import IdempotencyKeyReusedError

_INSERT = insert(Row)

V1 = "v1"
"""Our own interface, among those that messages come in through."""


class Message(NamedTuple):
    """A message: from which institution, through which interface, its id, and the keyed hash of what it asks."""

    institution: str
    interface: str
    id: str
    fingerprint: str


class MessageRecord(NamedTuple):
    """What is kept of a message."""

    fingerprint: str
    settlement_id: int | None
    answer: bytes | None
    taken_back: bool


def find(connection: Connection, institution: str, interface: str, message_id: str) -> MessageRecord | None:
    """Return what is kept of a message; None where it never arrived and was never taken back."""
    told = select(Row.fingerprint, Row.settlement_id, Row.answer, Row.taken_back)
    which = (Row.institution == institution) & (Row.interface == interface) & (Row.message_id == message_id)
    found = connection.execute(told.where(which)).one_or_none()
    if found is None:
        return None
    answer = None if found.answer is None else zlib.decompress(found.answer)
    return MessageRecord(found.fingerprint, found.settlement_id, answer, found.taken_back is not None)


def repeated(connection: Connection, message: Message) -> MessageRecord | None:
    """Return what is kept of this very message.

    IdempotencyKeyReusedError where the same id came with something else.
    """
    kept = find(connection, message.institution, message.interface, message.id)
    if kept is not None and not kept.taken_back and kept.fingerprint != message.fingerprint:
        raise IdempotencyKeyReusedError
    return kept


def keep(
    connection: Connection, moment: Moment, message: Message, settlement_id: int | None, answer: bytes | None = None
) -> None:
    """Keep a message that has been answered."""
    packed = None if answer is None else zlib.compress(answer)
    _insert(connection, moment, message, settlement_id=settlement_id, answer=packed)


def take_back(connection: Connection, moment: Moment, message: Message) -> None:
    """Mark a message as taken back (冲正), whether it has arrived or not: one that arrives later is refused."""
    which = (
        (Row.institution == message.institution) & (Row.interface == message.interface) & (Row.message_id == message.id)
    )
    changed = connection.execute(update(Row).where(which).values(taken_back=moment.at))
    if not changed.rowcount:
        _insert(connection, moment, message._replace(fingerprint=""), taken_back=moment.at)


def _insert(connection: Connection, moment: Moment, message: Message, **values: object) -> None:
    institution, interface, message_id, fingerprint = message
    row = {
        "institution": institution,
        "interface": interface,
        "message_id": message_id,
        "fingerprint": fingerprint,
        "made": moment.at,
        **values,
    }
    connection.execute(_INSERT, row)
