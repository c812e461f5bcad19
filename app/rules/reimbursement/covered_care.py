"""Whether relief, fund and supplementary insurance serve the kind of care: reading R21.

七.1.(4), (5) and (6) pay what is left after the two insurances have paid (报销后).
"""

from app.rules.money import Truth
from app.rules.reimbursement.bill import CLINICS, NOT_ADJUDICATED, Bill, ReasonLog


def serves(bill: Bill, reasons: ReasonLog) -> Truth:
    """Whether the three layers serve the bill: not the outpatient care that basic insurance does not cover (R21)."""
    covered = _covered(bill)
    if covered is True:
        return True
    served = bill.readings.uncovered_care == "served"
    if covered is False:
        reasons.add("uncovered_care_served" if served else "uncovered_care_not_served")
    return served or covered


def _covered(bill: Bill) -> Truth:
    """Whether basic insurance covers the care: above the township only a visit for which the insurer has paid (R9)."""
    if bill.kind != "outpatient" or bill.facility_level in CLINICS:
        return True
    _, amount = bill.adjudicated.get("basic_insurance", NOT_ADJUDICATED)
    return amount > 0
