"""Lump sum for an accidental injury with disability (意外伤害伤残赔付): 七.1.(6); accident_disability.yaml."""

from app.rules.money import Fen, choose
from app.rules.parameters import Reader
from app.rules.reimbursement.bill import Bill


def lump_sum(bill: Bill, figures: Reader) -> Fen:
    """Return what the registered are paid beside the bill, in fen: outside every limit, on unreferred care too."""
    if not bill.poor or bill.accident_disability is False:
        return 0
    return choose(bill.accident_disability, figures.money("accident_disability.lump_sum"), 0)
