"""The oracle tells what other readings would give, as cases worked by hand have it."""

import random
from typing import Any

import pytest

from tests.support.entitlement_oracle import DEPENDS_ON, READINGS, entitlements
from tests.support.grid import grid
from tests.support.random_households import random_household
from tests.support.scale import LONG, scaled
from tests.support.worked_households import ask, body, member

Json = dict[str, Any]


def otherwise(value: str, status: str, amount: int | None, per: str | None) -> Json:
    return {"value": value, "status": status, "amount": amount, "per": per}


def rests_on(reading: str, taken: str, *others: Json, basis: str = "assumption") -> Json:
    return {"reading": reading, "taken": taken, "basis": basis, "otherwise": list(others)}


def test_a_day_pupil_who_is_refused_learns_what_every_pupil_would_have() -> None:
    pupil = member(student={"stage": "primary", "boarding": False})
    living = ask("2018-09-01", "registered", pupil)["education.living_allowance", "a"]
    assert (living["status"], living["amount"]) == ("not_entitled", None)
    assert living["readings"] == [
        rests_on("pupils_allowance", "boarders", otherwise("every_pupil", "entitled", 1_890_00, "year"))
    ]
    assert living["together"] == []


def test_a_day_pupil_who_is_paid_learns_what_would_refuse_it() -> None:
    pupil = member(student={"stage": "junior_high", "boarding": False})
    readings = {"pupils_allowance": "every_pupil"}
    living = ask("2018-09-01", "registered", pupil, readings=readings)["education.living_allowance", "a"]
    assert (living["status"], living["amount"]) == ("entitled", 2_160_00)
    assert living["readings"] == [
        rests_on("pupils_allowance", "every_pupil", otherwise("boarders", "not_entitled", None, "year"))
    ]


def test_a_household_that_its_status_refuses_is_told_of_no_reading() -> None:
    person = member(
        can_work=False, student={"stage": "primary", "boarding": False}, chronic_disease=True, mobility_impaired=False
    )
    case = ask("2018-09-01", "none", person, annual_net_income="90000.00", dilapidated_house=False)
    assert [entry["benefit"] for entry in case.values() if entry["readings"] or entry["together"]] == []


def test_the_interest_names_every_other_count() -> None:
    loan = {"principal": "50000.00", "from": "2018-03-01", "to": "2020-03-01"}
    borrower = member(birth_date="1980-01-01", loan=loan)
    interest = ask("2018-09-01", "registered", borrower)["finance.microcredit_interest", "a"]
    assert interest["readings"] == [
        rests_on(
            *("interest_days", "whole_months_then_360"),
            otherwise("actual_360", "entitled", 5_076_39, "once"),
            otherwise("actual_365", "entitled", 5_006_85, "once"),
        )
    ]
    without_end = member(birth_date="1980-01-01", loan=loan | {"to": None})
    assert ask("2018-09-01", "registered", without_end)["finance.microcredit_interest", "a"]["readings"] == []


def test_a_rebate_that_would_be_of_another_period_rests_on_it() -> None:
    rebate = ask("2018-09-01", "registered", member())["industry.ecommerce_rebate", "a"]
    assert rebate["readings"] == [rests_on("ecommerce_period", "once", otherwise("year", "entitled", 300_00, "year"))]


def test_minimum_living_that_need_would_decide_tells_that_it_would_be_open() -> None:
    case = ask("2018-09-01", "none", member(), annual_net_income="0.00")
    assert case["social_security.minimum_living", None]["readings"] == [
        rests_on("minimum_living_need", "not_asked", otherwise("asked", "undecided", None, "year"))
    ]
    case = ask("2018-09-01", "none", member(can_work=False), annual_net_income="0.00")
    assert case["social_security.minimum_living", None]["readings"] == []


def test_an_undecided_benefit_that_another_reading_decides_rests_on_it() -> None:
    case = ask("2018-09-01", "none", member(), dilapidated_house=True)
    assert case["housing.renovation", None]["readings"] == [
        rests_on("renovation_groups", "key_groups", otherwise("registered_only", "not_entitled", None, None))
    ]
    case = ask("2018-09-01", "registered", member())
    assert case["industry.menu_support", None]["readings"] == [
        rests_on("industry_support", "able_to_work", otherwise("every_household", "entitled", None, None))
    ]


def test_a_day_pupil_at_a_vocational_school_rests_on_two_readings_together() -> None:
    pupil = member(student={"stage": "vocational_secondary", "boarding": False})
    living = ask("2018-09-01", "registered", pupil)["education.living_allowance", "a"]
    assert living["readings"] == [
        rests_on("pupils_allowance", "boarders", otherwise("every_pupil", "not_entitled", None, "year")),
        rests_on("vocational_senior_high", "not_included", otherwise("included", "not_entitled", None, "year")),
    ]
    values = {"pupils_allowance": "every_pupil", "vocational_senior_high": "included"}
    assert living["together"] == [{"values": values, "status": "entitled", "amount": 4_050_00, "per": "year"}]


def test_no_set_is_told_where_a_single_reading_changes_the_answer() -> None:
    student = {"stage": "vocational_higher", "boarding": False}
    living = ask("2018-09-01", "registered", member(student=student))["education.living_allowance", "a"]
    assert [each["reading"] for each in living["readings"]] == ["university_boarding", "higher_vocational"]
    assert living["together"] == []


def test_a_deployments_default_is_taken_with_its_basis_and_a_request_goes_before_it() -> None:
    pupil = member(student={"stage": "primary", "boarding": False})
    deployed: Json = {"defaults": {"pupils_allowance": "every_pupil"}, "bases": {"pupils_allowance": "local_source"}}

    def living(readings: Json | None) -> Json:
        request = body("2018-09-01", "registered", pupil, readings=readings)
        entries = {entry["benefit"]: entry for entry in entitlements(request, **deployed)}
        return entries["education.living_allowance"]

    refused = otherwise("boarders", "not_entitled", None, "year")
    for same in (None, {}, {"pupils_allowance": "every_pupil"}):
        assert living(same)["amount"] == 1_890_00
        assert living(same)["readings"] == [rests_on("pupils_allowance", "every_pupil", refused, basis="local_source")]
    assert living({"pupils_allowance": "boarders"})["readings"] == [
        rests_on("pupils_allowance", "boarders", otherwise("every_pupil", "entitled", 1_890_00, "year"))
    ]


def test_a_value_that_a_reading_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="home_bed"):
        entitlements(body("2018-09-01", "registered", member(), readings={"home_bed": "asked"}))


@pytest.mark.slow
@grid("unknown", [0, 0.3, 0.8])
def test_a_reading_that_a_benefit_does_not_depend_on_changes_nothing(unknown: float) -> None:
    rng = random.Random(f"independent {unknown}")
    for _ in range(scaled(1, 2)):
        request = random_household(rng, unknown)
        before = entitlements(request)
        for name, values in READINGS.items():
            for value in values:
                readings = request.get("readings", {}) | {name: value}
                for entry, switched in zip(before, entitlements(request | {"readings": readings}), strict=True):
                    if name not in DEPENDS_ON.get(entry["benefit"], ()):
                        assert switched == entry


@pytest.mark.slow
@grid("unknown", [0, 0.3, 0.8])
def test_each_other_value_is_the_answer_to_the_same_request_with_that_reading_switched(unknown: float) -> None:
    rng = random.Random(f"switched {unknown}")
    for _ in range(scaled(1, 3)):
        request = random_household(rng, unknown)
        asked = request.get("readings", {})
        taken = {name: asked.get(name, values[0]) for name, values in READINGS.items()}
        before = entitlements(request)
        for name, values in READINGS.items():
            for value in values:
                if value == taken[name]:
                    continue
                after = entitlements(request | {"readings": asked | {name: value}})
                for entry, switched in zip(before, after, strict=True):
                    told = {
                        (each["reading"], other["value"]): other
                        for each in entry["readings"]
                        for other in each["otherwise"]
                    }
                    result = {part: switched[part] for part in ("status", "amount", "per")}
                    if (name, value) in told:
                        assert told[name, value] == {"value": value} | result
                    elif (entry["status"], entry["amount"]) != (switched["status"], switched["amount"]):
                        pytest.fail(f"{entry['benefit']} rests on {name}")


@pytest.mark.slow
def test_the_random_households_reach_every_reading_on_which_a_benefit_rests_and_every_value_asked() -> None:
    every_reading = {(benefit, name) for benefit, names in DEPENDS_ON.items() for name in names}
    every_value = {(name, value) for name, each in READINGS.items() for value in each}
    both = {"education.living_allowance", "education.transport"}
    met: set[tuple[str, str]] = set()
    values: set[tuple[str, str]] = set()
    sets: set[str] = set()
    rng = random.Random("readings")
    for number in range(240):
        if (met, values, sets) == (every_reading, every_value, both) and not LONG:
            break
        request = random_household(rng, (0, 0.2, 0.6)[number % 3])
        values |= set(request.get("readings", {}).items())
        for entry in entitlements(request):
            met |= {(entry["benefit"], each["reading"]) for each in entry["readings"]}
            sets |= {entry["benefit"] for _ in entry["together"]}
    assert met == every_reading
    assert values == every_value
    assert sets == both
