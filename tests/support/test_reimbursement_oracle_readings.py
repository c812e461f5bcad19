"""The oracle of bills agrees with cases worked by hand from the text: the readings, and the limits of a place."""

from tests.support.grid import grid
from tests.support.reimbursement_cases import (
    CHRONIC,
    LOCAL,
    OTHER,
    POOR,
    UPPER,
    Json,
    after,
    bill,
    paid,
    printed,
    visit,
    year,
)
from tests.support.reimbursement_oracle import BASIC, FUND, RELIEF, SUPPLEMENTARY, fen, settle, yuan

# ---- R1 and R3


@grid(
    ("general_relief", "band_rates", "lines"),
    [
        ("first_band", "marginal", [("10", "30000.00", "3000.00"), ("80", "20000.00", "16000.00")]),
        ("first_band", "whole_amount", [("80", "50000.00", "40000.00")]),
        ("whole_then_bands", "marginal", [("10", "50000.00", "5000.00"), ("80", "15000.00", "12000.00")]),
        ("whole_then_bands", "whole_amount", [("10", "50000.00", "5000.00"), ("80", "45000.00", "36000.00")]),
        ("parallel", "marginal", [("10", "50000.00", "5000.00"), ("80", "20000.00", "16000.00")]),
        ("parallel", "whole_amount", [("10", "50000.00", "5000.00"), ("80", "50000.00", "40000.00")]),
    ],
)
def test_civil_relief_of_50000_is_joined_as_the_readings_say(
    general_relief: str, band_rates: str, lines: list[tuple[str, str, str]]
) -> None:
    answer = settle(after(0, 50_000, readings={"general_relief": general_relief, "band_rates": band_rates}))
    assert printed(answer, RELIEF) == lines
    assert answer["carried"][RELIEF]["base"] == fen(50_000)


@grid(
    ("general_relief", "band_rates", "before", "base", "pays"),
    [
        ("whole_then_bands", "marginal", 20_000, 50_000, ("5000.00", "28000.00")),  # 35,000 x 80 %
        ("whole_then_bands", "whole_amount", 20_000, 50_000, ("5000.00", "52000.00")),  # 65,000 x 80 %
        ("parallel", "marginal", 20_000, 50_000, ("5000.00", "32000.00")),  # 40,000 x 80 %
        ("parallel", "whole_amount", 20_000, 50_000, ("5000.00", "56000.00")),  # 70,000 x 80 %
        ("parallel", "whole_amount", 60_000, 20_000, ("2000.00", "20000.00")),  # 68,000 - 48,000
        ("parallel", "whole_amount", 10_000, 20_000, ("2000.00",)),  # the year has not passed 30,000
        ("whole_then_bands", "whole_amount", 10_000, 22_222, ("2222.20",)),  # 10,000 + 19,999.80
        ("first_band", "whole_amount", 30_000, 1, ("21000.80",)),  # 30,001 x 80 % - 30,000 x 10 %
    ],
)
def test_what_the_year_has_counted_moves_the_bands_and_never_the_ten_per_cent(
    general_relief: str, band_rates: str, before: int, base: int, pays: tuple[str, ...]
) -> None:
    readings = {"general_relief": general_relief, "band_rates": band_rates}
    answer = settle(after(0, base, readings=readings, year_to_date=year(civil_relief=(before, 0))))
    found = tuple(yuan(tier["pays"]) for tier in answer["layers"][RELIEF]["tiers"])
    assert found == pays


@grid("band_rates", ["marginal", "whole_amount"])
def test_the_band_that_pays_nothing_is_printed_and_its_layer_owes_nothing(band_rates: str) -> None:
    answer = settle(after(0, 9_000, readings={"band_rates": band_rates}))
    assert printed(answer, SUPPLEMENTARY) == [("0", "9000.00", "0.00")]
    assert answer["layers"][SUPPLEMENTARY]["outcome"] == "nothing_due"


# ---- R2 and R14


@grid(
    ("readings", "bases", "pays", "left"),
    [  # 60,000, of which 40,000 in scope and 10,000 paid by basic insurance
        ({}, (50_000, 31_000, 50_000), ("19000.00", "12500.00", "18000.00"), 500),
        ({"remaining_cost": "in_scope"}, (30_000, 27_000, 30_000), ("3000.00", "10800.00", "8000.00"), 28_200),
        (
            {"remaining_cost": "relief_in_scope"},
            (30_000, 47_000, 50_000),
            ("3000.00", "20500.00", "18000.00"),
            8_500,
        ),
        (  # supplementary 18,000, then relief of 32,000: 3,000 + 1,600; fund of 27,400
            {"layer_order": "insurance_first"},
            (32_000, 27_400, 50_000),
            ("4600.00", "10960.00", "18000.00"),
            16_440,
        ),
        (
            {"layer_order": "insurance_first", "remaining_cost": "relief_in_scope"},
            (12_000, 30_800, 50_000),
            ("1200.00", "12400.00", "18000.00"),
            18_400,
        ),
        (  # supplementary of 30,000: 8,000; relief of 22,000; fund of 19,800
            {"layer_order": "insurance_first", "remaining_cost": "in_scope"},
            (22_000, 19_800, 30_000),
            ("2200.00", "7920.00", "8000.00"),
            31_880,
        ),
    ],
)
def test_what_is_left_is_counted_as_the_readings_say(
    readings: Json, bases: tuple[int, ...], pays: tuple[str, ...], left: int
) -> None:
    answer = settle(after(10_000, 60_000, 40_000, readings=readings))
    assert tuple(answer["layers"][layer]["base"] for layer in UPPER) == tuple(fen(base) for base in bases)
    assert paid(answer, *UPPER) == pays
    assert answer["out_of_pocket"] == fen(left)
    other = 31_880 if "layer_order" in readings else 28_200
    told = {"out_of_catalogue": fen(20_000), "out_of_pocket": fen(other)}
    expected = None if readings.get("remaining_cost") == "in_scope" else told
    assert answer["warnings"].get("out_of_catalogue_counted") == expected


# ---- R5 and R6


@grid(
    ("accumulation", "due"),
    [
        ("calendar_year", ("16000.00", "2000.00", "8000.00")),
        ("per_bill", ("2000.00", "7200.00", "4000.00")),
        ("relief_and_fund_per_bill", ("2000.00", "7200.00", "8000.00")),
    ],
)
def test_what_the_year_has_counted_before_is_counted_as_r5_says(accumulation: str, due: tuple[str, ...]) -> None:
    so_far = year(civil_relief=(30_000, 0), major_disease_fund=(30_000, 0), supplementary_insurance=(10_000, 0))
    answer = settle(after(0, 20_000, year_to_date=so_far, readings={"accumulation": accumulation}))
    assert tuple(yuan(answer["layers"][layer]["due"]) for layer in UPPER) == due
    assert answer["carried"][RELIEF]["base"] == fen(50_000)
    if accumulation == "calendar_year":
        supplementary = answer["layers"][SUPPLEMENTARY]
        assert (supplementary["limited_by"], yuan(supplementary["paid"])) == ("remaining_cost", "2000.00")


@grid(
    ("reading", "pays", "limited"),
    [("calendar_year", "1000.00", "annual_limit"), ("per_bill", "39500.00", "remaining_cost")],
)
def test_the_limit_of_80000_is_the_years_or_the_bills(reading: str, pays: str, limited: str) -> None:
    # due 8,000 + 10,000 + 12,000 + 21,000; left after relief 3,000 + 32,000 + 25,500
    so_far = year(supplementary_insurance=(0, 79_000))
    answer = settle(after(0, 100_000, patient=POOR, year_to_date=so_far, readings={"supplementary_limit": reading}))
    supplementary = answer["layers"][SUPPLEMENTARY]
    assert (yuan(supplementary["due"]), yuan(supplementary["paid"])) == ("51000.00", pays)
    assert supplementary["limited_by"] == limited


# ---- R8 and R21


@grid(
    ("care", "clinic_outpatient", "outpatient", "all_care"),
    [  # 100 in scope of 120
        (visit("outpatient", "township"), 600, 600, 600),  # basic 80, relief 10 % of 40, to 90
        (visit("outpatient", "county"), None, 9_000, 9_000),
        (visit("outpatient", "out_of_region"), None, 9_000, 9_000),
        (visit("outpatient", "out_of_region", referred=False), None, None, None),
        (visit("outpatient", "in_region", referred=False, emergency=True), None, 9_000, 9_000),
        (visit("inpatient", "village"), None, None, 7_800),  # basic nothing, relief 12
        (visit("home_bed", "county"), None, None, 7_800),
        (visit("inpatient", "in_region", referred=False), None, None, None),
    ],
)
def test_the_chronic_floor_serves_the_care_that_r8_says(care: Json, **expected: int | None) -> None:
    for value, guarantee in expected.items():
        answer = settle(bill(120, 100, patient=CHRONIC, visit=care, readings={"chronic_floor": value}))
        assert answer["guarantee"] == guarantee, value
        assert answer["out_of_pocket"] + answer["reimbursed"] == 12_000


def test_the_floor_is_for_the_registered_with_a_chronic_disease_alone() -> None:
    care = visit("outpatient", "township")
    for patient in (POOR, OTHER | {"chronic_disease": True}):
        assert settle(bill(120, 100, patient=patient, visit=care))["guarantee"] is None


def test_a_floor_that_the_layers_have_reached_adds_nothing() -> None:
    # basic 8, relief 9.20, and 90 % of 10 is 9
    answer = settle(bill(100, 10, patient=CHRONIC, visit=visit("outpatient", "township")))
    assert answer["guarantee"] == 0


SERVED = ("19000.00", "12500.00", "18000.00")  # of 50,000, 31,000 and 50,000
NOT_SERVED = ("0.00", "0.00", "0.00")


@grid(
    ("adjudicated", "reading", "pays"),
    [
        (None, "not_served", NOT_SERVED),
        (None, "served", SERVED),
        ({"basic_insurance": "0"}, "not_served", NOT_SERVED),
        ({"basic_insurance": None, "critical_illness": "100"}, "not_served", NOT_SERVED),
        ({"basic_insurance": "0.05"}, "not_served", ("18999.96", "12500.00", "17999.98")),
    ],
)
def test_outpatient_care_above_the_township_is_served_where_r21_says(
    adjudicated: Json | None, reading: str, pays: tuple[str, ...]
) -> None:
    # with 0.05 paid: 3,000 + 15,999.96; of the 30,999.99 left 12,000 + 499.995; 8,000 + 9,999.975
    care = visit("outpatient", "county")
    answer = settle(bill(50_000, visit=care, adjudicated=adjudicated, readings={"uncovered_care": reading}))
    assert paid(answer, *UPPER) == pays
    refused = {answer["layers"][layer]["outcome"] for layer in UPPER} == {"not_eligible"}
    assert refused == (pays == NOT_SERVED)


def test_unreferred_care_outside_the_city_is_never_served() -> None:
    care = visit("outpatient", "in_region", referred=False)
    given = {"basic_insurance": "100"}
    answer = settle(bill(50_000, visit=care, adjudicated=given, readings={"uncovered_care": "served"}))
    assert [layer["outcome"] for layer in answer["layers"].values()] == ["adjudicated"] + ["not_eligible"] * 4
    emergency = visit("inpatient", "in_region", referred=False, emergency=True)
    assert settle(bill(50_000, visit=emergency))["layers"][BASIC]["outcome"] == "paid"


# ---- R13, limits of a deployment, the fund's budget


def test_no_layer_passes_90_per_cent_of_the_bill_under_r13() -> None:
    # 44,000 paid; relief 600; fund 2,160 of 5,400, of which 400 are left to 45,000
    free = settle(after(44_000, 50_000))
    assert (free["reimbursed"], "above_local_ceiling" in free["warnings"]) == (fen(46_760), True)
    held = settle(after(44_000, 50_000, readings={"ceiling": "ninety_percent"}))
    assert paid(held, *UPPER) == ("600.00", "400.00", "0.00")
    assert held["layers"][FUND]["limited_by"] == "ceiling"
    assert (held["reimbursed"], "above_local_ceiling" in held["warnings"]) == (fen(45_000), False)
    given = settle(after(46_000, 50_000, readings={"ceiling": "ninety_percent"}))
    assert (given["reimbursed"], paid(given, RELIEF)) == (fen(46_000), ("0.00",))


@grid(
    ("total", "before", "paid_before", "pays", "limited"),
    [
        (30_000, 30_000, 0, "10000.00", "annual_limit"),  # of 24,000
        (30_000, 30_000, 9_500, "500.00", "annual_limit"),
        (30_000, 30_000, 10_001, "0.00", "annual_limit"),
        ("30000.01", 30_000, 0, "24000.01", None),
        (30_000, 0, 0, "3000.00", None),
        (200_000, 0, 0, "100000.00", "annual_limit"),  # of 145,500
    ],
)
def test_the_total_of_the_bill_picks_the_years_limit_of_civil_relief(
    total: int | str, before: int, paid_before: int, pays: str, limited: str | None
) -> None:
    so_far = year(civil_relief=(before, paid_before))
    answer = settle(after(0, total, year_to_date=so_far), figures=LOCAL)
    relief = answer["layers"][RELIEF]
    assert (yuan(relief["paid"]), relief["limited_by"]) == (pays, limited)
    assert answer["carried"][RELIEF]["base"] == fen(before) + fen(total)
    assert settle(after(0, total, year_to_date=so_far))["layers"][RELIEF]["limited_by"] is None


def test_a_bill_that_is_not_above_the_funds_smallest_is_paid_nothing_by_it() -> None:
    below = settle(after(0, 30_000), figures=LOCAL)["layers"][FUND]
    assert (below["outcome"], below["base"], below["paid"]) == ("nothing_due", 0, 0)
    above = settle(after(0, "30000.01"), figures=LOCAL)["layers"][FUND]
    assert (above["outcome"], yuan(above["base"])) == ("paid", "27000.00")


def test_the_fund_pays_no_more_than_its_limit_of_the_year_and_what_a_budget_leaves() -> None:
    # relief of 100,000 is 60,500; the fund's 39,500 give 12,000 + 4,750
    limited = settle(after(0, 100_000, year_to_date=year(major_disease_fund=(0, 40_000))), figures=LOCAL)
    assert (paid(limited, FUND), limited["layers"][FUND]["limited_by"]) == (("10000.00",), "annual_limit")
    exhausted = settle(after(0, 100_000), fund_left=fen(100))
    assert (paid(exhausted, FUND), exhausted["layers"][FUND]["limited_by"]) == (("100.00",), "fund_exhausted")
    free = settle(after(0, 100_000), fund_left=fen(16_750))
    assert (paid(free, FUND), free["layers"][FUND]["limited_by"]) == (("16750.00",), None)
