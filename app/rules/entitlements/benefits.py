"""The list of benefits that a household may claim, in the order of the answers."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache, partial
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
from app.rules.entitlements.alternatives import find
from app.rules.entitlements.case import Case, Finding, HouseholdCase, Per
from app.rules.entitlements.household import Disability, Household, Member
from app.rules.parameters import Figures
from app.rules.readings import HouseholdReadings
from app.rules.registration import Registration
from app.rules.three_valued import CACHE_SIZE

Form = Literal["cash", "in_kind", "priority"]
Whom = Literal["poor", "anybody"]
"""Whether a benefit is for the registered poor only (建档立卡贫困人口), or its rule decides who gets it."""
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
    readings: tuple[str, ...] = ()
    """The readings that the rule may consult: what is found rests on them."""


class MemberBenefit(_Benefit[Callable[[Case, Member], Finding]]):
    """A benefit that depends on the facts of the member who claims it."""


class EveryMemberBenefit(_Benefit[Callable[[HouseholdCase], Finding]]):
    """A benefit that is the same for every member."""


class HouseholdBenefit(_Benefit[Callable[[HouseholdCase], Finding]]):
    """A benefit of the household as a whole."""


Benefit: TypeAlias = MemberBenefit | EveryMemberBenefit | HouseholdBenefit

_R23, _R24 = "higher_vocational", "vocational_senior_high"

BENEFITS: tuple[Benefit, ...] = (
    # Health 健康
    EveryMemberBenefit("health.check_up", health.check_up, "in_kind", "year"),
    EveryMemberBenefit("health.premium_basic", health.premium_basic, "cash", "year"),
    EveryMemberBenefit("health.premium_supplementary", health.premium_supplementary, "cash", "year"),
    MemberBenefit("health.family_doctor", health.family_doctor, "in_kind"),
    MemberBenefit("health.home_bed", health.home_bed, "in_kind", readings=("home_bed",)),
    EveryMemberBenefit("health.one_stop", health.one_stop, "in_kind"),
    EveryMemberBenefit("health.reimbursement_uplift", health.reimbursement_uplift, "in_kind"),
    MemberBenefit("health.treatment_batch", health.treatment_batch, "in_kind"),
    EveryMemberBenefit("health.medical_relief", health.medical_relief, "in_kind"),
    # Education 教育
    MemberBenefit(
        "education.living_allowance",
        education.living_allowance,
        "cash",
        "year",
        readings=("university_boarding", "pupils_allowance", _R23, _R24),
    ),
    MemberBenefit("education.boarding", education.boarding, "cash", "year", readings=(_R24,)),
    MemberBenefit("education.transport", education.transport, "cash", "year", readings=("transport_pupils", _R24)),
    MemberBenefit("education.yulu", education.yulu, "cash", "school_year", "yulu"),
    MemberBenefit("education.fanhai", education.fanhai, "cash", "once", whom="anybody", readings=(_R23,)),
    MemberBenefit("education.entrant_survey", education.entrant_survey, "in_kind", whom="anybody", readings=(_R23,)),
    MemberBenefit("education.training", education.training, "in_kind"),
    # Relocation and housing 搬迁与住房
    HouseholdBenefit("relocation.building_subsidy", relocation.building_subsidy, "cash", "once", whom="anybody"),
    HouseholdBenefit("relocation.self_arranged_cash", relocation.self_arranged_cash, "cash", whom="anybody"),
    HouseholdBenefit(
        "housing.renovation", housing.renovation, "in_kind", whom="anybody", readings=("renovation_groups",)
    ),
    # Industry 产业
    HouseholdBenefit("industry.photovoltaic", industry.photovoltaic, "cash", "year", readings=("photovoltaic_groups",)),
    EveryMemberBenefit(
        "industry.ecommerce_rebate", industry.ecommerce_rebate, "cash", "once", readings=("ecommerce_period",)
    ),
    HouseholdBenefit(
        "industry.menu_support", industry.menu_support, "cash", None, "menu_support", readings=("industry_support",)
    ),
    MemberBenefit("industry.workshop", industry.workshop, "priority", readings=("industry_support",)),
    # Finance 金融
    MemberBenefit(
        "finance.microcredit_interest", finance.microcredit_interest, "cash", "once", readings=("interest_days",)
    ),
    # Ecology 生态
    MemberBenefit("ecology.post", ecology.post, "priority"),
    HouseholdBenefit("ecology.farmland_return", ecology.farmland_return, "cash", whom="anybody"),
    # Social security 社会保障
    HouseholdBenefit(
        "social_security.minimum_living",
        social_security.minimum_living,
        "cash",
        "year",
        whom="anybody",
        readings=("minimum_living_need",),
    ),
    MemberBenefit("social_security.destitute_support", social_security.destitute_support, "cash"),
    HouseholdBenefit("social_security.temporary_relief", social_security.temporary_relief, "cash"),
    HouseholdBenefit("social_security.direct_cash", social_security.direct_cash, "cash", "year"),
    MemberBenefit("social_security.pension_premium", social_security.pension_premium, "cash", "year"),
    MemberBenefit(
        "social_security.disability_living", social_security.disability_living, "cash", "month", whom="anybody"
    ),
    MemberBenefit(
        "social_security.severe_disability_nursing",
        social_security.severe_disability_nursing,
        "cash",
        "year",
        whom="anybody",
    ),
)


BenefitFinding: TypeAlias = tuple[Benefit, Member | None, Finding]
"""A benefit, the member who would claim it (None: the household), and the finding of its rule."""


MEMBER_BENEFITS = tuple(benefit for benefit in BENEFITS if isinstance(benefit, MemberBenefit))


def assess(
    household: Household, as_of: dt.date, figures: Figures, readings: HouseholdReadings | None = None
) -> tuple[list[BenefitFinding], list[str]]:
    """Decide every benefit of a household on a day; return the findings, and the names of the figures read.

    Without `readings` the defaults in force hold.
    """
    taken = readings or figures.household_readings
    case = HouseholdCase(household, as_of, figures.reader(), taken)
    read = case.figures.read
    by_member = []
    shared = SharedFacts(as_of, taken, household.registration, case.disabilities)
    for member in household.members:
        findings, own_read = assess_member(figures, shared, member)
        by_member.append((member, findings))
        read += own_read
    result: list[BenefitFinding] = []
    number = 0
    for benefit in BENEFITS:
        if isinstance(benefit, MemberBenefit):
            result += [(benefit, member, findings[number]) for member, findings in by_member]
            number += 1
            continue
        if benefit.whom == "poor" and not case.poor.truth:
            finding = Finding(case.poor)
        elif benefit.readings:
            finding = find(case, partial(benefit.rule, case))
        else:
            finding = benefit.rule(case)
        if isinstance(benefit, HouseholdBenefit):
            result.append((benefit, None, finding))
        else:
            result += [(benefit, member, finding) for member in household.members]
    return result, read


class SharedFacts(NamedTuple):
    """What the findings about a member depend on beside the figures and the member."""

    as_of: dt.date
    readings: HouseholdReadings
    status: Registration
    disabilities: tuple[Disability | None, ...]


@lru_cache(maxsize=CACHE_SIZE)
def assess_member(figures: Figures, shared: SharedFacts, member: Member) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Decide the benefits of one member, in their order, and name the figures read.

    Cached, because an app sends the same household again with each fact that it learns, and the other members stay.
    """
    case = Case(shared.as_of, figures.reader(), shared.readings, shared.status, shared.disabilities)
    poor = case.poor.truth
    refused = Finding(case.poor)
    findings = []
    for benefit in MEMBER_BENEFITS:
        if benefit.whom == "poor" and not poor:
            findings.append(refused)
        elif benefit.readings:
            findings.append(find(case, partial(benefit.rule, case, member)))
        else:
            findings.append(benefit.rule(case, member))
    return tuple(findings), tuple(dict.fromkeys(case.figures.read))
