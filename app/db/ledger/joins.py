"""The joins of persons who proved to be one. Rows are only added."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import PersonJoin


class JoinRecord(NamedTuple):
    """A person who was joined to another."""

    person_id: int
    other_id: int
    """The person who no longer stands alone."""
    token_id: int | None
    """None where nobody had to decide."""
    settlements: Sequence[int]
    """The numbers of the settlements and reversals that passed over."""


class DatedJoin(NamedTuple):
    """A join to a person: when, by whose token, and what passed over."""

    made: dt.datetime
    token_id: int | None
    settlements: Sequence[int]


def add(connection: Connection, moment: Moment, join: JoinRecord) -> None:
    """Put a join on record."""
    row = {**join._asdict(), "made": moment.at, "settlements": list(join.settlements)}
    number = connection.execute(insert(PersonJoin).values(row).returning(PersonJoin.id)).scalar_one()
    events.note(connection, "joins", {"id": number, **row})


def list_of(connection: Connection, person: int) -> list[DatedJoin]:
    """List the joins of others to a person, the oldest first."""
    columns = select(PersonJoin.made, PersonJoin.token_id, PersonJoin.settlements)
    rows = connection.execute(columns.where(PersonJoin.person_id == person).order_by(PersonJoin.id))
    return [DatedJoin(row.made, row.token_id, row.settlements) for row in rows]


def persons_with_others(connection: Connection) -> set[int]:
    """Return the persons whom others were joined to."""
    return set(connection.execute(select(PersonJoin.person_id).distinct()).scalars())
