"""The tokens that officers write with: made, found, listed, revoked. Only a token's hash is kept."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import NamedTuple, cast

from sqlalchemy import Connection, func, insert, literal, select, update

from app.db.models import Token
from app.db.types import Instant
from app.rules.projects.publicity import Level

PREFIX = "anda_"
"""What every token begins with, so that one left lying about is recognised."""

_LEVELS: dict[int, Level] = {6: "county", 9: "township", 12: "village"}
"""By the digits of the place's code."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Who writes: the token's number, its place, and the level at which its holder acts."""

    id: int
    place: str
    level: Level


@dataclass(frozen=True, slots=True)
class Hospital:
    """Who settles: the token's number, and the code of its institution."""

    id: int
    institution: str


class TokenRecord(NamedTuple):
    """What is kept of a token and may be shown."""

    id: int
    place: str | None
    institution: str | None
    name: str
    created: dt.datetime
    expires: dt.datetime
    revoked: dt.datetime | None


def level_of(place: str) -> Level:
    """Give the level of a division code. ValueError for a code of another length."""
    if len(place) not in _LEVELS:
        raise ValueError("a division code has 6, 9 or 12 digits")
    return _LEVELS[len(place)]


def create(connection: Connection, place: str, name: str, now: dt.datetime, days: int) -> str:
    """Make a token for a place, valid for some days, and give it away: it can never be read again."""
    level_of(place)
    return _create(connection, now, days, place=place, name=name)


def create_for_institution(connection: Connection, institution: str, name: str, now: dt.datetime, days: int) -> str:
    """Make a token for an institution of the register, and give it away as above."""
    return _create(connection, now, days, institution=institution, name=name)


def find(connection: Connection, token: str, now: dt.datetime) -> Officer | Hospital | None:
    """Find whose token this is; None where it is unknown, expired or revoked."""
    # By the hash, of which a guess says nothing: how long the look-up takes gives nothing away.
    valid = (Token.hash == _hash(token)) & (Token.expires > now) & Token.revoked.is_(None)
    found = connection.execute(select(Token.id, Token.place, Token.institution).where(valid)).one_or_none()
    if found is None:
        return None
    if found.place is None:
        return Hospital(found.id, cast("str", found.institution))
    return Officer(found.id, found.place, level_of(found.place))


def kept(connection: Connection) -> list[TokenRecord]:
    """List every token there has been, the oldest first."""
    told = select(
        Token.id, Token.place, Token.institution, Token.name, Token.created, Token.expires, Token.revoked
    ).order_by(Token.id)
    return [TokenRecord(**row._asdict()) for row in connection.execute(told)]


def revoke(connection: Connection, number: int, now: dt.datetime) -> bool:
    """Revoke a token; whether there is one of that number. One that was revoked stays so from the first time on."""
    changed = connection.execute(
        update(Token).where(Token.id == number).values(revoked=func.coalesce(Token.revoked, literal(now, Instant)))
    )
    return changed.rowcount == 1


def _create(connection: Connection, now: dt.datetime, days: int, **whose: str) -> str:
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"hash": _hash(token), "created": now, "expires": now + dt.timedelta(days=days), **whose}
    connection.execute(insert(Token).values(row))
    return token


def _hash(token: str) -> str:
    # A header may hold what UTF-8 cannot: such a token is unknown, not an error.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
