"""Lump sum for an accidental injury with disability (意外伤害伤残赔付): 七.1.(6); accident_disability.yaml."""

from app.rules.money import Fen, choose
from app.rules.parameters import Reader
from app.rules.reimbursement.bill import Bill


def lump_sum(bill: Bill, figures: Reader) -> Fen:
    """Return the lump sum of the registered, in fen: outside every limit, also for unreferred care."""
    if not bill.poor or bill.accident_disability is False:
        return 0
    return choose(bill.accident_disability, figures.money("accident_disability.lump_sum"), 0)
