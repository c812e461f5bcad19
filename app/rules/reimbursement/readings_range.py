"""What the open readings could change for a bill: the extremes over all combinations, and each reading by itself.

The combinations are not calculated one by one. Each is a row of a column, and the layers are paid for all rows whose
readings mean the same to the layer together, by the same rules as everywhere: fewer than a hundred payments of a single
layer, for thousands of combinations.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from app.rules.money import Fen
from app.rules.parameters import Figures
from app.rules.readings import QUESTIONS, LayerOrder, Readings, RecordingReadings, with_reading
from app.rules.reimbursement.bill import EACH_BILL_ALONE, Bill, Layer
from app.rules.reimbursement.layers import INSURERS, ORDERS, LayerSequence, Reimbursement, reimburse
from app.rules.reimbursement.paid import IN_SCOPE_ONLY

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
    combinations = _combine(_used_readings(bill, figures), with_reading(defaults, "ceiling", "none"))
    owed = _owed(bill, figures, combinations)
    capped = _under_the_ceiling(bill, figures, owed)
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


class _Combinations(NamedTuple):
    """Combinations of the readings that a bill uses, the defaults first, all without a ceiling."""

    readings: tuple[Readings, ...]
    row_of: dict[Readings, int]
    changed: npt.NDArray[np.int64]
    """How many readings each changes."""
    parts: dict[LayerOrder, list[tuple[Step, list[tuple[Readings, Rows]]]]]
    """By order, each step in its turn with its rows, parted by what their readings mean to it."""


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
    of_step = dict(used)
    parts: dict[LayerOrder, list[tuple[Step, list[tuple[Readings, Rows]]]]] = {}
    for order, layers in ORDERS.items():
        rows = [row for row, each in enumerate(readings) if each.layer_order == order]
        steps: tuple[Step, ...] = (*layers[INSURERS:], "finish")
        if rows:
            parts[order] = [(step, list(_parted(step, of_step[step], readings, rows))) for step in steps]
    return _Combinations(readings, {each: row for row, each in enumerate(readings)}, changed, parts)


def _parted(
    step: Step, used: tuple[str, ...], readings: tuple[Readings, ...], rows: list[int]
) -> Iterator[tuple[Readings, Rows]]:
    """Part the rows by what their readings mean to a step, each part with readings that stand for all of it."""
    parts: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        meaning = tuple(_meaning(step, name, getattr(readings[row], name)) for name in used)
        parts.setdefault(meaning, []).append(row)
    for part in parts.values():
        yield readings[part[0]], np.array(part, np.intp)


def _meaning(step: Step, reading: str, value: str) -> object:
    """Return what a value of a reading means to a step."""
    if reading == "remaining_cost":
        return step in IN_SCOPE_ONLY[value]  # type: ignore[index]
    if reading == "accumulation":
        return step in EACH_BILL_ALONE[value]  # type: ignore[index]
    return value


def _owed(bill: Bill, figures: Figures, combinations: _Combinations) -> Amounts:
    """Return what the patient owes under each combination, without a ceiling, in fen."""
    bill.readings = combinations.readings[0]
    insured = _pay_insurers(bill, figures)
    owed = np.full(len(combinations.readings), insured.paid.left, np.int64)
    supplementary: dict[Readings, int] = {}
    for steps in combinations.parts.values():
        for step, parts in steps:
            for readings, rows in parts:
                found = _one_or_many(owed[rows])
                if isinstance(found, int) and found == 0:
                    continue
                bill.readings = readings
                if step == "finish":
                    owed[rows] = _with_left(insured, found).finish().out_of_pocket
                elif step == "supplementary_insurance":
                    # It counts what the insurances left, whatever others have paid: it is calculated once.
                    key = with_reading(readings, "layer_order", "relief_first")
                    if key not in supplementary:
                        supplementary[key] = int(_pay(step, insured, int(insured.paid.left)).paid)
                    owed[rows] = found - np.minimum(found, supplementary[key])
                else:
                    owed[rows] = _pay(step, insured, found).left
    return owed


def _under_the_ceiling(bill: Bill, figures: Figures, owed: Amounts) -> Amounts:
    """Return what the patient owes under each combination with the ceiling (R13), in fen.

    The payments are the same until the ceiling is reached, and stop there: what would have been paid above it is owed.
    """
    bill.readings = with_reading(bill.readings, "ceiling", "none")
    without = _pay_insurers(bill, figures).paid.left
    bill.readings = with_reading(bill.readings, "ceiling", "ninety_percent")
    insured = _pay_insurers(bill, figures)
    left = insured.paid.left
    if insured.cap is None or left != without:
        return np.full(len(owed), left, np.int64)
    return np.maximum(owed, min(int(bill.total - insured.cap), int(left)))


def _pay_insurers(bill: Bill, figures: Figures) -> LayerSequence:
    """Pay the two insurances, which use no reading but the ceiling."""
    sequence = LayerSequence(bill, figures, silent=True)
    for layer in ORDERS["relief_first"][:INSURERS]:
        sequence.pay(layer)
    return sequence


def _with_left(insured: LayerSequence, left: Fen) -> LayerSequence:
    """Go on from the insurances, with what other layers have left since."""
    sequence = insured.fork()
    sequence.paid.left = left
    return sequence


class _Payment(NamedTuple):
    paid: Fen
    left: Fen


def _pay(layer: Layer, insured: LayerSequence, left: Fen) -> _Payment:
    """Pay a layer from what others have left, for one amount or for a column of them."""
    sequence = _with_left(insured, left)
    sequence.pay(layer)
    return _Payment(sequence.layers[-1].paid, sequence.paid.left)


def _one_or_many(column: Amounts) -> Fen:
    """Return the one amount that fills a column, or the column."""
    first = int(column[0])
    return first if (column == first).all() else column


def _used_readings(bill: Bill, figures: Figures) -> Used:
    """Find the readings that each layer after the insurances, and the guarantee at the finish, uses of this bill.

    A step uses the same readings whatever their values, except that care which a layer does not serve (R21) ends its
    rule: so the bill is read as served. The tests hold this against all combinations.
    """
    own = bill.readings
    recording = RecordingReadings.recording(with_reading(own, "uncovered_care", "served"))
    bill.readings = recording
    sequence = _pay_insurers(bill, figures)
    used: list[tuple[Step, tuple[str, ...]]] = []
    for layer in ORDERS["relief_first"][INSURERS:]:
        recording.used.clear()
        sequence.pay(layer)
        used.append((layer, tuple(recording.used)))
    recording.used.clear()
    sequence.finish()
    used.append(("finish", tuple(recording.used)))
    bill.readings = own
    return tuple(used)
