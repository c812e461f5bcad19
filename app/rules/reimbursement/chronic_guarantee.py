"""Chronic-disease guarantee (慢病报销比例达到 90%): 七.1.(7), read as a floor; chronic_guarantee.yaml."""

from app.rules.money import Fen, choose, greatest, share
from app.rules.parameters import Reader
from app.rules.readings import ChronicFloor
from app.rules.reimbursement.bill import CLINICS, Bill, Circumstances, ReasonLog
from app.rules.reimbursement.paid import RunningTotals

SERVES: dict[ChronicFloor, str] = {
    "clinic_outpatient": "guarantee_for_clinics",
    "outpatient": "guarantee_for_outpatients",
    "all_care": "guarantee_for_all_care",
}
"""The reason that states which care the guarantee serves, by the reading R8."""


def top_up(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Fen | None:
    """Return what raises a chronic patient's reimbursement to the floor of the in-scope cost, before any limit. Fen.

    None for a patient or for care that the guarantee does not serve.
    """
    if bill.chronic_disease is False or not serves(bill):
        return None
    reasons.add(SERVES[bill.readings.chronic_floor])
    rate = figures.rate("chronic_guarantee.floor")
    floor = share(bill.in_scope, rate)
    reached = paid.total - paid.left
    reasons.add(
        "guarantee_floor", "chronic_guarantee.floor", in_scope=bill.in_scope, rate=rate, floor=floor, paid=reached
    )
    missing = choose(bill.chronic_disease, greatest(floor - reached, 0), 0)
    if isinstance(missing, int) and missing:
        if not reached:
            reasons.add("guarantee_without_insurance", floor=floor)
        reasons.add("guarantee_payer_not_stated")
    return missing


def serves(bill: Bill | Circumstances) -> bool:
    """Whether the guarantee serves the patient, if chronically ill, and the care, by the reading R8."""
    if not bill.poor or bill.unreferred:
        return False
    if bill.readings.chronic_floor == "all_care":
        return True
    if bill.kind != "outpatient":
        return False
    return bill.readings.chronic_floor == "outpatient" or bill.facility_level in CLINICS
