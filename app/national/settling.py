"""2206, 2207, 2303, 2304: a bill is tried, or settled. Both go the same way and give the same amounts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from app.db import settlements
from app.ledger import Arrival, Claim
from app.national.bookings import kept_of, stands
from app.national.calling import Call, Done
from app.national.sentences import TransactionRefusedError, say
from app.national.setlinfo import FIELDS, PARTS, Particulars, amount_in_words, on_the_wire, settled
from app.rules.reimbursement.bill import AWAY, Kind
from app.schemas.amounts import GREATEST_YUAN

Json = dict[str, Any]

_MOST = GREATEST_YUAN * 100
"""No amount of a bill is above this, fen."""

_LONGEST_CODE = 6


class _Bill(NamedTuple):
    """A bill as it was sent, in our words."""

    claim: Claim
    particulars: Particulars
    interim: bool
    batch: str | None
    """chrg_bchno: an outpatient's visit is settled once for each batch of charges."""
    warnings: tuple[str, ...]


def try_inpatient(call: Call) -> Done:
    """2303: say what a stay would be paid, and write nothing."""
    return _try(call, "inpatient")


def settle_inpatient(call: Call) -> Done:
    """2304: settle a stay."""
    return _settle(call, "inpatient")


def try_outpatient(call: Call) -> Done:
    """2206: say what a visit would be paid, and write nothing."""
    return _try(call, "outpatient")


def settle_outpatient(call: Call) -> Done:
    """2207: settle a visit."""
    return _settle(call, "outpatient")


def _try(call: Call, kind: Kind) -> Done:
    bill = _read(call, kind)
    _visit_that_stands(call, bill)
    calculated = call.ledger.calculate(call.connection, bill.claim, "zh")
    answer = orjson.loads(orjson.dumps(calculated.answer))
    warnings = (*bill.warnings, *_warnings(call, bill, answer, calculated.known.registration, calculated.warnings))
    output = settled(call.codes, bill.particulars, answer)
    return Done(on_the_wire(output, FIELDS[call.request.infno]), warnings)


def _settle(call: Call, kind: Kind) -> Done:
    bill = _read(call, kind)
    beside = _visit_that_stands(call, bill)
    claim = bill.claim
    if beside is not None:
        # What may stand beside it has been decided here; the ledger knows of no batches.
        claim = replace(claim, interim=True)
    booked = call.ledger.book(call.connection, Arrival(call.moment, call.message, call.token_id), claim)
    told = orjson.loads(booked.answer)
    answer = told["reimbursement"]
    warnings = (*bill.warnings, *_warnings(call, bill, answer, told["person"]["registration"], told["warnings"]))
    output = settled(call.codes, bill.particulars, answer, str(booked.id), call.moment.at)
    note = {"interim": bill.interim, "batch": bill.batch}
    return Done(on_the_wire(output, FIELDS[call.request.infno]), warnings, booked.id, note)


def _read(call: Call, by_transaction: Kind) -> _Bill:
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
    if insurance.warn:
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
    claim = Claim(
        person=call.person,
        institution=call.institution.code,
        visit_id=visit_id,
        service_date=_service_date(call, by_transaction, warnings),
        kind=kind,
        total=total,
        in_scope=parts["inscp_scp_amt"],
        referred=care is None or care.referred,
        emergency=care is not None and care.emergency,
        insurance=insurance.code,
    )
    particulars = Particulars(
        visit_id=visit_id,
        message_id=call.request.message_id,
        kind=kind,
        care=care_code or codes.care_unnamed[kind],
        certificate=fields.text("mdtrt_cert_type") or "",
        insurance=insurance,
        parts=parts,
    )
    interim = fields.choice("mid_setl_flag", ("0", "1"), "0") == "1"
    batch = fields.number("chrg_bchno") if by_transaction == "outpatient" else None
    return _Bill(claim, particulars, interim, batch, tuple(warnings))


def _parts(call: Call, total: int, warnings: list[str]) -> Mapping[str, int]:
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


def _service_date(call: Call, by_transaction: Kind, warnings: list[str]) -> dt.date:
    """Return the day of discharge or of the visit; where there is none, the day on which the request was sent."""
    day = call.fields.day("dscgTime", "dscg_time")
    if day is None and by_transaction == "inpatient":
        warnings.append(say("warnings", "day_assumed"))
    return day or call.sent


def _visit_that_stands(call: Call, bill: _Bill) -> int | None:
    """Return a settlement of the visit beside which this one may stand, if there is one; refuse where it may not.

    Beside an interim settlement any may stand, and beside an outpatient's batch of charges another batch.
    """
    rows = settlements.found_by(call.connection, call.institution.code, visit_id=bill.claim.visit_id)
    standing = [row for row in rows if stands(row)]
    for row in standing if not bill.interim else ():
        _, kept = kept_of(call, row)
        note = {} if kept is None else kept.note
        other_batch = bill.batch is not None and note.get("batch") not in {None, bill.batch}
        if not note.get("interim") and not other_batch:
            raise TransactionRefusedError("visit_settled", settlement=row["id"])
    return standing[-1]["id"] if standing else None


def _warnings(call: Call, bill: _Bill, answer: Json, registration: str, of_ledger: list[Json]) -> list[str]:
    """Gather what the ledger and the calculation warn of, and what was said of the person."""
    told = [warning["text"].rstrip("。") for warning in (*of_ledger, *answer["warnings"])]
    told += [say("warnings", "lump_sum", amount=each["paid"]) for each in answer["lump_sums"]]
    identity = call.fields.text("psn_idet_type", most=_LONGEST_CODE)
    if identity is not None and identity not in call.codes.identities:
        told.append(say("warnings", "identity_unknown"))
    elif identity is not None and call.codes.identities[identity] != registration:
        told.append(say("warnings", "identity_differs"))
    return told
