"""The figures of policy that are in force in the store: those that were accepted last."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from app.db.ledger import events
from app.db.ledger.models import AcceptedFigures


class FigureRecord(NamedTuple):
    """A dated value as it is stored."""

    name: str
    first_day: str
    """The first day on which it holds, as 2018-01-01."""
    words: str
    """The value in words."""
    hash: str
    """SHA-256 of the value with its days and its source."""


_FINGERPRINT = select(AcceptedFigures.fingerprint).order_by(AcceptedFigures.id.desc()).limit(1)


def find_fingerprint(connection: Connection) -> str | None:
    """Return the fingerprint of the figures in force; None before the first are noted."""
    return connection.execute(_FINGERPRINT).scalar_one_or_none()


def list_in_force(connection: Connection) -> list[FigureRecord]:
    """List the values in force, by name and day; empty before the first are noted."""
    statement = select(AcceptedFigures.values).order_by(AcceptedFigures.id.desc()).limit(1)
    values = connection.execute(statement).scalar_one_or_none()
    return [FigureRecord(*each) for each in values or ()]


def insert_accepted(
    connection: Connection, at: dt.datetime, edition: str, fingerprint: str, values: list[FigureRecord]
) -> None:
    """Store figures as those in force from now on."""
    row = {"accepted": at, "edition": edition, "fingerprint": fingerprint, "values": [list(each) for each in values]}
    number = connection.execute(insert(AcceptedFigures).values(row).returning(AcceptedFigures.id)).scalar_one()
    events.note(connection, "figures", {"id": number, **row})
