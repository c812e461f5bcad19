"""Whether a relocation plan keeps the ratio of registered persons to those who move along: 四.6, 四.3.

A plan that moves a whole village is not bound by it. Figures in relocation_plan.yaml.
"""

from typing import NamedTuple

from app.rules.money import WHOLE, share, times
from app.rules.parameters import Reader
from app.rules.three_valued import FactPath, Reason, because


class Plan(NamedTuple):
    """The persons that a plan moves; `whole_village` is None where it is unknown."""

    registered_persons: int
    along_persons: int
    whole_village: bool | None


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
    if plan.whole_village and not figures.holds("relocation_plan.binds_whole_village"):
        return Ratio(True, None, 0, (because("whole_village_not_bound"),), ())
    rate = figures.rate("relocation_plan.along_share")
    most = _whole_persons(plan.registered_persons, rate)
    excess = max(plan.along_persons - most, 0)
    working = {"registered": plan.registered_persons, "along": plan.along_persons, "rate": rate, "most_persons": most}
    if not excess:
        return Ratio(True, most, 0, (because("along_within_ratio", **working),), ())
    above = because("along_above_ratio", **working, excess=excess)
    if plan.whole_village is None and not figures.holds("relocation_plan.binds_whole_village"):
        return Ratio(None, most, None, (above, because("whole_village_would_not_be_bound")), (("whole_village",),))
    return Ratio(False, most, excess, (above,), ())


def _whole_persons(registered: int, rate: int) -> int:
    """Return the greatest whole number of persons that keeps the ratio exactly."""
    most = int(share(registered, rate))
    return most - 1 if times(most, WHOLE) > times(registered, rate) else most
