"""The oracle of entitlements agrees with cases worked by hand, and with trying every fact of a small household."""

import random
from datetime import date
from itertools import product
from typing import Any

import pytest

from tests.support.entitlement_oracle import (
    BENEFITS,
    DISABILITIES,
    MEMBER,
    Granted,
    House,
    Part,
    births,
    entitlements,
    fen,
    filled,
    full_years,
    interest,
    questions,
    student_values,
    summary,
    weigh,
    weighed,
    years_before,
    years_later,
    yuan,
)
from tests.support.grid import grid
from tests.support.random_households import random_household

Json = dict[str, Any]


def member(**facts: Any) -> Json:
    return {"id": "a"} | facts


def ask(as_of: str, registration: str, *members: Json, **facts: Any) -> dict[tuple[str, str | None], Json]:
    request = {
        "as_of": as_of,
        "household": {"registration": registration, **facts, "members": list(members)},
    }
    return {(entry["benefit"], entry["member"]): entry for entry in entitlements(request)}


def found(entry: Json) -> tuple[Any, ...]:
    return entry["status"], None if entry["amount"] is None else yuan(entry["amount"]), entry["missing"]


# Money and days ------------------------------------------------------------------------------------


@grid(
    ("principal", "begins", "ends", "expected"),
    [
        ("50000.00", "2018-03-01", "2019-03-01", "2500.00"),  # 365 days
        ("50000.00", "2018-03-01", "2020-03-01", "5006.85"),  # 731 days: 2,500 x 731 / 365 = 5,006.849
        ("50000.00", "2016-01-01", "2017-01-02", "6.85"),  # one day inside: 6.849
        ("50000.00", "2016-01-01", "2017-01-01", "0.00"),
        ("50000.00", "2020-12-31", "2023-12-31", "6.85"),
        ("50000.00", "2021-01-01", "2022-01-01", "0.00"),
        ("50000.00", "2015-01-01", "2025-01-01", "10006.85"),  # the whole window: 1,461 days
        ("1460.00", "2018-01-01", "2018-01-02", "0.20"),
        ("36.50", "2018-01-01", "2018-01-02", "0.01"),  # half a fen, up
        ("36.49", "2018-01-01", "2018-01-02", "0.00"),
    ],
)
def test_interest_is_counted_on_the_days_inside_the_window(
    principal: str, begins: str, ends: str, expected: str
) -> None:
    paid = interest(fen(principal), date.fromisoformat(begins), date.fromisoformat(ends))
    assert yuan(paid) == expected


@grid(
    ("birth", "day", "years"),
    [
        ("1958-09-01", "2018-08-31", 59),
        ("1958-09-01", "2018-09-01", 60),
        ("1952-02-29", "2018-02-28", 65),
        ("1952-02-29", "2018-03-01", 66),
        ("1960-02-29", "2020-02-28", 59),
        ("1960-02-29", "2020-02-29", 60),
    ],
)
def test_full_years_are_reached_on_the_birthday(birth: str, day: str, years: int) -> None:
    assert full_years(date.fromisoformat(birth), date.fromisoformat(day)) == years


def test_years_counted_forth_and_back_meet_at_the_birthday() -> None:
    assert years_later(date(1952, 2, 29), 66) == date(2018, 3, 1)
    assert years_later(date(1952, 2, 29), 64) == date(2016, 2, 29)
    assert years_before(date(2020, 2, 29), 66) == date(1954, 2, 28)
    assert years_before(date(2020, 2, 29), 60) == date(1960, 2, 29)
    rng = random.Random("years")
    for _ in range(500):
        birth, years = date.fromordinal(rng.randint(693_000, 730_000)), rng.randint(1, 90)
        reached = years_later(birth, years)
        assert full_years(birth, reached) == years
        assert full_years(birth, date.fromordinal(reached.toordinal() - 1)) == years - 1


def test_floats_and_fractions_of_a_fen_are_no_money() -> None:
    with pytest.raises(TypeError):
        fen(0.5)
    with pytest.raises(ValueError, match="fen"):
        fen("0.005")


# Cases worked by hand ------------------------------------------------------------------------------


def test_a_boarder_at_primary_school_in_the_county_seat() -> None:
    student = {"stage": "primary", "boarding": True, "school_in_county_seat": True}
    case = ask("2018-09-01", "registered", member(student=student))
    living = case["education.living_allowance", "a"]
    assert found(living) == ("entitled", "2890.00", [])
    assert living["payments"] == [{"by": "2018-10-31", "amount": 1_445_00}]
    assert found(case["education.boarding", "a"]) == ("not_entitled", None, [])
    assert found(case["education.transport", "a"]) == ("entitled", "300.00", [])
    assert found(case["education.yulu", "a"]) == ("not_entitled", None, [])


def test_a_day_pupil_has_the_allowance_of_2017_and_none_of_2018() -> None:
    student = {"stage": "junior_high", "boarding": False}
    assert found(ask("2017-12-31", "registered", member(student=student))["education.living_allowance", "a"]) == (
        *("entitled", "2160.00"),
        [],
    )
    assert found(ask("2018-01-01", "registered", member(student=student))["education.living_allowance", "a"]) == (
        *("not_entitled", None),
        [],
    )


def test_a_stage_that_is_unknown_leaves_the_allowance_open_and_what_no_stage_changes_settled() -> None:
    case = ask("2018-05-31", "registered", member(student={"boarding": False}))
    assert found(case["education.living_allowance", "a"]) == ("undecided", None, ["/household/members/0/student/stage"])
    assert found(case["education.boarding", "a"]) == ("not_entitled", None, [])
    assert found(case["education.transport", "a"]) == ("not_entitled", None, [])


def test_a_fact_that_no_completion_lets_matter_is_not_missing() -> None:
    student = {"stage": "university", "boarding": None, "entered_university_in": 2017}
    case = ask("2017-06-01", "none", member(student=student, disability="none"), member(id="b", disability="ordinary"))
    assert found(case["education.fanhai", "a"]) == ("entitled", "5000.00", [])
    assert found(case["education.fanhai", "b"]) == ("undecided", None, ["/household/members/1/student"])
    assert found(case["education.entrant_survey", "a"])[2] == ["/household/members/0/in_difficulty"]


def test_a_relocation_whose_kind_is_unknown_is_open_for_its_amount_alone() -> None:
    case = ask("2018-05-31", "registered", member(), relocation={"kind": None})
    assert found(case["relocation.building_subsidy", None]) == ("undecided", None, ["/household/relocation/kind"])
    case = ask("2018-05-31", "registered", member(), member(id="b"), relocation={"kind": "registered"})
    subsidy = case["relocation.building_subsidy", None]
    assert (subsidy["amount"], subsidy["area_ceiling_m2"]) == (40_000_00, 50)


def test_a_loan_of_unknown_principal_is_open_for_its_amount_alone() -> None:
    loan = {"principal": None, "from": "2018-03-01", "to": "2019-03-01"}
    case = ask("2018-05-31", "registered", member(loan=loan, birth_date="1952-03-02"))
    assert found(case["finance.microcredit_interest", "a"])[2] == ["/household/members/0/loan/principal"]
    case = ask("2018-05-31", "registered", member(loan=loan))
    assert found(case["finance.microcredit_interest", "a"])[2] == [
        "/household/members/0/birth_date",
        "/household/members/0/loan/principal",
    ]
    case = ask("2018-05-31", "registered", member(loan=loan, birth_date="1952-03-01"))
    assert found(case["finance.microcredit_interest", "a"]) == ("not_entitled", None, [])


def test_a_loan_that_must_lie_outside_the_window_is_settled_whatever_else_is_missing() -> None:
    for loan in ({"to": "2017-01-01"}, {"from": "2021-01-01"}):
        case = ask("2018-05-31", "registered", member(loan=loan))
        assert found(case["finance.microcredit_interest", "a"]) == ("not_entitled", None, [])


def test_a_loan_of_the_windows_last_day_may_have_been_repaid_at_once() -> None:
    loan = {"principal": "50000.00", "from": "2020-12-31"}
    case = ask("2018-05-31", "registered", member(loan=loan, birth_date="1980-01-01"))
    assert found(case["finance.microcredit_interest", "a"])[2] == ["/household/members/0/loan/to"]
    loan = {"principal": "50000.00", "to": "2017-01-02"}
    case = ask("2018-05-31", "registered", member(loan=loan, birth_date="1940-01-01"))
    assert found(case["finance.microcredit_interest", "a"])[2] == ["/household/members/0/loan/from"]


def test_both_the_loan_and_the_birth_date_are_missing_where_nothing_is_known() -> None:
    case = ask("2018-05-31", "registered", member())
    assert found(case["finance.microcredit_interest", "a"])[2] == [
        "/household/members/0/birth_date",
        "/household/members/0/loan",
    ]


def test_the_head_alone_may_decide_the_photovoltaic_income() -> None:
    first = member(can_work=True, disability="severe")
    second = member(id="b", can_work=True, disability="none")
    case = ask("2018-05-31", "registered", first, second)
    assert found(case["industry.photovoltaic", None])[2] == ["/household/members/0/head"]
    case = ask("2018-05-31", "registered", first, second | {"head": True})
    assert found(case["industry.photovoltaic", None]) == ("not_entitled", None, [])
    case = ask("2018-05-31", "registered", first | {"disability": None}, second)
    assert found(case["industry.photovoltaic", None])[2] == [
        "/household/members/0/head",
        "/household/members/0/disability",
    ]


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
    case = ask("2018-05-31", "registered", *members, annual_net_income=income)
    assert case["social_security.minimum_living", None]["status"] == minimum
    assert case["social_security.direct_cash", None]["status"] == direct
    if direct == "entitled":
        assert case["social_security.direct_cash", None]["amount"] == 6_000_00
        earlier = ask("2017-05-31", "registered", *members, annual_net_income=income)
        assert earlier["social_security.direct_cash", None]["amount"] == 5_600_00


def test_questions_stand_by_benefits_then_entitlements_then_the_order_of_the_document() -> None:
    request = {
        "as_of": "2018-05-31",
        "household": {
            "registration": "registered",
            "relocation": "none",
            "dilapidated_house": False,
            "steep_farmland": None,
            "annual_net_income": "0.00",
            "members": [
                member(
                    head=True,
                    birth_date="1990-01-01",
                    can_work=True,
                    disability="none",
                    in_difficulty=True,
                    chronic_disease=None,
                    mobility_impaired=True,
                    pension_insured=None,
                    student="none",
                    loan="none",
                )
            ],
        },
    }
    asked = questions(entitlements(request))
    assert asked == [
        {
            "pointer": "/household/members/0/chronic_disease",
            "decides": ["health.home_bed", "social_security.minimum_living"],
        },
        {"pointer": "/household/steep_farmland", "decides": ["ecology.farmland_return"]},
        {"pointer": "/household/members/0/pension_insured", "decides": ["social_security.pension_premium"]},
    ]


def test_the_summary_counts_months_twelve_times_and_what_is_paid_once_apart() -> None:
    case = ask("2017-09-01", "none", member(disability="severe", in_difficulty=True), relocation={"kind": "along"})
    assert summary(list(case.values())) == {
        "cash_per_year": (80 * 12 + 960) * 100,
        "cash_once": 10_000_00,
        "in_kind": 0,
        "undecided": 3,
    }
    open_ones = {name for (name, _), entry in case.items() if entry["status"] == "undecided"}
    assert open_ones == {"education.fanhai", "education.entrant_survey", "ecology.farmland_return"}


# Trying everything ---------------------------------------------------------------------------------


def tried_whole(request: Json, facts: dict[str, list[Any]]) -> dict[tuple[str, str | None], tuple[set[Any], set[str]]]:
    """Outcomes and missing facts by trying every combination on the whole request at once."""
    pointers = list(facts)
    results: dict[tuple[int, ...], list[Json]] = {}
    for chosen in product(*(range(len(values)) for values in facts.values())):
        values = {pointer: facts[pointer][number] for pointer, number in zip(pointers, chosen, strict=True)}
        results[chosen] = entitlements(filled(request, values))
    weighed_by: dict[tuple[str, str | None], tuple[set[Any], set[str]]] = {}
    for place, entry in enumerate(next(iter(results.values()))):
        outcome = {chosen: (entries[place]["status"], entries[place]["amount"]) for chosen, entries in results.items()}
        missing = {
            pointers[at]
            for chosen, result in outcome.items()
            for at in range(len(pointers))
            for other in range(len(facts[pointers[at]]))
            if outcome[(*chosen[:at], other, *chosen[at + 1 :])] != result
        }
        weighed_by[entry["benefit"], entry["member"]] = set(outcome.values()), missing
    return weighed_by


@grid("number", range(8))
def test_the_parts_of_a_benefit_give_what_trying_the_whole_household_gives(number: int) -> None:
    rng = random.Random(f"whole {number}")
    request = random_household(rng, unknown=0)
    members = request["household"]["members"] = request["household"]["members"][:2]
    house = House(request)
    every: dict[str, list[Any]] = {
        "/household/annual_net_income": ["0.00", "3906.00", "7812.00", "11717.99", "50000.00"],
        "/household/relocation": ["none", {"kind": "registered"}, {"kind": "along"}],
        "/household/dilapidated_house": [False, True],
    }
    for index, person in enumerate(members):
        person["head"] = index == 0
        every[f"/household/members/{index}/birth_date"] = births(house)
        every[f"/household/members/{index}/disability"] = DISABILITIES
        for name in ("can_work", "in_difficulty", "chronic_disease", "mobility_impaired", "pension_insured"):
            every[f"/household/members/{index}/{name}"] = [False, True]
        person["loan"] = "none"  # its dates have tests of their own above
        if isinstance(person["student"], dict):
            inner = student_values(house)
            assert isinstance(inner, dict)
            every |= {f"/household/members/{index}/student/{name}": values for name, values in inner.items()}
    unknown = {pointer: every[pointer] for pointer in rng.sample(sorted(every), 4)}
    asked = filled(request, dict.fromkeys(unknown))
    expected = tried_whole(request, unknown)
    for entry in entitlements(asked):
        outcomes, missing = expected[entry["benefit"], entry["member"]]
        assert set(entry["missing"]) == missing, (asked, entry)
        assert (entry["status"] == "undecided") == (len(outcomes) > 1)
        if len(outcomes) == 1:
            assert (entry["status"], entry["amount"]) in outcomes


def test_the_two_completions_of_a_missing_fact_differ_in_it_alone_and_in_the_outcome() -> None:
    rng = random.Random("witnesses")
    met = set()
    for _ in range(16):
        request = random_household(rng)
        parted = [
            (*name, pointer, result.missing[pointer])
            for name, result in weighed(request).items()
            for pointer in result.missing
        ]
        for benefit, name, pointer, (one, other) in rng.sample(parted, min(8, len(parted))):
            assert {at for at in one if one[at] != other[at]} == {pointer}
            results = [weighed(filled(request, completion))[benefit, name] for completion in (one, other)]
            assert [result.missing for result in results] == [{}, {}]
            assert results[0].outcomes != results[1].outcomes
            met.add(benefit)
    assert len(met) > 12


def test_a_fact_beside_an_impossible_completion_is_not_missing_for_that() -> None:
    part = Part(
        {"/first": [0, 1], "/second": [0, 1]},
        lambda completion: completion["/first"],
        lambda completion: completion["/first"] <= completion["/second"],
    )
    result = weigh([part], lambda first: None if first else Granted())
    assert set(result.missing) == {"/first"}


def test_every_benefit_of_the_contract_is_answered_for_each_member_or_once() -> None:
    case = ask("2018-05-31", "none", member(), member(id="b"))
    assert list(case) == [
        (benefit, each)
        for benefit, (whose, _, _) in BENEFITS.items()
        for each in (("a", "b") if whose == MEMBER else (None,))
    ]
