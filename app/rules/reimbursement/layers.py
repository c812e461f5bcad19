"""The five layers: THE ORDER they pay in, and the fold that lets each pay what its rule gives and its limits allow."""

from dataclasses import dataclass

from app.rules.money import Fen, choose, greatest, least, share
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
from app.rules.reimbursement.bill import Bill, Counted, Layer, Notes, Silence, Working
from app.rules.reimbursement.chronic_guarantee import top_up
from app.rules.reimbursement.paid import Paid

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


@dataclass(slots=True)
class Settlement:
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


def reimburse(bill: Bill, figures: Figures, silent: bool = False) -> Settlement:
    """Reimburse a bill, or a column of bills alike in kind, under the figures in force on its day.

    Each layer pays the least of what it owes, what its limit still allows and what is left to pay (R4). `silent`
    leaves out the reasons, where only the amounts are wanted.
    """
    reader = figures.reader()
    paid = Paid(bill.total, bill.in_scope)
    cap = _ceiling(bill, reader)
    notes: Notes = Silence() if silent else Notes()
    promised = _promised(bill)
    layers = []
    for layer in ORDERS[bill.readings.layer_order]:
        if not silent:
            notes = Notes()
        given, amount = bill.adjudicated.get(layer, (False, 0))
        promised = promised - amount
        counted = _count(layer, bill, reader, paid, notes)
        remaining = paid.left - promised
        ceiling_room = None if cap is None else greatest(cap - (bill.total - remaining), 0)
        working = _pay(layer, counted, remaining, ceiling_room)
        working.given = given
        working.paid = choose(given, amount, working.paid)
        working.due = choose(given, amount, working.due)
        paid.add(layer, working.paid)
        working.left = paid.left
        working.reasons = [] if silent else notes.reasons
        working.read = reader.taken()
        layers.append(working)
    guarantee = top_up(bill, reader, paid)
    left = paid.left
    if guarantee is not None:
        guarantee = least(guarantee, left)
        if cap is not None:
            guarantee = least(guarantee, greatest(cap - (bill.total - left), 0))
        left = left - guarantee
    return Settlement(layers, guarantee, lump_sum(bill, reader), bill.total - left, left, reader.taken())


def deposit_required(bill: Bill) -> bool | None:
    """Whether the counter asks a deposit: not of an inpatient with the poor's benefits (七.1.(9)); None elsewhere."""
    return not bill.poor if bill.kind == "inpatient" else None


def _count(layer: Layer, bill: Bill, figures: Reader, paid: Paid, notes: Notes) -> Counted | None:
    """Ask the layer's rule, unless the care is one that no layer pays."""
    if bill.unreferred:
        notes.because("unreferred_care")
        return None
    if bill.kind == "home_bed" and not bill.poor:
        notes.because(REASON[bill.registration])
        notes.because("home_bed_for_registered_only")
        return None
    if layer == "basic_insurance":
        counted = basic_insurance.count(bill, figures, notes)
        if counted is not None:
            paid.basic_base = counted.base
        return counted
    return _UPPER[layer](bill, figures, paid, notes)


def _pay(layer: Layer, counted: Counted | None, remaining: Fen, ceiling_room: Fen | None) -> Working:
    """Pay what is due, within the layer's limit, the ceiling and what is left."""
    if counted is None:
        return Working(layer, False, False, 0, 0, None, [], 0, None, ceiling_room, remaining, 0, 0, [], ())
    annual_room = None if counted.limit is None else greatest(counted.limit - counted.paid_before, 0)
    pays = least(counted.due, remaining)
    if annual_room is not None:
        pays = least(pays, annual_room)
    if ceiling_room is not None:
        pays = least(pays, ceiling_room)
    return Working(
        layer,
        True,
        False,
        counted.base,
        counted.before,
        counted.deductible,
        counted.tiers,
        counted.due,
        annual_room,
        ceiling_room,
        remaining,
        pays,
        0,
        [],
        (),
    )


def _ceiling(bill: Bill, figures: Reader) -> Fen | None:
    """Return the most that all layers together may pay (reading R13), in fen; None without such a ceiling."""
    if bill.readings.ceiling == "none":
        return None
    return share(bill.total, figures.rate("ceiling.share"))


def _promised(bill: Bill) -> Fen:
    """Return what the insurer has settled already, which no layer before may use up."""
    promised: Fen = 0
    for _, amount in bill.adjudicated.values():
        promised = promised + amount
    return promised
