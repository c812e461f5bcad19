"""A settlement is reversed (撤销) with negated amounts, or taken back (冲正) as if it had never arrived."""

from dataclasses import replace

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import messages, settlements
from app.db.ledger.messages import Message
from app.db.ledger.records import Booking, SettlementRecord
from app.errors import ConflictError, ConflictReason
from app.ledger.balances import Balances
from app.ledger.claims import IncomingMessage
from app.ledger.corrections import annul, find_corrected, mark_reversed
from app.ledger.dependence import check_independent
from app.ledger.restoration import restore


def book_reversal(connection: Connection, balances: Balances, incoming: IncomingMessage, number: int) -> int:
    """Book the reversal of a settlement, and return the reversal's number. NotFoundError, ConflictError."""
    settlement = find_corrected(connection, number)
    _check_reversible(connection, settlement)
    # Before the reversal has its number: the bookings of a budget have their numbers in the order that they change it.
    balances.budgets.lock_of(connection, [settlement])
    its = reversal_of(settlement, incoming.moment, incoming.message.id, token_id=incoming.token_id)
    reversal = settlements.insert_booking(connection, its, {})
    mark_reversed(connection, number, reversal)
    balances.subtract(connection, settlement)
    return reversal


def take_back(connection: Connection, balances: Balances, moment: Moment, message: Message) -> int | None:
    """Take a message back, and return the number that it had booked; None without one. A repetition changes nothing.

    A settlement is annulled; that of a reversal stands again. ConflictError where a later settlement depends on it.
    """
    stored = messages.find(connection, message.institution, message.interface, message.id)
    number = None if stored is None else stored.settlement_id
    if stored is not None and number is not None and not stored.taken_back:
        _annul(connection, balances, moment, find_corrected(connection, number))
    messages.take_back(connection, moment, message)
    return number


def _annul(connection: Connection, balances: Balances, moment: Moment, booking: SettlementRecord) -> None:
    if booking.kind == "reversal":
        restore(connection, balances, moment, booking)
    elif booking.reversed_by is None:
        _check_reversible(connection, booking)
        annul(connection, booking.id, moment)
        balances.subtract(connection, booking)
    else:
        # Reversed already: neither of the two counts any more, and the settlement never stands again.
        annul(connection, booking.id, moment)
        settlements.annul(connection, booking.reversed_by, moment)


def check_stands(settlement: SettlementRecord) -> None:
    """Refuse what is no settlement, or stands no more. ConflictError."""
    if settlement.kind != "settlement" or settlement.annulled is not None:
        raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=settlement.id)
    if settlement.reversed_by is not None:
        raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=settlement.reversed_by)


def _check_reversible(connection: Connection, settlement: SettlementRecord) -> None:
    check_stands(settlement)
    check_independent(connection, settlement, settlement.id)


def reversal_of(settlement: SettlementRecord, moment: Moment, message_id: str = "", *, token_id: int | None) -> Booking:
    """Return the reversal of a settlement as it is corrected; without a message, an officer's."""
    return replace(
        settlement.as_booking(),
        kind="reversal",
        reverses=settlement.id,
        message_id=message_id,
        made=moment.at,
        day=moment.today,
        token_id=token_id,
        amounts=settlement.amounts.negated(),
        year_before=None,
        facts=None,
        working=None,
    )
