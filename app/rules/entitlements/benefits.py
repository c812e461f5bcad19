"""The list of benefits: every one that a household may claim, in the order in which answers give them."""

import datetime as dt
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

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
from app.rules.entitlements.case import Case, Finding
from app.rules.entitlements.household import Household, Member
from app.rules.parameters import Figures

Form = Literal["cash", "in_kind", "priority"]
Per = Literal["year", "month", "once", "school_year"]
Whom = Literal["poor", "anybody"]
"""Whether a benefit is for the registered poor only (建档立卡贫困人口), or its rule decides for whom it is."""
Status = Literal["entitled", "not_entitled", "undecided"]

STATUS: dict[bool | None, Status] = {True: "entitled", False: "not_entitled", None: "undecided"}


class OfMember(NamedTuple):
    """A benefit that each member may claim."""

    id: str
    rule: Callable[[Case, Member], Finding]
    form: Form
    per: Per | None = None
    procedure: str | None = None
    whom: Whom = "poor"


class OfHousehold(NamedTuple):
    """A benefit that the household claims as a whole."""

    id: str
    rule: Callable[[Case], Finding]
    form: Form
    per: Per | None = None
    procedure: str | None = None
    whom: Whom = "poor"


Benefit = OfMember | OfHousehold

BENEFITS: tuple[Benefit, ...] = (
    # Health 健康
    OfMember("health.check_up", health.check_up, "in_kind", "year"),
    OfMember("health.premium_basic", health.premium_basic, "cash", "year"),
    OfMember("health.premium_supplementary", health.premium_supplementary, "cash", "year"),
    OfMember("health.family_doctor", health.family_doctor, "in_kind"),
    OfMember("health.home_bed", health.home_bed, "in_kind"),
    OfMember("health.one_stop", health.one_stop, "in_kind"),
    OfMember("health.reimbursement_uplift", health.reimbursement_uplift, "in_kind"),
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
    OfMember("industry.ecommerce_rebate", industry.ecommerce_rebate, "cash", "once"),
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


Claim: TypeAlias = tuple[Benefit, Member | None, Finding]
"""A benefit, who would claim it (None: the household), and what the rule finds."""


def claims(household: Household, as_of: dt.date, figures: Figures) -> tuple[list[Claim], list[str]]:
    """Decide every benefit of a household on a day; return the claims, and the names of the figures that were read."""
    case = Case(household, as_of, figures.reader())
    refused = None if case.poor.truth else Finding(case.poor)
    found: list[Claim] = []
    for benefit in BENEFITS:
        shut = refused if benefit.whom == "poor" else None
        if isinstance(benefit, OfMember):
            rule = benefit.rule
            found += [(benefit, member, shut or rule(case, member)) for member in household.members]
        else:
            found.append((benefit, None, shut or benefit.rule(case)))
    return found, case.figures.read
