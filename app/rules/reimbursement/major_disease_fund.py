"""Major-disease medical security fund (大病医疗保障基金): 七.1.(5); figures in major_disease_fund.yaml."""

from app.rules.money import choose
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.banded import count_by_bands
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.paid import RunningTotals

LAYER: Layer = "major_disease_fund"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count the unpaid part of the bill when its turn comes; None unless registered and with a major disease.

    The policy sets no smallest bill and no limit; a deployment may set both, and a budget for all patients together.
    """
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    if not bill.major_disease:
        reasons.add("no_major_disease")
        return None
    served = bill.total > figures.money("major_disease_fund.bills_above")
    reasons.add_either(
        served, paid.WHAT_IS_LEFT[bill.readings.remaining_cost], "bill_too_small", "major_disease_fund.bills_above"
    )
    base = choose(served, paid.remaining(bill.readings.remaining_cost), 0)
    working = count_by_bands(LAYER, bill, figures.bands("major_disease_fund.bands"), base, reasons)
    working.limit = figures.limit("major_disease_fund.annual_limit")
    working.paid_before = bill.paid_before.get(LAYER, 0)
    if bill.fund_left is not None:
        figures.limit("major_disease_fund.purse")
        working.budget = bill.fund_left
    return working
