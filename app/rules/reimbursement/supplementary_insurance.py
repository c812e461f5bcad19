"""Large-amount supplementary insurance (大额医疗商业补充保险): 七.1.(6); figures in supplementary_insurance.yaml."""

from app.rules.money import Fen
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import Bill, Circumstances, Layer, ReasonLog
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.terms import Terms, counting

LAYER: Layer = "supplementary_insurance"
LIMIT = "supplementary_insurance.limit"


def terms(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Terms | None:
    """Find what supplementary insurance pays by; None unless registered, and for care that is not served.

    Paid up to its limit, a calendar year's or each bill's (reading R6).
    """
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    served = serves(bill, reasons)
    if served is False:
        return None
    if bill.kind == "outpatient":
        reasons.add("serves_outpatients_too")
    how = counting(LAYER, bill.readings)
    reasons.add("counts_what_insurance_left_in_scope" if how.in_scope_only else "counts_what_insurance_left")
    if how.whole_amount:
        reasons.add("whole_amount_at_its_band")
    bands = figures.bands("supplementary_insurance.bands")
    limit = figures.money(LIMIT)
    return Terms(
        LAYER,
        eligible=True,
        reasons=reasons.recorded(),
        read=figures.drain(),
        bands=bands,
        counting=how,
        limit=limit,
        limit_figure=LIMIT,
        limit_alone=bill.readings.supplementary_limit == "per_bill",
        serves_paid_care=served is None,
    )


def base(terms: Terms, bill: Bill, paid: RunningTotals, in_scope_only: bool) -> Fen:
    """Count what basic and critical-illness insurance left, whatever relief and fund paid."""
    return terms.of_served(bill, paid.after_insurance(in_scope_only))
