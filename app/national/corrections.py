"""Settlements that were corrected (更正) after an earlier one was rebooked: their statement now, and the warning."""

from app.clock import time_on
from app.db.ledger import corrections, settlements
from app.db.ledger.records import SettlementRecord
from app.ledger.corrections import corrected
from app.ledger.workings import stored_working
from app.national.context import TransactionContext
from app.national.setlinfo import PARTS, Particulars, Statement, format_local_time, make_statement
from app.national.texts import say


def corrected_statement(context: TransactionContext, booking: SettlementRecord, statement: Statement) -> Statement:
    """Return the statement of a settlement with its amounts now; its number, its day and its message stay."""
    its = corrections.of_settlements(context.connection, [booking.id]).get(booking.id)
    if not its or its[-1].working is None:
        return statement
    codes, texts = context.codes, statement.texts
    named = codes.insurances.get(texts["insutype"] or "", codes.insurances[codes.person.insurance])
    particulars = Particulars(
        visit_id=texts["mdtrt_id"] or "",
        message_id=texts["medins_setl_id"] or "",
        day=booking.day,
        kind=booking.care,
        care=texts["med_type"] or "",
        certificate=texts["mdtrt_cert_type"] or "",
        insurance=named,
        parts={part: statement.amounts[part] for part in PARTS},
    )
    working = stored_working(its[-1].working, corrected(booking, its).amounts.out_of_pocket)
    settled = time_on(booking.day, booking.made)
    return make_statement(codes, particulars, working, texts["setl_id"], settled)._replace(texts=texts)


def correction_warnings(context: TransactionContext, booking: SettlementRecord) -> tuple[str, ...]:
    """Say that a settlement was corrected, on which day and by which number; nothing where it was not."""
    its = corrections.of_settlements(context.connection, [booking.id]).get(booking.id)
    if not its:
        return ()
    return (say("warnings", "corrected", day=its[-1].day.isoformat(), correction=its[-1].id),)


def warnings_since(context: TransactionContext, number: int) -> tuple[str, ...]:
    """Say what became of a settlement since it was answered: that it was cancelled and when, or corrected."""
    booking = settlements.find(context.connection, number)
    if booking.kind != "settlement":
        return ()
    if booking.reversed_by is None:
        return correction_warnings(context, booking)
    reversal = settlements.find(context.connection, booking.reversed_by)
    time = format_local_time(time_on(reversal.day, reversal.made))
    return (say("warnings", "cancelled_since", settlement=number, reversal=reversal.id, time=time),)
