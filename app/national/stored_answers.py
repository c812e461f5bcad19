"""What was booked through this interface, read back: the answers that were given."""

import json
from typing import Any

from app.db.ledger import messages, settlements
from app.db.ledger.records import SettlementRecord
from app.errors import NotFoundError
from app.http.exact_json import loads
from app.national.context import TransactionContext
from app.national.setlinfo import PARTS, Particulars, cancelled, from_the_wire, settled
from app.national.texts import TransactionRefusedError

Json = dict[str, Any]

SETTLING: dict[bool, str] = {True: "2207", False: "2304"}
"""The transaction that settles, by whether it is an outpatient's visit."""
CANCELLING: dict[bool, str] = {True: "2208", False: "2305"}
"""The transaction that cancels, likewise."""

_GREATEST_ID = 2**31 - 1


def find(call: TransactionContext, setl_id: str) -> SettlementRecord:
    """Return the booking of this number of the institution's own. TransactionRefusedError where there is none."""
    number = int(setl_id) if setl_id.isascii() and setl_id.isdigit() else 0
    try:
        record = settlements.find(call.connection, number if number <= _GREATEST_ID else 0)
    except NotFoundError:
        raise TransactionRefusedError("settlement_unknown") from None
    if record.institution != call.institution.code:
        raise TransactionRefusedError("settlement_unknown")
    if record.annulled is not None:
        raise TransactionRefusedError("settlement_annulled")
    return record


def check_whose(call: TransactionContext, record: SettlementRecord, visit_id: str | None) -> None:
    """Refuse a booking of another person or another visit than was said."""
    if record.person_id != call.person_id:
        raise TransactionRefusedError("person_differs")
    if visit_id is not None and record.visit_id != visit_id:
        raise TransactionRefusedError("visit_differs")


def _kept_of(call: TransactionContext, record: SettlementRecord) -> tuple[str, bytes | None]:
    """Return the transaction that made a booking, and its answer; None where it came by another interface."""
    outpatient = record.care == "outpatient"
    first = (CANCELLING if record.kind == "reversal" else SETTLING)[outpatient]
    second = (CANCELLING if record.kind == "reversal" else SETTLING)[not outpatient]
    for interface in (first, second):
        kept = messages.find(call.connection, record.institution, interface, record.message_id)
        if kept is not None and kept.settlement_id == record.id and kept.answer is not None:
            return interface, kept.answer
    return first, None


def output_of(call: TransactionContext, record: SettlementRecord) -> tuple[str, Json]:
    """Return a booking's output, amounts in fen, with the transaction that it is the answer of.

    One that came through another interface is put into the platform's words from the answer that the ledger gave.
    """
    interface, answered = _kept_of(call, record)
    if answered is not None:
        return interface, from_the_wire(loads(answered)["output"])
    if record.kind == "reversal":
        _, original = output_of(call, settlements.find(call.connection, record.reverses or 0))
        return interface, cancelled(original, str(record.id), record.message_id, record.made)
    answer = json.loads(record.answers["zh"])["reimbursement"]
    parts = dict.fromkeys(PARTS, 0) | {
        "fulamt_ownpay_amt": record.amounts.total - record.amounts.in_scope,
        "inscp_scp_amt": record.amounts.in_scope,
    }
    particulars = Particulars(
        visit_id=record.visit_id,
        message_id=record.message_id,
        kind=record.care,
        care=call.codes.care_unnamed[record.care],
        certificate="",
        insurance=call.codes.insurances[call.codes.person.insurance],
        parts=parts,
    )
    return interface, settled(call.codes, particulars, answer, str(record.id), record.made)
