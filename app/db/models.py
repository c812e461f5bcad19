"""The tables. What the calculation endpoints do is stored nowhere."""

import datetime as dt

from sqlalchemy import CheckConstraint, MetaData, String
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
    """What an officer writes with. The token itself stands nowhere. No row is deleted: an id is never used again."""

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("length(place) IN (6, 9, 12)", name="place_is_a_division"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token, in hexadecimal."""
    place: Mapped[str] = mapped_column(String(12))
    """Division code; its length tells the officer's level."""
    name: Mapped[str] = mapped_column(String(100))
    """What the place's keeper of tokens calls it."""
    created: Mapped[dt.datetime]
    expires: Mapped[dt.datetime]
    """The first instant at which it is no longer valid."""
    revoked: Mapped[dt.datetime | None]
