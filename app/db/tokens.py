"""The tokens of officers and hospitals: created, found, listed, revoked. Only a token's hash is stored."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from ipaddress import ip_network
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, insert, literal, select, update

from app.db.ledger import events
from app.db.models import Token
from app.db.types import Instant
from app.privacy.addresses import parsed_address
from app.rules.projects.publicity import Level

PREFIX = "anda_"
"""The beginning of every token, by which a leaked one is recognised."""

CITY_DIGITS = 4
"""The digits of the city's code."""

LEVELS: dict[int, Level] = {6: "county", 9: "township", 12: "village"}
"""By the digits of the place's code."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer: the token's number, the place, and the level at which the officer acts."""

    id: int
    place: str
    level: Level


@dataclass(frozen=True, slots=True)
class CityOfficer:
    """An officer of the city, who reads the ledger of all its counties: the token's number, and the city's code.

    No `Officer`: the city acts in nothing, so no check of a place may take its code for the beginning of one.
    """

    id: int
    place: str


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital that settles: the token's number, the code of the institution, the network that it is bound to."""

    id: int
    institution: str
    network: str | None = None


Holder = Officer | CityOfficer | Hospital
"""Whoever holds a valid token."""


class TokenRecord(NamedTuple):
    """A stored token, without its hash."""

    id: int
    place: str | None
    institution: str | None
    name: str
    created: dt.datetime
    expires: dt.datetime
    revoked: dt.datetime | None
    person: str | None
    """The person of the office who acts with it; None where the office has it."""
    network: str | None
    """The only network that it is valid from; None where it is valid from everywhere."""


def level_of(place: str) -> Level:
    """Return the level of a division code. ValueError for a code of another length."""
    if len(place) not in LEVELS:
        raise ValueError("a division code has 6, 9 or 12 digits")
    return LEVELS[len(place)]


def create(
    connection: Connection, place: str, name: str, now: dt.datetime, days: int, *, person: str | None = None
) -> str:
    """Create a token for a place or the city, valid for some days, and return it. It can never be read again."""
    if len(place) != CITY_DIGITS:
        level_of(place)
    return _create(connection, now, days, place=place, name=name, person=person)


def create_for_institution(
    connection: Connection,
    institution: str,
    name: str,
    now: dt.datetime,
    days: int,
    *,
    person: str | None = None,
    network: str | None = None,
) -> str:
    """Create a token for an institution of the register, valid for some days, and return it.

    One that is bound to a network is valid from there alone.
    """
    return _create(connection, now, days, institution=institution, name=name, person=person, network=network)


_VALID = select(Token.id, Token.place, Token.institution, Token.network).where(
    Token.created <= bindparam("now"), Token.expires > bindparam("now"), Token.revoked.is_(None)
)
_BY_HASH = _VALID.where(Token.hash == bindparam("hash"))
_BY_ID = _VALID.where(Token.id == bindparam("number"))


def find(connection: Connection, token: str, now: dt.datetime, address: str | None = None) -> Holder | None:
    """Return the holder of a token that comes from an address; None for an address that is not known.

    None where the token is unknown, not made yet, expired, revoked, or bound to a network that the address is not in.
    """
    # By the hash: a guess does not control it, so the duration of the look-up reveals nothing.
    return _holder(connection.execute(_BY_HASH, {"hash": _hash(token), "now": now}).one_or_none(), address)


def find_by_id(connection: Connection, number: int, now: dt.datetime) -> Holder | None:
    """Return the holder of the token of a number; None as for one that comes from an address that is not known."""
    return _holder(connection.execute(_BY_ID, {"number": number, "now": now}).one_or_none(), None)


def exists(connection: Connection, token: str) -> bool:
    """Whether a token was ever created here, valid or not."""
    return connection.execute(select(Token.id).where(Token.hash == _hash(token))).first() is not None


def list_all(connection: Connection) -> list[TokenRecord]:
    """List every token, the oldest first; expired and revoked ones too."""
    columns = [Token.__table__.c[name] for name in TokenRecord._fields]
    statement = select(*columns).order_by(Token.id)
    return [TokenRecord(**row._asdict()) for row in connection.execute(statement)]


def revoke(connection: Connection, number: int, now: dt.datetime) -> bool:
    """Revoke a token, and return whether one of this number exists. A second revocation changes nothing."""
    changed = connection.execute(
        update(Token).where(Token.id == number).values(revoked=func.coalesce(Token.revoked, literal(now, Instant)))
    )
    events.note_stored(connection, "tokens", number)
    return changed.rowcount == 1


def _holder(row: Row[int, str | None, str | None, str | None] | None, address: str | None) -> Holder | None:
    if row is None:
        return None
    number, place, institution, network = row
    if network is not None and not _lies_in(address, network):
        return None
    if place is not None:
        return CityOfficer(number, place) if len(place) == CITY_DIGITS else Officer(number, place, level_of(place))
    return None if institution is None else Hospital(number, institution, network)


def _lies_in(address: str | None, network: str) -> bool:
    parsed = None if address is None else parsed_address(address)
    return parsed is not None and parsed in ip_network(network)


def _create(connection: Connection, now: dt.datetime, days: int, **holder: str | None) -> str:
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"hash": _hash(token), "created": now, "expires": now + dt.timedelta(days=days), **holder}
    number = connection.execute(insert(Token).values(row).returning(Token.id)).scalar_one()
    events.note(connection, "tokens", {"id": number, **row})
    return token


def _hash(token: str) -> str:
    # A header may hold lone surrogates, which UTF-8 cannot: such a token is unknown and no error.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
