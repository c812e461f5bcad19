"""One bill under every combination of readings that can make a difference to it."""

from app.rules.parameters import Figures
from app.rules.readings import Readings, RecordingReadings, combinations
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import ORDERS, LayerSequence, Reimbursement

INSURERS = 2
"""The number of layers that pay first in either order (R14); they depend on fewer readings and are paid once."""


def under_every_reading(bill: Bill, figures: Figures) -> dict[Readings, Reimbursement]:
    """Reimburse a bill under each combination, its own readings first, then with ever more of them changed.

    A reading that the rules never use cannot change the bill and keeps its value. The rules use the same readings
    whatever the values of the others; the tests check this against all combinations.
    """
    own = bill.readings
    early, late = _used_readings(bill, figures)
    results: dict[Readings, Reimbursement] = {}
    for first in combinations(early, own):
        bill.readings = first
        sequence = LayerSequence(bill, figures, silent=True)
        for layer in ORDERS[first.layer_order][:INSURERS]:
            sequence.pay(layer)
        for readings in _combine(first, own, early, late):
            bill.readings = readings
            fork = sequence.fork()
            for layer in ORDERS[readings.layer_order][INSURERS:]:
                fork.pay(layer)
            results[readings] = fork.finish()
    bill.readings = own
    return {readings: results[readings] for readings in combinations(early | late, own)}


def _used_readings(bill: Bill, figures: Figures) -> tuple[frozenset[str], frozenset[str]]:
    """Find the readings that the rules use: before the insurers have paid, and only afterwards."""
    recording = RecordingReadings.recording(bill.readings)
    bill.readings = recording
    sequence = LayerSequence(bill, figures, silent=True)
    for layer in ORDERS["relief_first"][:INSURERS]:
        sequence.pay(layer)
    early = frozenset(recording.used)
    for layer in ORDERS[recording.layer_order][INSURERS:]:
        sequence.pay(layer)
    sequence.finish()
    return early, frozenset(recording.used) - early


def _combine(first: Readings, own: Readings, early: frozenset[str], late: frozenset[str]) -> list[Readings]:
    """Combine the late readings, with the early ones fixed."""
    fixed = {reading: getattr(first, reading) for reading in early}
    return [readings._replace(**fixed) for readings in combinations(late, own)]
