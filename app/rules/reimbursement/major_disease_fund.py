"""Major-disease medical security fund (大病医疗保障基金): 七.1.(5); figures in major_disease_fund.yaml."""

from app.rules.money import Fen
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import Bill, Circumstances, Layer, ReasonLog
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.terms import Terms, counting

LAYER: Layer = "major_disease_fund"
ANNUAL_LIMIT = "major_disease_fund.annual_limit"


def terms(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Terms | None:
    """Find what the fund pays by; None for a patient or for care that is not served.

    It serves the registered with a major disease. The policy sets no smallest bill and no limit; a deployment may set
    both, and a budget for all patients together.
    """
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    if not bill.major_disease:
        reasons.add("no_major_disease")
        return None
    served = serves(bill, reasons)
    if served is False:
        return None
    if bill.kind == "outpatient":
        reasons.add("serves_outpatients_too")
    smallest = figures.money("major_disease_fund.bills_above")
    too_small = reasons.copy()
    too_small.add("bill_too_small", "major_disease_fund.bills_above", smallest=smallest)
    how = counting(LAYER, bill.readings)
    for log in (reasons, too_small):
        log.add("counts_what_is_left_in_scope" if how.in_scope_only else "counts_what_is_left")
        if how.whole_amount:
            log.add("whole_amount_at_its_band")
    bands = figures.bands("major_disease_fund.bands")
    limit = figures.limit(ANNUAL_LIMIT)
    if bill.budget:
        figures.limit("major_disease_fund.purse")
    return Terms(
        LAYER,
        eligible=True,
        reasons=reasons.recorded(),
        read=figures.drain(),
        bands=bands,
        counting=how,
        limit=limit,
        limit_figure=ANNUAL_LIMIT,
        serves_paid_care=served is None,
        smallest=smallest,
        reasons_if_too_small=too_small.recorded(),
    )


def base(terms: Terms, bill: Bill, paid: RunningTotals, in_scope_only: bool) -> Fen:
    """Count the unpaid part of the bill when its turn comes; nothing of a bill that is too small."""
    return terms.of_served(bill, paid.remaining(in_scope_only))
