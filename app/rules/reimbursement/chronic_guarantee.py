"""Chronic-disease guarantee (慢病报销比例达到 90%): 七.1.(7), read as a floor (R8); chronic_guarantee.yaml."""

from app.rules.money import Fen, choose, greatest, share
from app.rules.parameters import Reader
from app.rules.reimbursement.bill import CLINICS, Bill
from app.rules.reimbursement.paid import RunningTotals


def top_up(bill: Bill, figures: Reader, paid: RunningTotals) -> Fen | None:
    """Return what raises a chronic patient's reimbursement at a clinic to the floor, in fen, before any limit.

    None for a patient whom the guarantee does not serve.
    """
    if not bill.poor or bill.kind != "outpatient" or bill.facility_level not in CLINICS:
        return None
    if bill.chronic_disease is False:
        return None
    floor = share(bill.in_scope, figures.rate("chronic_guarantee.floor"))
    return choose(bill.chronic_disease, greatest(floor - (paid.total - paid.left), 0), 0)
