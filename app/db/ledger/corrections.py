"""The corrections (更正) of settlements, and the rebookings that made them."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, or_, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import Rebooking, Settlement
from app.db.ledger.records import SettlementRecord
from app.db.ledger.settlements import STANDS, to_record
from app.db.portions import portions

_SETTLEMENTS = Settlement.__table__


class RebookingRecord(NamedTuple):
    """A stored rebooking, with its reversal and its corrections in their order."""

    settlement_id: int
    """The settlement that is reversed."""
    reversal: SettlementRecord
    corrections: list[SettlementRecord]
    undone: dt.datetime | None
    """When it was undone; None while it stands."""


def of_settlements(connection: Connection, numbers: Collection[int]) -> Mapping[int, list[SettlementRecord]]:
    """Return the corrections of settlements that are not taken back, the oldest first, by settlement."""
    condition = (_SETTLEMENTS.c.corrects.in_(numbers)) & _SETTLEMENTS.c.annulled.is_(None)
    statement = select(_SETTLEMENTS).where(condition).order_by(_SETTLEMENTS.c.id)
    found: dict[int, list[SettlementRecord]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["corrects"], []).append(to_record(row))
    return found


def list_all(connection: Connection, numbers: Collection[int] | None = None) -> Iterator[SettlementRecord]:
    """Iterate over every correction, by settlement and then by number; of all, or where one of some bookings is it."""
    statement = select(_SETTLEMENTS).where(_SETTLEMENTS.c.kind == "correction")
    statement = statement.order_by(_SETTLEMENTS.c.corrects, _SETTLEMENTS.c.id)
    for condition in portions(_SETTLEMENTS.c.corrects, _corrected(connection, numbers)):
        for row in connection.execute(statement.where(condition)).mappings():
            yield to_record(row)


def _corrected(connection: Connection, numbers: Collection[int] | None) -> list[int] | None:
    """Return the settlements that are among some bookings, or are corrected by one of them."""
    if numbers is None:
        return None
    found = set(numbers)
    for condition in portions(Settlement.id, numbers):
        its = select(Settlement.corrects).where(condition, Settlement.corrects.is_not(None))
        found.update(number for number in connection.execute(its).scalars() if number is not None)
    return sorted(found)


def list_later(connection: Connection, settlement: SettlementRecord) -> list[SettlementRecord]:
    """List the standing settlements that depend on one: the later ones of the person's year, in their order.

    Where it pays the lump sum, those of other years too that state an accident.
    """
    depends = _SETTLEMENTS.c.year == settlement.year
    if settlement.amounts.lump_sum:
        depends = or_(depends, _SETTLEMENTS.c.accident)
    later = (_SETTLEMENTS.c.person_id == settlement.person_id) & (_SETTLEMENTS.c.id > settlement.id)
    statement = select(_SETTLEMENTS).where(later, depends, STANDS).order_by(_SETTLEMENTS.c.id)
    return [to_record(row) for row in connection.execute(statement).mappings()]


def mark_reversed(connection: Connection, settlement: int, reversal: int | None) -> None:
    """Write the reversal of a settlement to its corrections; None where it stands again."""
    _change(connection, settlement, reversed_by=reversal)


def annul(connection: Connection, settlement: int, moment: Moment) -> None:
    """Mark the corrections of a settlement as taken back with it (冲正)."""
    _change(connection, settlement, annulled=moment.at)


def insert_rebooking(connection: Connection, settlement: int, reversal: int) -> None:
    """Store a rebooking."""
    row = {"reversal_id": reversal, "settlement_id": settlement}
    connection.execute(insert(Rebooking).values(row))
    events.note(connection, "rebookings", row)


def find_rebooking(connection: Connection, settlement: int) -> RebookingRecord | None:
    """Return the newest rebooking of a settlement; None without one."""
    statement = select(Rebooking.reversal_id, Rebooking.undone).where(Rebooking.settlement_id == settlement)
    newest = connection.execute(statement.order_by(Rebooking.reversal_id.desc()).limit(1)).one_or_none()
    if newest is None:
        return None
    its = (_SETTLEMENTS.c.id == newest.reversal_id) | (_SETTLEMENTS.c.rebooking == newest.reversal_id)
    rows = connection.execute(select(_SETTLEMENTS).where(its).order_by(_SETTLEMENTS.c.id)).mappings()
    reversal, *corrected = (to_record(row) for row in rows)
    return RebookingRecord(settlement, reversal, corrected, newest.undone)


def mark_undone(connection: Connection, rebooking: RebookingRecord, moment: Moment, token_id: int) -> None:
    """Mark a rebooking as undone: its reversal and its corrections are taken back."""
    numbers = [rebooking.reversal.id, *(each.id for each in rebooking.corrections)]
    connection.execute(update(Settlement).where(Settlement.id.in_(numbers)).values(annulled=moment.at))
    events.note_stored(connection, "settlements", *numbers)
    its = Rebooking.reversal_id == rebooking.reversal.id
    connection.execute(update(Rebooking).where(its).values(undone=moment.at, undone_token_id=token_id))
    events.note_stored_row(connection, "rebookings", rebooking.reversal.id)


def booked_after(connection: Connection, person: int, number: int) -> int | None:
    """Return the first booking of a person after a number that is not taken back; None without one."""
    later = (Settlement.person_id == person) & (Settlement.id > number) & Settlement.annulled.is_(None)
    return connection.execute(select(func.min(Settlement.id)).where(later)).scalar_one()


def _change(connection: Connection, settlement: int, **values: object) -> None:
    its = (Settlement.corrects == settlement) & Settlement.annulled.is_(None)
    numbers = list(connection.execute(select(Settlement.id).where(its)).scalars())
    if numbers:
        connection.execute(update(Settlement).where(Settlement.id.in_(numbers)).values(values))
        events.note_stored(connection, "settlements", *numbers)
