"""Answers to writes, kept under their `Idempotency-Key`: who asks the same again is answered the same again."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from app.clock import Moment
from app.db.models import StoredReply as Kept
from app.errors import IdempotencyKeyReusedError


class Reply(NamedTuple):
    """What a write is answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class ScopedKey(NamedTuple):
    """An idempotency key: whose it is, the key itself, and the fingerprint of what was asked with it."""

    scope: str
    key: str
    fingerprint: str


def once(connection: Connection, key: ScopedKey | None, moment: Moment, write: Callable[[], Reply]) -> Reply:
    """Write, or answer what the same write was answered before.

    IdempotencyKeyReusedError for another write under the same key.

    What is refused is not kept: nothing has been done, and the same may be asked again.
    """
    if key is None:
        return write()
    hashed = hashlib.sha256(key.key.encode("utf-8", "surrogatepass")).hexdigest()
    told = select(Kept.fingerprint, Kept.status, Kept.headers, Kept.body)
    found = connection.execute(told.where(Kept.scope == key.scope, Kept.key == hashed)).one_or_none()
    if found is not None:
        if found.fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError
        return Reply(found.status, found.headers, bytes(found.body))
    reply = write()
    row = {"scope": key.scope, "key": hashed, "fingerprint": key.fingerprint, **reply._asdict(), "made": moment.at}
    connection.execute(insert(Kept).values(row))
    return reply
