"""2208, 2305: a settlement is cancelled (撤销), with negated amounts. 2601: a message is taken back (冲正)."""

from typing import Any

from app.db.ledger import messages, settlements
from app.db.ledger.messages import Message
from app.errors import ConflictError, ConflictReason
from app.ledger.claims import IncomingMessage
from app.national.context import TransactionContext, TransactionResult
from app.national.setlinfo import FIELDS, cancelled, on_the_wire
from app.national.stored_answers import SETTLING, check_whose, find, output_of
from app.national.texts import TransactionRefusedError, say

Json = dict[str, Any]

REVERSIBLE = ("2102", "2103", "2207", "2208", "2304", "2305", "2401")
"""What 2601 can take back. Those that are not served here have never arrived, and do not arrive later."""


def cancel_inpatient(call: TransactionContext) -> TransactionResult:
    """2305: cancel the settlement of a stay."""
    return _cancel(call, SETTLING[False])


def cancel_outpatient(call: TransactionContext) -> TransactionResult:
    """2208: cancel the settlement of a visit."""
    return _cancel(call, SETTLING[True])


def take_back(call: TransactionContext) -> TransactionResult:
    """2601: take back a message, as often as asked, whether it has arrived or not; one that comes later is refused."""
    oinfno = call.fields.required_number("oinfno")
    if oinfno not in REVERSIBLE:
        raise TransactionRefusedError("not_reversible", known="、".join(REVERSIBLE))
    person = call.person_id
    message = Message(call.institution.code, oinfno, call.fields.required_number("omsgid"), "")
    kept = messages.find(call.connection, message.institution, message.interface, message.id)
    if kept is not None and kept.taken_back:
        return TransactionResult(warnings=(say("warnings", "already_undone"),))
    if kept is not None and kept.settlement_id is not None:
        record = settlements.find(call.connection, kept.settlement_id)
        if record.person_id != person:
            raise TransactionRefusedError("person_differs")
        if record.kind == "settlement" and record.reversed_by is not None:
            raise TransactionRefusedError("settlement_reversed", settlement=record.reversed_by)
    try:
        call.ledger.take_back(call.connection, call.moment, message)
    except ConflictError as error:
        if error.reason in {ConflictReason.VISIT_SETTLED, ConflictReason.VISIT_OF_ANOTHER}:
            raise TransactionRefusedError("visit_settled_anew", **error.operands) from None
        raise
    return TransactionResult(warnings=() if kept is not None else (say("warnings", "never_arrived"),))


def _cancel(call: TransactionContext, settled_by: str) -> TransactionResult:
    record = find(call, call.fields.required_number("setl_id"))
    check_whose(call, record, call.fields.required_number("mdtrt_id"))
    if record.kind == "reversal":
        raise TransactionRefusedError("not_a_settlement")
    interface, original = output_of(call, record)
    if interface != settled_by:
        raise TransactionRefusedError("transaction_differs")
    made = call.ledger.book_reversal(
        call.connection, IncomingMessage(call.moment, call.message, call.token_id), record.id
    )
    output = cancelled(original, str(made), call.request.message_id, call.moment.at)
    return TransactionResult(on_the_wire(output, FIELDS[call.request.infno]), settlement_id=made)
