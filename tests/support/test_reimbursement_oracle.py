"""The oracle of bills agrees with cases worked by hand from the text: the two insurances, and the whole way."""

from fractions import Fraction

from tests.support.grid import grid
from tests.support.reimbursement_cases import OTHER, POOR, SICK, Json, bill, paid, printed, visit, year
from tests.support.reimbursement_oracle import (
    BASIC,
    CRITICAL,
    FUND,
    LAYERS,
    READINGS,
    RELIEF,
    SUPPLEMENTARY,
    Figures,
    fen,
    settle,
    yuan,
)

# ---- basic insurance


@grid(
    ("patient", "lines"),
    [
        (OTHER, [("65", "28800.00", "18720.00"), ("70", "20000.00", "14000.00")]),
        (POOR, [("70", "29400.00", "20580.00"), ("75", "20000.00", "15000.00")]),
    ],
)
def test_a_city_stay_of_50000_is_paid_32720_and_35580_to_the_registered(
    patient: Json, lines: list[tuple[str, str, str]]
) -> None:
    answer = settle(bill(50_000, patient=patient))
    assert printed(answer, BASIC) == lines
    assert paid(answer, BASIC) == (("35580.00",) if patient == POOR else ("32720.00",))


@grid(
    ("patient", "level", "admissions", "at_level", "deductible"),
    [
        (OTHER, "village", 0, 0, 200),
        (OTHER, "township", 1, 0, 100),
        (OTHER, "county", 0, 0, 400),
        (OTHER, "county", 3, 0, 300),
        (OTHER, "city", 1, 1, 1_100),
        (OTHER, "out_of_region", 0, 0, 1_200),
        (POOR, "township", 0, 0, 100),
        (POOR, "county", 2, 0, 200),
        (POOR, "county", 2, 1, 0),
        (POOR, "city", 1, 0, 600),
        (POOR, "in_region", 5, 0, 600),
        ({"registration": "exited_with_policy"}, "city", 0, 0, 600),
        ({"registration": "exited_without_policy"}, "city", 0, 0, 1_200),
    ],
)
def test_the_deductible_is_halved_for_the_poor_and_falls_away_on_their_second_stay_at_the_level(
    patient: Json, level: str, admissions: int, at_level: int, deductible: int
) -> None:
    met = {"admissions": admissions, "admissions_at_level": at_level}
    answer = settle(bill(100, patient=patient, visit=visit("inpatient", level), year_to_date=met))
    assert answer["layers"][BASIC]["deductible"] == deductible * 100


def test_a_stay_at_a_township_is_paid_at_95_per_cent_to_the_poor() -> None:
    assert paid(settle(bill(1_100, visit=visit("inpatient", "township"))), BASIC) == ("950.00",)


def test_outside_the_city_the_share_first_paid_counts_for_neither_insurance_and_stays_in_what_is_left() -> None:
    # 15 % of 20,000 is 3,000; (17,000 - 600) x 70 % = 11,480; 17,000 - 11,480 = 5,520; 20,000 - 11,480 = 8,520
    answer = settle(bill(20_000, visit=visit("inpatient", "in_region")))
    bases = {layer: yuan(answer["layers"][layer]["base"]) for layer in (BASIC, CRITICAL, RELIEF)}
    assert bases == {BASIC: "17000.00", CRITICAL: "5520.00", RELIEF: "8520.00"}
    assert paid(answer, BASIC) == ("11480.00",)


def test_the_share_first_paid_is_rounded_half_up() -> None:
    # 20 % of 0.03 is 0.006, so 0.01; 15 % of 0.10 is 0.015, so 0.02
    away = settle(bill("0.03", visit=visit("inpatient", "out_of_region")))
    near = settle(bill("0.10", visit=visit("inpatient", "in_region")))
    assert (away["layers"][BASIC]["base"], near["layers"][BASIC]["base"]) == (2, 8)


@grid(("patient", "pays"), [(OTHER, "0.04"), (POOR, "0.04")])
def test_an_outpatient_of_a_clinic_is_paid_at_70_and_80_per_cent_half_up(patient: Json, pays: str) -> None:
    # 0.05 x 70 % = 0.035; 0.05 x 80 % = 0.04
    answer = settle(bill("0.05", patient=patient, visit=visit("outpatient", "village")))
    assert paid(answer, BASIC) == (pays,)
    assert answer["layers"][BASIC]["deductible"] == 0


def test_basic_insurance_pays_160000_a_year() -> None:
    answer = settle(bill(50_000, year_to_date=year(basic_insurance=(0, 150_000))))
    assert (paid(answer, BASIC), answer["layers"][BASIC]["limited_by"]) == (("10000.00",), "annual_limit")
    answer = settle(bill(50_000, year_to_date=year(basic_insurance=(0, 170_000))))
    assert (paid(answer, BASIC), answer["layers"][BASIC]["outcome"]) == (("0.00",), "nothing_due")


def test_no_layer_pays_for_the_home_bed_of_a_patient_without_the_poors_benefits() -> None:
    answer = settle(bill(9_000, patient=OTHER, visit=visit("home_bed", "county")))
    assert {layer["outcome"] for layer in answer["layers"].values()} == {"not_eligible"}
    poor = settle(bill(9_000, visit=visit("home_bed", "county")))
    assert paid(poor, BASIC) == ("7040.00",)  # (9,000 - 200) x 80 %


def test_what_is_adjudicated_for_critical_illness_is_not_left_to_basic_insurance() -> None:
    # (10,000 - 100) x 95 % = 9,405, and 1,000 of the 10,000 are spoken for
    answer = settle(bill(10_000, visit=visit("inpatient", "village"), adjudicated={"critical_illness": "1000"}))
    assert (paid(answer, BASIC), answer["layers"][BASIC]["limited_by"]) == (("9000.00",), "remaining_cost")
    assert answer["out_of_pocket"] == 0


# ---- critical illness


@grid(
    ("patient", "day", "pays"),
    [  # of 40,000
        (OTHER, "2018-12-31", "15600.00"),  # 26,000 x 60 %
        (OTHER, "2019-01-01", "15600.00"),
        (POOR, "2018-12-31", "15600.00"),
        (POOR, "2019-01-01", "19800.00"),  # 33,000 x 60 %
        (SICK, "2018-12-31", "16900.00"),  # 26,000 x 65 %
        (SICK, "2019-01-01", "21450.00"),  # 33,000 x 65 %
    ],
)
def test_the_registereds_threshold_is_half_from_2019_and_a_major_disease_adds_five_points(
    patient: Json, day: str, pays: str
) -> None:
    request = bill(100_000, patient=patient, service_date=day, adjudicated={"basic_insurance": "60000"})
    assert paid(settle(request), CRITICAL) == (pays,)


def test_the_year_fills_the_threshold_under_every_accumulation() -> None:
    request = bill(100_000, adjudicated={"basic_insurance": "60000"}, year_to_date=year(critical_illness=(14_000, 0)))
    for value in READINGS["accumulation"]:
        assert paid(settle(request | {"readings": {"accumulation": value}}), CRITICAL) == ("26000.00",)  # 40,000 x 65 %


@grid(
    ("patient", "day", "pays", "limited"),
    [
        (OTHER, "2019-01-01", "1000.00", "annual_limit"),
        (POOR, "2018-12-31", "1000.00", "annual_limit"),
        (POOR, "2019-01-01", "19800.00", None),
    ],
)
def test_the_registered_have_no_limit_of_critical_illness_from_2019(
    patient: Json, day: str, pays: str, limited: str | None
) -> None:
    so_far = year(critical_illness=(0, 499_000))
    request = bill(100_000, patient=patient, service_date=day, year_to_date=so_far)
    answer = settle(request | {"adjudicated": {"basic_insurance": "60000"}})
    assert (paid(answer, CRITICAL), answer["layers"][CRITICAL]["limited_by"]) == ((pays,), limited)


def test_a_place_enters_its_own_threshold_and_limit_of_the_registered() -> None:
    figures = Figures(
        registered_threshold_share={"2017-01-01": Fraction(1, 3)}, registered_annual_limit={"2017-01-01": fen(9_000)}
    )
    answer = settle(bill(100_000, adjudicated={"basic_insurance": "80000"}), figures=figures)
    (tier,) = answer["layers"][CRITICAL]["tiers"]
    assert tier["above"] == fen("4666.67")
    assert yuan(tier["pays"]) == "9966.66"  # 15,333.33 x 65 % = 9,966.6645
    assert (paid(answer, CRITICAL), answer["layers"][CRITICAL]["limited_by"]) == (("9000.00",), "annual_limit")


def test_where_basic_insurance_paid_more_than_the_in_scope_cost_critical_illness_counts_nothing() -> None:
    answer = settle(bill(100, 50, adjudicated={"basic_insurance": "60"}))
    assert (answer["layers"][CRITICAL]["base"], answer["layers"][CRITICAL]["outcome"]) == (0, "nothing_due")


# ---- the whole way of a bill


def test_the_bill_of_the_contract_is_paid_as_its_arithmetic_gives() -> None:
    request = bill(
        186_000,
        171_000,
        year_to_date={"admissions": 1, "admissions_at_level": 1} | year(critical_illness=(3_000, 0)),
    )
    answer = settle(request)
    # 21,000 + 30,000 + 80,800; 28,200 x 65 %; 3,000 + 4,696; 28,174 x 40 %; 8,000 + 2,935
    assert paid(answer, *LAYERS) == ("131800.00", "18330.00", "7696.00", "11269.60", "10935.00")
    assert (yuan(answer["out_of_pocket"]), answer["reimbursed_ratio"]) == ("5969.40", "0.9679")
    # under in_scope: 20,870 x 10 %; 18,783 x 40 %; 10,870 x 40 %: 186,000 - 150,130 - 2,087 - 7,513.20 - 4,348
    assert answer["warnings"] == {
        "out_of_catalogue_counted": {"out_of_catalogue": fen(15_000), "out_of_pocket": fen("21921.80")},
        "above_local_ceiling": {},
    }
    assert (answer["deposit_required"], answer["reported_ratio"], answer["reaches_reported_ratio"]) == (
        False,
        "0.90",
        True,
    )
    assert {layer: yuan(carried["base"]) for layer, carried in answer["carried"].items()} == {
        BASIC: "171000.00",
        CRITICAL: "42200.00",
        RELIEF: "35870.00",
        FUND: "28174.00",
        SUPPLEMENTARY: "35870.00",
    }
