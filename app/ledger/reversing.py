"""A settlement is reversed (撤销) with negated amounts, or taken back (冲正) as if it had never arrived."""

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import messages, settlements
from app.db.ledger.messages import Message
from app.db.ledger.records import Booking, SettlementRecord
from app.errors import ConflictError, ConflictReason
from app.ledger.balances import Balances
from app.ledger.claims import IncomingMessage
from app.ledger.rebooking import restore


def book_reversal(connection: Connection, balances: Balances, incoming: IncomingMessage, number: int) -> int:
    """Book the reversal of a settlement, and return the reversal's number. NotFoundError, ConflictError."""
    settlement = settlements.find(connection, number)
    _check_reversible(connection, settlement)
    reversal = settlements.insert_booking(connection, _reversal_of(settlement, incoming))
    settlements.mark_reversed(connection, number, reversal)
    balances.subtract(connection, settlement)
    return reversal


def take_back(connection: Connection, balances: Balances, moment: Moment, message: Message) -> int | None:
    """Take a message back, and return the number that it had booked; None without one. A repetition changes nothing.

    A settlement is annulled; that of a reversal stands again. ConflictError where a later settlement depends on it.
    """
    stored = messages.find(connection, message.institution, message.interface, message.id)
    number = None if stored is None else stored.settlement_id
    if stored is not None and number is not None and not stored.taken_back:
        _annul(connection, balances, moment, settlements.find(connection, number))
    messages.take_back(connection, moment, message)
    return number


def _annul(connection: Connection, balances: Balances, moment: Moment, booking: SettlementRecord) -> None:
    if booking.kind == "reversal":
        restore(connection, balances, moment, booking)
    elif booking.reversed_by is None:
        _check_reversible(connection, booking)
        settlements.annul(connection, booking.id, moment)
        balances.subtract(connection, booking)
    else:
        # Reversed already: neither of the two counts any more, and the settlement never stands again.
        settlements.annul(connection, booking.id, moment)
        settlements.annul(connection, booking.reversed_by, moment)


def _check_reversible(connection: Connection, settlement: SettlementRecord) -> None:
    if settlement.kind != "settlement" or settlement.annulled is not None:
        raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=settlement.id)
    if settlement.reversed_by is not None:
        raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=settlement.reversed_by)
    if (later := settlements.depending_on(connection, settlement, settlement.id)) is not None:
        raise ConflictError(ConflictReason.SETTLEMENT_DEPENDED_ON, settlement=later)


def _reversal_of(settlement: SettlementRecord, incoming: IncomingMessage) -> Booking:
    return Booking(
        kind="reversal",
        reverses=settlement.id,
        institution=settlement.institution,
        person_id=settlement.person_id,
        visit_id=settlement.visit_id,
        message_id=incoming.message.id,
        service_date=settlement.service_date,
        made=incoming.moment.at,
        day=incoming.moment.today,
        token_id=incoming.token_id,
        level=settlement.level,
        care=settlement.care,
        insurance=settlement.insurance,
        amounts=settlement.amounts.negated(),
        counted=settlement.counted,
        accident=settlement.accident,
        interim=settlement.interim,
        batch=settlement.batch,
        budget_first_day=settlement.budget_first_day,
        edition=settlement.edition,
        fingerprint=settlement.fingerprint,
    )
