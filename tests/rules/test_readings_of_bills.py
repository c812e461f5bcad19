"""The readings of a bill, and the figures that changed with them, on bills worked by hand."""

from typing import Any

import orjson

from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.parameters import Parameters, load, shipped_files
from app.schemas.requests.reimbursements import ReimbursementRequest
from tests.support.grid import grid

SHIPPED = load(shipped_files())
POOR = {"registration": "registered"}
SERIOUSLY_ILL = {"registration": "registered", "major_disease": True}
CHRONICALLY_ILL = {"registration": "registered", "chronic_disease": True}
STAY = {"kind": "inpatient", "facility_level": "city"}
VISIT = {"kind": "outpatient", "facility_level": "city"}

Json = dict[str, Any]


def settle(  # the words of the request, so that a bill reads as it is posted
    patient: Json,
    visit: Json,
    total: str,
    in_scope: str,
    *,
    day: str = "2018-05-20",
    so_far: Json | None = None,
    adjudicated: Json | None = None,
    parameters: Parameters = SHIPPED,
    **readings: str,
) -> Json:
    """Reimburse one bill and answer as the endpoint does, in English."""
    request = ReimbursementRequest.model_validate(
        {
            "service_date": day,
            "patient": patient,
            "visit": visit,
            "bill": {"total": total, "in_scope": in_scope},
            "year_to_date": {"layers": so_far or {}},
            "adjudicated": adjudicated,
            "readings": readings,
        }
    )
    answer = ReimbursementPresenter(parameters).answer(request.service_date, request.to_bill(parameters), "en")
    decoded: Json = orjson.loads(orjson.dumps(answer))
    return decoded


def paid(answer: Json) -> list[str]:
    """What each layer pays, in the order they paid."""
    return [layer["paid"] for layer in answer["layers"]]


def layer(answer: Json, name: str) -> Json:
    (found,) = (each for each in answer["layers"] if each["layer"] == name)
    assert isinstance(found, dict)
    return found


def reason(part: Json, code: str) -> Json:
    (found,) = (each for each in part["reasons"] if each["code"] == code)
    assert isinstance(found, dict)
    return found


def warning(answer: Json, code: str) -> Json | None:
    return next((each for each in answer["warnings"] if each["code"] == code), None)


# ---- R21: care that basic insurance does not cover


def test_outpatient_care_that_basic_insurance_does_not_cover_is_paid_by_no_layer() -> None:
    answer = settle(SERIOUSLY_ILL, VISIT, "300000.00", "0.00")
    assert paid(answer) == ["0.00"] * 5
    assert answer["summary"]["out_of_pocket"] == "300000.00"
    for name in ("civil_relief", "major_disease_fund", "supplementary_insurance"):
        assert layer(answer, name)["outcome"] == "not_eligible"
        assert reason(layer(answer, name), "uncovered_care_not_served")["source"]["basis"] == "assumption"
    assert warning(answer, "out_of_catalogue_counted") is None


def test_the_same_cost_of_a_stay_is_paid_in_full_and_the_answer_says_on_what_that_rests() -> None:
    answer = settle(POOR, STAY, "300000.00", "0.00")
    # Relief on 300,000: 3,000 + 32,000 + 110,500 + 90,000 = 235,500. Supplementary owes more than the 64,500 left.
    assert paid(answer) == ["0.00", "0.00", "235500.00", "0.00", "64500.00"]
    counted = warning(answer, "out_of_catalogue_counted")
    assert counted is not None
    assert "300,000.00 yuan of cost" in counted["text"]
    assert "would owe 300,000.00 yuan" in counted["text"]
    assert warning(answer, "above_local_ceiling") is not None


@grid(
    ("adjudicated", "relief"),
    [
        # 40,000 - 10,000 = 30,000 x 10 %
        ({"basic_insurance": "10000.00"}, "3000.00"),
        ({"basic_insurance": "0.00"}, "0.00"),
        ({"basic_insurance": None}, "0.00"),
        ({"critical_illness": "10000.00"}, "0.00"),
    ],
)
def test_only_what_basic_insurance_has_paid_makes_such_care_covered(adjudicated: Json, relief: str) -> None:
    answer = settle(POOR, VISIT, "40000.00", "40000.00", adjudicated=adjudicated)
    assert layer(answer, "civil_relief")["paid"] == relief


def test_under_the_other_reading_the_layers_serve_it_but_never_unreferred_care() -> None:
    away = {"kind": "outpatient", "facility_level": "in_region", "referred": False}
    # 3,000 + 10,000 x 80 %
    assert layer(settle(POOR, VISIT, "40000.00", "0.00", uncovered_care="served"), "civil_relief")["paid"] == "11000.00"
    assert paid(settle(POOR, away, "40000.00", "0.00", uncovered_care="served")) == ["0.00"] * 5


# ---- R2: cost outside the catalogue


def test_relief_alone_may_count_the_in_scope_cost() -> None:
    bill = ("100000.00", "40000.00")
    answer = settle(POOR, STAY, *bill, adjudicated={"basic_insurance": "20000.00"}, remaining_cost="relief_in_scope")
    # Critical illness: 20,000 in scope left, 6,000 x 60 % = 3,600. Relief: 40,000 - 23,600 = 16,400 x 10 % = 1,640.
    # Supplementary: 100,000 - 23,600 = 76,400: 8,000 + 10,000 + 12,000 + 6,400 x 70 % = 34,480.
    assert paid(answer) == ["20000.00", "3600.00", "1640.00", "0.00", "34480.00"]
    insurance_first = settle(
        POOR,
        STAY,
        *bill,
        adjudicated={"basic_insurance": "20000.00"},
        remaining_cost="relief_in_scope",
        layer_order="insurance_first",
    )
    # Supplementary has paid more than the 16,400 that were left in scope.
    assert paid(insurance_first) == ["20000.00", "3600.00", "34480.00", "0.00", "0.00"]


# ---- R3: the general relief and the bands


@grid(
    ("general", "rates", "tiers"),
    [
        ("first_band", "marginal", [("0.10", "30000.00", "3000.00"), ("0.80", "20000.00", "16000.00")]),
        ("parallel", "marginal", [("0.10", "50000.00", "5000.00"), ("0.80", "20000.00", "16000.00")]),
        ("parallel", "whole_amount", [("0.10", "50000.00", "5000.00"), ("0.80", "50000.00", "40000.00")]),
        # The rest is 45,000.
        ("whole_then_bands", "marginal", [("0.10", "50000.00", "5000.00"), ("0.80", "15000.00", "12000.00")]),
        ("whole_then_bands", "whole_amount", [("0.10", "50000.00", "5000.00"), ("0.80", "45000.00", "36000.00")]),
    ],
)
def test_the_general_relief_and_the_bands_join_as_they_are_read(
    general: str, rates: str, tiers: list[tuple[str, str, str]]
) -> None:
    answer = settle(POOR, STAY, "50000.00", "0.00", general_relief=general, band_rates=rates)
    relief = layer(answer, "civil_relief")
    assert [(tier["rate"], tier["amount"], tier["pays"]) for tier in relief["tiers"]] == tiers
    assert relief["base"] == "50000.00"


def test_beside_the_bands_the_general_relief_is_of_this_bill_and_the_bands_of_the_year() -> None:
    so_far = {"civil_relief": {"base": "40000.00", "paid": "0.00"}}
    answer = settle(POOR, STAY, "50000.00", "0.00", so_far=so_far, general_relief="parallel", band_rates="whole_amount")
    # 90,000 x 85 % - 40,000 x 80 % = 44,500, and 10 % of 50,000; 50,000 is all there is to pay.
    relief = layer(answer, "civil_relief")
    assert (relief["due"], relief["paid"]) == ("49500.00", "49500.00")


# ---- R5: the bill alone, or the year


@grid(
    ("accumulation", "expected"),
    [
        # Relief 20,000 from 30,000 on at 80 %: 16,000, left 4,000: the fund 30,000 to 34,000 at 50 %: 2,000.
        ("calendar_year", ["16000.00", "2000.00", "2000.00"]),
        # Relief 20,000 x 10 % = 2,000, left 18,000 x 40 % = 7,200, left 10,800: supplementary alone 10,000 x 40 %.
        ("per_bill", ["2000.00", "7200.00", "4000.00"]),
        # Supplementary by the year: 30,000 to 50,000 at 50 % = 10,000.
        ("relief_and_fund_per_bill", ["2000.00", "7200.00", "10000.00"]),
    ],
)
def test_relief_fund_and_supplementary_insurance_count_the_year_or_the_bill(
    accumulation: str, expected: list[str]
) -> None:
    before = {"base": "30000.00", "paid": "0.00"}
    so_far = {"civil_relief": before, "major_disease_fund": before, "supplementary_insurance": before}
    answer = settle(SERIOUSLY_ILL, STAY, "20000.00", "0.00", so_far=so_far, accumulation=accumulation)
    assert paid(answer)[2:] == expected


# ---- R8: which care the floor for chronic patients serves


@grid(
    ("visit", "serving"),
    [
        ({"kind": "outpatient", "facility_level": "township"}, {"clinic_outpatient", "outpatient", "all_care"}),
        ({"kind": "outpatient", "facility_level": "county"}, {"outpatient", "all_care"}),
        ({"kind": "outpatient", "facility_level": "out_of_region"}, {"outpatient", "all_care"}),
        ({"kind": "inpatient", "facility_level": "county"}, {"all_care"}),
        ({"kind": "home_bed", "facility_level": "county"}, {"all_care"}),
        ({"kind": "inpatient", "facility_level": "in_region", "referred": False}, set()),
    ],
)
def test_the_floor_serves_the_care_that_the_reading_says(visit: Json, serving: set[str]) -> None:
    for reading in ("clinic_outpatient", "outpatient", "all_care"):
        answer = settle(CHRONICALLY_ILL, visit, "1000.00", "1000.00", chronic_floor=reading)
        assert (answer["guarantee"] is not None) == (reading in serving), reading


def test_where_no_layer_pays_the_floor_is_the_whole_guarantee_and_says_what_it_builds_on() -> None:
    visit = {"kind": "outpatient", "facility_level": "county"}
    guarantee = settle(CHRONICALLY_ILL, visit, "1200.00", "1000.00", chronic_floor="outpatient")["guarantee"]
    assert guarantee["paid"] == "900.00"
    assert "builds on what basic insurance pays" in reason(guarantee, "guarantee_without_insurance")["text"]
    assert "does not state who pays" in reason(guarantee, "guarantee_payer_not_stated")["text"]
    assert guarantee["source"] == {
        "document": "This service's reading where the text leaves a choice",
        "clause": "R8",
        "basis": "assumption",
        "effective_from": "2017-01-01",
    }


def test_the_ceiling_holds_for_the_guarantee_too() -> None:
    visit = {"kind": "outpatient", "facility_level": "township"}
    # 1,000 of 1,000 in scope, of which the layers pay 800 + 10 % of 200 = 820: 900 is both floor and ceiling.
    answer = settle(CHRONICALLY_ILL, visit, "1000.00", "1000.00", ceiling="ninety_percent")
    assert answer["guarantee"]["paid"] == "80.00"
    county = {"kind": "outpatient", "facility_level": "county"}
    # Nothing is paid before it; 90 % of the 1,000.05 yuan is 900.045, half up 900.05, in scope and in all.
    both = settle(CHRONICALLY_ILL, county, "1000.05", "1000.05", chronic_floor="outpatient", ceiling="ninety_percent")
    assert both["guarantee"]["paid"] == "900.05"


# ---- critical illness of the registered


@grid(
    ("day", "patient", "expected"),
    [
        # 20,000 in scope left: 6,000 above 14,000 at 60 %, with a major disease at 65 %.
        ("2018-12-31", POOR, "3600.00"),
        ("2018-12-31", SERIOUSLY_ILL, "3900.00"),
        # From 2019 the registered have half the threshold: 13,000 above 7,000.
        ("2019-01-01", POOR, "7800.00"),
        ("2019-01-01", SERIOUSLY_ILL, "8450.00"),
        ("2019-01-01", {"registration": "none"}, "3600.00"),
    ],
)
def test_the_registered_have_half_the_threshold_of_critical_illness_from_2019(
    day: str, patient: Json, expected: str
) -> None:
    answer = settle(patient, STAY, "30000.00", "30000.00", day=day, adjudicated={"basic_insurance": "10000.00"})
    critical = layer(answer, "critical_illness")
    assert critical["paid"] == expected
    if day == "2019-01-01" and patient["registration"] != "none":
        lowered = reason(critical, "critical_illness_threshold_lowered")
        assert "lowered from 14,000.00 to 7,000.00 yuan" in lowered["text"]
        assert (lowered["source"]["basis"], lowered["source"]["dated"]) == ("local_source", False)


@grid(("day", "expected"), [("2018-12-31", "1000.00"), ("2019-01-01", "3600.00")])
def test_the_registered_have_no_yearly_limit_of_critical_illness_from_2019(day: str, expected: str) -> None:
    so_far = {"critical_illness": {"base": "14000.00", "paid": "499000.00"}}
    answer = settle(
        POOR, STAY, "16000.00", "16000.00", day=day, so_far=so_far, adjudicated={"basic_insurance": "10000.00"}
    )
    # 6,000 above what the year has counted, at 60 %.
    assert layer(answer, "critical_illness")["paid"] == expected


# ---- what is said beside the amounts


@grid(
    ("visit", "expected"),
    [
        ({"kind": "inpatient", "facility_level": "village"}, False),
        ({"kind": "inpatient", "facility_level": "city"}, False),
        ({"kind": "inpatient", "facility_level": "in_region"}, None),
        ({"kind": "home_bed", "facility_level": "county"}, None),
        ({"kind": "outpatient", "facility_level": "township"}, None),
    ],
)
def test_no_deposit_is_for_stays_in_the_citys_own_hospitals(visit: Json, expected: bool | None) -> None:
    assert settle(POOR, visit, "1000.00", "1000.00")["summary"]["deposit_required"] is expected


def test_the_reported_ratio_is_a_comparison_for_the_ill_among_the_registered() -> None:
    # 900 of 1,000 reach 90 % exactly; a fen less does not.
    clinic = {"kind": "outpatient", "facility_level": "township"}
    reached = settle(CHRONICALLY_ILL, clinic, "1000.00", "1000.00")["summary"]
    assert (reached["reported_ratio"], reached["reaches_reported_ratio"]) == ("0.90", True)
    missed = settle(CHRONICALLY_ILL, clinic, "1000.01", "1000.00")["summary"]
    assert (missed["reimbursed_ratio"], missed["reaches_reported_ratio"]) == ("0.9000", False)
    for patient in (POOR, {"registration": "none", "chronic_disease": True}):
        summary = settle(patient, clinic, "1000.00", "1000.00")["summary"]
        assert (summary["reported_ratio"], summary["reaches_reported_ratio"]) == (None, None)


def test_a_stay_at_a_village_clinic_is_called_unlikely() -> None:
    visit = {"kind": "inpatient", "facility_level": "village"}
    assert warning(settle({"registration": "none"}, visit, "1000.00", "1000.00"), "care_unlikely") is not None
    assert warning(settle(POOR, STAY, "1000.00", "1000.00"), "care_unlikely") is None


@grid(("day", "over"), [("2018-12-31", False), ("2019-01-01", True)])
def test_the_policys_period_is_over_from_2019(day: str, over: bool) -> None:
    found = warning(settle(POOR, STAY, "1000.00", "1000.00", day=day), "policy_period_over")
    assert (found is not None) is over


def test_a_reason_gives_the_figures_of_this_bill() -> None:
    basic = layer(settle(POOR, STAY, "5000.00", "5000.00"), "basic_insurance")
    assert "by 50%, from 1,200.00 to 600.00 yuan" in reason(basic, "deductible_lowered_for_registered")["text"]


@grid(
    ("value", "clause", "basis"),
    [("whole_bill", "七.1.(4), 七.1.(5), 七.1.(6)", "assumption"), ("in_scope", "R2", "assumption")],
)
def test_what_rests_on_a_reading_is_never_cited_as_policy(value: str, clause: str, basis: str) -> None:
    code = {"whole_bill": "counts_what_is_left", "in_scope": "counts_what_is_left_in_scope"}[value]
    relief = layer(settle(POOR, STAY, "50000.00", "30000.00", remaining_cost=value), "civil_relief")
    source = reason(relief, code)["source"]
    assert (source["clause"], source["basis"]) == (clause, basis)


def test_an_undated_source_says_so() -> None:
    cited = {
        each["parameter"]: each for each in layer(settle(POOR, STAY, "9.00", "9.00"), "basic_insurance")["sources"]
    }
    assert cited["basic_insurance.bands.city"]["dated"] is False
    assert "dated" not in cited["basic_insurance.registered_uplift"]
