"""The five layers: THE ORDER they pay in, and the fold that lets each pay what its rule gives and its limits allow."""

from dataclasses import dataclass

from app.rules.money import Fen, Truth, choose, greatest, least, share
from app.rules.parameters import Figures, Reader
from app.rules.readings import LayerOrder
from app.rules.registration import REASON
from app.rules.reimbursement import (
    basic_insurance,
    civil_relief,
    critical_illness,
    major_disease_fund,
    supplementary_insurance,
)
from app.rules.reimbursement.accident_disability import lump_sum
from app.rules.reimbursement.bill import NO_REASONS, Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.chronic_guarantee import top_up
from app.rules.reimbursement.paid import RunningTotals

ORDER: tuple[Layer, ...] = (
    "basic_insurance",
    "critical_illness",
    "civil_relief",
    "major_disease_fund",
    "supplementary_insurance",
)
"""The order the layers pay in. What one pays, the next no longer finds."""

ORDERS: dict[LayerOrder, tuple[Layer, ...]] = {
    "relief_first": ORDER,
    "insurance_first": (
        "basic_insurance",
        "critical_illness",
        "supplementary_insurance",
        "civil_relief",
        "major_disease_fund",
    ),
}
"""The order by the reading R14."""

_UPPER = {
    "critical_illness": critical_illness.count,
    "civil_relief": civil_relief.count,
    "major_disease_fund": major_disease_fund.count,
    "supplementary_insurance": supplementary_insurance.count,
}


NOT_GIVEN: tuple[Truth, Fen] = (False, 0)


@dataclass(slots=True)
class Reimbursement:
    """A bill reimbursed: each layer's working in the order they paid, the guarantee, the lump sum. Fen.

    `guarantee` is None where the chronic-disease guarantee does not serve the patient.
    """

    layers: list[Working]
    guarantee: Fen | None
    lump_sum: Fen
    reimbursed: Fen
    out_of_pocket: Fen
    read: tuple[str, ...]
    """The names of the figures that the guarantee, the ceiling and the lump sum read."""


def reimburse(bill: Bill, figures: Figures, silent: bool = False) -> Reimbursement:
    """Reimburse a bill, or a column of bills alike in kind, under the figures in force on its day.

    `silent` leaves out the reasons, where only the amounts are wanted.
    """
    fold = LayerSequence(bill, figures, silent)
    for layer in ORDERS[bill.readings.layer_order]:
        fold.pay(layer)
    return fold.settle()


class LayerSequence:
    """A bill while its layers pay, one after the other, each what its rule gives and its limits allow."""

    __slots__ = ("bill", "cap", "cap_read", "layers", "paid", "promised", "reader", "silent")

    def __init__(self, bill: Bill, figures: Figures, silent: bool) -> None:
        self.bill = bill
        self.reader = figures.reader()
        self.silent = silent
        self.paid = RunningTotals(bill.total, bill.in_scope)
        self.cap = _ceiling(bill, self.reader)
        self.cap_read = self.reader.taken()
        self.promised = _promised(bill)
        """What the insurer has settled of layers whose turn is still to come; no layer before may use it up."""
        self.layers: list[Working] = []

    def pay(self, layer: Layer) -> None:
        """Let a layer pay the least of what it owes, what its limit still allows and what is left to pay (R4)."""
        bill, paid = self.bill, self.paid
        notes = NO_REASONS if self.silent else ReasonLog()
        working = _count(layer, bill, self.reader, paid, notes)
        given, amount = bill.adjudicated.get(layer, NOT_GIVEN)
        self.promised = self.promised - amount
        working.remaining = paid.left - self.promised
        if self.cap is not None:
            working.ceiling_room = greatest(self.cap - (bill.total - working.remaining), 0)
        working.paid = choose(given, amount, _within_limits(working))
        working.due = choose(given, amount, working.due)
        working.given = given
        paid.add(layer, working.paid)
        working.left = paid.left
        working.reasons = notes.reasons
        working.read = self.reader.taken() + self.cap_read
        self.layers.append(working)

    def settle(self) -> Reimbursement:
        """Add the guarantee and the lump sum, and sum up."""
        bill, left = self.bill, self.paid.left
        guarantee = top_up(bill, self.reader, self.paid)
        if guarantee is not None:
            guarantee = least(guarantee, left)
            if self.cap is not None:
                guarantee = least(guarantee, greatest(self.cap - (bill.total - left), 0))
            left = left - guarantee
        paid_beside = lump_sum(bill, self.reader)
        return Reimbursement(self.layers, guarantee, paid_beside, bill.total - left, left, self.reader.taken())

    def fork(self) -> "LayerSequence":
        """Go on from here in another way: what the layers have paid so far stands in both."""
        fork = object.__new__(LayerSequence)
        fork.bill, fork.reader, fork.silent = self.bill, self.reader, self.silent
        fork.paid, fork.promised, fork.layers = self.paid.copy(), self.promised, list(self.layers)
        fork.cap, fork.cap_read = self.cap, self.cap_read
        return fork


def deposit_required(bill: Bill) -> bool | None:
    """Whether the counter asks a deposit: not of an inpatient with the poor's benefits (七.1.(9)); None elsewhere."""
    return not bill.poor if bill.kind == "inpatient" else None


def _count(layer: Layer, bill: Bill, figures: Reader, paid: RunningTotals, notes: ReasonLog) -> Working:
    """Ask the layer's rule, unless the care is one that no layer pays."""
    working = None
    if bill.unreferred:
        notes.because("unreferred_care")
    elif bill.kind == "home_bed" and not bill.poor:
        notes.because(REASON[bill.registration])
        notes.because("home_bed_for_registered_only")
    elif layer == "basic_insurance":
        working = basic_insurance.count(bill, figures, notes)
        if working is not None:
            paid.basic_base = working.base
    else:
        working = _UPPER[layer](bill, figures, paid, notes)
    return Working(layer, eligible=False) if working is None else working


def _within_limits(working: Working) -> Fen:
    """Pay what is due, within the layer's limit, the ceiling, what is left and what the payer still holds."""
    pays = least(working.due, working.remaining)
    if working.limit is not None:
        working.annual_room = greatest(working.limit - working.paid_before, 0)
        pays = least(pays, working.annual_room)
    if working.ceiling_room is not None:
        pays = least(pays, working.ceiling_room)
    if working.budget is not None:
        pays = least(pays, working.budget)
    return pays


def _ceiling(bill: Bill, figures: Reader) -> Fen | None:
    """Return the most that all layers together may pay (reading R13), in fen; None without such a ceiling."""
    if bill.readings.ceiling == "none":
        return None
    return share(bill.total, figures.rate("ceiling.share"))


def _promised(bill: Bill) -> Fen:
    """Return what the insurer has settled already, in fen."""
    promised: Fen = 0
    for _, amount in bill.adjudicated.values():
        promised = promised + amount
    return promised
