"""Critical-illness commercial insurance (大病医疗商业保险): 七.1.(3); figures in critical_illness.yaml."""

from app.rules.money import greatest
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.paid import RunningTotals
from app.rules.schedule import marginal, total

LAYER: Layer = "critical_illness"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count the in-scope cost that basic insurance left to the patient, over the calendar year, above the threshold.

    The share first paid away from the city is not part of it. None for outpatient care.
    """
    if bill.kind == "outpatient":
        reasons.add("critical_illness_not_for_outpatients")
        return None
    if bill.major_disease and bill.registration != "none":
        reasons.add(REASON[bill.registration])
    if bill.major_disease and bill.poor:
        bands = figures.raised("critical_illness.bands", "critical_illness.registered_uplift")
        points = figures.rate("critical_illness.registered_uplift")
        reasons.add("critical_illness_ratio_raised", points=points)
    else:
        bands = figures.bands("critical_illness.bands")
    reasons.add("counts_what_basic_left", "critical_illness.bands")
    base = greatest(paid.basic_base - paid.by_layer["basic_insurance"], 0)
    before = bill.before(LAYER)
    tiers = marginal(bands, before, before + base)
    return Working(
        LAYER,
        base=base,
        tiers=tiers,
        due=total(tiers),
        before=before,
        limit=figures.money("critical_illness.annual_limit"),
        paid_before=bill.paid_before.get(LAYER, 0),
    )
