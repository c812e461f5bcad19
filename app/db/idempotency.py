"""Answers to writes, stored under their `Idempotency-Key`: a repeated request gets the same answer.

An answer expires. The messages of settlements are kept elsewhere, and never do.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from app.clock import Moment
from app.db import locks
from app.db.ledger import events
from app.db.models import StoredReply
from app.errors import IdempotencyKeyReusedError

MOST_DELETED = 20
"""Expired answers that a new one deletes: more than it adds, so that none stays, and few, so that nobody waits."""


class Reply(NamedTuple):
    """The answer to a write."""

    status: int
    headers: dict[str, str]
    body: bytes


class Fingerprint(NamedTuple):
    """The hash of a request under a version of the key; None for one of an earlier release, which has no key."""

    value: str
    version: int | None


class ScopedKey(NamedTuple):
    """An idempotency key: its scope, the key itself, its request, and for how many days the answer is kept."""

    scope: str
    key: str
    fingerprint: Callable[[Fingerprint | None], Fingerprint]
    """Hashes the request under the version of a stored fingerprint; under the newest where there is none."""
    kept_days: int


def once(connection: Connection, key: ScopedKey | None, moment: Moment, write: Callable[[], Reply]) -> Reply:
    """Write, or return the answer that the same write got before.

    IdempotencyKeyReusedError for another write under the same key. A refusal is not stored: nothing was written, and
    the request may be repeated.
    """
    if key is None:
        return write()
    expired = moment.at - dt.timedelta(days=key.kept_days)
    hashed = hashlib.sha256(key.key.encode("utf-8", "surrogatepass")).hexdigest()
    locks.lock(connection, "reply", f"{key.scope} {hashed}")
    its = (StoredReply.scope == key.scope) & (StoredReply.key == hashed)
    stored = connection.execute(select(StoredReply.__table__).where(its)).one_or_none()
    if stored is not None and stored.made >= expired:
        fingerprint = Fingerprint(stored.fingerprint, stored.version)
        if fingerprint != key.fingerprint(fingerprint):
            raise IdempotencyKeyReusedError
        return Reply(stored.status, stored.headers, bytes(stored.body))
    if stored is not None:
        _delete(connection, key.scope, hashed)
    reply = write()
    value, version = key.fingerprint(None)
    row = {"scope": key.scope, "key": hashed, "fingerprint": value, "version": version, **reply._asdict()}
    row |= {"made": moment.at}
    connection.execute(insert(StoredReply).values(row))
    events.note(connection, "replies", row)
    _delete_expired(connection, expired)
    return reply


def delete_holding(connection: Connection, texts: Collection[str]) -> None:
    """Delete the answers in which one of some texts stands as a value: it is erased everywhere."""
    needles = [json.dumps(text, ensure_ascii=False).encode() for text in texts]
    stored = connection.execute(select(StoredReply.scope, StoredReply.key, StoredReply.body)).all()
    for scope, key, body in stored:
        if any(needle in bytes(body) for needle in needles):
            _delete(connection, scope, key)


def _delete_expired(connection: Connection, expired: dt.datetime) -> None:
    """Delete some of the answers that have expired."""
    old = select(StoredReply.scope, StoredReply.key).where(StoredReply.made < expired)
    # Those that another is deleting are left to it.
    some = old.order_by(StoredReply.made).limit(MOST_DELETED).with_for_update(skip_locked=True)
    for scope, key in connection.execute(some).all():
        _delete(connection, scope, key)


def _delete(connection: Connection, scope: str, key: str) -> None:
    connection.execute(delete(StoredReply).where(StoredReply.scope == scope, StoredReply.key == key))
    events.note_removed(connection, "replies", {"scope": scope, "key": key})
