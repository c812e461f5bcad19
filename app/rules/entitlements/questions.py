"""The open questions: the missing facts, those that decide the most benefits first."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from app.rules.entitlements.benefits import BenefitFinding
from app.rules.entitlements.household import FACTS
from app.rules.three_valued import FactPath


class Question(NamedTuple):
    """A missing fact, and the benefits that it could decide."""

    path: FactPath
    decides: tuple[str, ...]


def rank_questions(findings: Iterable[BenefitFinding]) -> list[Question]:
    """Rank the missing facts: by how many benefits each decides, by how many findings, by their order."""
    benefits: dict[FactPath, dict[str, int]] = {}
    for benefit, _, finding in findings:
        for path in finding.condition.missing:
            decided = benefits.get(path)
            if decided is None:
                decided = benefits[path] = {}
            decided[benefit.id] = decided.get(benefit.id, 0) + 1
    ranked = [
        (-len(count), -sum(count.values()), request_order(path), path, tuple(count)) for path, count in benefits.items()
    ]
    return [Question(path, decides) for _, _, _, path, decides in sorted(ranked)]


@cache
def fact_name(path: FactPath) -> str:
    """Name the fact at a path, of whichever member: (0, "loan", "from") is loan.from."""
    return ".".join(str(step) for step in (path if isinstance(path[0], str) else path[1:]))


@cache
def request_order(path: FactPath) -> tuple[int, int]:
    """Return the sort key of a fact: the household's own facts first, then those of each member in turn."""
    return -1 if isinstance(path[0], str) else path[0], FACTS.index(fact_name(path))
