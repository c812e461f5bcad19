"""2206, 2207, 2303, 2304: a bill is tried or settled. A trial takes the same way and gives the same amounts.

The way of an amount, from the request of 2304 to its answer (2206, 2207 and 2303 are alike):

1. `_read_bill` reads medfee_sumamt and its four parts as fen. They must add up; where no part is sent, they are the
   sums of the visit's uploaded fees (`bill_parts.py`), and without fees the bill is refused.
2. The total and inscp_scp_amt become `SettlementClaim.total` and `.in_scope`. `Ledger.book` lets the layers pay in
   their order (`app/rules/reimbursement/layers.py`) on top of the person's year to date, and carries the year on.
3. `working_of` (`app/ledger/workings.py`) gives what each layer counted, owed and paid, fen.
4. `make_statement` (`setlinfo.py`) adds each layer's payment to the field of its fund (`funds` in `codes.yaml`) and
   sums these fields in fund_pay_sumamt; the rest is psn_cash_pay. Each layer has a row of its own in setldetail.
5. `write_statement` writes every amount as a JSON number with two decimals.

2303 does the same with `Ledger.calculate`, which writes nothing.
"""

import datetime as dt
from typing import NamedTuple

from app.clock import time_on
from app.db.visits.visits import VisitCare, VisitRecord
from app.i18n import text
from app.i18n.amounts import format_amount
from app.ledger.claims import Calculation, IncomingMessage, SettlementClaim
from app.ledger.workings import SettlementWorking, working_of
from app.national.bill_parts import GREATEST_BILL, read_parts
from app.national.codes import CareCodes, Insurance
from app.national.context import TransactionContext, TransactionResult
from app.national.fee_rows import batch_of
from app.national.fields import as_code
from app.national.setlinfo import Particulars, make_statement, write_statement
from app.national.texts import TransactionRefusedError, say
from app.national.visits import find_reported
from app.presenters import reasoned
from app.presenters.bill_warnings import warnings_of_bill
from app.privacy.private_ids import shown_id
from app.rules.reimbursement.bill import AWAY
from app.rules.reimbursement.outcome import all_figures_used

_LONGEST_CODE = 6


class _RequestedBill(NamedTuple):
    """The bill of a request."""

    claim: SettlementClaim
    particulars: Particulars
    warnings: tuple[str, ...]


def try_inpatient(context: TransactionContext) -> TransactionResult:
    """2303: calculate what a stay would be paid, and write nothing."""
    return _try(context, "inpatient")


def settle_inpatient(context: TransactionContext) -> TransactionResult:
    """2304: settle a stay."""
    return _settle(context, "inpatient")


def try_outpatient(context: TransactionContext) -> TransactionResult:
    """2206: calculate what a visit would be paid, and write nothing."""
    return _try(context, "outpatient")


def settle_outpatient(context: TransactionContext) -> TransactionResult:
    """2207: settle a visit."""
    return _settle(context, "outpatient")


def _try(context: TransactionContext, kind: VisitCare) -> TransactionResult:
    bill = _read_bill(context, kind)
    calculation = context.ledger.calculate(context.connection, bill.claim)
    statement = make_statement(context.codes, bill.particulars, _working(context, calculation))
    return TransactionResult(
        write_statement(statement, context.request.infno), _all_warnings(context, bill, calculation)
    )


def _settle(context: TransactionContext, kind: VisitCare) -> TransactionResult:
    bill = _read_bill(context, kind)
    incoming = IncomingMessage(context.moment, context.message, context.token_id)
    booked = context.ledger.book(context.connection, incoming, bill.claim)
    working = _working(context, booked.calculation)
    particulars = bill.particulars._replace(
        visit_id=shown_id(bill.claim.visit_id), message_id=shown_id(context.message.id)
    )
    settled = time_on(context.moment.today, context.moment.at)
    statement = make_statement(context.codes, particulars, working, str(booked.id), settled)
    return TransactionResult(
        write_statement(statement, context.request.infno),
        _all_warnings(context, bill, booked.calculation),
        booked.id,
        statement=statement,
    )


def _working(context: TransactionContext, calculation: Calculation) -> SettlementWorking:
    figures = context.ledger.parameters.on(calculation.claim.service_date)
    return working_of(calculation.reimbursement, figures)


def _read_bill(context: TransactionContext, by_transaction: VisitCare) -> _RequestedBill:
    """Read the bill of a request: the claim for the ledger, and the particulars for the answer."""
    fields = context.fields
    _check_insured_here(context)
    person = context.person.identified
    warnings = list(context.person.warnings)
    total = fields.required_money("medfee_sumamt", GREATEST_BILL)
    if total == 0:
        raise TransactionRefusedError("total_zero")
    insurance = _read_insurance(context, warnings)
    visit_id = fields.required_identifier("mdtrt_id")
    visit = find_reported(context, by_transaction)
    care_code = fields.text("med_type", most=_LONGEST_CODE) or _reported_care(context, visit, by_transaction)
    care = _read_care(context, care_code, by_transaction, warnings)
    batch, batch_before = _read_batch(context) if by_transaction == "outpatient" else (None, None)
    parts = read_parts(context, visit, batch, total, warnings)
    if context.institution.level in AWAY and care.referred and not care.emergency:
        warnings.append(say("warnings", "referral_assumed"))
    claim = SettlementClaim(
        person=person,
        institution=context.institution.code,
        visit_id=context.ledger.key.stored_id(visit_id),
        service_date=_read_service_date(context, visit, by_transaction, warnings),
        kind=care.kind,
        total=total,
        in_scope=parts["inscp_scp_amt"],
        referred=care.referred,
        emergency=care.emergency,
        interim=fields.choice("mid_setl_flag", ("0", "1"), "0") == "1",
        batch=batch,
        batch_before=batch_before,
        insurance=insurance.code,
    )
    particulars = Particulars(
        visit_id=visit_id,
        message_id=context.request.message_id,
        day=context.moment.today,
        kind=care.kind,
        care=as_code(care_code) or context.codes.care_unnamed[care.kind],
        certificate=as_code(fields.text("mdtrt_cert_type", most=_LONGEST_CODE)) or "",
        insurance=insurance,
        parts=parts,
    )
    return _RequestedBill(claim, particulars, tuple(warnings))


def _read_insurance(context: TransactionContext, warnings: list[str]) -> Insurance:
    code = context.fields.text("insutype", most=_LONGEST_CODE) or context.codes.person.insurance
    insurance = context.codes.insurances.get(code)
    if insurance is None:
        raise TransactionRefusedError("insurance_unknown")
    if insurance.settled == "never":
        raise TransactionRefusedError("insurance_not_settled", insurance=insurance.code)
    if insurance.settled == "with_warning":
        warnings.append(say("warnings", "employee"))
    return insurance


def _reported_care(context: TransactionContext, visit: VisitRecord | None, by_transaction: VisitCare) -> str | None:
    """Return the code of care that the visit was reported with, where it is known and of the transaction's kind."""
    care = None if visit is None or visit.med_type is None else context.codes.care_of(visit.med_type)
    fits = visit is not None and care is not None and care.kind in {by_transaction, "home_bed"}
    return visit.med_type if visit is not None and fits else None


def _read_care(
    context: TransactionContext, code: str | None, by_transaction: VisitCare, warnings: list[str]
) -> CareCodes:
    """Return the kind of care of a code; that of the transaction for a code that is not sent or not known."""
    care = None if code is None else context.codes.care_of(code)
    if care is None:
        if code is not None:
            warnings.append(say("warnings", "care_unknown", kind=say("kinds", by_transaction)))
        return CareCodes(name="", kind=by_transaction, emergency=False, referred=True)
    if care.kind not in {by_transaction, "home_bed"}:
        raise TransactionRefusedError("care_differs")
    return care


def _read_batch(context: TransactionContext) -> tuple[str | None, str | None]:
    """Return the keyed hash of the batch of charges (chrg_bchno), and that of an older release.

    It told apart what differs in the case of letters alone.
    """
    batch = context.fields.identifier("chrg_bchno")
    if batch is None:
        return None, None
    return batch_of(context, batch), context.ledger.key.fingerprint(f"batch {batch}")


def _check_insured_here(context: TransactionContext) -> None:
    """Refuse the bill of a person who is insured elsewhere (参保地)."""
    division = context.request.insurance_division
    if division is not None and not division.startswith(context.region):
        raise TransactionRefusedError("insured_elsewhere", region=context.region)


def _read_service_date(
    context: TransactionContext, visit: VisitRecord | None, by_transaction: VisitCare, warnings: list[str]
) -> dt.date:
    """Return the day of discharge or of the visit; where none is sent, that of 2402, else that of the request.

    TransactionRefusedError for one that is still to come, or lies before the visit.
    """
    sent = context.fields.day("dscgTime", "dscg_time")
    last_day = None if visit is None else visit.last_day
    if (sent or last_day) is None and by_transaction == "inpatient":
        warnings.append(say("warnings", "day_assumed"))
    elif sent is not None and last_day is not None and sent != last_day:
        warnings.append(say("warnings", "day_differs", day=sent, last_day=last_day))
    day = sent or last_day or context.sent_on
    field = "inf_time" if (sent or last_day) is None else "dscgTime"
    if day > context.moment.today:
        raise TransactionRefusedError("day_ahead", field=field)
    if visit is not None and day < visit.first_day:
        # Of another year, it would also be counted in that one.
        raise TransactionRefusedError("day_before_visit", field=field, day=day, first_day=visit.first_day)
    return day


def _all_warnings(context: TransactionContext, bill: _RequestedBill, calculation: Calculation) -> tuple[str, ...]:
    """Collect the warnings: of the request, the ledger, the person's identity, the bill, and the policy's figures."""
    warnings = [*bill.warnings, *(text("warnings", each.code, "zh") for each in calculation.warnings)]
    identity = context.fields.text("psn_idet_type", most=_LONGEST_CODE)
    if identity is not None and identity not in context.codes.identities:
        warnings.append(say("warnings", "identity_unknown"))
    elif identity is not None and context.codes.identities[identity] != calculation.register_entry.registration:
        warnings.append(say("warnings", "identity_differs"))
    if calculation.reimbursement.lump_sum:
        warnings.append(say("warnings", "lump_sum", amount=format_amount(calculation.reimbursement.lump_sum, "zh")))
    parameters, day = context.ledger.parameters, calculation.claim.service_date
    in_force = parameters.on(day).in_force
    figures = {name: in_force[name] for name in all_figures_used(calculation.reimbursement)}
    of_bill = warnings_of_bill(calculation.bill, calculation.reimbursement, parameters.on(day), "zh")
    warnings += [each["text"] for each in of_bill]
    # Last, since nobody has to act on them, and a hospital's system may cut off what is long.
    warnings += [each["text"] for each in reasoned.warnings(parameters, day, figures, "zh")]
    return tuple(warning.rstrip("。") for warning in warnings)
