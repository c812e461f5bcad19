"""What the readings could change: each alone, and every combination by brute force."""

from dataclasses import replace
from itertools import product

from tests.support.reimbursement_oracle.bill import settled
from tests.support.reimbursement_oracle.case import Defaults, Json, read
from tests.support.reimbursement_oracle.figures import READINGS, Figures


def reading_range(request: Json, defaults: Defaults | None = None, figures: Figures | None = None) -> Json:
    """The lowest and the highest `out_of_pocket` over all combinations, and that of each reading alone.

    Readings of the request itself are left aside. Of several combinations of an extreme the first of those with the
    fewest switches from the defaults is given, and `switches` counts them.
    """
    case = read({name: value for name, value in request.items() if name != "readings"}, defaults, figures)

    def owed(readings: dict[str, str]) -> int:
        return int(settled(replace(case, readings=readings))["out_of_pocket"])

    taken = dict(case.readings)
    combinations = [dict(zip(READINGS, values, strict=True)) for values in product(*READINGS.values())]
    # Stable: nearest to the defaults first.
    combinations.sort(key=lambda readings: sum(readings[name] != value for name, value in taken.items()))
    amounts = [owed(readings) for readings in combinations]

    def extreme(amount: int) -> Json:
        readings = combinations[amounts.index(amount)]
        switches = sum(readings[name] != value for name, value in taken.items())
        return {"out_of_pocket": amount, "readings": readings, "switches": switches}

    by_default = owed(taken)
    alone = []
    for name, values in READINGS.items():
        for value in values:
            if value != taken[name]:
                amount = owed(taken | {name: value})
                alone.append({"reading": name, "value": value, "out_of_pocket": amount, "change": amount - by_default})
    return {
        "combinations": len(combinations),
        "default": by_default,
        "lowest": extreme(min(amounts)),
        "highest": extreme(max(amounts)),
        "alone": alone,
    }
