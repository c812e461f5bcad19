"""Relocation (易地扶贫搬迁): 四.6, 四.7; figures in relocation.yaml."""

from app.rules.entitlements.case import Finding, HouseholdCase
from app.rules.entitlements.household import Relocation
from app.rules.money import times
from app.rules.three_valued import Condition, all_of, because, fails, holds, known, unknown

AREAS = ("one", "two", "three")

NOT_RELOCATED = Finding(fails("not_relocated"))


def building_subsidy(case: HouseholdCase) -> Finding:
    """Building subsidy by heads, and the ceiling of the house's area (建房补助): 四.6. Fen, once; square metres."""
    relocation = case.household.relocation
    if not isinstance(relocation, Relocation):
        return Finding(unknown(("relocation",))) if relocation is None else NOT_RELOCATED
    if relocation.kind is None:
        return Finding(unknown(("relocation", "kind")))
    due = _relocated(case, relocation)
    figure = f"relocation.building_subsidy.{relocation.kind}"
    finding = case.pays(due, figure)
    if finding.amount is None:
        return finding
    members = len(case.household.members)
    by_heads = because("by_heads", each=finding.amount, members=members)
    area, reasons = None, [by_heads]
    if relocation.kind == "registered":
        size = AREAS[members - 1] if members <= len(AREAS) else "more"
        area = case.figures.count(f"relocation.area_ceiling.{size}")
        reasons.append(because("area_at_most", area=area))
    return finding._replace(condition=due.because(*reasons), amount=times(finding.amount, members), area_ceiling=area)


def self_arranged_cash(case: HouseholdCase) -> Finding:
    """Cash for a household that arranges its own resettlement (自主安置现金补贴): 四.7. Set locally."""
    relocation = case.household.relocation
    if not isinstance(relocation, Relocation):
        return Finding(unknown(("relocation",))) if relocation is None else NOT_RELOCATED
    arrangement = relocation.arrangement
    if arrangement is None:
        arranged = unknown(("relocation", "arrangement"))
    else:
        arranged = known(arrangement == "self_arranged", "self_arranged", "arranged_otherwise", arrangement=arrangement)
    due = all_of(_relocated(case, relocation), arranged)
    return Finding(due.because(because("amount_set_locally")))


def _relocated(case: HouseholdCase, relocation: Relocation) -> Condition:
    """Whether a household is relocated with a right of its own: the poor of either kind, others only along."""
    if relocation.kind == "along":
        return holds("relocated_along")
    if case.poor.truth:
        return case.poor
    if relocation.kind is None:
        return unknown(("relocation", "kind"))
    return fails("relocated_as_registered_and_is_not")
