"""2208, 2305: a settlement is cancelled (撤销), with negated amounts. 2601: a message is taken back (冲正)."""

from app.clock import time_on
from app.db.ledger import messages, settlements
from app.db.ledger.messages import Message, MessageRecord
from app.errors import ConflictError, ConflictReason
from app.ledger.claims import IncomingMessage
from app.national.context import TransactionContext, TransactionResult
from app.national.envelope import SAME_AS
from app.national.setlinfo import cancel_statement, write_statement
from app.national.stored_answers import SETTLING, check_belongs, find_booking, statement_of
from app.national.texts import TransactionRefusedError, say
from app.national.visits import take_back_opening
from app.privacy.private_ids import shown_id

REVERSIBLE = ("2102", "2103", "2207", "2208", "2304", "2305", "2401")
"""The transactions that 2601 takes back. A message of one that is not served here has never arrived, and stays out."""


_SETTLED_ANEW = {
    *(ConflictReason.VISIT_SETTLED, ConflictReason.VISIT_OF_ANOTHER),
    *(ConflictReason.STAY_SETTLED, ConflictReason.PART_SETTLED),
}
"""Why a settlement cannot stand again beside another one of its visit."""


def cancel_inpatient(context: TransactionContext) -> TransactionResult:
    """2305: cancel the settlement of a stay."""
    return _cancel(context, SETTLING[False])


def cancel_outpatient(context: TransactionContext) -> TransactionResult:
    """2208: cancel the settlement of a visit."""
    return _cancel(context, SETTLING[True])


def take_back(context: TransactionContext) -> TransactionResult:
    """2601: take a message back, however often it is asked for. One that has not arrived is refused when it comes."""
    oinfno = context.fields.required_identifier("oinfno").upper()
    oinfno = SAME_AS.get(oinfno, oinfno)
    if oinfno not in REVERSIBLE:
        raise TransactionRefusedError("not_reversible", known="、".join(REVERSIBLE))
    person = context.person_id
    omsgid = context.fields.required_identifier("omsgid")
    message = Message(context.institution.code, oinfno, context.ledger.key.stored_id(omsgid), "")
    stored = messages.find(context.connection, message.institution, message.interface, message.id)
    if stored is None:
        _check_unused(context, message)
    if stored is not None and stored.taken_back:
        return TransactionResult(warnings=(say("warnings", "already_undone"),))
    _check_original(context, stored, person)
    if stored is not None:
        take_back_opening(context, oinfno, omsgid)
    try:
        context.ledger.take_back(context.connection, context.moment, message)
    except ConflictError as error:
        if error.reason in _SETTLED_ANEW:
            raise TransactionRefusedError("visit_settled_anew", **error.operands) from None
        raise
    return TransactionResult(warnings=() if stored is not None else (say("warnings", "never_arrived"),))


def _check_unused(context: TransactionContext, message: Message) -> None:
    """Refuse to take back what has not arrived, where the institution has sent another transaction of this msgid."""
    others = messages.interfaces_of(context.connection, message.institution, message.id)
    sent = sorted({each.removesuffix(messages.REFUSED) for each in others} - {message.interface})
    if sent:
        raise TransactionRefusedError("message_of_another", sent="、".join(sent))


def _check_original(context: TransactionContext, stored: MessageRecord | None, person: int | None) -> None:
    """Refuse to take back a settlement of another person, or one that has been cancelled."""
    if stored is None or stored.settlement_id is None:
        return
    booking = settlements.find(context.connection, stored.settlement_id)
    if booking.person_id != person:
        raise TransactionRefusedError("person_differs")
    if booking.kind == "settlement" and booking.reversed_by is not None:
        raise TransactionRefusedError("settlement_reversed", settlement=booking.reversed_by)


def _cancel(context: TransactionContext, settled_by: str) -> TransactionResult:
    booking = find_booking(context, context.fields.required_identifier("setl_id"))
    check_belongs(context, booking, context.fields.required_identifier("mdtrt_id"))
    if booking.kind == "reversal":
        raise TransactionRefusedError("not_a_settlement")
    infno, original = statement_of(context, booking)
    if infno != settled_by:
        raise TransactionRefusedError("transaction_differs")
    incoming = IncomingMessage(context.moment, context.message, context.token_id)
    reversal = context.ledger.book_reversal(context.connection, incoming, booking.id)
    cancelled = time_on(context.moment.today, context.moment.at)
    statement = cancel_statement(original, str(reversal), shown_id(context.message.id), cancelled)
    output = write_statement(statement, context.request.infno)
    return TransactionResult(output, settlement_id=reversal, statement=statement)
