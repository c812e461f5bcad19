"""The layers: the order they pay in, and bills worked by hand from `docs/policy`: clauses, base figures.

Every figure below was calculated on paper from those two texts, never with the rules. The comments show the sums;
amounts are yuan.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import orjson

from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.parameters import load, shipped_files
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.layers import ORDER, ORDERS
from app.schemas.requests.reimbursements import ReimbursementRequest
from tests.support.grid import grid

DAY = "2018-05-20"
ANSWERS = ReimbursementPresenter(load(shipped_files()))

REGISTERED = {"registration": "registered"}
SERIOUSLY_ILL = {"registration": "registered", "major_disease": True}
ORDINARY = {"registration": "none"}


def settle(  # the words of the contract, so that a bill reads as it is posted
    patient: dict[str, Any],
    visit: dict[str, Any],
    total: str,
    in_scope: str,
    *,
    admissions: int = 0,
    admissions_at_level: int = 0,
    so_far: dict[str, Any] | None = None,
    adjudicated: dict[str, str] | None = None,
    **readings: str,
) -> dict[str, Any]:
    """Reimburse one bill and answer as the endpoint does."""
    request = ReimbursementRequest.model_validate(
        {
            "service_date": DAY,
            "patient": patient,
            "visit": visit,
            "bill": {"total": total, "in_scope": in_scope},
            "year_to_date": {
                "admissions": admissions,
                "admissions_at_level": admissions_at_level,
                "layers": so_far or {},
            },
            "adjudicated": adjudicated,
            "readings": readings,
        }
    )
    answer = ANSWERS.answer(dt.date.fromisoformat(DAY), request.to_bill(ANSWERS.parameters), "en")
    decoded: dict[str, Any] = orjson.loads(orjson.dumps(answer))
    return decoded


def layer(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (layer for layer in answer["layers"] if layer["layer"] == name)
    assert isinstance(found, dict)
    return found


def shown(answer: dict[str, Any], *fields: str) -> list[tuple[Any, ...]]:
    """List chosen fields of every layer, in the order the layers paid."""
    return [tuple(layer[field] for field in fields) for layer in answer["layers"]]


def codes(answer: dict[str, Any], name: str) -> list[str]:
    return [reason["code"] for reason in layer(answer, name)["reasons"]]


def pays(answer: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    return [(tier["rate"], tier["amount"], tier["pays"]) for tier in layer(answer, name)["tiers"]]


# ---- the order


def test_the_order_is_the_documented_one() -> None:
    assert ORDER == (
        "basic_insurance",
        "critical_illness",
        "civil_relief",
        "major_disease_fund",
        "supplementary_insurance",
    )
    assert ORDERS["relief_first"] == ORDER == LAYERS


def test_insurance_first_moves_supplementary_insurance_before_relief_and_fund_and_nothing_else() -> None:
    assert ORDERS["insurance_first"] == (
        "basic_insurance",
        "critical_illness",
        "supplementary_insurance",
        "civil_relief",
        "major_disease_fund",
    )
    assert set(ORDERS) == {"relief_first", "insurance_first"}


@grid("reading", ["relief_first", "insurance_first"])
@grid("patient", [ORDINARY, SERIOUSLY_ILL])
@grid("kind", ["inpatient", "outpatient"])
def test_an_answer_lists_the_layers_in_the_order_they_paid(reading: str, patient: dict[str, Any], kind: str) -> None:
    visit = {"kind": kind, "facility_level": "township"}
    answer = settle(patient, visit, "80000.00", "70000.00", layer_order=reading)
    assert tuple(layer["layer"] for layer in answer["layers"]) == ORDERS[reading]  # type: ignore[index]
    left = [Decimal(layer["left"]) for layer in answer["layers"]]
    assert left == sorted(left, reverse=True)


# ---- bills worked by hand


def test_a_registered_patient_with_a_major_disease_at_the_city_hospital() -> None:
    answer = settle(SERIOUSLY_ILL, {"kind": "inpatient", "facility_level": "city"}, "186000.00", "171000.00")
    # Basic: deductible 1,200 halved to 600, ratios + 5 points.
    #   (30,000 - 600) x 70 % = 20,580;  40,000 x 75 % = 30,000;  101,000 x 80 % = 80,800;  together 131,380
    # Critical illness: base 171,000 - 131,380 = 39,620; above 14,000: 25,620 x 65 % = 16,653
    # Relief: left 186,000 - 131,380 - 16,653 = 37,967; 30,000 x 10 % + 7,967 x 80 % = 3,000 + 6,373.60 = 9,373.60
    # Fund: left 28,593.40 x 40 % = 11,437.36
    # Supplementary: base 37,967; 20,000 x 40 % + 7,967 x 50 % = 8,000 + 3,983.50 = 11,983.50
    assert shown(answer, "base", "due", "paid", "left", "limited_by") == [
        ("171000.00", "131380.00", "131380.00", "54620.00", None),
        ("39620.00", "16653.00", "16653.00", "37967.00", None),
        ("37967.00", "9373.60", "9373.60", "28593.40", None),
        ("28593.40", "11437.36", "11437.36", "17156.04", None),
        ("37967.00", "11983.50", "11983.50", "5172.54", None),
    ]
    assert layer(answer, "basic_insurance")["deductible"] == "600.00"
    assert layer(answer, "basic_insurance")["tiers"][0]["above"] == "600.00"
    assert pays(answer, "basic_insurance") == [
        ("0.70", "29400.00", "20580.00"),
        ("0.75", "40000.00", "30000.00"),
        ("0.80", "101000.00", "80800.00"),
    ]
    assert pays(answer, "critical_illness") == [("0.65", "25620.00", "16653.00")]
    assert pays(answer, "supplementary_insurance") == [
        ("0.00", "10000.00", "0.00"),
        ("0.40", "20000.00", "8000.00"),
        ("0.50", "7967.00", "3983.50"),
    ]
    # 186,000 - 5,172.54 = 180,827.46;  / 186,000 = 0.97219...
    assert answer["summary"] == {
        "reimbursed": "180827.46",
        "out_of_pocket": "5172.54",
        "reimbursed_ratio": "0.9722",
        "deposit_required": False,
        "reported_ratio": "0.90",
        "reaches_reported_ratio": True,
    }


def test_the_base_parameters_own_worked_bill() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    ordinary = settle(ORDINARY, visit, "50000.00", "50000.00")
    registered = settle(REGISTERED, visit, "50000.00", "50000.00")
    # (30,000 - 1,200) x 65 % + 20,000 x 70 % = 18,720 + 14,000
    assert layer(ordinary, "basic_insurance")["paid"] == "32720.00"
    # (30,000 - 600) x 70 % + 20,000 x 75 % = 20,580 + 15,000
    assert layer(registered, "basic_insurance")["paid"] == "35580.00"


def test_an_ordinary_patients_repeat_stay_in_the_county() -> None:
    visit = {"kind": "inpatient", "facility_level": "county"}
    answer = settle(ORDINARY, visit, "9000.00", "8123.45", admissions=1)
    # Basic: deductible 400 - 100 = 300; 7,823.45 x 75 % = 5,867.5875, up to 5,867.59
    # Critical illness: base 8,123.45 - 5,867.59 = 2,255.86, below 14,000. The others serve the registered only.
    assert shown(answer, "outcome", "base", "paid", "left") == [
        ("paid", "8123.45", "5867.59", "3132.41"),
        ("nothing_due", "2255.86", "0.00", "3132.41"),
        ("not_eligible", "0.00", "0.00", "3132.41"),
        ("not_eligible", "0.00", "0.00", "3132.41"),
        ("not_eligible", "0.00", "0.00", "3132.41"),
    ]
    assert layer(answer, "basic_insurance")["deductible"] == "300.00"
    assert "deductible_reduced_on_repeat_stay" in codes(answer, "basic_insurance")
    assert "below_first_paying_band" in codes(answer, "critical_illness")
    assert codes(answer, "civil_relief") == ["not_registered"]
    assert answer["summary"]["deposit_required"] is None


def test_a_registered_patient_referred_to_another_city_first_pays_a_share() -> None:
    visit = {"kind": "inpatient", "facility_level": "in_region", "referred": True}
    answer = settle(REGISTERED, visit, "98000.00", "90000.00")
    # First paid: 90,000 x 15 % = 13,500, leaving 76,500 to count. Deductible 600.
    # Basic: 29,400 x 70 % + 40,000 x 75 % + 6,500 x 80 % = 20,580 + 30,000 + 5,200 = 55,780
    # Critical illness: 76,500 - 55,780 = 20,720 (without the share first paid); no major disease:
    #   6,720 x 60 % = 4,032
    # Relief: left 98,000 - 55,780 - 4,032 = 38,188 (with it); 3,000 + 8,188 x 80 % = 9,550.40
    # Fund: no major disease.
    # Supplementary: base 38,188; 8,000 + 8,188 x 50 % = 12,094
    assert shown(answer, "outcome", "base", "paid", "left") == [
        ("paid", "76500.00", "55780.00", "42220.00"),
        ("paid", "20720.00", "4032.00", "38188.00"),
        ("paid", "38188.00", "9550.40", "28637.60"),
        ("not_eligible", "0.00", "0.00", "28637.60"),
        ("paid", "38188.00", "12094.00", "16543.60"),
    ]
    assert "share_first_paid" in codes(answer, "basic_insurance")
    assert codes(answer, "major_disease_fund") == ["registered_poor", "no_major_disease"]


def test_the_share_first_paid_is_rounded_half_up() -> None:
    visit = {"kind": "inpatient", "facility_level": "in_region"}
    answer = settle(ORDINARY, visit, "10000.10", "10000.10")
    # 10,000.10 x 15 % = 1,500.015, up to 1,500.02; left to count 8,500.08; less 1,200: 7,300.08 x 65 % = 4,745.052
    assert layer(answer, "basic_insurance")["base"] == "8500.08"
    assert layer(answer, "basic_insurance")["paid"] == "4745.05"


def test_a_chronic_patient_of_an_exited_household_at_the_township_clinic_is_lifted_to_90_percent() -> None:
    patient = {"registration": "exited_with_policy", "chronic_disease": True}
    answer = settle(patient, {"kind": "outpatient", "facility_level": "township"}, "320.00", "300.00")
    # Basic: 300 x 80 % = 240. Relief: left 80 x 10 % = 8. Supplementary: base 80, in the band of 0 %.
    # Guarantee: 300 x 90 % = 270; 270 - 248 = 22. Left 320 - 270 = 50.
    assert shown(answer, "outcome", "paid", "left") == [
        ("paid", "240.00", "80.00"),
        ("not_eligible", "0.00", "80.00"),
        ("paid", "8.00", "72.00"),
        ("not_eligible", "0.00", "72.00"),
        ("nothing_due", "0.00", "72.00"),
    ]
    assert answer["guarantee"]["paid"] == "22.00"
    assert answer["guarantee"]["floor_ratio"] == "0.90"
    # 270 / 320 = 0.84375: half up
    assert answer["summary"] == {
        "reimbursed": "270.00",
        "out_of_pocket": "50.00",
        "reimbursed_ratio": "0.8438",
        "deposit_required": None,
        "reported_ratio": "0.90",
        "reaches_reported_ratio": False,
    }
    assert "policies_kept_after_exit" in codes(answer, "basic_insurance")


@grid(
    ("patient", "visit"),
    [
        (REGISTERED, {"kind": "outpatient", "facility_level": "township"}),
        ({"registration": "none", "chronic_disease": True}, {"kind": "outpatient", "facility_level": "township"}),
        (
            {"registration": "exited_without_policy", "chronic_disease": True},
            {"kind": "outpatient", "facility_level": "village"},
        ),
        ({"registration": "registered", "chronic_disease": True}, {"kind": "outpatient", "facility_level": "county"}),
        ({"registration": "registered", "chronic_disease": True}, {"kind": "inpatient", "facility_level": "township"}),
    ],
)
def test_the_guarantee_serves_poor_chronic_outpatients_at_a_clinic_only(
    patient: dict[str, Any], visit: dict[str, Any]
) -> None:
    assert settle(patient, visit, "320.00", "300.00")["guarantee"] is None


def test_unreferred_care_is_paid_by_no_layer_but_the_lump_sum_is() -> None:
    patient = {"registration": "registered", "major_disease": True, "accident_disability": True}
    visit = {"kind": "inpatient", "facility_level": "out_of_region", "referred": False, "emergency": False}
    answer = settle(patient, visit, "45000.00", "40000.00")
    assert shown(answer, "outcome", "due", "paid", "left") == [("not_eligible", "0.00", "0.00", "45000.00")] * 5
    assert all(codes(answer, name) == ["unreferred_care"] for name in LAYERS)
    assert [(lump["benefit"], lump["paid"]) for lump in answer["lump_sums"]] == [("accident_disability", "20000.00")]
    assert (answer["summary"]["reimbursed"], answer["summary"]["out_of_pocket"]) == ("0.00", "45000.00")


def test_an_emergency_outside_the_region_needs_no_referral() -> None:
    visit = {"kind": "inpatient", "facility_level": "out_of_region", "referred": False, "emergency": True}
    answer = settle(ORDINARY, visit, "20000.00", "20000.00")
    # First paid 20 % = 4,000; 16,000 - 1,200 = 14,800 x 65 % = 9,620
    assert layer(answer, "basic_insurance")["paid"] == "9620.00"


def test_a_home_bed_is_an_admission_for_the_registered_and_nothing_for_others() -> None:
    visit = {"kind": "home_bed", "facility_level": "township"}
    registered = settle(REGISTERED, visit, "5000.00", "4600.55")
    # Basic: deductible 200 halved to 100; 4,500.55 x 95 % = 4,275.5225. Critical illness: 325.03, below 14,000.
    # Relief: left 724.48 x 10 % = 72.448. Supplementary: base 724.48, in the band of 0 %.
    assert shown(registered, "outcome", "paid", "left") == [
        ("paid", "4275.52", "724.48"),
        ("nothing_due", "0.00", "724.48"),
        ("paid", "72.45", "652.03"),
        ("not_eligible", "0.00", "652.03"),
        ("nothing_due", "0.00", "652.03"),
    ]
    assert registered["summary"]["deposit_required"] is None
    for registration in ("none", "exited_without_policy"):
        ordinary = settle({"registration": registration}, visit, "5000.00", "4600.55")
        assert shown(ordinary, "outcome", "paid", "left") == [("not_eligible", "0.00", "5000.00")] * 5
        assert all("home_bed_for_registered_only" in codes(ordinary, name) for name in LAYERS)


def test_a_second_admission_has_no_deductible_and_the_year_counts_together() -> None:
    so_far = {
        "basic_insurance": {"base": "40000.00", "paid": "28080.00"},
        "critical_illness": {"base": "11920.00", "paid": "0.00"},
        "civil_relief": {"base": "13920.00", "paid": "1392.00"},
        "major_disease_fund": {"base": "12528.00", "paid": "5011.20"},
        "supplementary_insurance": {"base": "13920.00", "paid": "1568.00"},
    }
    visit = {"kind": "inpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "62000.00", "58000.00", admissions=1, admissions_at_level=1, so_far=so_far)
    # Basic, by itself: 30,000 x 70 % + 28,000 x 75 % = 21,000 + 21,000 = 42,000
    # Critical illness: 11,920 + 16,000 = 27,920; above 14,000: 13,920 x 65 % = 9,048
    # Relief: 13,920 + 10,952 = 24,872, all in the first band: 1,095.20
    # Fund: 12,528 + 9,856.80 = 22,384.80, all in the first band: 9,856.80 x 40 % = 3,942.72
    # Supplementary: 13,920 to 24,872, all between 10,000 and 30,000: 10,952 x 40 % = 4,380.80
    assert shown(answer, "base", "paid", "left") == [
        ("58000.00", "42000.00", "20000.00"),
        ("16000.00", "9048.00", "10952.00"),
        ("10952.00", "1095.20", "9856.80"),
        ("9856.80", "3942.72", "5914.08"),
        ("10952.00", "4380.80", "1533.28"),
    ]
    assert layer(answer, "basic_insurance")["deductible"] == "0.00"
    assert "no_deductible_on_repeat_admission" in codes(answer, "basic_insurance")
    assert "counted_with_year_always" in codes(answer, "critical_illness")
    assert "counted_with_year" in codes(answer, "civil_relief")
    alone = settle(
        SERIOUSLY_ILL,
        visit,
        "62000.00",
        "58000.00",
        admissions=1,
        admissions_at_level=1,
        so_far=so_far,
        accumulation="per_bill",
    )
    # Each bill alone, but critical illness always by the year: 9,048 as above; supplementary 952 x 40 % = 380.80
    assert layer(alone, "critical_illness")["paid"] == "9048.00"
    assert layer(alone, "supplementary_insurance")["paid"] == "380.80"


# ---- limits


def test_basic_insurance_stops_at_160_000_a_year_and_the_rest_falls_to_the_next_layers() -> None:
    answer = settle(
        SERIOUSLY_ILL,
        {"kind": "inpatient", "facility_level": "city"},
        "100000.00",
        "100000.00",
        admissions=2,
        admissions_at_level=2,
        so_far={
            "basic_insurance": {"base": "190000.00", "paid": "150000.00"},
            "supplementary_insurance": {"base": "0.00", "paid": "75000.00"},
        },
    )
    # Basic: 21,000 + 30,000 + 30,000 x 80 % = 75,000 due; 160,000 - 150,000 = 10,000 paid
    # Critical illness: base 90,000; 76,000 x 65 % = 49,400
    # Relief: left 40,600; 3,000 + 10,600 x 80 % = 11,480. Fund: left 29,120 x 40 % = 11,648
    # Supplementary: base 40,600; 8,000 + 10,600 x 50 % = 13,300 due; 80,000 - 75,000 = 5,000 paid
    assert shown(answer, "base", "due", "paid", "left", "limited_by") == [
        ("100000.00", "75000.00", "10000.00", "90000.00", "annual_limit"),
        ("90000.00", "49400.00", "49400.00", "40600.00", None),
        ("40600.00", "11480.00", "11480.00", "29120.00", None),
        ("29120.00", "11648.00", "11648.00", "17472.00", None),
        ("40600.00", "13300.00", "5000.00", "12472.00", "annual_limit"),
    ]
    assert "cut_to_annual_limit" in codes(answer, "basic_insurance")


def test_a_limit_that_is_used_up_leaves_nothing_due() -> None:
    answer = settle(
        REGISTERED,
        {"kind": "outpatient", "facility_level": "village"},
        "100.00",
        "100.00",
        so_far={"basic_insurance": {"base": "0.00", "paid": "160000.01"}},
    )
    basic = layer(answer, "basic_insurance")
    assert (basic["outcome"], basic["due"], basic["paid"]) == ("nothing_due", "80.00", "0.00")
    assert basic["limited_by"] == "annual_limit"
    assert codes(answer, "basic_insurance")[-1] == "annual_limit_used_up"


def test_supplementary_insurance_stops_at_80_000_and_the_order_decides_who_is_cut() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    # Nothing in scope, so basic and critical-illness insurance have nothing to count.
    # Relief on 300,000: 3,000 + 32,000 + 130,000 x 85 % + 100,000 x 90 % = 3,000 + 32,000 + 110,500 + 90,000 = 235,500
    # Supplementary on 300,000: 0 + 8,000 + 10,000 + 12,000 + 230,000 x 70 % = 191,000, at most 80,000
    relief_first = settle(REGISTERED, visit, "300000.00", "0.00")
    assert shown(relief_first, "due", "paid", "left", "limited_by")[2:] == [
        ("235500.00", "235500.00", "64500.00", None),
        ("0.00", "0.00", "64500.00", None),
        ("191000.00", "64500.00", "0.00", "remaining_cost"),
    ]
    # Relief on what 80,000 leave, 220,000: 3,000 + 32,000 + 110,500 + 20,000 x 90 % = 163,500
    insurance_first = settle(REGISTERED, visit, "300000.00", "0.00", layer_order="insurance_first")
    assert shown(insurance_first, "layer", "due", "paid", "left", "limited_by")[2:] == [
        ("supplementary_insurance", "191000.00", "80000.00", "220000.00", "annual_limit"),
        ("civil_relief", "163500.00", "163500.00", "56500.00", None),
        ("major_disease_fund", "0.00", "0.00", "56500.00", None),
    ]


def test_critical_illness_insurance_stops_at_500_000_a_year() -> None:
    answer = settle(ORDINARY, {"kind": "inpatient", "facility_level": "city"}, "1200000.00", "1200000.00")
    # Basic: 28,800 x 65 % + 40,000 x 70 % + 130,000 x 75 % + 1,000,000 x 80 % = 18,720 + 28,000 + 97,500 + 800,000
    #   = 944,220 due, 160,000 paid
    # Critical illness: base 1,040,000; 1,026,000 x 60 % = 615,600 due, 500,000 paid
    assert shown(answer, "due", "paid", "left", "limited_by")[:2] == [
        ("944220.00", "160000.00", "1040000.00", "annual_limit"),
        ("615600.00", "500000.00", "540000.00", "annual_limit"),
    ]


def test_a_great_outpatient_bill_runs_through_every_band_of_the_upper_layers() -> None:
    visit = {"kind": "outpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "400000.00", "350000.00", uncovered_care="served")
    # Basic pays no outpatient care above the township (R9), critical-illness insurance none at all.
    # Relief on 400,000: 3,000 + 32,000 + 110,500 + 200,000 x 90 % = 325,500
    # Fund on 74,500: 30,000 x 40 % + 20,000 x 50 % + 24,500 x 60 % = 12,000 + 10,000 + 14,700 = 36,700
    # Supplementary on 400,000: 0 + 8,000 + 10,000 + 12,000 + 330,000 x 70 % = 261,000, at most 80,000, 37,800 left
    assert shown(answer, "outcome", "base", "due", "paid", "left") == [
        ("not_eligible", "0.00", "0.00", "0.00", "400000.00"),
        ("not_eligible", "0.00", "0.00", "0.00", "400000.00"),
        ("paid", "400000.00", "325500.00", "325500.00", "74500.00"),
        ("paid", "74500.00", "36700.00", "36700.00", "37800.00"),
        ("paid", "400000.00", "261000.00", "37800.00", "0.00"),
    ]
    assert pays(answer, "civil_relief") == [
        ("0.10", "30000.00", "3000.00"),
        ("0.80", "40000.00", "32000.00"),
        ("0.85", "130000.00", "110500.00"),
        ("0.90", "200000.00", "180000.00"),
    ]
    assert layer(answer, "supplementary_insurance")["limited_by"] == "remaining_cost"
    assert answer["summary"]["reimbursed_ratio"] == "1.0000"


def test_the_supplementary_limit_is_a_years_or_by_reading_a_bills() -> None:
    so_far = {"supplementary_insurance": {"base": "0.00", "paid": "80000.00"}}
    visit = {"kind": "inpatient", "facility_level": "city"}
    by_year = settle(REGISTERED, visit, "20000.00", "0.00", so_far=so_far)
    by_bill = settle(REGISTERED, visit, "20000.00", "0.00", so_far=so_far, supplementary_limit="per_bill")
    # 10,000 x 40 % = 4,000
    assert layer(by_year, "supplementary_insurance")["paid"] == "0.00"
    assert layer(by_bill, "supplementary_insurance")["paid"] == "4000.00"


def test_a_ceiling_of_90_percent_cuts_the_layer_that_reaches_it() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "186000.00", "171000.00", ceiling="ninety_percent")
    # 186,000 x 90 % = 167,400. Basic, critical illness and relief as above: 157,406.60. Room 9,993.40.
    assert shown(answer, "due", "paid", "left", "limited_by") == [
        ("131380.00", "131380.00", "54620.00", None),
        ("16653.00", "16653.00", "37967.00", None),
        ("9373.60", "9373.60", "28593.40", None),
        ("11437.36", "9993.40", "18600.00", "ceiling"),
        ("11983.50", "0.00", "18600.00", "ceiling"),
    ]
    assert "cut_to_ceiling" in codes(answer, "major_disease_fund")
    assert answer["summary"]["reimbursed_ratio"] == "0.9000"


# ---- what the insurer has settled already


def test_an_adjudicated_layer_is_taken_as_given_and_the_next_count_on_it() -> None:
    visit = {"kind": "inpatient", "facility_level": "in_region", "referred": True}
    answer = settle(SERIOUSLY_ILL, visit, "98000.00", "90000.00", adjudicated={"basic_insurance": "51325.00"})
    # Critical illness: 90,000 - 13,500 - 51,325 = 25,175; 11,175 x 65 % = 7,263.75
    # Relief: left 98,000 - 51,325 - 7,263.75 = 39,411.25; 3,000 + 9,411.25 x 80 % = 10,529
    # Fund: left 28,882.25 x 40 % = 11,552.90
    # Supplementary: base 39,411.25; 8,000 + 9,411.25 x 50 % = 8,000 + 4,705.625 = 12,705.63
    assert shown(answer, "outcome", "due", "paid", "left") == [
        ("adjudicated", "51325.00", "51325.00", "46675.00"),
        ("paid", "7263.75", "7263.75", "39411.25"),
        ("paid", "10529.00", "10529.00", "28882.25"),
        ("paid", "11552.90", "11552.90", "17329.35"),
        ("paid", "12705.63", "12705.63", "4623.72"),
    ]
    # Nothing of a calculation that was not made is shown; only what the next layer's base rests on.
    assert codes(answer, "basic_insurance") == ["already_adjudicated", "share_first_paid"]
    assert (layer(answer, "basic_insurance")["tiers"], layer(answer, "basic_insurance")["deductible"]) == ([], None)
    (figure,) = layer(answer, "basic_insurance")["sources"]
    assert figure["parameter"] == "basic_insurance.first_paid.in_region"


def test_a_layer_leaves_what_the_insurer_has_settled_for_a_later_one() -> None:
    visit = {"kind": "inpatient", "facility_level": "county"}
    answer = settle(REGISTERED, visit, "10000.00", "10000.00", adjudicated={"critical_illness": "9900.00"})
    assert shown(answer, "outcome", "paid", "left", "limited_by")[:2] == [
        ("paid", "100.00", "9900.00", "remaining_cost"),
        ("adjudicated", "9900.00", "0.00", None),
    ]


def test_an_adjudicated_amount_is_cut_by_no_limit_and_no_ceiling() -> None:
    answer = settle(
        REGISTERED,
        {"kind": "inpatient", "facility_level": "city"},
        "200000.00",
        "150000.00",
        so_far={"basic_insurance": {"base": "0.00", "paid": "160000.00"}},
        adjudicated={"basic_insurance": "199000.00"},
        ceiling="ninety_percent",
    )
    assert shown(answer, "outcome", "paid", "left")[0] == ("adjudicated", "199000.00", "1000.00")
    # More than the in-scope cost was settled: nothing is left for critical illness to count. The ceiling of 180,000
    # is passed: relief on 1,000 owes 100 and pays nothing.
    assert layer(answer, "critical_illness")["base"] == "0.00"
    assert "nothing_to_count" in codes(answer, "critical_illness")
    assert shown(answer, "due", "paid", "limited_by")[2] == ("100.00", "0.00", "ceiling")


def test_on_unreferred_care_the_upper_layers_pay_nothing_whatever_was_adjudicated() -> None:
    visit = {"kind": "inpatient", "facility_level": "in_region", "referred": False}
    answer = settle(SERIOUSLY_ILL, visit, "50000.00", "50000.00", adjudicated={"basic_insurance": "20000.00"})
    assert shown(answer, "outcome", "paid", "left") == [
        ("adjudicated", "20000.00", "30000.00"),
        *[("not_eligible", "0.00", "30000.00")] * 4,
    ]


# ---- the open readings


def test_a_bands_rate_may_be_read_as_the_whole_amounts() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "186000.00", "171000.00", band_rates="whole_amount")
    # Relief: 37,967 lies above 30,000: 80 % of all, 30,373.60. Fund: left 7,593.40 x 40 % = 3,037.36
    # Supplementary: 37,967 lies between 30,000 and 50,000: 50 % of all, 18,983.50; left 4,556.04
    assert shown(answer, "due", "paid", "left", "limited_by")[2:] == [
        ("30373.60", "30373.60", "7593.40", None),
        ("3037.36", "3037.36", "4556.04", None),
        ("18983.50", "4556.04", "0.00", "remaining_cost"),
    ]
    assert pays(answer, "supplementary_insurance") == [("0.50", "37967.00", "18983.50")]


def test_general_relief_may_be_read_as_coming_first_on_the_whole() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "186000.00", "171000.00", general_relief="whole_then_bands")
    # 37,967 x 10 % = 3,796.70; the rest, 34,170.30, above 30,000: 4,170.30 x 80 % = 3,336.24; together 7,132.94
    assert pays(answer, "civil_relief") == [("0.10", "37967.00", "3796.70"), ("0.80", "4170.30", "3336.24")]
    assert layer(answer, "civil_relief")["paid"] == "7132.94"


def test_what_is_left_may_be_read_as_the_in_scope_cost_only() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}
    answer = settle(SERIOUSLY_ILL, visit, "186000.00", "171000.00", remaining_cost="in_scope")
    # Relief: 171,000 - 131,380 - 16,653 = 22,967 x 10 % = 2,296.70
    # Fund: 22,967 - 2,296.70 = 20,670.30 x 40 % = 8,268.12
    # Supplementary: base 22,967; 12,967 x 40 % = 5,186.80
    assert shown(answer, "base", "paid")[2:] == [
        ("22967.00", "2296.70"),
        ("20670.30", "8268.12"),
        ("22967.00", "5186.80"),
    ]


# ---- the question of the source document's headline


def test_a_household_that_exited_keeps_its_benefits_exactly_while_its_policies_are_kept() -> None:
    visit = {"kind": "inpatient", "facility_level": "city"}

    def figures(registration: str) -> list[tuple[Any, ...]]:
        patient = {"registration": registration, "major_disease": True}
        answer = settle(patient, visit, "186000.00", "171000.00")
        return shown(answer, "outcome", "base", "deductible", "tiers", "due", "limited_by", "paid", "left")

    assert figures("exited_with_policy") == figures("registered")
    assert figures("exited_without_policy") == figures("none")
    assert figures("registered") != figures("none")
    ended = settle({"registration": "exited_without_policy"}, visit, "186000.00", "171000.00")
    assert all("policies_ended_after_exit" in codes(ended, name) for name in ORDER if name != "critical_illness")
