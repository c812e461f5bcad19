"""Whether relief, fund and supplementary insurance serve the kind of care: reading R21.

七.1.(4), (5) and (6) pay what is left after the two insurances have paid (报销后).
"""

from app.rules.reimbursement.bill import CLINICS, Circumstances, ReasonLog


def serves(bill: Circumstances, reasons: ReasonLog) -> bool | None:
    """Whether the three layers serve the bill: not the outpatient care that basic insurance does not cover (R21).

    None for a column of which only the bills are served for which the insurer has paid.
    """
    covered = _covered(bill)
    if covered is True:
        return True
    served = bill.readings.uncovered_care == "served"
    if covered is False:
        reasons.add("uncovered_care_served" if served else "uncovered_care_not_served")
    return served or covered


def _covered(bill: Circumstances) -> bool | None:
    """Whether basic insurance covers the care: above the township only a visit for which the insurer has paid (R9)."""
    if bill.kind != "outpatient" or bill.facility_level in CLINICS:
        return True
    return bill.insurer_paid
