"""Large-amount supplementary insurance (大额医疗商业补充保险): 七.1.(6); figures in supplementary_insurance.yaml."""

from app.rules.money import choose
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.banded import count_by_bands
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals

LAYER: Layer = "supplementary_insurance"
LIMIT = "supplementary_insurance.limit"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count what basic and critical-illness insurance left, whatever relief and fund paid; None unless registered.

    None, too, for care that is not served. Paid up to its limit, a calendar year's or each bill's (reading R6).
    """
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    served = serves(bill, reasons)
    if served is False:
        return None
    if bill.kind == "outpatient":
        reasons.add("serves_outpatients_too")
    base = choose(served, paid.after_insurance(LAYER, bill.readings.remaining_cost, reasons), 0)
    working = count_by_bands(LAYER, bill, figures.bands("supplementary_insurance.bands"), base, reasons)
    working.limit = figures.money(LIMIT)
    working.limit_figure = LIMIT
    paid_before = bill.paid_before.get(LAYER, 0)
    if not (isinstance(paid_before, int) and paid_before == 0) and bill.readings.supplementary_limit == "calendar_year":
        working.paid_before = paid_before
    return working
