"""One bill under every combination of readings that can make a difference to it."""

from typing import cast

from app.rules.parameters import Figures
from app.rules.readings import DEFAULT, Readings, RecordingReadings, combinations
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import ORDERS, LayerSequence, Reimbursement

INSURERS = 2
"""The layers that pay first, in either order (R14): what they pay hangs on fewer readings, and is worked out once."""


def under_every_reading(bill: Bill, figures: Figures) -> dict[Readings, Reimbursement]:
    """Reimburse a bill under each combination, the defaults first, then ever further from them.

    A reading that the rules never ask for cannot change the bill and keeps its default. The rules ask for the same
    readings whatever the others say; the tests hold this against all combinations.
    """
    early, late = _asked(bill, figures)
    settled: dict[Readings, Reimbursement] = {}
    for begun in combinations(early):
        bill.readings = begun
        fold = LayerSequence(bill, figures, silent=True)
        for layer in ORDERS[begun.layer_order][:INSURERS]:
            fold.pay(layer)
        for readings in _continued(begun, early, late):
            bill.readings = readings
            fork = fold.fork()
            for layer in ORDERS[readings.layer_order][INSURERS:]:
                fork.pay(layer)
            settled[readings] = fork.settle()
    bill.readings = DEFAULT
    return {readings: settled[readings] for readings in combinations(early | late)}


def _asked(bill: Bill, figures: Figures) -> tuple[frozenset[str], frozenset[str]]:
    """Find which readings the rules ask for: until the insurers have paid, and only after that."""
    asked = RecordingReadings(DEFAULT)
    bill.readings = cast("Readings", asked)
    fold = LayerSequence(bill, figures, silent=True)
    for layer in ORDERS["relief_first"][:INSURERS]:
        fold.pay(layer)
    early = frozenset(asked.asked)
    for layer in ORDERS[asked.layer_order][INSURERS:]:
        fold.pay(layer)
    fold.settle()
    return early, frozenset(asked.asked) - early


def _continued(begun: Readings, early: frozenset[str], late: frozenset[str]) -> list[Readings]:
    """Combine the late readings with early ones that are settled."""
    kept = {reading: getattr(begun, reading) for reading in early}
    return [readings._replace(**kept) for readings in combinations(late)]
