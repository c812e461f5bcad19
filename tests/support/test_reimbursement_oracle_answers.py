"""What the oracle of bills says beside the layers, of a range, of a household; and what the random bills reach."""

import random
from collections import Counter

import pytest

from tests.support.grid import grid
from tests.support.random_bills import LEVELS, random_household_bills, random_request, request_cut_by_the_rest
from tests.support.reimbursement_cases import (
    CHRONIC,
    LOCAL,
    OTHER,
    POOR,
    SICK,
    UPPER,
    Json,
    after,
    bill,
    visit,
)
from tests.support.reimbursement_oracle import (
    BASIC,
    CRITICAL,
    DEFAULT_READINGS,
    FUND,
    LAYERS,
    READINGS,
    RELIEF,
    SUPPLEMENTARY,
    Defaults,
    fen,
    reading_range,
    settle,
    settle_household,
    yuan,
)

pytestmark = pytest.mark.lengthy

# ---- beside the layers


@grid(
    ("patient", "care", "expected"),
    [
        *((POOR, visit("inpatient", level), False) for level in ("village", "township", "county", "city")),
        *((POOR, visit("inpatient", level), None) for level in ("in_region", "out_of_region")),
        (POOR, visit("home_bed", "city"), None),
        (POOR, visit("outpatient", "village"), None),
        (OTHER, visit("inpatient", "city"), None),
    ],
)
def test_no_deposit_is_said_of_registered_inpatients_of_the_city_alone(
    patient: Json, care: Json, expected: bool | None
) -> None:
    assert settle(bill(100, patient=patient, visit=care))["deposit_required"] is expected


@grid(
    ("patient", "basic", "expected"),
    [
        (SICK, "99.99", True),
        (CHRONIC, "89.99", True),  # relief adds 1.00
        (CHRONIC, "88.87", False),  # 88.87 + 1.11
        (POOR, "99.99", None),
        (OTHER | {"major_disease": True}, "99.99", None),
    ],
)
def test_the_reported_ratio_is_compared_for_the_registered_with_a_chronic_or_major_disease(
    patient: Json, basic: str, expected: bool | None
) -> None:
    answer = settle(after(basic, 100, patient=patient))
    assert answer["reaches_reported_ratio"] is expected
    assert answer["reported_ratio"] == (None if expected is None else "0.90")


def test_a_lump_sum_stands_beside_the_bill_on_unreferred_care_too() -> None:
    hurt = {"accident_disability": True}
    care = visit("inpatient", "out_of_region", referred=False)
    assert settle(bill(100, patient=POOR | hurt, visit=care))["lump_sum"] == fen(20_000)
    assert settle(bill(100, patient=OTHER | hurt, visit=care))["lump_sum"] == 0


@grid(
    ("day", "level", "expected"),
    [
        ("2018-12-31", "county", set()),
        ("2019-01-01", "county", {"policy_period_over"}),
        ("2018-12-31", "village", {"care_unlikely"}),
    ],
)
def test_a_warning_says_that_the_period_is_over_and_that_the_care_is_unlikely(
    day: str, level: str, expected: set[str]
) -> None:
    answer = settle(bill(100, patient=OTHER, service_date=day, visit=visit("inpatient", level)))
    assert set(answer["warnings"]) == expected


# ---- defaults, range, household


def test_a_deployments_readings_hold_from_their_day_and_a_request_may_ask_for_others() -> None:
    defaults: Defaults = {"ceiling": "ninety_percent", "general_relief": {"2018-07-01": "parallel"}}
    assert settle(bill(100), defaults)["readings"] == DEFAULT_READINGS | {"ceiling": "ninety_percent"}
    later = bill(100, service_date="2018-07-01", readings={"ceiling": "none"})
    assert settle(later, defaults)["readings"] == DEFAULT_READINGS | {"general_relief": "parallel"}


def test_an_unknown_value_of_a_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        settle(bill(100, readings={"ceiling": "some"}))


def test_the_range_covers_2592_combinations_and_each_reading_alone() -> None:
    found = reading_range(after(10_000, 60_000, 40_000, readings={"ceiling": "ninety_percent"}))
    assert found["combinations"] == 2_592
    assert found["default"] == fen(500)
    alone = {(one["reading"], one["value"]): one["out_of_pocket"] for one in found["alone"]}
    assert len(alone) == 13
    assert alone["remaining_cost", "in_scope"] == fen(28_200)
    assert alone["remaining_cost", "relief_in_scope"] == fen(8_500)
    assert alone["layer_order", "insurance_first"] == fen(16_440)
    assert alone["ceiling", "ninety_percent"] == fen(6_000)
    # at one rate relief pays 40,000 of 50,000; the fund 4,000 of 10,000; supplementary the other 6,000
    assert (found["lowest"]["out_of_pocket"], found["lowest"]["switches"]) == (0, 1)
    # supplementary before relief, all in scope
    assert (found["highest"]["out_of_pocket"], found["highest"]["switches"]) == (fen(31_880), 2)
    readings = found["highest"]["readings"]
    assert (
        settle(after(10_000, 60_000, 40_000, readings=readings))["out_of_pocket"] == found["highest"]["out_of_pocket"]
    )


def test_a_households_bills_meet_what_the_year_has_seen_in_the_order_of_their_days() -> None:
    stay: Json = {"member": "a", "visit": visit("inpatient", "county"), "bill": {"total": "1200", "in_scope": "1200"}}
    household = {
        "registration": "registered",
        "annual_net_income": "10000",
        "members": [{"id": "a", "accident_disability": True}, {"id": "b"}],
        "bills": [
            stay | {"service_date": "2018-12-31"},
            stay | {"service_date": "2018-03-01"},
            stay | {"service_date": "2018-06-01", "member": "b"},
            stay | {"service_date": "2019-01-01"},
            stay | {"service_date": "2018-03-01", "visit": visit("home_bed", "township")},
        ],
    }
    answer = settle_household(household)
    assert [one["layers"][BASIC]["deductible"] for one in answer["bills"]] == [0, 20_000, 20_000, 20_000, 10_000]
    assert [one["lump_sum"] for one in answer["bills"]] == [0, fen(20_000), 0, 0, 0]
    met = [one["year_to_date"] for one in answer["requests"]]
    assert [(one["admissions"], one["admissions_at_level"]) for one in met] == [(2, 1), (0, 0), (0, 0), (0, 0), (1, 0)]
    # 960, then 800, 800, 800; at the township 1,045; relief a tenth of what is left
    assert [yuan(one["out_of_pocket"]) for one in answer["bills"]] == [
        "216.00",
        "360.00",
        "360.00",
        "360.00",
        "139.50",
    ]
    assert met[0]["layers"][RELIEF] == {"base": "555.00", "paid": "55.50"}
    summary = answer["summary"]
    assert (yuan(summary["out_of_pocket"]), summary["share_of_income"]) == ("1435.50", "0.1436")
    assert [(one["year"], yuan(one["out_of_pocket"])) for one in summary["years"]] == [
        (2018, "1075.50"),
        (2019, "360.00"),
    ]
    assert [(one["id"], one["bills"]) for one in answer["members"]] == [("a", 4), ("b", 1)]


# ---- the random bills


def test_every_random_bill_adds_up_and_is_paid_no_more_than_it_costs() -> None:
    rng = random.Random("adds up")
    for _ in range(400):
        request = random_request(rng)
        answer = settle(request)
        total = fen(request["bill"]["total"])
        assert 0 <= answer["out_of_pocket"] == total - answer["reimbursed"]
        left = total
        for layer in answer["order"]:
            its = answer["layers"][layer]
            left -= its["paid"]
            assert its["left"] == left >= 0
            assert its["outcome"] == "adjudicated" or its["due"] == sum(tier["pays"] for tier in its["tiers"])
            assert (its["limited_by"] is None) == (its["paid"] == its["due"])


def test_the_random_bills_reach_every_value_outcome_limit_and_warning() -> None:
    rng = random.Random("reaches")
    requests = [random_request(rng) for _ in range(2_000)] + [request_cut_by_the_rest(rng) for _ in range(20)]
    answers = [settle(request) for request in requests]
    readings = Counter(each for answer in answers for each in answer["readings"].items())
    assert set(readings) == {(name, value) for name, values in READINGS.items() for value in values}
    cares = {(one["patient"]["registration"], *list(one["visit"].values())[:2]) for one in requests}
    assert len(cares) == 4 * 3 * len(LEVELS)
    assert {one["service_date"][:4] for one in requests} == {"2017", "2018", "2019", "2020", "2021"}
    assert min(Counter(one["service_date"] for one in requests)[day] for day in ("2018-12-31", "2019-01-01")) > 50
    outcomes = {(name, layer["outcome"]) for one in answers for name, layer in one["layers"].items()}
    assert outcomes >= {(name, outcome) for name in LAYERS for outcome in ("paid", "nothing_due", "not_eligible")}
    assert outcomes >= {(name, "adjudicated") for name in (BASIC, CRITICAL)}
    limits = {(name, layer["limited_by"]) for one in answers for name, layer in one["layers"].items()}
    assert limits >= {(name, "annual_limit") for name in (BASIC, CRITICAL, SUPPLEMENTARY)}
    assert limits >= {(name, "ceiling") for name in (BASIC, *UPPER)}
    assert limits >= {(name, "remaining_cost") for name in (BASIC, FUND, SUPPLEMENTARY)}
    assert {code for one in answers for code in one["warnings"]} == {
        "policy_period_over",
        "out_of_catalogue_counted",
        "above_local_ceiling",
        "care_unlikely",
    }
    assert {one["deposit_required"] for one in answers} == {False, None}
    assert {one["reaches_reported_ratio"] for one in answers} == {True, False, None}
    assert {bool(one["guarantee"]) for one in answers} == {bool(one["lump_sum"]) for one in answers} == {True, False}
    settled = [settle(request, figures=LOCAL)["layers"] for request in requests]
    local = {(name, layer["limited_by"]) for one in settled for name, layer in one.items()}
    assert local >= {(RELIEF, "annual_limit"), (FUND, "annual_limit")}


def test_a_fund_that_owes_more_than_is_left_pays_what_is_left() -> None:
    rng = random.Random("cut by the rest")
    for _ in range(100):
        answer = settle(request_cut_by_the_rest(rng))
        assert answer["layers"][FUND]["limited_by"] == "remaining_cost"
        assert answer["out_of_pocket"] == 0


def test_each_reading_alone_changes_some_random_bill() -> None:
    rng = random.Random("alone")
    changed = set()
    for _ in range(1_500):
        request = random_request(rng)
        before = settle(request)
        name = rng.choice(list(READINGS))
        for value in READINGS[name]:
            other = settle(request | {"readings": {**before["readings"], name: value}})
            if other["out_of_pocket"] != before["out_of_pocket"]:
                changed.add(name)
    assert changed == set(READINGS)


def test_the_random_households_pass_years_and_pay_lump_sums_once_a_member() -> None:
    rng = random.Random("households")
    years, twice = set(), 0
    for _ in range(60):
        household = random_household_bills(rng)
        answer = settle_household(household)
        years.add(len(answer["summary"]["years"]))
        members = {one["id"]: one for one in answer["members"]}
        assert all(one["lump_sums"] in {0, fen(20_000)} for one in members.values())
        twice += any(one["lump_sums"] and one["bills"] > 1 for one in members.values())
        assert answer["summary"]["out_of_pocket"] == sum(one["out_of_pocket"] for one in answer["bills"])
    assert years == {0, 1, 2}
    assert twice > 10
