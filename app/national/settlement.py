"""2206, 2207, 2303, 2304: a bill is tried, or settled. Both go the same way and give the same amounts."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from app.ledger.claims import IncomingMessage, SettlementClaim
from app.national.context import TransactionContext, TransactionResult
from app.national.setlinfo import FIELDS, PARTS, Particulars, amount_in_words, on_the_wire, settled
from app.national.texts import TransactionRefusedError, say
from app.rules.reimbursement.bill import AWAY, Kind
from app.schemas.fields import GREATEST_YUAN
from app.schemas.responses.settlements import LedgerWarningAnswer

Json = dict[str, Any]

_MOST = GREATEST_YUAN * 100
"""No amount of a bill is above this, fen."""

_LONGEST_CODE = 6


class _Bill(NamedTuple):
    """A bill as it was sent, in our words."""

    claim: SettlementClaim
    particulars: Particulars
    warnings: tuple[str, ...]


def try_inpatient(call: TransactionContext) -> TransactionResult:
    """2303: say what a stay would be paid, and write nothing."""
    return _try(call, "inpatient")


def settle_inpatient(call: TransactionContext) -> TransactionResult:
    """2304: settle a stay."""
    return _settle(call, "inpatient")


def try_outpatient(call: TransactionContext) -> TransactionResult:
    """2206: say what a visit would be paid, and write nothing."""
    return _try(call, "outpatient")


def settle_outpatient(call: TransactionContext) -> TransactionResult:
    """2207: settle a visit."""
    return _settle(call, "outpatient")


def _try(call: TransactionContext, kind: Kind) -> TransactionResult:
    bill = _read(call, kind)
    calculated = call.ledger.calculate(call.connection, bill.claim)
    explained = call.ledger.explain(calculated, "zh")
    answer = orjson.loads(orjson.dumps(explained.reimbursement))
    warnings = (
        *bill.warnings,
        *_warnings(call, bill, answer, calculated.register_entry.registration, explained.warnings),
    )
    output = settled(call.codes, bill.particulars, answer)
    return TransactionResult(on_the_wire(output, FIELDS[call.request.infno]), warnings)


def _settle(call: TransactionContext, kind: Kind) -> TransactionResult:
    bill = _read(call, kind)
    booked = call.ledger.book(call.connection, IncomingMessage(call.moment, call.message, call.token_id), bill.claim)
    explained = call.ledger.explain(booked.calculation, "zh")
    answer = orjson.loads(orjson.dumps(explained.reimbursement))
    registration = booked.calculation.register_entry.registration
    warnings = (*bill.warnings, *_warnings(call, bill, answer, registration, explained.warnings))
    output = settled(call.codes, bill.particulars, answer, str(booked.id), call.moment.at)
    return TransactionResult(on_the_wire(output, FIELDS[call.request.infno]), warnings, booked.id)


def _read(call: TransactionContext, by_transaction: Kind) -> _Bill:
    """Put what was sent into the words of the ledger."""
    fields, codes = call.fields, call.codes
    warnings: list[str] = []
    total = fields.required_money("medfee_sumamt", _MOST)
    if total == 0:
        raise TransactionRefusedError("total_zero")
    parts = _parts(call, total, warnings)
    insurance_code = fields.text("insutype", most=_LONGEST_CODE) or codes.person.insurance
    if insurance_code not in codes.insurances:
        raise TransactionRefusedError("insurance_unknown")
    insurance = codes.insurances[insurance_code]
    if insurance.settled == "never":
        raise TransactionRefusedError("insurance_not_settled", insurance=insurance.code)
    if insurance.settled == "with_warning":
        warnings.append(say("warnings", "employee"))
    care_code = fields.text("med_type", most=_LONGEST_CODE)
    care = None if care_code is None else codes.care_of(care_code)
    kind = by_transaction if care is None else care.kind
    if kind not in {by_transaction, "home_bed"}:
        raise TransactionRefusedError("care_differs")
    if care_code is not None and care is None:
        warnings.append(say("warnings", "care_unknown", kind=say("kinds", kind)))
    visit_id = fields.required_number("mdtrt_id")
    away = call.institution.level in AWAY
    if away and (care is None or (care.referred and not care.emergency)):
        warnings.append(say("warnings", "referral_assumed"))
    claim = SettlementClaim(
        person=call.person,
        institution=call.institution.code,
        visit_id=visit_id,
        service_date=_service_date(call, by_transaction, warnings),
        kind=kind,
        total=total,
        in_scope=parts["inscp_scp_amt"],
        referred=care is None or care.referred,
        emergency=care is not None and care.emergency,
        interim=fields.choice("mid_setl_flag", ("0", "1"), "0") == "1",
        batch=_batch(call) if by_transaction == "outpatient" else None,
        insurance=insurance.code,
    )
    particulars = Particulars(
        visit_id=visit_id,
        message_id=call.request.message_id,
        kind=kind,
        care=care_code or codes.care_unnamed[kind],
        certificate=fields.text("mdtrt_cert_type", most=_LONGEST_CODE) or "",
        insurance=insurance,
        parts=parts,
    )
    return _Bill(claim, particulars, tuple(warnings))


def _batch(call: TransactionContext) -> str | None:
    """Return the keyed hash of the batch of charges (chrg_bchno): it need only be told from another."""
    batch = call.fields.number("chrg_bchno")
    return None if batch is None else call.ledger.key.fingerprint(f"batch {batch}")


def _parts(call: TransactionContext, total: int, warnings: list[str]) -> Mapping[str, int]:
    """Return the four parts of the bill: as they were sent, or all of it in scope where none was."""
    parts = {name: call.fields.money(name, _MOST) or 0 for name in PARTS}
    together = sum(parts.values())
    if together == 0:
        warnings.append(say("warnings", "all_in_scope"))
        return {**parts, "inscp_scp_amt": total}
    if together != total:
        words = {"total": total, "sum": together, "difference": abs(total - together)}
        told = {name: amount_in_words(fen) for name, fen in words.items()}
        raise TransactionRefusedError("parts_do_not_add_up", **told)
    return parts


def _service_date(call: TransactionContext, by_transaction: Kind, warnings: list[str]) -> dt.date:
    """Return the day of discharge or of the visit; where there is none, the day on which the request was sent."""
    day = call.fields.day("dscgTime", "dscg_time")
    if day is None and by_transaction == "inpatient":
        warnings.append(say("warnings", "day_assumed"))
    if (day or call.sent) > call.moment.today:
        raise TransactionRefusedError("day_ahead", field="inf_time" if day is None else "dscgTime")
    return day or call.sent


def _warnings(
    call: TransactionContext, bill: _Bill, answer: Json, registration: str, of_ledger: list[LedgerWarningAnswer]
) -> list[str]:
    """Gather what the ledger and the calculation warn of, and what was said of the person."""
    told = [warning["text"].rstrip("。") for warning in (*of_ledger, *answer["warnings"])]
    told += [say("warnings", "lump_sum", amount=each["paid"]) for each in answer["lump_sums"]]
    identity = call.fields.text("psn_idet_type", most=_LONGEST_CODE)
    if identity is not None and identity not in call.codes.identities:
        told.append(say("warnings", "identity_unknown"))
    elif identity is not None and call.codes.identities[identity] != registration:
        told.append(say("warnings", "identity_differs"))
    return told
