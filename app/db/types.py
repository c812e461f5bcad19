"""How an instant and an amount are stored, so that SQLite and PostgreSQL give back what was put in."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

LARGEST_ID = 2_147_483_647
"""The largest number that a row can have: an INTEGER of PostgreSQL."""


class Instant(TypeDecorator[dt.datetime]):
    """An instant: an aware datetime in, the same instant in UTC out.

    SQLite keeps no zone: what it holds is UTC. ValueError for a naive datetime, whose instant nobody knows.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn what is stored to UTC."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give back UTC, whatever zone the database speaks in."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Fen(TypeDecorator[int]):
    """Money in fen, an integer. TypeError for anything else, which SQLite would keep as it comes."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Let integers through."""
        if value is not None and type(value) is not int:
            raise TypeError(f"money is stored in whole fen, not as {type(value).__name__}")
        return value
