"""What is still to be asked: the missing facts, those that decide most benefits first."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from app.rules.entitlements.benefits import BenefitFinding
from app.rules.entitlements.household import FACTS
from app.rules.three_valued import FactPath


class Question(NamedTuple):
    """A missing fact, and the benefits that it could decide."""

    place: FactPath
    decides: tuple[str, ...]


def questions(claims: Iterable[BenefitFinding]) -> list[Question]:
    """List the missing facts: by how many benefits each decides, then for how many claims, then as they stand."""
    benefits: dict[FactPath, dict[str, int]] = {}
    for benefit, _, finding in claims:
        for place in finding.condition.missing:
            decided = benefits.get(place)
            if decided is None:
                decided = benefits[place] = {}
            decided[benefit.id] = decided.get(benefit.id, 0) + 1
    ranked = [
        (-len(each), -sum(each.values()), standing(place), place, tuple(each)) for place, each in benefits.items()
    ]
    return [Question(place, decides) for _, _, _, place, decides in sorted(ranked)]


@cache
def fact(place: FactPath) -> str:
    """Name the fact at a place, whoever's it is: (0, "loan", "from") is loan.from."""
    return ".".join(str(step) for step in (place if isinstance(place[0], str) else place[1:]))


@cache
def standing(place: FactPath) -> tuple[int, int]:
    """Order facts as they are described: the household's own before those of its members, one after the other."""
    return -1 if isinstance(place[0], str) else place[0], FACTS.index(fact(place))
