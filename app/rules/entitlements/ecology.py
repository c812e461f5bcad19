"""Ecology and work (生态扶贫): 五, 报告部分三.(六); figures in ecology.yaml."""

from functools import lru_cache

from app.rules.entitlements.case import Case, Finding, HouseholdCase
from app.rules.entitlements.household import Member
from app.rules.entitlements.industry import able_to_work
from app.rules.three_valued import because, condition, holds, unknown


def post(case: Case, member: Member) -> Finding:
    """Priority for a post as forest ranger or village cleaner (护林员、村屯保洁岗位): 五.1, 报告部分三.(六)."""
    due = able_to_work(member)
    if not due.truth:
        return Finding(due)
    return _with_priority(int(case.figures.money("ecology.post.ranger_at_least")))


@lru_cache
def _with_priority(pay: int) -> Finding:
    """Write the finding; it is the same for everyone who can work."""
    due = holds("able_to_work").because(because("ranger_earns", pay=pay))
    return Finding(due, figure="ecology.post.ranger_at_least")


def farmland_return(case: HouseholdCase) -> Finding:
    """Subsidy for returning steep farmland to forest or grass (退耕还林还草): 五.1, 报告部分三.(六). Set by the state.

    In the deeply poor counties (R29) basic farmland counts too, elsewhere not: what a household without other steep
    farmland has can be told only where its county is known.
    """
    steep = case.household.steep_farmland
    if not steep and case.household.county is None:
        return Finding(unknown(("county",)) if steep is False else unknown(("county",), ("steep_farmland",)))
    due = condition(steep, ("steep_farmland",), "farmland_steep", "no_steep_farmland")
    return Finding(due.because(because("amount_set_by_state")))
