"""The oracle agrees with cases worked by hand: where a household lives, what it earns, borrows and is given."""

from typing import Any

import pytest

from tests.support.entitlement_oracle import entitlements, questions, summary
from tests.support.grid import grid
from tests.support.worked_households import GRANTED, REFUSED, ask, body, found, member, of_first

pytestmark = pytest.mark.lengthy

Json = dict[str, Any]

ABLE: Json = {
    "birth_date": "1985-01-01",
    "can_work": True,
    "disability": "none",
    "chronic_disease": False,
    "major_disease": False,
}

# Where it lives ------------------------------------------------------------------------------------


@grid(("members", "ceiling"), [(1, 25), (2, 50), (3, 60), (4, 80), (6, 80)])
def test_a_household_relocated_as_registered_has_20000_a_person_and_a_ceiling(members: int, ceiling: int) -> None:
    people = [member(id=str(number)) for number in range(members)]
    case = ask("2018-05-31", "registered", *people, relocation={"kind": "registered"})
    subsidy = case["relocation.building_subsidy", None]
    assert (subsidy["amount"], subsidy["area_ceiling_m2"], subsidy["per"]) == (members * 20_000_00, ceiling, "once")
    for registration in ("registered", "none"):
        subsidy = ask("2018-05-31", registration, *people, relocation={"kind": "along"})[
            "relocation.building_subsidy", None
        ]
        assert (subsidy["amount"], subsidy["area_ceiling_m2"]) == (members * 10_000_00, None)
    case = ask("2018-05-31", "none", *people, relocation={"kind": "registered"})
    assert found(case["relocation.building_subsidy", None]) == REFUSED


def test_a_relocation_whose_kind_is_unknown_is_open() -> None:
    for registration in ("registered", "none"):
        case = ask("2018-05-31", registration, member(), relocation={"arrangement": "scattered"})
        assert found(case["relocation.building_subsidy", None])[2] == ["/household/relocation/kind"]
        assert found(case["relocation.self_arranged_cash", None]) == REFUSED


def test_who_arranges_the_resettlement_itself_has_cash_that_is_set_locally() -> None:
    case = ask("2018-05-31", "registered", member(), relocation={"arrangement": "self_arranged"})
    assert found(case["relocation.self_arranged_cash", None]) == GRANTED
    case = ask("2018-05-31", "none", member(), relocation={"kind": "registered", "arrangement": "self_arranged"})
    assert found(case["relocation.self_arranged_cash", None]) == REFUSED
    case = ask("2018-05-31", "none", member(), relocation={"arrangement": "self_arranged"})
    assert found(case["relocation.self_arranged_cash", None])[2] == ["/household/relocation/kind"]
    case = ask("2018-05-31", "registered", member(), relocation={"kind": "along"})
    assert found(case["relocation.self_arranged_cash", None])[2] == ["/household/relocation/arrangement"]
    case = ask("2018-05-31", "registered", member())
    assert found(case["relocation.self_arranged_cash", None])[2] == ["/household/relocation"]


@grid("as_of", ["2018-05-31", "2019-01-01", "2021-06-01"])
def test_a_dilapidated_house_is_renovated_for_key_groups_on_every_day(as_of: str) -> None:
    falling = {"dilapidated_house": True}
    disability = of_first("disability")
    for registration, facts, income, expected in (
        ("registered", {}, None, GRANTED),
        ("none", {"disability": "ordinary"}, None, GRANTED),
        ("none", {}, "3905.99", GRANTED),
        ("none", {}, "3906.00", ("undecided", None, disability)),
        ("none", {"disability": "none"}, "3906.00", REFUSED),
        ("none", {"disability": "none"}, None, ("undecided", None, ["/household/annual_net_income"])),
        ("none", {}, None, ("undecided", None, ["/household/annual_net_income", *disability])),
    ):
        case = ask(as_of, registration, member(**facts), annual_net_income=income, **falling)
        assert found(case["housing.renovation", None]) == expected
    case = ask(as_of, "none", member(disability="severe"), readings={"renovation_groups": "registered_only"}, **falling)
    assert found(case["housing.renovation", None]) == REFUSED
    assert found(ask(as_of, "registered", member(), dilapidated_house=False)["housing.renovation", None]) == REFUSED


@grid(
    ("county", "steep", "expected"),
    [
        ("150923", True, GRANTED),
        ("150902", True, GRANTED),
        (None, True, GRANTED),
        ("150923", False, REFUSED),
        ("150902", False, REFUSED),
        (None, False, ("undecided", None, ["/household/county"])),
        ("150902", None, ("undecided", None, ["/household/steep_farmland"])),
        (None, None, ("undecided", None, ["/household/county", "/household/steep_farmland"])),
    ],
)
def test_a_no_about_steep_farmland_is_settled_once_the_county_is_known(
    county: str | None, steep: bool | None, expected: Any
) -> None:
    for registration in ("registered", "none"):
        case = ask("2018-05-31", registration, member(), county=county, steep_farmland=steep)
        assert found(case["ecology.farmland_return", None]) == expected


# What it earns and borrows -------------------------------------------------------------------------


def test_the_head_alone_may_decide_the_photovoltaic_income() -> None:
    first = member(can_work=True, disability="severe")
    second = member(id="b", can_work=True, disability="none")
    case = ask("2018-05-31", "registered", first, second)
    assert found(case["industry.photovoltaic", None])[2] == of_first("head")
    case = ask("2018-05-31", "registered", first, second | {"head": True})
    assert found(case["industry.photovoltaic", None]) == REFUSED
    case = ask("2018-05-31", "registered", first | {"head": True}, second)
    assert found(case["industry.photovoltaic", None]) == ("entitled", "3000.00", [])
    case = ask("2018-05-31", "registered", first | {"disability": None}, second)
    assert found(case["industry.photovoltaic", None])[2] == of_first("head", "disability")


def test_photovoltaic_income_may_need_both_that_nobody_works_and_that_the_head_is_disabled() -> None:
    both = {"photovoltaic_groups": "both"}
    for facts, either, needs_both in (
        ({"head": True, "can_work": False, "disability": "none"}, "entitled", "not_entitled"),
        ({"head": True, "can_work": True, "disability": "ordinary"}, "entitled", "not_entitled"),
        ({"head": True, "can_work": False, "disability": "ordinary"}, "entitled", "entitled"),
        ({"head": True, "can_work": True, "disability": "none"}, "not_entitled", "not_entitled"),
    ):
        for readings, status in (({}, either), (both, needs_both)):
            case = ask("2018-05-31", "registered", member(**facts), readings=readings)
            assert case["industry.photovoltaic", None]["status"] == status


def test_the_rebate_is_paid_once_or_by_the_year_and_is_summed_so() -> None:
    for value in ("once", "year"):
        case = ask("2018-05-31", "registered", member(), readings={"ecommerce_period": value})
        assert found(case["industry.ecommerce_rebate", "a"]) == ("entitled", "300.00", [])
        assert case["industry.ecommerce_rebate", "a"]["per"] == value
        sums = summary(list(case.values()))
        assert (sums["cash_per_year"], sums["cash_once"]) == ((160_00, 300_00) if value == "once" else (460_00, 0))


def test_support_of_industry_is_for_who_can_work_or_for_every_poor_household() -> None:
    for readings, expected in (({}, REFUSED), ({"industry_support": "every_household"}, GRANTED)):
        case = ask("2018-05-31", "registered", member(can_work=False), readings=readings)
        assert found(case["industry.menu_support", None]) == expected
        assert found(case["industry.workshop", "a"]) == expected
        assert found(case["ecology.post", "a"]) == REFUSED
        assert found(case["education.training", "a"]) == REFUSED
    case = ask("2018-05-31", "none", member(can_work=True), readings={"industry_support": "every_household"})
    assert found(case["industry.menu_support", None]) == found(case["industry.workshop", "a"]) == REFUSED


@grid(
    ("loan", "birth", "expected"),
    [
        (
            {"principal": "50000.00", "from": "2018-03-01", "to": "2020-03-01"},
            "1952-03-02",
            ("entitled", "5000.00", []),
        ),
        ({"principal": "50000.00", "from": "2018-03-01", "to": "2020-03-01"}, "1952-03-01", REFUSED),
        ({"from": "2018-03-01", "to": "2020-03-01"}, "1952-03-01", REFUSED),
        ({"from": "2018-03-01"}, "1952-03-01", REFUSED),
        ({"to": "2017-01-01"}, None, REFUSED),
        ({"from": "2021-01-01"}, None, REFUSED),
        ({"principal": "1.00", "from": "2020-12-31"}, "1990-01-01", ("undecided", None, of_first("loan/to"))),
        (
            {"from": "2018-03-01", "to": "2020-03-01"},
            None,
            ("undecided", None, of_first("birth_date", "loan/principal")),
        ),
        (None, None, ("undecided", None, of_first("birth_date", "loan"))),
        ("none", None, REFUSED),
    ],
)
def test_the_interest_of_a_loan_is_for_a_poor_borrower_of_at_most_65(
    loan: Any, birth: str | None, expected: Any
) -> None:
    case = ask("2018-05-31", "registered", member(loan=loan, birth_date=birth))
    assert found(case["finance.microcredit_interest", "a"]) == expected
    case = ask("2018-05-31", "exited_without_policy", member(loan=loan, birth_date=birth))
    assert found(case["finance.microcredit_interest", "a"]) == REFUSED


# What it is supported with -------------------------------------------------------------------------


def test_an_old_disabled_person_who_is_not_registered_has_minimum_living_and_a_sound_house() -> None:
    person = member(birth_date="1945-01-01", can_work=False, disability="severe", in_difficulty=True)
    case = ask("2018-05-31", "none", person, annual_net_income="1000.00", dilapidated_house=True, steep_farmland=False)
    due = {benefit for (benefit, _), entry in case.items() if entry["status"] == "entitled"}
    assert due == {
        *("social_security.minimum_living", "social_security.disability_living"),
        *("social_security.severe_disability_nursing", "housing.renovation"),
    }
    assert found(case["social_security.minimum_living", None]) == GRANTED
    assert case["social_security.minimum_living", None]["per"] == "year"
    assert found(case["social_security.direct_cash", None]) == REFUSED


def test_two_able_adults_with_4000_together_have_minimum_living_unless_need_is_asked() -> None:
    couple = member(**ABLE), member(id="b", **ABLE)
    for readings, expected in (({}, GRANTED), ({"minimum_living_need": "asked"}, REFUSED)):
        case = ask("2018-05-31", "none", *couple, annual_net_income="4000.00", readings=readings)
        assert found(case["social_security.minimum_living", None]) == expected


@grid(
    "fact",
    [
        {"birth_date": "1958-05-31"},
        {"disability": "severe"},
        {"chronic_disease": True},
        {"major_disease": True},
        {"can_work": False},
    ],
)
def test_one_known_yes_makes_a_household_one_in_need(fact: Json) -> None:
    asked = {"minimum_living_need": "asked"}
    case = ask("2018-05-31", "none", member(**fact), member(id="b"), annual_net_income="0.00", readings=asked)
    assert found(case["social_security.minimum_living", None]) == GRANTED
    case = ask("2018-05-31", "none", member(**ABLE | fact), annual_net_income="0.00", readings=asked)
    assert found(case["social_security.minimum_living", None]) == GRANTED
    unknown = dict.fromkeys(fact)
    case = ask("2018-05-31", "none", member(**ABLE | unknown), annual_net_income="0.00", readings=asked)
    assert found(case["social_security.minimum_living", None])[2] == of_first(*fact)


@grid(
    ("income", "minimum", "direct"),
    [
        ("7811.99", "entitled", "not_entitled"),
        ("7812.00", "not_entitled", "entitled"),
        ("11717.99", "not_entitled", "entitled"),
        ("11718.00", "not_entitled", "not_entitled"),
        (None, "undecided", "undecided"),
    ],
)
def test_the_standard_parts_minimum_living_and_direct_cash(income: str | None, minimum: str, direct: str) -> None:
    members = member(birth_date="1940-01-01"), member(id="b", birth_date="1942-01-01")
    for as_of, amount in (("2017-12-31", 5_600_00), ("2018-01-01", 6_000_00), ("2021-01-01", 6_000_00)):
        case = ask(as_of, "registered", *members, annual_net_income=income)
        assert case["social_security.minimum_living", None]["status"] == minimum
        assert case["social_security.direct_cash", None]["status"] == direct
        if direct == "entitled":
            assert case["social_security.direct_cash", None]["amount"] == amount
    case = ask("2018-05-31", "registered", member(**ABLE), annual_net_income="4000.00")
    assert found(case["social_security.direct_cash", None]) == REFUSED


def test_a_countys_own_standard_goes_before_the_average_from_its_first_day() -> None:
    own: dict[str, dict[str, str | int]] = {"150923": {"2018-01-01": "4200.00", "2019-01-01": 4500}}
    for as_of, county, income, status in (
        ("2017-12-31", "150923", "3906.00", "not_entitled"),
        ("2018-01-01", "150923", "4199.99", "entitled"),
        ("2018-12-31", "150923", "4200.00", "not_entitled"),
        ("2019-01-01", "150923", "4499.99", "entitled"),
        ("2018-01-01", "150902", "4199.99", "not_entitled"),
        ("2018-01-01", None, "4199.99", "not_entitled"),
    ):
        request = body(as_of, "none", member(), county=county, annual_net_income=income)
        entries = {entry["benefit"]: entry for entry in entitlements(request, standard_by_county=own)}
        assert entries["social_security.minimum_living"]["status"] == status


def test_the_destitute_cannot_work_and_have_nobody() -> None:
    for facts, expected in (
        ({"can_work": False, "no_supporter": True}, GRANTED),
        ({"can_work": False, "no_supporter": False}, REFUSED),
        ({"can_work": True}, REFUSED),
        ({"can_work": False}, ("undecided", None, of_first("no_supporter"))),
        ({}, ("undecided", None, of_first("can_work", "no_supporter"))),
    ):
        case = ask("2018-05-31", "registered", member(**facts))
        assert found(case["social_security.destitute_support", "a"]) == expected
        assert found(ask("2018-05-31", "none", member(**facts))["social_security.destitute_support", "a"]) == REFUSED


def test_a_sudden_hardship_of_a_poor_household_is_relieved() -> None:
    for hardship, expected in (
        (True, GRANTED),
        (False, REFUSED),
        (None, ("undecided", None, ["/household/sudden_hardship"])),
    ):
        case = ask("2018-05-31", "registered", member(), sudden_hardship=hardship)
        assert found(case["social_security.temporary_relief", None]) == expected
        case = ask("2018-05-31", "none", member(), sudden_hardship=hardship)
        assert found(case["social_security.temporary_relief", None]) == REFUSED


@grid(
    ("birth", "expected"),
    [
        ("2002-06-01", REFUSED),
        ("2002-05-31", ("entitled", "100.00", [])),
        ("1958-06-01", ("entitled", "100.00", [])),
        ("1958-05-31", REFUSED),
        (None, ("undecided", None, of_first("birth_date"))),
    ],
)
def test_the_pension_premium_is_for_the_insured_from_16_to_59(birth: str | None, expected: Any) -> None:
    case = ask("2018-05-31", "registered", member(birth_date=birth, pension_insured=True))
    assert found(case["social_security.pension_premium", "a"]) == expected


def test_the_disabled_are_supported_by_month_and_by_year_whatever_their_status() -> None:
    case = ask("2018-05-31", "none", member(disability="severe", in_difficulty=True))
    living = case["social_security.disability_living", "a"]
    nursing = case["social_security.severe_disability_nursing", "a"]
    assert (found(living), living["per"]) == (("entitled", "80.00", []), "month")
    assert (found(nursing), nursing["per"]) == (("entitled", "960.00", []), "year")
    case = ask("2018-05-31", "none", member(disability="ordinary"))
    assert found(case["social_security.disability_living", "a"])[2] == of_first("in_difficulty")
    assert found(case["social_security.severe_disability_nursing", "a"]) == REFUSED


# Questions and sums --------------------------------------------------------------------------------


def test_questions_stand_by_benefits_then_entitlements_then_the_order_of_the_document() -> None:
    person = member(
        **ABLE | {"chronic_disease": None},
        head=True,
        in_difficulty=True,
        mobility_impaired=True,
        pension_insured=None,
        student="none",
        loan="none",
    )
    request = body(
        *("2018-05-31", "registered", person),
        county="150923",
        relocation="none",
        dilapidated_house=False,
        steep_farmland=None,
        annual_net_income="4000.00",
        sudden_hardship=False,
    )
    assert questions(entitlements(request)) == [
        {
            "pointer": "/household/members/0/chronic_disease",
            "decides": ["health.home_bed", "health.treatment_batch", "social_security.direct_cash"],
        },
        {"pointer": "/household/steep_farmland", "decides": ["ecology.farmland_return"]},
        {"pointer": "/household/members/0/pension_insured", "decides": ["social_security.pension_premium"]},
    ]


def test_the_summary_counts_months_twelve_times_and_what_is_paid_once_apart() -> None:
    person = member(disability="severe", in_difficulty=True)
    case = ask("2017-09-01", "none", person, relocation={"kind": "along"}, annual_net_income="90000.00")
    open_ones = {name for (name, _), entry in case.items() if entry["status"] == "undecided"}
    assert open_ones == {
        *("education.fanhai", "education.entrant_survey", "relocation.self_arranged_cash", "housing.renovation"),
        "ecology.farmland_return",
    }
    assert summary(list(case.values())) == {
        "cash_per_year": (80 * 12 + 960) * 100,
        "cash_once": 10_000_00,
        "in_kind": 0,
        "undecided": 5,
    }
