"""The base of the tables, tokens, stored answers, and the newest instant. The calculation endpoints store nothing."""

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.types import Instant

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, or a migration could not change it on SQLite."""


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dt.datetime: Instant()}  # noqa: RUF012 - SQLAlchemy's own declaration


class Token(Base):
    """A token of an officer or a hospital. Only its hash is stored. No row is deleted, so no id is used again."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("length(place) IN (4, 6, 9, 12)", name="place_is_a_division"),
        CheckConstraint("(place IS NULL) <> (institution IS NULL)", name="place_or_institution"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token, in hexadecimal."""
    place: Mapped[str | None] = mapped_column(String(12))
    """Division code, whose length decides the level; the city's has four digits. None for a hospital's token."""
    institution: Mapped[str | None] = mapped_column(ForeignKey("institutions.code"))
    """The institution that settles with it. None for an officer's token."""
    network: Mapped[str | None] = mapped_column(String(43))
    """The only network that it is valid from, as `10.20.0.0/16`; None where it is valid from everywhere."""
    name: Mapped[str] = mapped_column(String(100))
    """The label that the operator gives the token."""
    person: Mapped[str | None] = mapped_column(String(100))
    """The person of the office who acts with it; None where it is the office's own."""
    created: Mapped[dt.datetime]
    expires: Mapped[dt.datetime]
    """The first instant at which it is no longer valid."""
    revoked: Mapped[dt.datetime | None]


class DeskSession(Base):
    """A session of an officer's desk. Only the hash of its secret is stored; leaving deletes the row."""

    __tablename__ = "desk_sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the secret, in hexadecimal."""
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id"))
    """The token that it was begun with. The session ends with it."""
    begun: Mapped[dt.datetime]
    used: Mapped[dt.datetime]
    """The last use, to the minute."""


class NewestInstant(Base):
    """The newest real instant at which the store was written to, in one row, noted once a second."""

    __tablename__ = "newest_instant"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]


class StoredReply(Base):
    """The answer to a write with an `Idempotency-Key`, returned again when the request is repeated."""

    __tablename__ = "replies"

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The owner of the key: the place of an officer, or the notice that an objection was made to."""
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the key."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the request."""
    version: Mapped[int | None]
    """The version of the key, which is the number of its generations; None for SHA-256 without one."""
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made: Mapped[dt.datetime] = mapped_column(index=True)
    """From then on it is kept for some days."""
