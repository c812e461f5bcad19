"""The transfers of persons between counties (参保地转移): made, listed, taken back."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import PersonTransfer

_TRANSFERS = PersonTransfer.__table__


class TransferRecord(NamedTuple):
    """A stored transfer."""

    id: int
    from_county: str
    to_county: str
    first_day: dt.date
    """The first day that is the new county's."""
    made: dt.datetime
    day: dt.date
    """The service's day on which it was made."""
    taken_back: dt.datetime | None
    """When the former county took the person back; None while it stands."""


def list_of(connection: Connection, person: int) -> list[TransferRecord]:
    """List the transfers of a person, the oldest first, with those that were taken back."""
    columns = [_TRANSFERS.c[name] for name in TransferRecord._fields]
    statement = select(*columns).where(_TRANSFERS.c.person_id == person).order_by(_TRANSFERS.c.id)
    return [TransferRecord._make(row) for row in connection.execute(statement)]


def add(
    connection: Connection,
    moment: Moment,
    person: int,
    counties: tuple[str, str],
    first_day: dt.date,
    *,
    token_id: int,
) -> None:
    """Store a transfer from one county to another."""
    from_county, to_county = counties
    row = {
        "person_id": person,
        "from_county": from_county,
        "to_county": to_county,
        "first_day": first_day,
        "made": moment.at,
        "day": moment.today,
        "token_id": token_id,
    }
    number = connection.execute(insert(PersonTransfer).values(row).returning(PersonTransfer.id)).scalar_one()
    events.note(connection, "transfers", {"id": number, **row})


def take_back(connection: Connection, moment: Moment, person: int, number: int, token_id: int) -> None:
    """Mark a person's transfer, and those that followed it, as taken back."""
    its = PersonTransfer.person_id == person
    standing = its & (PersonTransfer.id >= number) & PersonTransfer.taken_back.is_(None)
    values = {"taken_back": moment.at, "taken_back_token_id": token_id}
    changed = connection.execute(update(PersonTransfer).where(standing).values(values).returning(PersonTransfer.id))
    events.note_stored(connection, "transfers", *changed.scalars())


def give_over(connection: Connection, other: int, person: int) -> None:
    """Give the transfers of one person to another."""
    its = update(PersonTransfer).where(PersonTransfer.person_id == other).values(person_id=person)
    changed = connection.execute(its.returning(PersonTransfer.id))
    events.note_stored(connection, "transfers", *changed.scalars().all())
