"""The messages of institutions. A repeated message gets the stored answer (幂等); one may be taken back (冲正)."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import StoredMessage
from app.errors import IdempotencyKeyReusedError
from app.privacy.pseudonyms import CONTENT_MARK

_INSERT = insert(StoredMessage)
_IS_MEANT = (
    (StoredMessage.institution == bindparam("of_institution"))
    & (StoredMessage.interface == bindparam("of_interface"))
    & (StoredMessage.message_id == bindparam("of_id"))
)
_FIND = select(
    StoredMessage.fingerprint,
    StoredMessage.settlement_id,
    StoredMessage.answer,
    StoredMessage.statement,
    StoredMessage.working,
    StoredMessage.taken_back,
).where(_IS_MEANT)
_TAKE_BACK = update(StoredMessage).where(_IS_MEANT).values(taken_back=bindparam("at"))

V1 = "v1"
"""The interface of the API itself, beside the transactions of the national interface."""


REFUSED = "-"
"""Suffix of the interface under which a refused message is stored, beside one that was carried out under its id."""


class Message(NamedTuple):
    """A message: its institution, its interface, its id, and the keyed hash of its content."""

    institution: str
    interface: str
    id: str
    fingerprint: str
    fingerprint_before: Callable[[], str] | None = None
    """Makes the hash of the content in its first form: what earlier releases stored is compared with that."""

    def has_content(self, fingerprint: str) -> bool:
        """Whether a stored message of this fingerprint has the same content."""
        if fingerprint.startswith(CONTENT_MARK) or self.fingerprint_before is None:
            return fingerprint == self.fingerprint
        return fingerprint == self.fingerprint_before()


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
    row = connection.execute(_FIND, _meant(institution, interface, message_id)).one_or_none()
    if row is None:
        return None
    answer = None if row.answer is None else zlib.decompress(row.answer)
    return MessageRecord(
        row.fingerprint, row.settlement_id, answer, row.statement, row.working, row.taken_back is not None
    )


def interfaces_of(connection: Connection, institution: str, message_id: str) -> list[str]:
    """List the interfaces under which a message of this id has arrived; a refused one with its suffix."""
    statement = select(StoredMessage.interface).where(
        StoredMessage.institution == institution,
        StoredMessage.message_id == message_id,
        StoredMessage.fingerprint != "",
    )
    return list(connection.execute(statement).scalars())


def find_repeated(connection: Connection, message: Message) -> MessageRecord | None:
    """Return the stored message where this one repeats it; None where it is new.

    IdempotencyKeyReusedError where the same id came with another content.
    """
    stored = find(connection, message.institution, message.interface, message.id)
    if stored is not None and not stored.taken_back and not message.has_content(stored.fingerprint):
        raise IdempotencyKeyReusedError(stored.settlement_id)
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
    meant = _meant(message.institution, message.interface, message.id)
    changed = connection.execute(_TAKE_BACK, {**meant, "at": moment.at})
    if not changed.rowcount:
        _insert(connection, moment, message._replace(fingerprint=""), taken_back=moment.at)
    else:
        events.note_stored_row(connection, "messages", message.institution, message.interface, message.id)


def _meant(institution: str, interface: str, message_id: str) -> dict[str, str]:
    return {"of_institution": institution, "of_interface": interface, "of_id": message_id}


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
