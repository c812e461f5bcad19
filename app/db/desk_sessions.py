"""The sessions of the officers' desk: a random secret each, of which only the hash is stored.

A session ends by leaving, after 30 minutes without use, 12 hours after it began, and with its token.
"""

import datetime as dt
import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from app.db import tokens
from app.db.models import DeskSession
from app.db.tokens import Officer

IDLE = dt.timedelta(minutes=30)
"""A session that is not used for this long has ended."""
LONGEST = dt.timedelta(hours=12)
"""A session ends this long after it began, used or not."""
PRECISION = dt.timedelta(minutes=1)
"""The last use is stored this exactly, so that not every page that is read is a write."""


class OpenSession(NamedTuple):
    """A session that has not ended: its officer, and whether this use must be stored."""

    officer: Officer
    must_store_use: bool


def begin(connection: Connection, token_id: int, now: dt.datetime) -> str:
    """Begin a session of a token's officer, and return its secret. It can never be read again.

    Sessions that have ended by themselves are taken out.
    """
    over = (DeskSession.used <= now - IDLE) | (DeskSession.begun <= now - LONGEST)
    connection.execute(delete(DeskSession).where(over))
    secret = secrets.token_urlsafe(32)
    row = {"hash": _hash(secret), "token_id": token_id, "begun": now, "used": now}
    connection.execute(insert(DeskSession).values(row))
    return secret


def find(connection: Connection, secret: str, now: dt.datetime) -> OpenSession | None:
    """Return the session of a secret; None where there is none, where it has ended, and without a valid token."""
    session = select(DeskSession.token_id, DeskSession.used).where(
        DeskSession.hash == _hash(secret), DeskSession.used > now - IDLE, DeskSession.begun > now - LONGEST
    )
    row = connection.execute(session).one_or_none()
    officer = None if row is None else tokens.find_by_id(connection, row.token_id, now)
    if row is None or not isinstance(officer, Officer):
        return None
    return OpenSession(officer, now - row.used >= PRECISION)


def store_use(connection: Connection, secret: str, now: dt.datetime) -> None:
    """Store that a session is used. One that was ended meanwhile stays ended."""
    connection.execute(update(DeskSession).where(DeskSession.hash == _hash(secret)).values(used=now))


def end(connection: Connection, secret: str) -> None:
    """End a session."""
    connection.execute(delete(DeskSession).where(DeskSession.hash == _hash(secret)))


def _hash(secret: str) -> str:
    # A cookie may hold lone surrogates, which UTF-8 cannot: such a secret is unknown and no error.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
