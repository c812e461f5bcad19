"""The statements of what is booked: as they were answered through this interface, or made from the working.

No answer is read back: a message of this interface is stored with its statement as data, one of `/v1` with the working
of its settlement.
"""

from collections.abc import Mapping
from typing import Any

from app.clock import time_on
from app.db.ledger import messages, settlements
from app.db.ledger.messages import V1
from app.db.ledger.records import SettlementRecord
from app.db.row_ids import LARGEST_ID
from app.errors import NotFoundError
from app.ledger.workings import SettlementWorking, stored_working
from app.national.context import TransactionContext
from app.national.corrections import corrected_statement
from app.national.setlinfo import FundShare, PartField, Particulars, Statement, cancel_statement, make_statement
from app.national.texts import TransactionRefusedError
from app.privacy.identity_numbers import folded
from app.privacy.private_ids import shown_id

SETTLING: dict[bool, str] = {True: "2207", False: "2304"}
"""The transaction that settles, by whether the visit is an outpatient's."""
CANCELLING: dict[bool, str] = {True: "2208", False: "2305"}
"""The transaction that cancels, by the same."""


def find_booking(context: TransactionContext, setl_id: str) -> SettlementRecord:
    """Return the settlement or cancellation of a number, the institution's own.

    TransactionRefusedError where the institution has none of this number, or it was taken back.
    """
    number = int(setl_id) if setl_id.isascii() and setl_id.isdigit() else 0
    try:
        booking = settlements.find(context.connection, number if number <= LARGEST_ID else 0)
    except NotFoundError:
        raise TransactionRefusedError("settlement_unknown") from None
    if booking.institution != context.institution.code or booking.kind == "correction":
        raise TransactionRefusedError("settlement_unknown")
    if booking.annulled is not None:
        raise TransactionRefusedError("settlement_annulled")
    return booking


def check_belongs(context: TransactionContext, booking: SettlementRecord, visit_id: str | None) -> None:
    """Refuse a booking of another person than the request names, or of another visit where it names one."""
    if booking.person_id != context.person_id:
        raise TransactionRefusedError("person_differs")
    if visit_id is not None and folded(booking.visit_id) != folded(context.ledger.key.stored_id(visit_id)):
        raise TransactionRefusedError("visit_differs")


def statement_of(context: TransactionContext, booking: SettlementRecord) -> tuple[str, Statement]:
    """Return the statement of a booking, and the transaction whose fields it has."""
    infno, stored = _find_statement(context, booking)
    if stored is not None:
        return infno, _as_it_stands(context, booking, stored)
    if booking.reverses is not None:
        _, original = statement_of(context, settlements.find(context.connection, booking.reverses))
        cancelled = time_on(booking.day, booking.made)
        return infno, cancel_statement(original, str(booking.id), shown_id(booking.message_id), cancelled)
    return infno, _as_it_stands(context, booking, _from_ledger(context, booking))


def _as_it_stands(context: TransactionContext, booking: SettlementRecord, statement: Statement) -> Statement:
    return corrected_statement(context, booking, statement) if booking.kind == "settlement" else statement


def as_data(statement: Statement) -> Mapping[str, object]:
    """Return a statement as data to be stored, amounts in fen."""
    return {**statement._asdict(), "shares": [share._asdict() for share in statement.shares]}


def from_data(data: Mapping[str, Any]) -> Statement:
    """Return a statement from the data that was stored."""
    shares = tuple(FundShare(**share) for share in data["shares"])
    return Statement(data["texts"], data["amounts"], data["fund_ratio"], shares)


def _find_statement(context: TransactionContext, booking: SettlementRecord) -> tuple[str, Statement | None]:
    """Return the transaction that made a booking and its statement; None where it came through another interface."""
    outpatient = booking.care == "outpatient"
    by_care = CANCELLING if booking.kind == "reversal" else SETTLING
    for infno in (by_care[outpatient], by_care[not outpatient]):
        stored = messages.find(context.connection, booking.institution, infno, booking.message_id)
        if stored is not None and stored.settlement_id == booking.id and stored.statement is not None:
            return infno, from_data(stored.statement)
    return by_care[outpatient], None


def _from_ledger(context: TransactionContext, booking: SettlementRecord) -> Statement:
    """Make the statement of a settlement that came through another interface."""
    codes, amounts = context.codes, booking.amounts
    parts: dict[PartField, int] = {
        "fulamt_ownpay_amt": amounts.total - amounts.in_scope,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": amounts.in_scope,
    }
    particulars = Particulars(
        visit_id=shown_id(booking.visit_id),
        message_id=shown_id(booking.message_id),
        day=booking.day,
        kind=booking.care,
        care=codes.care_unnamed[booking.care],
        certificate="",
        insurance=codes.insurances[codes.person.insurance],
        parts=parts,
    )
    settled = time_on(booking.day, booking.made)
    return make_statement(codes, particulars, _find_working(context, booking), str(booking.id), settled)


def _find_working(context: TransactionContext, booking: SettlementRecord) -> SettlementWorking:
    """Return the working of a settlement, which is stored with its message."""
    stored = messages.find(context.connection, booking.institution, V1, booking.message_id)
    if stored is None or stored.working is None:
        raise LookupError(f"the working of settlement {booking.id} is not stored")
    return stored_working(stored.working, booking.amounts.out_of_pocket)
