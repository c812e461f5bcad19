"""Relocation (易地扶贫搬迁): 四.6; figures in relocation.yaml."""

from app.rules.entitlements.case import Finding, HouseholdCase
from app.rules.entitlements.household import Relocation
from app.rules.money import times
from app.rules.three_valued import because, fails, holds, unknown

AREAS = ("one", "two", "three")


def building_subsidy(case: HouseholdCase) -> Finding:
    """Building subsidy by heads, and the ceiling of the house's area (建房补助): 四.6. Fen, once; square metres."""
    relocation = case.household.relocation
    if not isinstance(relocation, Relocation):
        return Finding(unknown(("relocation",)) if relocation is None else fails("not_relocated"))
    if relocation.kind is None:
        return Finding(unknown(("relocation", "kind")))
    if relocation.kind == "along":
        due = holds("relocated_along")
    else:
        due = case.poor if case.poor.truth else fails("relocated_as_registered_and_is_not")
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
