"""Whether a relocation plan keeps the ratio of registered persons to those who move along: 四.6, 四.3.

A plan that moves a whole village of a deeply poor county is not bound by it. Figures in relocation_plan.yaml.
"""

from typing import NamedTuple

from app.rules.money import WHOLE, share, times
from app.rules.parameters import Reader
from app.rules.three_valued import FactPath, Reason, because


class Plan(NamedTuple):
    """The persons that a plan moves, and from where; None where it is not known."""

    registered_persons: int
    along_persons: int
    whole_village: bool | None
    deeply_poor: bool | None
    """Whether the county is a deeply poor one (深度贫困旗县, reading R29)."""


class Ratio(NamedTuple):
    """Whether a plan keeps the ratio, how many may move along, and by how many it exceeds that."""

    within: bool | None
    most_along: int | None
    """None where the ratio does not bind the plan."""
    excess: int | None
    """None where a missing fact decides it."""
    reasons: tuple[Reason, ...]
    missing: tuple[FactPath, ...]


def check(plan: Plan, figures: Reader) -> Ratio:
    """Check a plan against the ratio, in whole persons."""
    missing = _missing(plan, figures)
    if missing == ():
        return Ratio(True, None, 0, (because("whole_village_not_bound"),), ())
    rate = figures.rate("relocation_plan.along_share")
    most = _whole_persons(plan.registered_persons, rate)
    excess = max(plan.along_persons - most, 0)
    working = {"registered": plan.registered_persons, "along": plan.along_persons, "rate": rate, "most_persons": most}
    if not excess:
        return Ratio(True, most, 0, (because("along_within_ratio", **working),), ())
    above = because("along_above_ratio", **working, excess=excess)
    if missing is not None:
        return Ratio(None, most, None, (above, because("whole_village_would_not_be_bound")), missing)
    elsewhere = (because("whole_village_bound_elsewhere"),) if plan.whole_village and plan.deeply_poor is False else ()
    return Ratio(False, most, excess, (above, *elsewhere), ())


def _missing(plan: Plan, figures: Reader) -> tuple[FactPath, ...] | None:
    """List the facts that decide whether the plan is exempt; empty where it is exempt, None where it is bound."""
    facts: dict[FactPath, bool | None] = {("county",): plan.deeply_poor, ("whole_village",): plan.whole_village}
    if False in facts.values() or figures.holds("relocation_plan.binds_whole_village"):
        return None
    return tuple(fact for fact, known in facts.items() if known is None)


def _whole_persons(registered: int, rate: int) -> int:
    """Return the greatest whole number of persons that keeps the ratio exactly."""
    most = int(share(registered, rate))
    return most - 1 if times(most, WHOLE) > times(registered, rate) else most
