"""Income from industry (产业扶贫): 二; figures in industry.yaml."""

from app.rules.entitlements.case import Case, Finding, HouseholdCase
from app.rules.entitlements.household import Member
from app.rules.money import share
from app.rules.three_valued import Condition, all_of, any_of, because, condition, fails, holds, unknown


def photovoltaic(case: HouseholdCase) -> Finding:
    """Share in photovoltaic income, at least so much a year (光伏收益): 二.3, reading R17. Fen a household a year."""
    nobody_able, head_disabled = _nobody_able(case), _head_disabled(case)
    if case.readings.photovoltaic_groups == "both":
        due = all_of(nobody_able, head_disabled)
        if due.truth is not None:
            due = due._replace(reasons=(*due.reasons, because("both_groups_asked")))
    else:
        due = any_of((nobody_able, head_disabled), "somebody_able_and_head_not_disabled")
        due = due.because(because("either_group_suffices"))
    if not due.truth:
        return Finding(due)
    years = case.figures.count("industry.photovoltaic.years")
    return case.pays(due, "industry.photovoltaic.at_least", because("at_least_for_years", years=years))


def ecommerce_rebate(case: Case) -> Finding:
    """Rebate of the e-commerce quota ("公益乌兰察布"销售配额返还): 二.4, reading R16. Fen, once or a year."""
    quota = int(case.figures.money("industry.ecommerce_rebate.quota"))
    rate = case.figures.rate("industry.ecommerce_rebate.rate")
    fund_rate = case.figures.rate("industry.ecommerce_rebate.fund_rate")
    yearly = case.readings.ecommerce_period == "year"
    rebate, fund = int(share(quota, rate)), int(share(quota, fund_rate))
    shares = because("rebate_of_quota", quota=quota, rate=rate, rebate=rebate, fund_rate=fund_rate, fund=fund)
    period = because("quota_each_year" if yearly else "quota_once")
    due = Condition(True, (shares, period))
    return Finding(due, rebate, "industry.ecommerce_rebate.rate", per="year" if yearly else None)


def menu_support(case: HouseholdCase) -> Finding:
    """Support chosen from the county's list (菜单式扶贫): 二.1.(2), reading R18. The county sets the amount."""
    if case.readings.industry_support == "every_household":
        due = holds("every_household_supported")
    else:
        able = (able_to_work(member, "member_able_to_work") for member in case.household.members)
        due = any_of(able, "nobody_able_to_work_for_support").because(because("support_of_the_able"))
    return Finding(due.because(because("amount_set_by_county")))


def workshop(case: Case, member: Member) -> Finding:
    """Work in a poverty-alleviation workshop or in village tourism (脱贫车间、乡村旅游): 二.2, 二.5, reading R18."""
    if case.readings.industry_support == "every_household":
        return _WORKSHOP_OF_EVERY_HOUSEHOLD
    return _WORKSHOP[member.can_work] if member.can_work is not None else Finding(able_to_work(member))


_WORKSHOP_OF_EVERY_HOUSEHOLD = Finding(holds("every_member_at_workshop"))
_WORKSHOP = {
    True: Finding(holds("able_to_work").because(because("support_of_the_able"))),
    False: Finding(fails("unable_to_work_at_workshop")),
}


def able_to_work(member: Member, when_able: str = "able_to_work") -> Condition:
    """Whether a member can work (劳动能力)."""
    return condition(member.can_work, (member.number, "can_work"), when_able, "unable_to_work")


def _nobody_able(case: HouseholdCase) -> Condition:
    members = case.household.members
    if any(member.can_work for member in members):
        return fails("somebody_able")
    missing = [(member.number, "can_work") for member in members if member.can_work is None]
    return unknown(*missing) if missing else holds("nobody_able_to_work")


def _head_disabled(case: HouseholdCase) -> Condition:
    """Whether the head is disabled; without a known head, every member not known to be no head may be the head."""
    members = case.household.members
    heads = [member for member in members if member.head] or [member for member in members if member.head is None]
    candidates = [member for member in heads if member.disability != "none"]
    if not candidates:
        return fails("head_not_disabled")
    missing = [(member.number, "head") for member in candidates if member.head is None]
    missing += [(member.number, "disability") for member in candidates if member.disability is None]
    return unknown(*missing) if missing else holds("head_disabled")
