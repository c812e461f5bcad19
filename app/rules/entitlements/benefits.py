"""The list of benefits that a household may claim, in the order of the answers."""

import datetime as dt
from collections.abc import Callable, Generator, Hashable
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
from app.rules.entitlements.finding_cache import (
    FactsOfHousehold,
    FactsOfMember,
    FindingCache,
    aged,
    cache_of,
    facts,
    facts_unless,
)
from app.rules.entitlements.household import Absent, Disability, Household, Loan, Member, Relocation
from app.rules.parameters import Figures
from app.rules.readings import HouseholdReadings
from app.rules.registration import BENEFITS as GIVES_BENEFITS
from app.rules.registration import REASON, Registration
from app.rules.three_valued import CACHE_SIZE, fails

Form = Literal["cash", "in_kind", "priority"]
Whom = Literal["poor", "anybody"]
"""Whether a benefit is for the registered poor only (建档立卡贫困人口), or its rule decides who gets it."""
Status = Literal["entitled", "not_entitled", "undecided"]

STATUS: dict[bool | None, Status] = {True: "entitled", False: "not_entitled", None: "undecided"}


Rule = TypeVar("Rule")
Facts = TypeVar("Facts")


class _Benefit(NamedTuple, Generic[Rule, Facts]):
    id: str
    rule: Rule
    form: Form
    per: Per | None = None
    procedure: str | None = None
    whom: Whom = "poor"
    readings: tuple[str, ...] = ()
    """The readings that the rule may consult: what is found rests on them."""
    facts: Facts | None = None
    """The facts by which a finding is kept, where the rule looks at few; None for a rule that is run each time."""


class MemberBenefit(_Benefit[Callable[[Case, Member], Finding], FactsOfMember]):
    """A benefit that depends on the facts of the member who claims it."""


class EveryMemberBenefit(_Benefit[Callable[[HouseholdCase], Finding], FactsOfHousehold]):
    """A benefit that is the same for every member."""


class HouseholdBenefit(_Benefit[Callable[[HouseholdCase], Finding], FactsOfHousehold]):
    """A benefit of the household as a whole."""


Benefit: TypeAlias = MemberBenefit | EveryMemberBenefit | HouseholdBenefit

_R23, _R24 = "higher_vocational", "vocational_senior_high"


def _nothing(_case: HouseholdCase) -> tuple[()]:
    """Name no fact: the finding is the same for every household of a status."""
    return ()


def _able(case: HouseholdCase) -> tuple[bool | None, ...]:
    return tuple([member.can_work for member in case.household.members])


def _able_heads(case: HouseholdCase) -> tuple[tuple[bool | None, bool | None, Disability | None], ...]:
    return tuple([(member.can_work, member.head, member.disability) for member in case.household.members])


def _relocated(case: HouseholdCase) -> tuple[Relocation | Absent | None, int]:
    return case.household.relocation, len(case.household.members)


def _steep(case: HouseholdCase) -> tuple[bool | None, bool]:
    return case.household.steep_farmland, case.household.county is None


def _hardship(case: HouseholdCase) -> tuple[bool | None]:
    return (case.household.sudden_hardship,)


def _poor_house(case: HouseholdCase) -> tuple[bool | None] | None:
    """Name the fact that decides a poor household's renovation; None for another's, which depends on its income."""
    return (case.household.dilapidated_house,) if case.poor.truth else None


def _seriously_ill(case: HouseholdCase) -> bool:
    return any(member.major_disease for member in case.household.members)


BENEFITS: tuple[Benefit, ...] = (
    # Health 健康
    EveryMemberBenefit("health.check_up", health.check_up, "in_kind", "year", facts=_nothing),
    EveryMemberBenefit("health.premium_basic", health.premium_basic, "cash", "year", facts=_nothing),
    EveryMemberBenefit("health.premium_supplementary", health.premium_supplementary, "cash", "year", facts=_nothing),
    MemberBenefit("health.family_doctor", health.family_doctor, "in_kind", facts=facts("chronic_disease")),
    MemberBenefit(
        "health.home_bed",
        health.home_bed,
        "in_kind",
        readings=("home_bed",),
        facts=facts("chronic_disease", "major_disease", "mobility_impaired", "age"),
    ),
    EveryMemberBenefit("health.one_stop", health.one_stop, "in_kind", facts=_nothing),
    EveryMemberBenefit("health.reimbursement_uplift", health.reimbursement_uplift, "in_kind", facts=_nothing),
    MemberBenefit(
        "health.treatment_batch", health.treatment_batch, "in_kind", facts=facts("chronic_disease", "major_disease")
    ),
    EveryMemberBenefit("health.medical_relief", health.medical_relief, "in_kind", facts=_seriously_ill),
    # Education 教育
    MemberBenefit(
        "education.living_allowance",
        education.living_allowance,
        "cash",
        "year",
        readings=("university_boarding", "pupils_allowance", _R23, _R24),
        facts=facts("student"),
    ),
    MemberBenefit("education.boarding", education.boarding, "cash", "year", readings=(_R24,), facts=facts("student")),
    MemberBenefit(
        "education.transport",
        education.transport,
        "cash",
        "year",
        readings=("transport_pupils", _R24),
        facts=facts("student"),
    ),
    MemberBenefit("education.yulu", education.yulu, "cash", "school_year", "yulu", facts=facts("student")),
    MemberBenefit("education.fanhai", education.fanhai, "cash", "once", whom="anybody", readings=(_R23,)),
    MemberBenefit(
        "education.entrant_survey",
        education.entrant_survey,
        "in_kind",
        whom="anybody",
        readings=(_R23,),
        facts=facts("student", "in_difficulty"),
    ),
    MemberBenefit("education.training", education.training, "in_kind", facts=facts("student", "can_work")),
    # Relocation and housing 搬迁与住房
    HouseholdBenefit(
        "relocation.building_subsidy", relocation.building_subsidy, "cash", "once", whom="anybody", facts=_relocated
    ),
    HouseholdBenefit(
        "relocation.self_arranged_cash", relocation.self_arranged_cash, "cash", whom="anybody", facts=_relocated
    ),
    HouseholdBenefit(
        "housing.renovation",
        housing.renovation,
        "in_kind",
        whom="anybody",
        readings=("renovation_groups",),
        facts=_poor_house,
    ),
    # Industry 产业
    HouseholdBenefit(
        "industry.photovoltaic",
        industry.photovoltaic,
        "cash",
        "year",
        readings=("photovoltaic_groups",),
        facts=_able_heads,
    ),
    EveryMemberBenefit(
        "industry.ecommerce_rebate",
        industry.ecommerce_rebate,
        "cash",
        "once",
        readings=("ecommerce_period",),
        facts=_nothing,
    ),
    HouseholdBenefit(
        "industry.menu_support",
        industry.menu_support,
        "cash",
        None,
        "menu_support",
        readings=("industry_support",),
        facts=_able,
    ),
    MemberBenefit(
        "industry.workshop", industry.workshop, "priority", readings=("industry_support",), facts=facts("can_work")
    ),
    # Finance 金融
    MemberBenefit(
        "finance.microcredit_interest",
        finance.microcredit_interest,
        "cash",
        "once",
        readings=("interest_days",),
        facts=facts_unless(Loan, "loan", "age"),
    ),
    # Ecology 生态
    MemberBenefit("ecology.post", ecology.post, "priority", facts=facts("can_work")),
    HouseholdBenefit("ecology.farmland_return", ecology.farmland_return, "cash", whom="anybody", facts=_steep),
    # Social security 社会保障
    HouseholdBenefit(
        "social_security.minimum_living",
        social_security.minimum_living,
        "cash",
        "year",
        whom="anybody",
        readings=("minimum_living_need",),
    ),
    MemberBenefit(
        "social_security.destitute_support",
        social_security.destitute_support,
        "cash",
        facts=facts("can_work", "no_supporter"),
    ),
    HouseholdBenefit("social_security.temporary_relief", social_security.temporary_relief, "cash", facts=_hardship),
    HouseholdBenefit("social_security.direct_cash", social_security.direct_cash, "cash", "year"),
    MemberBenefit(
        "social_security.pension_premium",
        social_security.pension_premium,
        "cash",
        "year",
        facts=facts("pension_insured", "age"),
    ),
    MemberBenefit(
        "social_security.disability_living",
        social_security.disability_living,
        "cash",
        "month",
        whom="anybody",
        facts=facts("disability", "in_difficulty"),
    ),
    MemberBenefit(
        "social_security.severe_disability_nursing",
        social_security.severe_disability_nursing,
        "cash",
        "year",
        whom="anybody",
        facts=facts("disability"),
    ),
)


BenefitFinding: TypeAlias = tuple[Benefit, Member | None, Finding]
"""A benefit, the member who would claim it (None: the household), and the finding of its rule."""


REFUSED: dict[Registration, Finding] = {
    status: Finding(fails(REASON[status])) for status, benefits in GIVES_BENEFITS.items() if not benefits
}
"""How the statuses without the benefits of the poor are refused what is for the poor only."""

MEMBER_BENEFITS = tuple(benefit for benefit in BENEFITS if isinstance(benefit, MemberBenefit))


_RUN = tuple((benefit, benefit.id, benefit.facts, benefit.whom == "poor") for benefit in MEMBER_BENEFITS)


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
    cache = cache_of(figures, as_of, taken, household.registration)
    refused = REFUSED.get(household.registration)
    result: list[BenefitFinding] = []
    number = 0
    for benefit in BENEFITS:
        if isinstance(benefit, MemberBenefit):
            result += [(benefit, member, findings[number]) for member, findings in by_member]
            number += 1
            continue
        if refused is not None and benefit.whom == "poor":
            finding = refused
        else:
            known = None if benefit.facts is None else benefit.facts(case)
            kept = None if known is None else cache.kept.get((benefit.id, known))
            if kept is None:
                finding = _decide(benefit, case, known, cache)
            else:
                finding = kept[0]
                read += kept[1]
        if isinstance(benefit, HouseholdBenefit):
            result.append((benefit, None, finding))
        else:
            result += [(benefit, member, finding) for member in household.members]
    return result, read


def assess_members(
    household: Household, as_of: dt.date, figures: Figures, readings: HouseholdReadings
) -> Generator[None, None, None]:
    """Decide the benefits of each member and yield; `assess` then finds them decided."""
    case = HouseholdCase(household, as_of, figures.reader(), readings)
    shared = SharedFacts(as_of, readings, household.registration, case.disabilities)
    for member in household.members:
        assess_member(figures, shared, member)
        yield


def _decide(
    benefit: EveryMemberBenefit | HouseholdBenefit, case: HouseholdCase, known: Hashable, cache: FindingCache
) -> Finding:
    """Run the rule of a household's benefit, and keep the finding by what is known, unless that is None."""
    read = case.figures.read
    before = len(read)
    finding = find(case, partial(benefit.rule, case)) if benefit.readings else benefit.rule(case)
    if known is not None:
        cache.keep(benefit.id, known, finding, read[before:])
    return finding


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
    cache = cache_of(figures, shared.as_of, shared.readings, shared.status)
    refused = REFUSED.get(shared.status)
    read, old = case.figures.read, aged(member, shared.as_of)
    findings = []
    for benefit, benefit_id, facts_of, for_poor in _RUN:
        if for_poor and refused is not None:
            findings.append(refused)
            continue
        known = None if facts_of is None else facts_of(old)
        kept = None if known is None else cache.kept.get((benefit_id, known))
        if kept is None:
            findings.append(_decide_of_member(benefit, case, member, known, cache))
        else:
            findings.append(kept[0])
            read += kept[1]
    return tuple(findings), tuple(dict.fromkeys(read))


def _decide_of_member(
    benefit: MemberBenefit, case: Case, member: Member, known: Hashable, cache: FindingCache
) -> Finding:
    """Run the rule of a member's benefit, and keep the finding by what is known, unless that is None."""
    read = case.figures.read
    before = len(read)
    finding = find(case, partial(benefit.rule, case, member)) if benefit.readings else benefit.rule(case, member)
    if known is not None:
        cache.keep(benefit.id, known, finding, read[before:])
    return finding
