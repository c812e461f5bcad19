"""What was booked through this interface, read back: the answers that were given."""

import json
from typing import Any

from app.db.ledger import messages, settlements
from app.errors import NotFoundError
from app.http.exact_json import loads
from app.national.context import TransactionContext
from app.national.setlinfo import PARTS, Particulars, cancelled, from_the_wire, settled
from app.national.texts import TransactionRefusedError
from app.rules.reimbursement.bill import Kind

Json = dict[str, Any]

SETTLING: dict[bool, str] = {True: "2207", False: "2304"}
"""The transaction that settles, by whether it is an outpatient's visit."""
CANCELLING: dict[bool, str] = {True: "2208", False: "2305"}
"""The transaction that cancels, likewise."""

_GREATEST_ID = 2**31 - 1


def find(call: TransactionContext, setl_id: str) -> Json:
    """Return the booking of this number of the institution's own. TransactionRefusedError where there is none."""
    number = int(setl_id) if setl_id.isascii() and setl_id.isdigit() else 0
    try:
        row = settlements.find(call.connection, number if number <= _GREATEST_ID else 0)
    except NotFoundError:
        raise TransactionRefusedError("settlement_unknown") from None
    if row["institution"] != call.institution.code:
        raise TransactionRefusedError("settlement_unknown")
    if row["annulled"] is not None:
        raise TransactionRefusedError("settlement_annulled")
    return row


def check_whose(call: TransactionContext, row: Json, visit_id: str | None) -> None:
    """Refuse a booking of another person or another visit than was said."""
    if row["person_id"] != call.person_id:
        raise TransactionRefusedError("person_differs")
    if visit_id is not None and row["visit_id"] != visit_id:
        raise TransactionRefusedError("visit_differs")


def _kept_of(call: TransactionContext, row: Json) -> tuple[str, bytes | None]:
    """Return the transaction that made a booking, and its answer; None where it came by another interface."""
    outpatient = row["care"] == "outpatient"
    first = (CANCELLING if row["kind"] == "reversal" else SETTLING)[outpatient]
    second = (CANCELLING if row["kind"] == "reversal" else SETTLING)[not outpatient]
    for interface in (first, second):
        kept = messages.find(call.connection, row["institution"], interface, row["message_id"])
        if kept is not None and kept.settlement_id == row["id"] and kept.answer is not None:
            return interface, kept.answer
    return first, None


def output_of(call: TransactionContext, row: Json) -> tuple[str, Json]:
    """Return a booking's output, amounts in fen, with the transaction that it is the answer of.

    One that came through another interface is put into the platform's words from the answer that the ledger gave.
    """
    interface, answered = _kept_of(call, row)
    if answered is not None:
        return interface, from_the_wire(loads(answered)["output"])
    if row["kind"] == "reversal":
        _, original = output_of(call, settlements.find(call.connection, row["reverses"]))
        return interface, cancelled(original, str(row["id"]), row["message_id"], row["made"])
    answer = json.loads(row["answers"]["zh"])["reimbursement"]
    parts = dict.fromkeys(PARTS, 0) | {
        "fulamt_ownpay_amt": row["total"] - row["in_scope"],
        "inscp_scp_amt": row["in_scope"],
    }
    particulars = Particulars(
        visit_id=row["visit_id"],
        message_id=row["message_id"],
        kind=row["care"],
        care=call.codes.care_unnamed[_kind(row)],
        certificate="",
        insurance=call.codes.insurances[call.codes.person.insurance],
        parts=parts,
    )
    return interface, settled(call.codes, particulars, answer, str(row["id"]), row["made"])


def _kind(row: Json) -> Kind:
    kind: Kind = row["care"]
    return kind
