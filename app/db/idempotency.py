"""Answers to writes, stored under their `Idempotency-Key`: a repeated request gets the same answer."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from app.clock import Moment
from app.db.ledger import events
from app.db.models import StoredReply
from app.errors import IdempotencyKeyReusedError


class Reply(NamedTuple):
    """The answer to a write."""

    status: int
    headers: dict[str, str]
    body: bytes


class ScopedKey(NamedTuple):
    """An idempotency key: its scope, the key itself, and the fingerprint of its request."""

    scope: str
    key: str
    fingerprint: str


def once(connection: Connection, key: ScopedKey | None, moment: Moment, write: Callable[[], Reply]) -> Reply:
    """Write, or return the answer that the same write got before.

    IdempotencyKeyReusedError for another write under the same key. A refusal is not stored: nothing was written, and
    the request may be repeated.
    """
    if key is None:
        return write()
    hashed = hashlib.sha256(key.key.encode("utf-8", "surrogatepass")).hexdigest()
    columns = (StoredReply.fingerprint, StoredReply.status, StoredReply.headers, StoredReply.body)
    statement = select(*columns).where(StoredReply.scope == key.scope, StoredReply.key == hashed)
    stored = connection.execute(statement).one_or_none()
    if stored is not None:
        if stored.fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError
        return Reply(stored.status, stored.headers, bytes(stored.body))
    reply = write()
    row = {"scope": key.scope, "key": hashed, "fingerprint": key.fingerprint, **reply._asdict(), "made": moment.at}
    connection.execute(insert(StoredReply).values(row))
    events.note(connection, "replies", row)
    return reply
