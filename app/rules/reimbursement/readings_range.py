"""What the open readings could change for a bill: the extremes over all combinations, and each reading by itself.

The combinations are not calculated one by one. A layer is paid once for all combinations that leave it the same amount
and whose readings mean the same to it, by the same rules as everywhere: a few hundred payments of a single layer at the
most, and mostly few, for thousands of combinations.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from math import prod
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from app.rules.money import Fen, greatest
from app.rules.parameters import Figures
from app.rules.readings import QUESTIONS, LayerOrder, Readings, RecordingReadings, with_reading
from app.rules.reimbursement.bill import NO_REASONS, Bill, Circumstances, Layer
from app.rules.reimbursement.layers import (
    INSURERS,
    ORDERS,
    REMEMBERED,
    LayerSequence,
    Reimbursement,
    find_terms,
    payment,
    reimburse,
    top_up,
)
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.terms import EACH_BILL_ALONE, IN_SCOPE_ONLY, Terms

COMBINATIONS = prod(len(question["values"]) for question in QUESTIONS)
"""The number of combinations of the readings that a request can switch."""

Step: TypeAlias = Layer | Literal["finish"]
"""A layer, or the finish, where the guarantee is paid."""
Used: TypeAlias = tuple[tuple[Step, tuple[str, ...]], ...]
"""The readings that each step uses of a bill."""
Rows: TypeAlias = npt.NDArray[np.intp]
Amounts: TypeAlias = npt.NDArray[np.int64]


class Extreme(NamedTuple):
    """An extreme: the readings nearest to the defaults that give it, and what the patient owes, in fen."""

    readings: Readings
    out_of_pocket: int


class ReadingsRange(NamedTuple):
    """What a bill comes to by default, at both extremes, and with each reading changed by itself."""

    default: Reimbursement
    lowest: Extreme
    highest: Extreme
    alone: dict[tuple[str, str], int]
    """What the patient owes, in fen, by the reading that is changed and the value that it is changed to."""


def readings_range(bill: Bill, figures: Figures) -> ReadingsRange:
    """Find what the readings could change for a bill, whose own readings are the defaults in force.

    Of several combinations with the same result one with the fewest readings changed is named.
    """
    defaults = bill.readings
    bill.readings = without_ceiling = with_reading(defaults, "ceiling", "none")
    insured = _pay_insurers(bill, figures).paid
    left = int(insured.left)
    known = bill.circumstances()
    used = _used_readings(bill, figures, known)
    combinations = _combine(used, without_ceiling)
    owed = _owed(bill, insured, figures, combinations, _terms_of_steps(figures, known, used))
    capped = _under_the_ceiling(bill, figures, owed, left)
    bill.readings = defaults
    by_ceiling = {"none": owed, "ninety_percent": capped}

    def extreme(out_of_pocket: int) -> Extreme:
        """Find the nearest readings under which the patient owes an amount."""
        nearest: list[tuple[int, Readings]] = []
        for ceiling, column in by_ceiling.items():
            rows = np.flatnonzero(column == out_of_pocket)
            if len(rows):
                row = rows[np.argmin(combinations.changed[rows])]
                readings = with_reading(combinations.readings[row], "ceiling", ceiling)
                nearest.append((int(combinations.changed[row]) + (ceiling != defaults.ceiling), readings))
        return Extreme(min(nearest, key=lambda found: found[0])[1], out_of_pocket)

    def owed_with(reading: str, value: str) -> int:
        """Find what the patient owes with one reading changed."""
        readings = with_reading(defaults, reading, value)
        # A reading that the rules never use of this bill is not among the combinations: it changes nothing.
        row = combinations.row_of.get(with_reading(readings, "ceiling", "none"), 0)
        return int(by_ceiling[readings.ceiling][row])

    return ReadingsRange(
        reimburse(bill, figures, silent=True),
        extreme(min(int(column.min()) for column in by_ceiling.values())),
        extreme(max(int(column.max()) for column in by_ceiling.values())),
        {
            (question["reading"], value): owed_with(question["reading"], value)
            for question, taken in zip(QUESTIONS, defaults, strict=True)
            for value in question["values"]
            if value != taken
        },
    )


class _Step(NamedTuple):
    """A layer in its turn: the meanings of the readings to it, and every way to come to it and leave it.

    A way is the way through the layers before, and the meaning to this layer.
    """

    layer: Layer
    meanings: tuple[Readings, ...]
    """Readings that stand for each meaning."""
    ways: tuple[tuple[int, int], ...]


class _Order(NamedTuple):
    """The combinations of an order: the layers in their turn, the way of each combination through all of them."""

    steps: tuple[_Step, ...]
    ways: Rows
    rows: Rows
    finishes: tuple[tuple[Readings, Rows], ...]
    """Rows by what their readings mean to the guarantee, each with readings that stand for them."""


class _Combinations(NamedTuple):
    """Combinations of the readings that a bill uses, the defaults first, all without a ceiling."""

    readings: tuple[Readings, ...]
    row_of: dict[Readings, int]
    changed: npt.NDArray[np.int64]
    """How many readings each changes."""
    orders: tuple[_Order, ...]


@lru_cache(maxsize=256)
def _combine(used: Used, defaults: Readings) -> _Combinations:
    """Combine the values of the readings that a bill uses; the others keep their defaults.

    The result depends on which readings are used and on the defaults alone, so it is made once for many bills.
    """
    names = {name for _, of_step in used for name in of_step}
    if names:
        names.add("layer_order")
    values = (
        (default, *(value for value in question["values"] if value != default))
        if question["reading"] in names
        else (default,)
        for question, default in zip(QUESTIONS, defaults, strict=True)
    )
    readings = tuple(Readings._make(combination) for combination in product(*values))
    changed = np.array([sum(a != b for a, b in zip(each, defaults, strict=True)) for each in readings])
    of_order: dict[LayerOrder, list[int]] = {}
    for row, each in enumerate(readings):
        of_order.setdefault(each.layer_order, []).append(row)
    orders = tuple(_order(order, dict(used), readings, rows) for order, rows in of_order.items())
    return _Combinations(readings, {each: row for row, each in enumerate(readings)}, changed, orders)


def _order(
    order: LayerOrder, used: dict[Step, tuple[str, ...]], readings: tuple[Readings, ...], rows: list[int]
) -> _Order:
    """Find every way through the layers that differs from all others in what the readings mean to some layer."""
    way_of = dict.fromkeys(rows, 0)
    steps = []
    for layer in ORDERS[order][INSURERS:]:
        meanings: dict[tuple[object, ...], int] = {}
        stand_for: list[Readings] = []
        ways: dict[tuple[int, int], int] = {}
        for row in rows:
            meaning = _meaning(layer, used[layer], readings[row])
            if meaning not in meanings:
                meanings[meaning] = len(stand_for)
                stand_for.append(readings[row])
            way_of[row] = ways.setdefault((way_of[row], meanings[meaning]), len(ways))
        steps.append(_Step(layer, tuple(stand_for), tuple(ways)))
    finishes: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        finishes.setdefault(_meaning("finish", used["finish"], readings[row]), []).append(row)
    return _Order(
        tuple(steps),
        np.array([way_of[row] for row in rows], np.intp),
        np.array(rows, np.intp),
        tuple((readings[part[0]], np.array(part, np.intp)) for part in finishes.values()),
    )


def _meaning(step: Step, used: tuple[str, ...], readings: Readings) -> tuple[object, ...]:
    """Return what readings mean to a step that uses some of them."""
    return tuple(_meaning_of_value(step, name, getattr(readings, name)) for name in used)


def _meaning_of_value(step: Step, reading: str, value: str) -> object:
    if reading == "remaining_cost":
        return step in IN_SCOPE_ONLY[value]  # type: ignore[index]
    if reading == "accumulation":
        return step in EACH_BILL_ALONE[value]  # type: ignore[index]
    return value


TermsOfSteps: TypeAlias = tuple[tuple[tuple[Terms, ...], ...], ...]
"""The terms of each meaning, by order and step."""


@lru_cache(maxsize=256)
def _terms_of_steps(figures: Figures, known: Circumstances, used: Used) -> TermsOfSteps:
    """Find the terms of each meaning of the readings to each layer, for bills in the same circumstances."""
    found: dict[tuple[Layer, tuple[object, ...]], Terms] = {}
    names = dict(used)
    reader = figures.reader()

    def terms(layer: Layer, readings: Readings) -> Terms:
        key = (layer, _meaning(layer, names[layer], readings))
        if key not in found:
            found[key] = find_terms(layer, reader, known._replace(readings=readings))
        return found[key]

    return tuple(
        tuple(tuple(terms(step.layer, readings) for readings in step.meanings) for step in order.steps)
        for order in _combine(used, known.readings).orders
    )


def _owed(
    bill: Bill, paid: RunningTotals, figures: Figures, combinations: _Combinations, terms: TermsOfSteps
) -> Amounts:
    """Return what the patient owes under each combination, without a ceiling, in fen.

    `paid` is what the insurances have paid; its rest is used up here.
    """
    left = int(paid.left)
    owed = np.full(len(combinations.readings), left, np.int64)
    # The orders share their terms.
    different = {id(each): each for of_order in terms for of_step in of_order for each in of_step}
    payers = {key: _payer(each, bill, paid, left) for key, each in different.items()}
    for order, of_order in zip(combinations.orders, terms, strict=True):
        lefts = [left]
        for step, of_step in zip(order.steps, of_order, strict=True):
            pays = [payers[id(each)] for each in of_step]
            lefts = [pays[meaning](lefts[way]) for way, meaning in step.ways]
        owed[order.rows] = np.array(lefts, np.int64)[order.ways]
        for readings, rows in order.finishes:
            bill.readings = readings
            paid.left = owed[rows]
            _, owed[rows] = top_up(bill, figures.reader(), paid, None, NO_REASONS)
    return owed


def _payer(terms: Terms, bill: Bill, paid: RunningTotals, insured_left: Fen) -> Callable[[int], int]:
    """Return what tells the rest of a bill that a layer leaves, in fen, of the rest that it finds; both are kept."""
    if not terms.eligible:
        return lambda left: left
    before, limit = terms.before(bill), terms.limit_of(bill)
    room = None if limit is None else greatest(limit - terms.paid_before(bill), 0)
    budget = bill.fund_left if terms.layer == "major_disease_fund" else None
    known: dict[int, int] = {}

    def pay(left: int) -> int:
        if left not in known:
            paid.left = left
            known[left] = left - int(
                payment(terms, bill, paid, before, room, budget, in_scope_only=terms.counting.in_scope_only)
            )
        return known[left]

    if terms.layer != "supplementary_insurance":
        return pay
    # It counts what the insurances left, whatever others have paid: it is calculated once.
    paid.left = insured_left
    most = int(payment(terms, bill, paid, before, room, in_scope_only=terms.counting.in_scope_only))
    return lambda left: left - most if left > most else 0


def _under_the_ceiling(bill: Bill, figures: Figures, owed: Amounts, without: int) -> Amounts:
    """Return what the patient owes under each combination with the ceiling (R13), in fen.

    The payments are the same until the ceiling is reached, and stop there: what would have been paid above it is owed.
    `without` is what the insurances leave without the ceiling.
    """
    bill.readings = with_reading(bill.readings, "ceiling", "ninety_percent")
    insured = _pay_insurers(bill, figures)
    left = insured.paid.left
    if insured.cap is None or left != without:
        return np.full(len(owed), left, np.int64)
    return np.maximum(owed, min(int(bill.total - insured.cap), int(left)))


def _pay_insurers(bill: Bill, figures: Figures) -> LayerSequence:
    """Pay the two insurances, which use no reading but the ceiling."""
    sequence = LayerSequence(bill, figures)
    for layer in ORDERS["relief_first"][:INSURERS]:
        sequence.pay(layer)
    return sequence


def _used_readings(bill: Bill, figures: Figures, known: Circumstances) -> Used:
    """Find the readings that each layer after the insurances, and the guarantee at the finish, uses of this bill.

    The tests hold this against all combinations.
    """
    # What is the same under every value is not used.
    unused = {"remaining_cost"} if bill.in_scope == bill.total else set[str]()
    used: list[tuple[Step, tuple[str, ...]]] = []
    for layer, names in _used_by_terms(figures, known):
        without = unused | ({"accumulation"} if not bill.counted_before.get(layer) else set())
        without |= {"supplementary_limit"} if not bill.paid_before.get(layer) else set()
        used.append((layer, tuple(name for name in names if name not in without)))
    own, recording = bill.readings, RecordingReadings.recording(bill.readings)
    bill.readings = recording
    top_up(bill, figures.reader(), RunningTotals(bill.total, bill.in_scope), None, NO_REASONS)
    bill.readings = own
    used.append(("finish", tuple(recording.used)))
    return tuple(used)


@lru_cache(maxsize=REMEMBERED)
def _used_by_terms(figures: Figures, known: Circumstances) -> tuple[tuple[Layer, tuple[str, ...]], ...]:
    """Find the readings that the terms of each layer after the insurances use.

    They use the same readings whatever their values, except that care which a layer does not serve (R21) ends its rule:
    so the bill is read as served.
    """
    served = with_reading(known.readings, "uncovered_care", "served")
    used: list[tuple[Layer, tuple[str, ...]]] = []
    for layer in ORDERS["relief_first"][INSURERS:]:
        recording = RecordingReadings.recording(served)
        find_terms(layer, figures.reader(), known._replace(readings=recording))
        used.append((layer, tuple(recording.used)))
    return tuple(used)
