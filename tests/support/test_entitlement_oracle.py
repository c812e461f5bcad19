"""The oracle of entitlements agrees with cases worked by hand."""

from datetime import date
from typing import Any

import pytest

from tests.support.entitlement_oracle import BENEFITS, MEMBER, entitlements, fen, summary, warnings, yuan
from tests.support.entitlement_oracle.facts import full_years, years_before, years_later
from tests.support.entitlement_oracle.loans import interest, months_later
from tests.support.grid import grid
from tests.support.worked_households import GRANTED, REFUSED, ask, body, found, member, of_first

Json = dict[str, Any]


def paid(principal: str, begins: str, ends: str, counting: str) -> str | None:
    amount = interest(fen(principal), date.fromisoformat(begins), date.fromisoformat(ends), counting)
    return None if amount is None else yuan(amount)


# Money and days ------------------------------------------------------------------------------------


@grid(
    ("begins", "ends", "by_months", "by_360", "by_365"),
    [
        ("2018-03-01", "2020-03-01", "5000.00", "5076.39", "5006.85"),  # 24 months; 731 days
        ("2018-03-01", "2019-03-01", "2500.00", "2534.72", "2500.00"),  # 12 months; 365 days
        ("2016-01-01", "2017-01-02", "6.94", "6.94", "6.85"),  # one day inside
        ("2016-01-01", "2017-01-01", None, None, None),
        ("2020-12-31", "2023-12-31", "6.94", "6.94", "6.85"),
        ("2021-01-01", "2022-01-01", None, None, None),
        ("2018-03-01", "2018-03-01", None, None, None),
        ("2015-01-01", "2025-01-01", "10000.00", "10145.83", "10006.85"),  # 48 months; 1,461 days
        ("2018-01-31", "2018-02-28", "208.33", "194.44", "191.78"),  # a month that has no 31st; 28 days
        ("2018-01-31", "2018-03-30", "416.67", "402.78", "397.26"),  # a month to 28 February and 30 days; 58 days
        ("2018-01-31", "2018-03-31", "416.67", "409.72", "404.11"),  # two months, the days counted from the 31st; 59
        ("2016-12-15", "2017-01-20", "131.94", "131.94", "130.14"),  # 19 days from 1 January
    ],
)
def test_interest_is_counted_by_whole_months_or_by_days(
    begins: str, ends: str, by_months: str | None, by_360: str | None, by_365: str | None
) -> None:
    assert paid("50000.00", begins, ends, "whole_months_then_360") == by_months
    assert paid("50000.00", begins, ends, "actual_360") == by_360
    assert paid("50000.00", begins, ends, "actual_365") == by_365


def test_half_a_fen_of_interest_is_rounded_up() -> None:
    assert paid("36.00", "2018-01-01", "2018-01-02", "actual_360") == "0.01"
    assert paid("35.99", "2018-01-01", "2018-01-02", "actual_360") == "0.00"


def test_a_later_month_has_the_same_day_or_its_last() -> None:
    assert months_later(date(2018, 10, 31), 1) == date(2018, 11, 30)
    assert months_later(date(2018, 10, 31), 2) == date(2018, 12, 31)
    assert months_later(date(2019, 8, 29), 6) == date(2020, 2, 29)
    assert months_later(date(2018, 3, 15), 0) == date(2018, 3, 15)


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
    assert years_later(date.fromisoformat(birth), 60) == date(int(birth[:4]) + 60, *map(int, birth[5:].split("-")))


def test_a_day_that_a_year_does_not_have_is_taken_beside_it() -> None:
    assert years_before(date(2020, 2, 29), 66) == date(1954, 2, 28)
    assert years_later(date(1952, 2, 29), 66) == date(2018, 3, 1)


def test_floats_and_fractions_of_a_fen_are_no_money() -> None:
    with pytest.raises(TypeError):
        fen(0.5)
    with pytest.raises(ValueError, match="fen"):
        fen("0.005")
    assert [fen(each) for each in ("0.1", "12", 12, "9000.05")] == [10, 1200, 1200, 900005]


# Health --------------------------------------------------------------------------------------------


@grid("registration", ["registered", "exited_with_policy", "none", "exited_without_policy"])
def test_what_each_poor_person_has_depends_on_the_registration_alone(registration: str) -> None:
    case = ask("2018-05-20", registration, member())
    poor = registration in {"registered", "exited_with_policy"}
    amounts = {"premium_basic": "60.00", "premium_supplementary": "100.00"}
    for name in ("check_up", "premium_basic", "premium_supplementary", "family_doctor", "one_stop", "medical_relief"):
        assert found(case[f"health.{name}", "a"]) == (("entitled", amounts.get(name), []) if poor else REFUSED)


@grid(
    ("facts", "expected"),
    [
        ({"chronic_disease": True, "mobility_impaired": True}, GRANTED),
        ({"major_disease": True, "birth_date": "1958-09-01"}, GRANTED),  # 60 today
        (
            {"major_disease": True, "birth_date": "1958-09-02"},
            ("undecided", None, of_first("mobility_impaired")),
        ),
        ({"major_disease": True, "birth_date": "1958-09-02", "mobility_impaired": False}, REFUSED),
        ({"chronic_disease": False, "mobility_impaired": True}, ("undecided", None, of_first("major_disease"))),
        ({"chronic_disease": False, "major_disease": False}, REFUSED),
        (
            {},
            (
                "undecided",
                None,
                of_first("birth_date", "chronic_disease", "mobility_impaired", "major_disease"),
            ),
        ),
    ],
)
def test_a_home_bed_is_for_the_ill_who_are_old_or_hardly_move(facts: Json, expected: Any) -> None:
    assert found(ask("2018-09-01", "registered", member(**facts))["health.home_bed", "a"]) == expected


def test_a_batch_of_treatment_takes_a_major_or_a_chronic_disease() -> None:
    for facts, expected in (
        ({"major_disease": True}, GRANTED),
        ({"chronic_disease": True, "major_disease": False}, GRANTED),
        ({"chronic_disease": False, "major_disease": False}, REFUSED),
        ({"chronic_disease": False}, ("undecided", None, of_first("major_disease"))),
    ):
        assert found(ask("2018-09-01", "registered", member(**facts))["health.treatment_batch", "a"]) == expected
    assert found(ask("2018-09-01", "none", member(major_disease=True))["health.treatment_batch", "a"]) == REFUSED


# Education -----------------------------------------------------------------------------------------


@grid("as_of", ["2017-09-01", "2018-09-01"])
def test_a_boarder_at_primary_school_gets_the_whole_allowance(as_of: str) -> None:
    student = {"stage": "primary", "boarding": True, "school_in_county_seat": True}
    case = ask(as_of, "registered", member(student=student))
    living = case["education.living_allowance", "a"]
    assert found(living) == ("entitled", "2890.00", [])
    assert living["payments"] == [{"by": f"{as_of[:4]}-10-31", "amount": 1_445_00}]
    assert living["readings"] == []
    assert found(case["education.boarding", "a"]) == REFUSED
    assert found(case["education.transport", "a"]) == ("entitled", "300.00", [])
    assert found(case["education.yulu", "a"]) == REFUSED


@grid(
    ("stage", "boarding", "boarders", "every_pupil"),
    [
        ("primary", True, "2890.00", "2890.00"),
        ("primary", False, None, "1890.00"),
        ("junior_high", True, "3410.00", "3410.00"),
        ("junior_high", False, None, "2160.00"),
        ("senior_high", True, "4050.00", "4050.00"),
        ("senior_high", False, None, "4050.00"),
        ("university", False, "10000.00", "10000.00"),
        ("vocational_higher", False, "10000.00", "10000.00"),
        ("vocational_secondary", True, None, None),
    ],
)
def test_a_day_pupil_has_an_allowance_only_where_every_pupil_has_one(
    stage: str, boarding: bool, boarders: str | None, every_pupil: str | None
) -> None:
    for value, amount in (("boarders", boarders), ("every_pupil", every_pupil)):
        student = {"stage": stage, "boarding": boarding}
        case = ask("2018-05-31", "registered", member(student=student), readings={"pupils_allowance": value})
        living = case["education.living_allowance", "a"]
        assert found(living) == (REFUSED if amount is None else ("entitled", amount, []))


def test_the_boarding_of_a_pupil_is_missing_where_it_decides_the_amount_alone() -> None:
    pupil = member(student={"stage": "primary"})
    boards = of_first("student/boarding")
    for readings in ({}, {"pupils_allowance": "every_pupil"}):
        case = ask("2018-05-31", "registered", pupil, readings=readings)
        assert found(case["education.living_allowance", "a"]) == ("undecided", None, boards)
    senior = member(student={"stage": "senior_high"})
    case = ask("2018-05-31", "registered", senior, readings={"pupils_allowance": "every_pupil"})
    assert found(case["education.living_allowance", "a"]) == ("entitled", "4050.00", [])


def test_a_stage_that_is_unknown_leaves_the_allowance_open_unless_no_stage_is_paid_without_boarding() -> None:
    day_pupil = member(student={"boarding": False})
    case = ask("2018-05-31", "registered", day_pupil)
    assert found(case["education.living_allowance", "a"]) == ("undecided", None, of_first("student/stage"))
    assert found(case["education.boarding", "a"]) == REFUSED
    assert found(case["education.transport", "a"]) == REFUSED
    case = ask("2018-05-31", "registered", day_pupil, readings={"university_boarding": "asked"})
    assert found(case["education.living_allowance", "a"]) == REFUSED
    case = ask("2018-05-31", "registered", member(student={"stage": None}))
    assert found(case["education.living_allowance", "a"])[2] == of_first("student/stage", "student/boarding")


def test_a_student_of_a_junior_college_has_the_allowance_the_yulu_plan_and_the_aid_of_entrants() -> None:
    student = {"stage": "vocational_higher", "entered_university_in": 2017}
    case = ask("2017-09-01", "registered", member(student=student))
    assert found(case["education.living_allowance", "a"]) == ("entitled", "10000.00", [])
    assert found(case["education.yulu", "a"]) == ("entitled", "1500.00", [])
    assert found(case["education.fanhai", "a"]) == ("entitled", "5000.00", [])
    undergraduates = {"higher_vocational": "undergraduates_only"}
    case = ask("2017-09-01", "registered", member(student=student), readings=undergraduates)
    assert found(case["education.living_allowance", "a"]) == REFUSED
    assert found(case["education.yulu", "a"]) == ("entitled", "1500.00", [])
    assert found(case["education.fanhai", "a"]) == REFUSED


def test_a_vocational_secondary_school_counts_as_senior_high_for_three_benefits_where_that_is_the_reading() -> None:
    pupil = member(student={"stage": "vocational_secondary", "boarding": True, "school_in_county_seat": True})
    case = ask("2018-09-01", "registered", pupil)
    names = ("living_allowance", "boarding", "transport", "yulu")
    assert [found(case[f"education.{name}", "a"])[1] for name in names] == [None, None, None, "1500.00"]
    included = {"vocational_senior_high": "included"}
    case = ask("2018-09-01", "registered", pupil, readings=included)
    assert [found(case[f"education.{name}", "a"])[1] for name in names] == ["4050.00", "500.00", "300.00", "1500.00"]
    case = ask("2018-09-01", "registered", pupil, readings=included | {"transport_pupils": "without"})
    assert [found(case[f"education.{name}", "a"])[1] for name in names] == ["4050.00", "500.00", None, "1500.00"]


@grid(
    ("as_of", "due", "in_the_sum"),
    [
        ("2018-09-30", [{"by": "2018-11-30", "amount": 1_500_00}], True),
        ("2018-10-01", [], False),
        ("2018-12-31", [], False),
        ("2019-01-01", [{"by": "2019-11-30", "amount": 1_500_00}], True),
    ],
)
def test_who_was_not_identified_for_the_yulu_plan_by_september_is_shown_no_payment_as_certain(
    as_of: str, due: list[Json], in_the_sum: bool
) -> None:
    case = ask(as_of, "registered", member(student={"stage": "vocational_secondary"}))
    plan = case["education.yulu", "a"]
    assert (found(plan), plan["payments"], plan["per"]) == (("entitled", "1500.00", []), due, "school_year")
    premiums = 160_00
    assert summary(list(case.values()))["cash_per_year"] == premiums + (1_500_00 if in_the_sum else 0)


def test_the_halves_of_an_allowance_are_due_in_may_and_october() -> None:
    pupil = member(student={"stage": "junior_high", "boarding": True})
    for as_of, days in (
        ("2018-05-31", ["2018-05-31", "2018-10-31"]),
        ("2018-06-01", ["2018-10-31"]),
        ("2018-11-01", []),
    ):
        due = ask(as_of, "registered", pupil)["education.living_allowance", "a"]["payments"]
        assert due == [{"by": day, "amount": 1_705_00} for day in days]


def test_training_is_for_who_can_work_and_goes_to_no_school() -> None:
    for facts, expected in (
        ({"can_work": True, "student": "none"}, GRANTED),
        ({"can_work": True, "student": {}}, REFUSED),
        ({"can_work": False}, REFUSED),
        ({"can_work": True}, ("undecided", None, of_first("student"))),
    ):
        assert found(ask("2018-09-01", "registered", member(**facts))["education.training", "a"]) == expected


def test_the_aid_of_entrants_is_for_the_poor_and_for_households_with_a_disabled_member_in_2017() -> None:
    student = {"stage": "university", "entered_university_in": 2017}
    entrant, brother = member(student=student, disability="none"), member(id="b", disability="ordinary")
    case = ask("2017-06-01", "none", entrant, brother)
    assert found(case["education.fanhai", "a"]) == ("entitled", "5000.00", [])
    assert found(case["education.fanhai", "b"]) == ("undecided", None, ["/household/members/1/student"])
    assert found(ask("2018-01-01", "registered", entrant)["education.fanhai", "a"]) == REFUSED
    assert found(ask("2017-12-31", "registered", entrant)["education.fanhai", "a"])[1] == "5000.00"


def test_the_survey_of_entrants_is_for_households_that_are_not_poor() -> None:
    student = {"stage": "vocational_higher", "entered_university_in": 2018}
    entrant = member(student=student, in_difficulty=True)
    assert found(ask("2018-09-01", "none", entrant)["education.entrant_survey", "a"]) == GRANTED
    assert found(ask("2018-09-01", "registered", entrant)["education.entrant_survey", "a"]) == REFUSED
    assert found(ask("2019-01-01", "none", entrant)["education.entrant_survey", "a"]) == REFUSED
    only = {"higher_vocational": "undergraduates_only"}
    assert found(ask("2018-09-01", "none", entrant, readings=only)["education.entrant_survey", "a"]) == REFUSED


# The answer ----------------------------------------------------------------------------------------


def test_every_benefit_of_the_contract_is_answered_for_each_member_or_once() -> None:
    case = ask("2018-05-31", "none", member(), member(id="b"))
    assert len(BENEFITS) == 33
    assert list(case) == [
        (benefit, each)
        for benefit, (whose, _, _) in BENEFITS.items()
        for each in (("a", "b") if whose == MEMBER else (None,))
    ]


@grid(
    ("facts", "codes"),
    [
        ({"as_of": "2018-12-31"}, set()),
        ({"as_of": "2019-01-01"}, {"policy_period_over"}),
        ({"income": "0.00"}, {"average_standard"}),
        ({"principal": "50000.00"}, set()),
        ({"principal": "50000.01"}, {"loan_above_usual"}),
        ({"principal": "50000.01", "registration": "none"}, set()),
    ],
)
def test_a_warning_stands_for_what_the_answer_rests_on(facts: Json, codes: set[str]) -> None:
    loan = {"principal": facts.get("principal"), "from": "2018-03-01", "to": "2020-03-01"}
    borrower = member(birth_date="1980-01-01", loan=loan)
    request = body(
        facts.get("as_of", "2018-05-20"),
        facts.get("registration", "registered"),
        borrower,
        county="150923",
        annual_net_income=facts.get("income"),
    )
    assert warnings(request, entitlements(request)) == codes
    own = {"150923": {"2018-01-01": "4200.00"}}
    assert warnings(request, entitlements(request), standard_by_county=own) == codes - {"average_standard"}
