"""Social security (社会保障兜底): 八; figures in social_security.yaml."""

from app.rules.entitlements.case import Case, Finding, HouseholdCase
from app.rules.entitlements.household import Member, full_years
from app.rules.money import share, times
from app.rules.three_valued import Condition, all_of, because, condition, fails, holds, known, unknown

NOT_INSURED = Finding(fails("not_pension_insured"))
STANDARD = "social_security.minimum_living.standard"


def minimum_living(case: HouseholdCase) -> Finding:
    """Minimum living allowance (最低生活保障): 八.1, 八.2. What is paid is set locally."""
    standard = int(case.figures.money(STANDARD))
    income, heads = case.household.annual_net_income, len(case.household.members)
    if income is None:
        low = unknown(("annual_net_income",))
    else:
        below = income < times(standard, heads)
        low = known(below, "income_below", "income_not_below", standard=standard)
    due = low if low.truth is False else all_of(low, case.somebody_in_need)
    return Finding(due.because(because("allowance_set_locally", standard=standard)), figure=STANDARD)


def direct_cash(case: HouseholdCase) -> Finding:
    """Cash for households just above the minimum-living standard (现金直补): 八.1, 八.2. Fen a year."""
    standard = int(case.figures.money(STANDARD))
    income, heads = case.household.annual_net_income, len(case.household.members)
    if income is not None and income < times(standard, heads):
        return Finding(Condition(False, (because("income_below", standard=standard),)))
    limit = standard + int(share(standard, case.figures.rate("social_security.direct_cash.margin")))
    near = unknown(("annual_net_income",))
    if income is not None:
        within = income < times(limit, heads)
        near = known(within, "income_near", "income_far", standard=standard, limit=limit)
    due = near if near.truth is False else all_of(near, case.somebody_in_need)
    finding = case.pays(due, "social_security.direct_cash.amount")
    if finding.amount is None:
        return finding
    by_heads = because("by_heads", each=finding.amount, members=heads)
    return finding._replace(condition=finding.condition.because(by_heads), amount=times(finding.amount, heads))


def pension_premium(case: Case, member: Member) -> Finding:
    """Subsidy to the premium of old-age insurance (养老保险保费补助): 八.2. Fen a year."""
    if member.pension_insured is False:
        return NOT_INSURED
    insured = holds("pension_insured") if member.pension_insured else unknown((member.number, "pension_insured"))
    youngest = case.figures.count("social_security.pension_premium.youngest")
    oldest = case.figures.count("social_security.pension_premium.oldest")
    if member.birth_date is None:
        of_age = unknown((member.number, "birth_date"))
    else:
        age = full_years(member.birth_date, case.as_of)
        fits = youngest <= age <= oldest
        of_age = known(fits, "age_fits", "age_outside", age=age, youngest=youngest, oldest=oldest)
    return case.pays(all_of(insured, of_age), "social_security.pension_premium.amount")


def disability_living(case: Case, member: Member) -> Finding:
    """Living subsidy for disabled people in difficulty (困难残疾人生活补贴): 八.2. Fen a month."""
    disabled = None if member.disability is None else member.disability != "none"
    due = all_of(
        condition(disabled, (member.number, "disability"), "is_disabled", "not_disabled"),
        condition(member.in_difficulty, (member.number, "in_difficulty"), "in_difficulty", "not_in_difficulty"),
    )
    return case.pays(due, "social_security.disability_living.amount")


def severe_disability_nursing(case: Case, member: Member) -> Finding:
    """Nursing subsidy for the severely disabled (重度残疾人护理补贴): 八.2. Fen a year."""
    severe = None if member.disability is None else member.disability == "severe"
    due = condition(severe, (member.number, "disability"), "severely_disabled", "not_severely_disabled")
    return case.pays(due, "social_security.severe_disability_nursing.amount")
