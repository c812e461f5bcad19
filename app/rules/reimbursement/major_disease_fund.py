"""Major-disease medical security fund (大病医疗保障基金): 七.1.(5); figures in major_disease_fund.yaml."""

from app.rules.money import choose
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.banded import count_by_bands
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals

LAYER: Layer = "major_disease_fund"
ANNUAL_LIMIT = "major_disease_fund.annual_limit"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count the unpaid part of the bill when its turn comes; None for a patient or for care that is not served.

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
    large_enough = bill.total > smallest
    if large_enough is False:
        reasons.add("bill_too_small", "major_disease_fund.bills_above", smallest=smallest)
    left = paid.remaining(LAYER, bill.readings.remaining_cost, reasons)
    base = choose(served, choose(large_enough, left, 0), 0)
    working = count_by_bands(LAYER, bill, figures.bands("major_disease_fund.bands"), base, reasons)
    working.limit = figures.limit(ANNUAL_LIMIT)
    working.limit_figure = ANNUAL_LIMIT
    working.paid_before = bill.paid_before.get(LAYER, 0)
    if bill.fund_left is not None:
        figures.limit("major_disease_fund.purse")
        working.budget = bill.fund_left
    return working
