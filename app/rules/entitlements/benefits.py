"""The list of benefits: every one that a household may claim, in the order in which answers give them."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from app.rules.entitlements import (
    ecology,
    education,
    finance,
    health,
    housing,
    industry,
    relocation,
    social_security,
)
from app.rules.entitlements.case import Case, Finding, HouseholdCase
from app.rules.entitlements.household import Disability, Household, Member
from app.rules.parameters import Figures
from app.rules.registration import Registration
from app.rules.three_valued import KEPT

Form = Literal["cash", "in_kind", "priority"]
Per = Literal["year", "month", "once", "school_year"]
Whom = Literal["poor", "anybody"]
"""Whether a benefit is for the registered poor only (建档立卡贫困人口), or its rule decides for whom it is."""
Status = Literal["entitled", "not_entitled", "undecided"]

STATUS: dict[bool | None, Status] = {True: "entitled", False: "not_entitled", None: "undecided"}


Rule = TypeVar("Rule")


class _Benefit(NamedTuple, Generic[Rule]):
    id: str
    rule: Rule
    form: Form
    per: Per | None = None
    procedure: str | None = None
    whom: Whom = "poor"


class OfMember(_Benefit[Callable[[Case, Member], Finding]]):
    """A benefit that a member may claim by what is known of that member."""


class OfEveryMember(_Benefit[Callable[[Case], Finding]]):
    """A benefit that every member may claim alike, whoever it is."""


class OfHousehold(_Benefit[Callable[[HouseholdCase], Finding]]):
    """A benefit that the household claims as a whole."""


Benefit: TypeAlias = OfMember | OfEveryMember | OfHousehold

BENEFITS: tuple[Benefit, ...] = (
    # Health 健康
    OfEveryMember("health.check_up", health.check_up, "in_kind", "year"),
    OfEveryMember("health.premium_basic", health.premium_basic, "cash", "year"),
    OfEveryMember("health.premium_supplementary", health.premium_supplementary, "cash", "year"),
    OfMember("health.family_doctor", health.family_doctor, "in_kind"),
    OfMember("health.home_bed", health.home_bed, "in_kind"),
    OfEveryMember("health.one_stop", health.one_stop, "in_kind"),
    OfEveryMember("health.reimbursement_uplift", health.reimbursement_uplift, "in_kind"),
    # Education 教育
    OfMember("education.living_allowance", education.living_allowance, "cash", "year"),
    OfMember("education.boarding", education.boarding, "cash", "year"),
    OfMember("education.transport", education.transport, "cash", "year"),
    OfMember("education.yulu", education.yulu, "cash", "school_year", "yulu"),
    OfMember("education.fanhai", education.fanhai, "cash", "once", whom="anybody"),
    OfMember("education.entrant_survey", education.entrant_survey, "in_kind", whom="anybody"),
    # Relocation and housing 搬迁与住房
    OfHousehold("relocation.building_subsidy", relocation.building_subsidy, "cash", "once", whom="anybody"),
    OfHousehold("housing.renovation", housing.renovation, "in_kind"),
    # Industry 产业
    OfHousehold("industry.photovoltaic", industry.photovoltaic, "cash", "year"),
    OfEveryMember("industry.ecommerce_rebate", industry.ecommerce_rebate, "cash", "once"),
    OfHousehold("industry.menu_support", industry.menu_support, "cash", None, "menu_support"),
    OfMember("industry.workshop", industry.workshop, "priority"),
    # Finance 金融
    OfMember("finance.microcredit_interest", finance.microcredit_interest, "cash", "once"),
    # Ecology 生态
    OfMember("ecology.post", ecology.post, "priority"),
    OfHousehold("ecology.farmland_return", ecology.farmland_return, "cash", whom="anybody"),
    # Social security 社会保障
    OfHousehold("social_security.minimum_living", social_security.minimum_living, "cash", "year"),
    OfHousehold("social_security.direct_cash", social_security.direct_cash, "cash", "year"),
    OfMember("social_security.pension_premium", social_security.pension_premium, "cash", "year"),
    OfMember("social_security.disability_living", social_security.disability_living, "cash", "month", whom="anybody"),
    OfMember(
        "social_security.severe_disability_nursing",
        social_security.severe_disability_nursing,
        "cash",
        "year",
        whom="anybody",
    ),
)


BenefitFinding: TypeAlias = tuple[Benefit, Member | None, Finding]
"""A benefit, who would claim it (None: the household), and what the rule finds."""


OF_A_MEMBER = tuple(benefit for benefit in BENEFITS if isinstance(benefit, OfMember))


def assess(household: Household, as_of: dt.date, figures: Figures) -> tuple[list[BenefitFinding], list[str]]:
    """Decide every benefit of a household on a day; return the claims, and the names of the figures that were read."""
    case = HouseholdCase(household, as_of, figures.reader())
    read = case.figures.read
    by_member = []
    for member in household.members:
        findings, own_read = of_member(figures, as_of, household.registration, case.disabilities, member)
        by_member.append((member, findings))
        read += own_read
    found: list[BenefitFinding] = []
    number = 0
    for benefit in BENEFITS:
        if isinstance(benefit, OfMember):
            found += [(benefit, member, findings[number]) for member, findings in by_member]
            number += 1
            continue
        finding = benefit.rule(case) if benefit.whom == "anybody" or case.poor.truth else Finding(case.poor)
        if isinstance(benefit, OfHousehold):
            found.append((benefit, None, finding))
        else:
            found += [(benefit, member, finding) for member in household.members]
    return found, read


@lru_cache(maxsize=KEPT)
def of_member(
    figures: Figures,
    as_of: dt.date,
    status: Registration,
    disabilities: tuple[Disability | None, ...],
    member: Member,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Decide a member's own benefits, in their order, and name the figures read.

    Remembered, for an app asks for the same household again with each fact that it learns: the other members stay.
    """
    case = Case(as_of, figures.reader(), status, disabilities)
    poor = case.poor.truth
    refused = Finding(case.poor)
    findings = [benefit.rule(case, member) if poor or benefit.whom == "anybody" else refused for benefit in OF_A_MEMBER]
    return tuple(findings), tuple(dict.fromkeys(case.figures.read))
