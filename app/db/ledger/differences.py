"""An institution's settlements as they are compared with its own books (对账). They name no person."""

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.orm import aliased

from app.db.ledger.models import Settlement

Value = TypeVar("Value", int, str)

_AT_ONCE = 500
"""Numbers or ids that one query looks for."""

_CORRECTION = aliased(Settlement)
_CORRECTED_BY = select(func.coalesce(func.sum(_CORRECTION.out_of_pocket), 0)).where(
    _CORRECTION.corrects == Settlement.id, _CORRECTION.annulled.is_(None)
)
"""By how much the corrections that count change what the patient of a settlement owes."""

_COLUMNS = (
    Settlement.id,
    Settlement.day,
    Settlement.visit_id,
    Settlement.message_id,
    Settlement.total,
    Settlement.out_of_pocket,
    _CORRECTED_BY.scalar_subquery().label("corrected_by"),
    Settlement.reversed_by,
    Settlement.annulled,
)

_BOOKING_COLUMNS = (
    Settlement.id,
    Settlement.kind,
    Settlement.day,
    Settlement.care,
    Settlement.insurance,
    Settlement.reversed_by,
    Settlement.annulled,
)

_FEW = 5
"""Bookings that a difference of sums names."""


class SettlementLine(NamedTuple):
    """A settlement as it stands now, with its corrections (更正). Fen."""

    id: int
    day: dt.date
    """The service's day on which it was booked."""
    visit_id: str
    message_id: str
    total: int
    reimbursed: int
    reversed: bool
    taken_back: bool
    """Taken back as if it had never arrived (冲正): it counts nowhere."""


class BookingLine(NamedTuple):
    """A settlement or a reversal that a difference of sums may come from."""

    id: int
    kind: str
    day: dt.date
    care: str
    insurance: str | None
    reversed: bool
    taken_back: bool


def lines_between(
    connection: Connection, institution: str, period: tuple[dt.date, dt.date], most: int
) -> list[SettlementLine]:
    """List an institution's settlements between two days, both counted, the oldest first; of too many the first."""
    return _lines(connection, institution, Settlement.day.between(*period), most)


def lines_named(
    connection: Connection,
    institution: str,
    numbers: Collection[int],
    message_ids: Collection[str],
    period: tuple[dt.date, dt.date],
) -> list[SettlementLine]:
    """List an institution's settlements outside a period that have one of these numbers or came by these messages."""
    outside = or_(Settlement.day < period[0], Settlement.day > period[1])
    found = []
    for some in _portions(numbers):
        found += _lines(connection, institution, outside & Settlement.id.in_(some))
    for ids in _portions(message_ids):
        found += _lines(connection, institution, outside & Settlement.message_id.in_(ids))
    return found


def bookings_of_amounts(
    connection: Connection, institution: str, period: tuple[dt.date, dt.date], *, total: int, reimbursed: int
) -> list[BookingLine]:
    """List an institution's bookings of exactly these amounts between two days, the oldest first; the first few.

    Corrections are left out: to the institution they are no bookings of their own.
    """
    statement = select(*_BOOKING_COLUMNS).where(
        Settlement.institution == institution,
        Settlement.kind != "correction",
        Settlement.day.between(*period),
        Settlement.total == total,
        Settlement.out_of_pocket == total - reimbursed,
    )
    rows = connection.execute(statement.order_by(Settlement.id).limit(_FEW))
    return [
        BookingLine(number, kind, day, care, insurance, reversed_by is not None, annulled is not None)
        for number, kind, day, care, insurance, reversed_by, annulled in rows
    ]


def _lines(
    connection: Connection, institution: str, condition: ColumnElement[bool], most: int | None = None
) -> list[SettlementLine]:
    its = (Settlement.institution == institution) & (Settlement.kind == "settlement") & condition
    statement = select(*_COLUMNS).where(its).order_by(Settlement.id).limit(most)
    lines = []
    rows = connection.execute(statement)
    for number, day, visit_id, message_id, total, booked, change, reversed_by, annulled in rows:
        reimbursed = total - booked - int(change)
        lines.append(
            SettlementLine(
                number, day, visit_id, message_id, total, reimbursed, reversed_by is not None, annulled is not None
            )
        )
    return lines


def _portions(values: Collection[Value]) -> Iterator[list[Value]]:
    left = iter(values)
    while some := list(islice(left, _AT_ONCE)):
        yield some
