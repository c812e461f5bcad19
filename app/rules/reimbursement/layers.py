"""The five layers: THE ORDER in which they pay, and the sequence that pays each within its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.rules.money import Fen, choose, greatest, least, share
from app.rules.parameters import Figures, Reader
from app.rules.readings import LayerOrder, Readings, with_reading
from app.rules.registration import REASON
from app.rules.reimbursement import (
    basic_insurance,
    chronic_guarantee,
    civil_relief,
    critical_illness,
    major_disease_fund,
    supplementary_insurance,
)
from app.rules.reimbursement.accident_disability import lump_sum
from app.rules.reimbursement.bill import (
    IN_THE_CITY,
    NO_REASONS,
    NOT_ADJUDICATED,
    Bill,
    Layer,
    Reason,
    ReasonLog,
    Working,
)
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.reported_ratio import reported_ratio

ORDER: tuple[Layer, ...] = (
    "basic_insurance",
    "critical_illness",
    "civil_relief",
    "major_disease_fund",
    "supplementary_insurance",
)
"""The order in which the layers pay; each counts only what the layers before it left."""

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

INSURERS = 2
"""The number of layers that pay first in either order: the two insurances."""

_UPPER = {
    "critical_illness": critical_illness.count,
    "civil_relief": civil_relief.count,
    "major_disease_fund": major_disease_fund.count,
    "supplementary_insurance": supplementary_insurance.count,
}


@dataclass(slots=True)
class Reimbursement:
    """A reimbursed bill: the working of each layer in the order of payment, the guarantee, the lump sum. Fen.

    `guarantee` is None where the chronic-disease guarantee does not serve the patient.
    """

    layers: list[Working]
    guarantee: Fen | None
    guarantee_reasons: Sequence[Reason]
    lump_sum: Fen
    reported_ratio: int | None
    """The ratio that the report tells of, in basis points, to be set beside the bill; None where it tells of none."""
    reimbursed: Fen
    out_of_pocket: Fen
    read: tuple[str, ...]
    """The names of the figures that the guarantee, the ceiling, the lump sum and the comparison read."""


def reimburse(bill: Bill, figures: Figures, silent: bool = False) -> Reimbursement:
    """Reimburse a bill, or a column of similar bills, under the figures in force on its day.

    `silent` leaves out the reasons where only the amounts are needed.
    """
    sequence = LayerSequence(bill, figures, silent)
    for layer in ORDERS[bill.readings.layer_order]:
        sequence.pay(layer)
    return sequence.finish()


def owed_within_the_catalogue(bill: Bill, reimbursement: Reimbursement, figures: Figures) -> Fen | None:
    """Return what the patient would owe if no layer counted cost outside the catalogue (R2 `in_scope`), in fen.

    None where that changes nothing, or is what was calculated. Only the layers of the registered count such cost, and
    one that paid nothing of the whole bill pays nothing of less.
    """
    if not bill.poor or bill.in_scope == bill.total or bill.readings.remaining_cost == "in_scope":
        return None
    if not any(working.paid for working in reimbursement.layers[INSURERS:]):
        return None
    own = bill.readings
    bill.readings = _in_scope(own)
    sequence = LayerSequence(bill, figures, silent=True)
    sequence.begin_with(reimbursement.layers[:INSURERS])
    for layer in ORDERS[own.layer_order][INSURERS:]:
        sequence.pay(layer)
    _, owed = sequence.top_up(NO_REASONS)
    bill.readings = own
    return None if owed == reimbursement.out_of_pocket else owed


@cache
def _in_scope(readings: Readings) -> Readings:
    return with_reading(readings, "remaining_cost", "in_scope")


class LayerSequence:
    """The layers of a bill in payment, one after the other, each paying what its rule gives and its limits allow."""

    __slots__ = ("bill", "cap", "cap_read", "layers", "paid", "reader", "settled_ahead", "silent")

    def __init__(self, bill: Bill, figures: Figures, silent: bool) -> None:
        self.bill = bill
        self.reader = figures.reader()
        self.silent = silent
        self.paid = RunningTotals(bill.total, bill.in_scope)
        self.cap = _ceiling(bill, self.reader)
        self.cap_read = self.reader.drain()
        self.settled_ahead = _settled_ahead(bill)
        """The amount that the insurer has settled for layers still to come; no earlier layer may use it."""
        self.layers: list[Working] = []

    def pay(self, layer: Layer) -> None:
        """Pay a layer: the least of the amount due, the rest of its limits and the unpaid part of the bill (R4)."""
        bill, paid = self.bill, self.paid
        reasons = NO_REASONS if self.silent else ReasonLog()
        working = _count(layer, bill, self.reader, paid, reasons)
        settled = bill.adjudicated.get(layer)
        if settled is not None:
            self.settled_ahead = self.settled_ahead - settled[1]
        working.remaining = paid.left - self.settled_ahead if bill.adjudicated else paid.left
        if self.cap is not None:
            working.ceiling_room = greatest(self.cap - (bill.total - working.remaining), 0)
        working.paid = _within_limits(working)
        if settled is not None:
            working.adjudicated, amount = settled
            working.paid = choose(working.adjudicated, amount, working.paid)
            working.due = choose(working.adjudicated, amount, working.due)
        paid.add(layer, working.paid)
        working.left = paid.left
        working.reasons = reasons.entries
        working.read = self.reader.drain() + self.cap_read
        self.layers.append(working)

    def begin_with(self, layers: Sequence[Working]) -> None:
        """Take layers as paid already under other readings, on which they do not depend."""
        for working in layers:
            _, settled = self.bill.adjudicated.get(working.layer, NOT_ADJUDICATED)
            self.settled_ahead = self.settled_ahead - settled
            self.paid.add(working.layer, working.paid)
            self.layers.append(working)

    def top_up(self, reasons: ReasonLog) -> tuple[Fen | None, Fen]:
        """Return the guarantee, None where it does not serve, and what the patient owes after it, in fen."""
        left = self.paid.left
        guarantee = chronic_guarantee.top_up(self.bill, self.reader, self.paid, reasons)
        if guarantee is None:
            return None, left
        guarantee = least(guarantee, left)
        if self.cap is not None:
            guarantee = least(guarantee, greatest(self.cap - (self.bill.total - left), 0))
        return guarantee, left - guarantee

    def finish(self) -> Reimbursement:
        """Add the guarantee and the lump sum, and return the result."""
        bill = self.bill
        reasons = NO_REASONS if self.silent else ReasonLog()
        guarantee, left = self.top_up(reasons)
        lump = lump_sum(bill, self.reader)
        return Reimbursement(
            self.layers,
            guarantee,
            reasons.entries,
            lump,
            reported_ratio(bill, self.reader),
            reimbursed=bill.total - left,
            out_of_pocket=left,
            read=self.reader.drain(),
        )

    def fork(self) -> "LayerSequence":
        """Return a copy that can continue under other readings; the layers paid so far stand in both."""
        fork = object.__new__(LayerSequence)
        fork.bill, fork.reader, fork.silent = self.bill, self.reader, self.silent
        fork.paid, fork.settled_ahead, fork.layers = self.paid.copy(), self.settled_ahead, list(self.layers)
        fork.cap, fork.cap_read = self.cap, self.cap_read
        return fork


def deposit_required(bill: Bill) -> bool | None:
    """Whether a deposit is required: not from an inpatient with the benefits of the poor in the city (七.1.(9)).

    None elsewhere and for everybody else: the document says nothing.
    """
    return False if bill.poor and bill.kind == "inpatient" and bill.facility_level in IN_THE_CITY else None


def _count(layer: Layer, bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working:
    """Apply the rule of the layer, except to care that no layer pays."""
    working = None
    if bill.unreferred:
        reasons.add("unreferred_care")
    elif bill.kind == "home_bed" and not bill.poor:
        reasons.add(REASON[bill.registration])
        reasons.add("home_bed_for_registered_only")
    elif layer == "basic_insurance":
        working = basic_insurance.count(bill, figures, reasons)
        if working is not None:
            paid.basic_base = working.base
    else:
        working = _UPPER[layer](bill, figures, paid, reasons)
    return Working(layer, eligible=False) if working is None else working


def _within_limits(working: Working) -> Fen:
    """Return the amount due within the layer's limit, the ceiling, the unpaid part and the payer's budget."""
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
    """Return the ceiling on all layers together (reading R13), in fen; None without one."""
    if bill.readings.ceiling == "none":
        return None
    return share(bill.total, figures.rate("ceiling.share"))


def _settled_ahead(bill: Bill) -> Fen:
    """Return the sum of the layers that the insurer has already settled, in fen."""
    total: Fen = 0
    for _, amount in bill.adjudicated.values():
        total = total + amount
    return total
