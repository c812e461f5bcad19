"""The figures of households, the benefits in the contract's order, and the readings with their values."""

from datetime import date
from fractions import Fraction

YUAN = 100
"""Fen in a yuan: every amount below is in fen."""

POOR = {"registered": True, "exited_with_policy": True, "none": False, "exited_without_policy": False}
"""Which registration has the benefits of the poor (R10)."""

# Health
PREMIUM_BASIC, PREMIUM_SUPPLEMENTARY = 60 * YUAN, 100 * YUAN  # 七.1.(2)

# Education (六.1, 六.2, 报告部分三.(四))
SUPPLEMENT = {"primary": 1_890 * YUAN, "junior_high": 2_160 * YUAN}
STATES_PART = {"primary": 1_000 * YUAN, "junior_high": 1_250 * YUAN}
SENIOR_ALLOWANCE, UNIVERSITY_ALLOWANCE = 4_050 * YUAN, 10_000 * YUAN
BOARDING_SUBSIDY, TRANSPORT_SUBSIDY = 500 * YUAN, 300 * YUAN
YULU, YULU_IDENTIFIED_BY, YULU_PAID_BY = 1_500 * YUAN, (9, 30), (11, 30)
SPRING, AUTUMN = (5, 31), (10, 31)
FANHAI, FANHAI_YEAR = 5_000 * YUAN, 2017

# Relocation (四.6)
BUILDING_REGISTERED, BUILDING_ALONG = 20_000 * YUAN, 10_000 * YUAN  # a person
CEILING_M2, CEILING_M2_MORE = {1: 25, 2: 50, 3: 60}, 80  # by members

# Industry (二.3, 二.4)
PHOTOVOLTAIC = 3_000 * YUAN
REBATE = 300 * YUAN

# Loans (三.1)
INTEREST_RATE = Fraction(5, 100)
LOANS_FROM, LOANS_BEFORE = date(2017, 1, 1), date(2021, 1, 1)
OLDEST_BORROWER = 65
USUAL_LOAN = 50_000 * YUAN

# Ecology: the counties where all steep farmland is returned (五.1, R29), the eight national poor ones of Ulanqab:
# Zhuozi, Huade, Shangdu, Xinghe, the three Chahar Right banners and Siziwang (报告部分一)
DEEPLY_POOR = {"150921", "150922", "150923", "150924", "150926", "150927", "150928", "150929"}

# Social security (八.1, 八.2)
AVERAGE_STANDARD = 3_906 * YUAN  # a person a year
DIRECT_CASH_2017, DIRECT_CASH = 2_800 * YUAN, 3_000 * YUAN  # a person
PENSION = 100 * YUAN
DISABILITY_LIVING = 80 * YUAN  # a month
NURSING = 960 * YUAN
OLD = 60
INSURED_FROM, INSURED_TO = 16, 59

PERIOD_OVER = date(2019, 1, 1)
"""The first day on which the figures are carried forward."""

STAGES = ["primary", "junior_high", "senior_high", "university", "vocational_secondary", "vocational_higher"]
DISABILITIES = ["none", "ordinary", "severe"]

CASH, IN_KIND, PRIORITY = "cash", "in_kind", "priority"
HOUSEHOLD, MEMBER = "household", "member"

BENEFITS: dict[str, tuple[str, str, str | None]] = {
    "health.check_up": (MEMBER, IN_KIND, "year"),
    "health.premium_basic": (MEMBER, CASH, "year"),
    "health.premium_supplementary": (MEMBER, CASH, "year"),
    "health.family_doctor": (MEMBER, IN_KIND, None),
    "health.home_bed": (MEMBER, IN_KIND, None),
    "health.one_stop": (MEMBER, IN_KIND, None),
    "health.reimbursement_uplift": (MEMBER, IN_KIND, None),
    "health.treatment_batch": (MEMBER, IN_KIND, None),
    "health.medical_relief": (MEMBER, IN_KIND, None),
    "education.living_allowance": (MEMBER, CASH, "year"),
    "education.boarding": (MEMBER, CASH, "year"),
    "education.transport": (MEMBER, CASH, "year"),
    "education.yulu": (MEMBER, CASH, "school_year"),
    "education.fanhai": (MEMBER, CASH, "once"),
    "education.entrant_survey": (MEMBER, IN_KIND, None),
    "education.training": (MEMBER, IN_KIND, None),
    "relocation.building_subsidy": (HOUSEHOLD, CASH, "once"),
    "relocation.self_arranged_cash": (HOUSEHOLD, CASH, None),
    "housing.renovation": (HOUSEHOLD, IN_KIND, None),
    "industry.photovoltaic": (HOUSEHOLD, CASH, "year"),
    "industry.ecommerce_rebate": (MEMBER, CASH, "once"),
    "industry.menu_support": (HOUSEHOLD, CASH, None),
    "industry.workshop": (MEMBER, PRIORITY, None),
    "finance.microcredit_interest": (MEMBER, CASH, "once"),
    "ecology.post": (MEMBER, PRIORITY, None),
    "ecology.farmland_return": (HOUSEHOLD, CASH, None),
    "social_security.minimum_living": (HOUSEHOLD, CASH, "year"),
    "social_security.destitute_support": (MEMBER, CASH, None),
    "social_security.temporary_relief": (HOUSEHOLD, CASH, None),
    "social_security.direct_cash": (HOUSEHOLD, CASH, "year"),
    "social_security.pension_premium": (MEMBER, CASH, "year"),
    "social_security.disability_living": (MEMBER, CASH, "month"),
    "social_security.severe_disability_nursing": (MEMBER, CASH, "year"),
}
"""Whose a benefit is, its form and its period, in the order of the contract's list."""

REGISTRATION_ALONE = {
    *("health.check_up", "health.premium_basic", "health.premium_supplementary", "health.family_doctor"),
    *("health.one_stop", "health.reimbursement_uplift", "health.medical_relief", "industry.ecommerce_rebate"),
}
"""Benefits that depend on the registration, which is always given, and so are never undecided."""

PROCEDURES = {"education.yulu": "yulu", "industry.menu_support": "menu_support"}  # 六.3, 二.1.(2)

READINGS: dict[str, tuple[str, ...]] = {
    "transport_pupils": ("with_senior_high", "without"),  # R12
    "ecommerce_period": ("once", "year"),  # R16
    "photovoltaic_groups": ("either", "both"),  # R17
    "industry_support": ("able_to_work", "every_household"),  # R18
    "university_boarding": ("not_asked", "asked"),  # R20
    "pupils_allowance": ("boarders", "every_pupil"),  # R22
    "higher_vocational": ("included", "undergraduates_only"),  # R23
    "vocational_senior_high": ("not_included", "included"),  # R24
    "home_bed": ("ill_and_either", "ill_and_both"),  # R25
    "renovation_groups": ("key_groups", "registered_only"),  # R26
    "interest_days": ("whole_months_then_360", "actual_360", "actual_365"),  # R27
    "minimum_living_need": ("not_asked", "asked"),  # R28
}
"""The readings of households, each with its values; the first is the default that ships."""

DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "health.home_bed": ("home_bed",),
    "education.living_allowance": (
        *("university_boarding", "pupils_allowance", "higher_vocational", "vocational_senior_high"),
    ),
    "education.boarding": ("vocational_senior_high",),
    "education.transport": ("transport_pupils", "vocational_senior_high"),
    "education.fanhai": ("higher_vocational",),
    "education.entrant_survey": ("higher_vocational",),
    "housing.renovation": ("renovation_groups",),
    "industry.photovoltaic": ("photovoltaic_groups",),
    "industry.ecommerce_rebate": ("ecommerce_period",),
    "industry.menu_support": ("industry_support",),
    "industry.workshop": ("industry_support",),
    "finance.microcredit_interest": ("interest_days",),
    "social_security.minimum_living": ("minimum_living_need",),
}
"""The readings that a benefit can depend on, in the order of `READINGS`."""

HOUSEHOLD_FACTS = [
    *("county", "annual_net_income", "relocation", "relocation/kind", "relocation/arrangement"),
    *("dilapidated_house", "steep_farmland", "sudden_hardship"),
]
MEMBER_FACTS = [
    *("head", "birth_date", "can_work", "disability", "in_difficulty", "chronic_disease", "mobility_impaired"),
    *("pension_insured", "student", "student/stage", "student/boarding", "student/school_in_county_seat"),
    *("student/entered_university_in", "loan", "loan/principal", "loan/from", "loan/to"),
    *("major_disease", "no_supporter"),
]
"""The facts in the order of the contract, which ranks questions that decide as much as each other."""
