"""2001 and 5301: which funds serve a person, and which chronic and special diseases the register has."""

from app.db.ledger import persons
from app.i18n import text
from app.ledger.claims import SettlementClaim
from app.ledger.workings import LayerWorking, working_of
from app.national.codes import FILED_STATUSES
from app.national.context import TransactionContext, TransactionResult
from app.national.identity import placeholder
from app.national.texts import TransactionRefusedError, ledger_warning, say

_LONGEST_CODE = 6
_NO_VISIT = ""
_SAMPLE = 10_000_000
"""The bill by which the funds are tried, fen: great enough for every fund that serves the person."""


def check_treatment(context: TransactionContext) -> TransactionResult:
    """2001: answer for each fund whether it serves the person, by trying a bill in scope. Nothing is written."""
    fields, codes = context.fields, context.codes
    insurance = codes.insurances.get(fields.text("insutype", most=_LONGEST_CODE) or codes.person.insurance)
    if insurance is None:
        raise TransactionRefusedError("insurance_unknown")
    if insurance.settled == "never":
        raise TransactionRefusedError("insurance_not_settled", insurance=insurance.code)
    begins, ends = fields.day("begntime") or context.sent_on, fields.day("endtime")
    care = codes.care_of(fields.text("med_type", most=_LONGEST_CODE) or "")
    claim = SettlementClaim(
        person=context.person.identified,
        institution=context.institution.code,
        visit_id=_NO_VISIT,
        service_date=begins,
        kind="inpatient" if care is None else care.kind,
        total=_SAMPLE,
        in_scope=_SAMPLE,
    )
    calculation = context.ledger.calculate(context.connection, claim)
    working = working_of(calculation.reimbursement, context.ledger.parameters.on(begins))
    rows = [
        {
            "psn_no": placeholder("psn_no"),
            "trt_chk_type": "",
            "fund_pay_type": insurance.funds[layer.layer].code,
            "trt_enjymnt_flag": "0" if layer.outcome == "not_eligible" else "1",
            "begndate": str(begins),
            "enddate": None if ends is None else str(ends),
            "trt_chk_rslt": _describe(insurance.funds[layer.layer].name, layer),
        }
        for layer in working.layers
    ]
    warnings = tuple(text("warnings", each.code, "zh").rstrip("。") for each in calculation.warnings)
    return TransactionResult({"trtinfo": rows}, warnings)


def list_filings(context: TransactionContext) -> TransactionResult:
    """5301: list the diseases that the register has of a person, where the code table has a code for them."""
    person = context.person_id
    statuses = [] if person is None else persons.statuses_of(context.connection, person)
    filed = [(status, each) for each in statuses for status in FILED_STATUSES if each.status == status]
    filings = context.codes.filings
    rows = [
        {
            "opsp_dise_code": filings[status].code,
            "opsp_dise_name": filings[status].name,
            "begndate": str(each.first_day),
            "enddate": None if each.last_day is None else str(each.last_day),
        }
        for status, each in filed
        if status in filings
    ]
    warnings = [] if statuses else [ledger_warning("person_unknown")]
    if len(rows) < len(filed):
        warnings.append(say("warnings", "filing_without_code"))
    return TransactionResult({"feedetail": rows}, tuple(warnings))


def _describe(name: str, layer: LayerWorking) -> str:
    reasons = "；".join(reason.rstrip("。") for reason in layer.reasons)
    if layer.outcome == "not_eligible":
        return say("treatment", "not_served", name=name, reasons=reasons)
    return say("treatment", "served", name=name)
