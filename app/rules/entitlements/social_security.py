"""Social security (社会保障兜底): 八, 报告部分三.(五); figures in social_security.yaml."""

from app.rules.entitlements.case import Case, Finding, HouseholdCase
from app.rules.entitlements.household import Member, full_years
from app.rules.money import share, times
from app.rules.three_valued import (
    Condition,
    Operand,
    Reason,
    all_of,
    because,
    condition,
    fails,
    holds,
    known,
    unknown,
)

NOT_INSURED = Finding(fails("not_pension_insured"))


def minimum_living(case: HouseholdCase) -> Finding:
    """Minimum living allowance (最低生活保障): 八.1, 八.2, reading R28. For any status; what is paid is set locally."""
    standard = case.standard()
    due = case.income_below(standard)
    asked = case.readings.minimum_living_need == "asked"
    need = because("need_asked" if asked else "need_not_asked")
    if asked and due.truth is not False:
        due = all_of(due, case.somebody_in_need())
        if due.truth is False:
            due = due._replace(reasons=(*due.reasons, need))
    paid = because("allowance_set_locally", standard=standard.amount, whose=standard.whose)
    return Finding(due.because(need, paid), figure=standard.figure)


def destitute_support(_case: Case, member: Member) -> Finding:
    """Support of who can neither work nor be supported by anybody (特困人员供养): 名词解释·社会保障兜底扶贫工程."""
    unable = None if member.can_work is None else not member.can_work
    due = all_of(
        condition(unable, (member.number, "can_work"), "unable_to_work", "able_to_work"),
        condition(member.no_supporter, (member.number, "no_supporter"), "no_supporter", "has_supporter"),
    )
    return Finding(due.because(because("destitute_examined"), because("amount_set_locally")))


def temporary_relief(case: HouseholdCase) -> Finding:
    """Relief in a sudden hardship (临时救助): 名词解释·社会保障兜底扶贫工程. Set locally."""
    hardship = condition(case.household.sudden_hardship, ("sudden_hardship",), "sudden_hardship", "no_sudden_hardship")
    return Finding(hardship.because(because("amount_set_locally")))


def direct_cash(case: HouseholdCase) -> Finding:
    """Cash for households just above the minimum-living standard (现金直补): 八.1, 八.2. Fen a year."""
    near = _near_standard(case)
    due = near if near.truth is False else all_of(near, case.somebody_in_need())
    finding = case.pays(due, "social_security.direct_cash.amount")
    if finding.amount is None:
        return finding
    heads = len(case.household.members)
    by_heads = because("by_heads_on_average", each=finding.amount, members=heads)
    return finding._replace(condition=finding.condition.because(by_heads), amount=times(finding.amount, heads))


def _near_standard(case: HouseholdCase) -> Condition:
    """Whether the income a head lies just above the minimum-living standard (处于低保边缘)."""
    standard = case.standard()
    margin = share(standard.amount, case.figures.rate("social_security.direct_cash.margin"))
    income, members = case.household.annual_net_income, len(case.household.members)
    if income is None:
        return unknown(("annual_net_income",))
    line, limit = times(standard.amount, members), times(standard.amount + int(margin), members)
    operands: tuple[tuple[str, Operand], ...] = (
        ("income", income),
        ("members", members),
        ("line", line),
        ("limit", limit),
        ("standard", standard.amount),
        ("whose", standard.whose),
    )
    if income < line:
        return Condition(False, (Reason("income_below_and_not_near", operands),))
    near = income < limit
    return Condition(near, (Reason("income_near" if near else "income_far", operands),))


def pension_premium(case: Case, member: Member) -> Finding:
    """Subsidy to the premium of old-age insurance (养老保险保费补助): 八.2, 报告部分三.(五). Fen a year."""
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
