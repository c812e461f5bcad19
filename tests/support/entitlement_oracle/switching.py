"""What a benefit would be under the other values of the readings: the same calculation with a reading switched."""

from collections.abc import Callable
from itertools import combinations, product
from typing import NamedTuple

from tests.support.entitlement_oracle.facts import Json, Readings
from tests.support.entitlement_oracle.figures import DEPENDS_ON, READINGS


class Result(NamedTuple):
    """What a benefit comes to; only of what is due does the period matter."""

    status: str
    amount: int | None
    per: str | None

    def differs(self, other: "Result") -> bool:
        """Tell whether another answer is another answer: in its status, its amount or its period."""
        if self.status == other.status == "entitled":
            return self != other
        return self.status != other.status

    def told(self) -> Json:
        """The result as an answer lists it."""
        return {"status": self.status, "amount": self.amount, "per": self.per}


class Switched(NamedTuple):
    """The readings on which a benefit rests, and the smallest sets that change it only together."""

    readings: list[Json]
    together: list[Json]


def others(name: str, taken: Readings) -> list[str]:
    """The values of a reading that are not taken."""
    return [value for value in READINGS[name] if value != taken[name]]


def smallest_sets(
    names: tuple[str, ...], taken: Readings, result: Callable[[Readings], Result]
) -> list[tuple[Readings, Result]]:
    """The sets of as few switches as change the answer, none of fewer doing so."""
    own = result(taken)
    for size in range(1, len(names) + 1):
        found = []
        for several in combinations(names, size):
            for values in product(*(others(name, taken) for name in several)):
                switches = dict(zip(several, values, strict=True))
                switched = result(taken | switches)
                if switched.differs(own):
                    found.append((switches, switched))
        if found:
            return found
    return []


def switch(benefit: str, taken: Readings, basis: Readings, result: Callable[[Readings], Result]) -> Switched:
    """What the answer lists of the readings on which a benefit rests."""
    smallest = smallest_sets(DEPENDS_ON.get(benefit, ()), taken, result)
    listed = [name for name in READINGS if any(name in switches for switches, _ in smallest)]
    alone = all(len(switches) == 1 for switches, _ in smallest)
    readings = [
        {
            "reading": name,
            "taken": taken[name],
            "basis": basis[name],
            "otherwise": [{"value": value, **result(taken | {name: value}).told()} for value in others(name, taken)],
        }
        for name in listed
    ]
    together = [] if alone else [{"values": switches, **switched.told()} for switches, switched in smallest]
    return Switched(readings, together)
