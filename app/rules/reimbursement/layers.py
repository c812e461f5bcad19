"""The five layers: THE ORDER in which they pay, and the sequence that pays each within its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.rules.money import Fen, choose, greatest, least, share
from app.rules.parameters import Figures, Reader
from app.rules.readings import LayerOrder
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
    LAYERS,
    NO_REASONS,
    Bill,
    Circumstances,
    Layer,
    Reason,
    ReasonLog,
)
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.reported_ratio import reported_ratio
from app.rules.reimbursement.terms import Terms, Working

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

_TERMS = {
    "basic_insurance": basic_insurance.terms,
    "critical_illness": critical_illness.terms,
    "civil_relief": civil_relief.terms,
    "major_disease_fund": major_disease_fund.terms,
    "supplementary_insurance": supplementary_insurance.terms,
}
_BASE = {
    "critical_illness": critical_illness.base,
    "civil_relief": civil_relief.base,
    "major_disease_fund": major_disease_fund.base,
    "supplementary_insurance": supplementary_insurance.base,
}

REMEMBERED = 2_048
"""Circumstances whose terms are remembered. There are fewer than a thousand under the default readings."""


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

    `silent` leaves out the reasons of the guarantee where only the amounts are needed.
    """
    sequence = LayerSequence(bill, figures)
    for layer in ORDERS[bill.readings.layer_order]:
        sequence.pay(layer)
    return sequence.finish(NO_REASONS if silent else ReasonLog())


def owed_within_the_catalogue(bill: Bill, reimbursement: Reimbursement, figures: Figures) -> Fen | None:
    """Return what the patient would owe if no layer counted cost outside the catalogue (R2 `in_scope`), in fen.

    None where that changes nothing, or is what was calculated. Only the layers of the registered count such cost, and
    one that paid nothing of the whole bill pays nothing of less.
    """
    if not bill.poor or bill.in_scope == bill.total or bill.readings.remaining_cost == "in_scope":
        return None
    insurers, others = reimbursement.layers[:INSURERS], reimbursement.layers[INSURERS:]
    if not any(working.paid for working in others):
        return None
    paid = RunningTotals(bill.total, bill.in_scope)
    for working in insurers:
        paid.add(working.layer, working.paid)
    reader = figures.reader()
    cap = _ceiling(bill, reader)
    for working in others:
        if working.terms.eligible:
            rooms = (working.annual_room, _ceiling_room(bill, cap, paid.left), working.budget)
            paid.add(working.layer, payment(working.terms, bill, paid, working.before, *rooms, in_scope_only=True))
    _, owed = top_up(bill, reader, paid, cap, NO_REASONS)
    return None if owed == reimbursement.out_of_pocket else owed


class LayerSequence:
    """The layers of a bill in payment, one after the other, each paying what its rule gives and its limits allow."""

    __slots__ = ("bill", "cap", "cap_read", "layers", "paid", "reader", "settled_ahead", "terms")

    def __init__(self, bill: Bill, figures: Figures) -> None:
        self.bill = bill
        self.reader = figures.reader()
        self.terms = terms_of(figures, bill.circumstances())
        self.paid = RunningTotals(bill.total, bill.in_scope)
        self.cap = _ceiling(bill, self.reader)
        self.cap_read = self.reader.drain()
        self.settled_ahead = _settled_ahead(bill)
        """The amount that the insurer has settled for layers still to come; no earlier layer may use it."""
        self.layers: list[Working] = []

    def pay(self, layer: Layer) -> None:
        """Pay a layer: the least of the amount due, the rest of its limits and the unpaid part of the bill (R4)."""
        bill, paid, terms = self.bill, self.paid, self.terms[layer]
        working = _count(terms, bill, paid)
        settled = bill.adjudicated.get(layer)
        if settled is not None:
            self.settled_ahead = self.settled_ahead - settled[1]
        working.remaining = paid.left - self.settled_ahead if bill.adjudicated else paid.left
        if working.limit is not None:
            working.annual_room = greatest(working.limit - working.paid_before, 0)
        if self.cap is not None:
            working.ceiling_room = _ceiling_room(bill, self.cap, working.remaining)
        working.paid = within(working.due, working.remaining, working.annual_room, working.ceiling_room, working.budget)
        if settled is not None:
            working.adjudicated, amount = settled
            working.paid = choose(working.adjudicated, amount, working.paid)
            working.due = choose(working.adjudicated, amount, working.due)
        paid.add(layer, working.paid)
        working.left = paid.left
        working.read = terms.read + self.cap_read
        self.layers.append(working)

    def finish(self, reasons: ReasonLog) -> Reimbursement:
        """Add the guarantee and the lump sum, and return the result."""
        bill = self.bill
        guarantee, left = top_up(bill, self.reader, self.paid, self.cap, reasons)
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


@lru_cache(maxsize=REMEMBERED)
def terms_of(figures: Figures, bill: Circumstances) -> Mapping[Layer, Terms]:
    """Find what each layer pays by; no layer pays for some care."""
    reader = figures.reader()
    return {layer: find_terms(layer, reader, bill) for layer in LAYERS}


def find_terms(layer: Layer, reader: Reader, bill: Circumstances) -> Terms:
    """Find what a layer pays by, each time anew."""
    reasons = ReasonLog()
    terms = None
    if bill.unreferred:
        reasons.add("unreferred_care")
    elif bill.kind == "home_bed" and not bill.poor:
        reasons.add(REASON[bill.registration])
        reasons.add("home_bed_for_registered_only")
    else:
        terms = _TERMS[layer](bill, reader, reasons)
    return terms or Terms(layer, eligible=False, reasons=reasons.recorded(), read=reader.drain())


def _count(terms: Terms, bill: Bill, paid: RunningTotals) -> Working:
    """Count the base of a layer, and the amount due for it."""
    layer, reasons = terms.layer, terms.reasons
    if not terms.eligible:
        return Working(layer, terms, reasons)
    if layer == "basic_insurance":
        working = basic_insurance.count(terms, bill)
        paid.basic_base = working.base
        return working
    if terms.smallest is not None and (bill.total > terms.smallest) is False:
        reasons = terms.reasons_if_too_small
    base = _BASE[layer](terms, bill, paid, terms.counting.in_scope_only)
    before = terms.before(bill)
    tiers, due = terms.pay_for(before, base)
    working = Working(layer, terms, reasons, base, tiers, due, before, terms.limit_of(bill), terms.paid_before(bill))
    if layer == "major_disease_fund":
        working.budget = bill.fund_left
    return working


def payment(terms: Terms, bill: Bill, paid: RunningTotals, before: Fen, *rooms: Fen | None, in_scope_only: bool) -> Fen:
    """Return what a layer after the insurances pays, in fen, without its working."""
    _, due = terms.pay_for(before, _BASE[terms.layer](terms, bill, paid, in_scope_only))
    return within(due, paid.left, *rooms)


def within(due: Fen, *rooms: Fen | None) -> Fen:
    """Return the amount due within every room that there is: the unpaid part, a limit's, the ceiling's, a budget's."""
    if isinstance(due, int) and not due:
        return due
    for room in rooms:
        if room is not None:
            due = least(due, room)
    return due


def top_up(
    bill: Bill, figures: Reader, paid: RunningTotals, cap: Fen | None, reasons: ReasonLog
) -> tuple[Fen | None, Fen]:
    """Return the guarantee, None where it does not serve, and what the patient owes after it, in fen."""
    left = paid.left
    guarantee = chronic_guarantee.top_up(bill, figures, paid, reasons)
    if guarantee is None:
        return None, left
    guarantee = within(guarantee, left, _ceiling_room(bill, cap, left))
    return guarantee, left - guarantee


def _ceiling_room(bill: Bill, cap: Fen | None, left: Fen) -> Fen | None:
    """Return the rest of the ceiling where `left` fen of the bill are unpaid; None without a ceiling."""
    return None if cap is None else greatest(cap - (bill.total - left), 0)


def deposit_required(bill: Bill) -> bool | None:
    """Whether a deposit is required: not from an inpatient with the benefits of the poor in the city (七.1.(9)).

    None elsewhere and for everybody else: the document says nothing.
    """
    return False if bill.poor and bill.kind == "inpatient" and bill.facility_level in IN_THE_CITY else None


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
