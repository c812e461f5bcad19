"""What holds for every bill: sums, limits, growth, splitting, and who is never worse off.

Most properties are asked of the rules directly, through the request's own schema; lines and batches over HTTP.
"""

import datetime as dt
import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.rules.parameters import Figures, load, shipped_files
from app.rules.reimbursement.bill import LAYERS, Bill
from app.rules.reimbursement.layers import Reimbursement, reimburse
from app.rules.reimbursement.outcome import limited_by
from app.schemas.requests.reimbursements import ReimbursementRequest
from tests.support.scale import scaled

Json = dict[str, Any]

PARAMETERS = load(shipped_files())
FIGURES: Figures = PARAMETERS.on(dt.date(2018, 5, 20))
UPPER = LAYERS[1:]
YEARLY_LIMIT = {"basic_insurance": 160_000_00, "critical_illness": 500_000_00, "supplementary_insurance": 80_000_00}
LEVELS = ("village", "township", "county", "city", "in_region", "out_of_region")
FIRST_PAID = {"in_region": 15, "out_of_region": 20}
READINGS = {
    "band_rates": ("marginal", "whole_amount"),
    "remaining_cost": ("whole_bill", "in_scope"),
    "general_relief": ("first_band", "whole_then_bands"),
    "accumulation": ("calendar_year", "per_bill"),
    "supplementary_limit": ("calendar_year", "per_bill"),
    "ceiling": ("none", "ninety_percent"),
    "layer_order": ("relief_first", "insurance_first"),
}
EDGES = (200, 400, 1_200, 10_000, 14_000, 30_000, 50_000, 70_000, 80_000, 160_000, 200_000, 500_000)

amounts = st.one_of(
    st.integers(1, 20_000_00),
    st.integers(1, 900_000_00),
    st.sampled_from([edge * 100 + beside for edge in EDGES for beside in (-1, 0, 1)]),
    st.integers(1, 100_000_000_00),
)
"""Fen: a hospital's usual bills, the edges of bands and limits, and anything the contract takes."""


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


@st.composite
def years(draw: st.DrawFn) -> Json:
    """A calendar year before the bill."""
    admissions = draw(st.integers(0, 3))
    layers = draw(st.lists(st.sampled_from(LAYERS), unique=True))
    so_far = st.one_of(st.just(0), amounts)
    return {
        "admissions": admissions,
        "admissions_at_level": draw(st.integers(0, admissions)),
        "layers": {layer: {"base": yuan(draw(so_far)), "paid": yuan(draw(so_far))} for layer in layers},
    }


@st.composite
def settled(draw: st.DrawFn, total: int) -> Json:
    """What an insurer may have settled of a bill already."""
    basic = draw(st.one_of(st.none(), st.integers(0, total)))
    critical = draw(st.one_of(st.none(), st.integers(0, total - (basic or 0))))
    return {
        "basic_insurance": None if basic is None else yuan(basic),
        "critical_illness": None if critical is None else yuan(critical),
    }


@st.composite
def bills(draw: st.DrawFn, readings: bool = True) -> Json:
    """Any bill the contract takes; with its readings where they are asked for, else with none."""
    total = draw(amounts)
    in_scope = draw(st.one_of(st.just(total), st.integers(0, total)))
    body: Json = {
        "service_date": "2018-05-20",
        "patient": {
            "registration": draw(
                st.sampled_from(("registered", "exited_with_policy", "none", "exited_without_policy"))
            ),
            "major_disease": draw(st.booleans()),
            "chronic_disease": draw(st.booleans()),
            "accident_disability": draw(st.booleans()),
        },
        "visit": {
            "kind": draw(st.sampled_from(("inpatient", "outpatient", "home_bed"))),
            "facility_level": draw(st.sampled_from(LEVELS)),
            "referred": draw(st.booleans()),
            "emergency": draw(st.booleans()),
        },
        "bill": {"total": yuan(total), "in_scope": yuan(in_scope)},
    }
    if draw(st.booleans()):
        body["year_to_date"] = draw(years())
    if draw(st.booleans()):
        body["adjudicated"] = draw(settled(total))
    if readings:
        body["readings"] = {name: draw(st.sampled_from(values)) for name, values in READINGS.items()}
    return body


def to_bill(body: Json) -> Bill:
    request = ReimbursementRequest.model_validate(body)
    return request.to_bill(PARAMETERS)


def pay(bill: Bill) -> Reimbursement:
    return reimburse(bill, FIGURES)


@pytest.mark.slow
@given(bills())
@settings(max_examples=scaled(40, 2_000))
def test_what_is_reimbursed_and_what_is_owed_add_up_to_the_bill(body: Json) -> None:
    bill = to_bill(body)
    settlement = pay(bill)
    guarantee = settlement.guarantee or 0
    assert settlement.reimbursed == sum(working.paid for working in settlement.layers) + guarantee
    assert settlement.reimbursed + settlement.out_of_pocket == bill.total
    assert settlement.out_of_pocket >= 0


@pytest.mark.slow
@given(bills())
@settings(max_examples=scaled(40, 2_000))
def test_no_layer_pays_more_than_was_left_nor_than_its_limit_still_allows(body: Json) -> None:
    bill = to_bill(body)
    settlement = pay(bill)
    left = bill.total
    for working in settlement.layers:
        assert 0 <= working.paid <= left
        left -= working.paid
        assert working.left == left
        limit = YEARLY_LIMIT.get(working.layer)
        if working.adjudicated or limit is None:
            continue
        per_bill = working.layer == "supplementary_insurance" and bill.readings.supplementary_limit == "per_bill"
        paid_before = 0 if per_bill else bill.paid_before.get(working.layer, 0)
        assert working.paid <= max(0, limit - paid_before)
        assert working.paid <= working.due
    assert 0 <= (settlement.guarantee or 0) <= left


@pytest.mark.slow
@given(bills())
@settings(max_examples=scaled(40, 2_000))
def test_a_ceiling_bounds_all_layers_and_the_guarantee_but_never_what_the_insurer_has_settled(body: Json) -> None:
    bill = to_bill(body | {"readings": body["readings"] | {"ceiling": "ninety_percent"}})
    settled_already = sum(amount for _, amount in bill.adjudicated.values())
    ceiling = int((Decimal(int(bill.total)) * 9 / 10).quantize(Decimal(1), ROUND_HALF_UP))
    assert pay(bill).reimbursed <= max(ceiling, settled_already)


@pytest.mark.slow
@given(body=bills())
@settings(max_examples=scaled(60, 3_000))
def test_every_printed_line_adds_up(client: TestClient, body: Json) -> None:
    answer = client.post("/v1/reimbursements", json=body).json()
    marginal = body["readings"]["band_rates"] == "marginal"
    plain = marginal and body["readings"]["general_relief"] == "first_band"
    left = Decimal(body["bill"]["total"])
    for layer in answer["layers"]:
        tiers = layer["tiers"]
        left -= Decimal(layer["paid"])
        assert Decimal(layer["left"]) == left
        if layer["outcome"] in {"adjudicated", "not_eligible"}:
            assert tiers == []
            continue
        assert Decimal(layer["due"]) == sum(Decimal(tier["pays"]) for tier in tiers)
        if layer["limited_by"] is None:
            assert layer["paid"] == layer["due"]
        else:
            assert Decimal(layer["paid"]) < Decimal(layer["due"])
        for tier in tiers:
            assert Decimal(tier["amount"]) > 0
            if marginal or layer["layer"] in {"basic_insurance", "critical_illness"}:
                exact = Decimal(tier["amount"]) * Decimal(tier["rate"])
                assert Decimal(tier["pays"]) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
                if tier["up_to"] is not None:
                    assert Decimal(tier["amount"]) <= Decimal(tier["up_to"]) - Decimal(tier["above"])
        if plain and layer["layer"] in {"civil_relief", "major_disease_fund", "supplementary_insurance"}:
            assert Decimal(layer["base"]) == sum(Decimal(tier["amount"]) for tier in tiers)
    summary = answer["summary"]
    assert Decimal(summary["reimbursed"]) + Decimal(summary["out_of_pocket"]) == Decimal(body["bill"]["total"])


# A bill that grows -------------------------------------------------------------------------------
#
# One fen more in a layer's base adds no fen or one to what it pays, since no rate exceeds 100 %; so what is left for
# the layers up to the fund does not shrink, none of them pays less, and the last one, which is due more on a greater
# base and finds as much left, does not either: not even by a rounding. (What is reimbursed may grow by more than the
# bill: supplementary insurance counts a cost that relief and fund have paid already.)


@pytest.mark.slow
@given(bills(readings=False), st.one_of(st.integers(1, 200), amounts))
@settings(max_examples=scaled(40, 2_000))
def test_a_bill_that_grows_outside_the_insurance_catalogue_is_never_paid_less(body: Json, more: int) -> None:
    bill = to_bill(body)
    assert pay(replace(bill, total=bill.total + more)).reimbursed >= pay(bill).reimbursed


@pytest.mark.slow
@given(bills(readings=False), st.one_of(st.integers(1, 200), amounts), st.integers(0, 100))
@settings(max_examples=scaled(40, 2_000))
def test_a_bill_that_grows_with_its_in_scope_part_is_never_paid_less(body: Json, more: int, per_cent: int) -> None:
    bill = to_bill(body)
    grown = replace(bill, total=bill.total + more, in_scope=bill.in_scope + more * per_cent // 100)
    assert pay(grown).reimbursed >= pay(bill).reimbursed


# A bill split in two -----------------------------------------------------------------------------
#
# What one band counts of the whole bill, the two parts count together; only the band in which the first part ends is
# rounded twice instead of once. Three roundings miss by half a fen each at most, so by less than 2 together: whole
# fen differ by at most 1 (the split band). A base that differs by d adds at most d (no rate exceeds 100 %).
#   critical illness: its base is the in-scope cost less the share first paid and the adjudicated amount, additive
#     but for the share's own roundings (1 away from the city, 0 elsewhere): 1, away 2.
#   civil relief: its base differs by what critical illness differs by, the other way round: 2, away 3.
#   fund: its base differs by critical illness and relief together. Relief answers a difference of its base by less
#     than that, with the opposite sign, so together by at most critical illness's, plus relief's split band: 3, away 4.
#   supplementary: what critical illness differs by, and its own split band: 2, away 3.

SPLIT_BOUND = {"critical_illness": 1, "civil_relief": 2, "major_disease_fund": 3, "supplementary_insurance": 2}


@st.composite
def split_bills(draw: st.DrawFn) -> tuple[Json, list[tuple[int, int, int]]]:
    """A patient, visit and year, and two parts of a bill: total, in-scope cost, settled by basic insurance (fen)."""
    level = draw(st.sampled_from(LEVELS))
    kind = draw(st.sampled_from(("inpatient", "inpatient", "home_bed", "outpatient")))
    parts = []
    for _ in range(2):
        in_scope = draw(st.one_of(st.integers(1, 200_000_00), st.integers(1, 20_000_00)))
        away = 0 if kind == "outpatient" else FIRST_PAID.get(level, 0)
        first_paid = (in_scope * away + 50) // 100
        # Of a visit the insurer has paid something, or the upper layers would serve one part of it alone (R21).
        most = in_scope - first_paid - (1 if kind == "outpatient" else 0)
        unpaid = draw(st.integers(0, min(25_000_00, most)))
        outside = draw(st.integers(0, 10_000_00))
        parts.append((in_scope + outside, in_scope, in_scope - first_paid - unpaid))
    before = st.integers(0, 20_000_00)
    body: Json = {
        "service_date": "2018-05-20",
        "patient": {
            "registration": draw(st.sampled_from(("registered", "registered", "exited_with_policy", "none"))),
            "major_disease": draw(st.booleans()),
        },
        "visit": {"kind": kind, "facility_level": level},
        "year_to_date": {
            "layers": {layer: {"base": yuan(draw(before)), "paid": yuan(draw(before))} for layer in UPPER}
        },
    }
    return body, parts


def part_bill(body: Json, total: int, in_scope: int, basic: int) -> Bill:
    amounts_of_part = {
        "bill": {"total": yuan(total), "in_scope": yuan(in_scope)},
        "adjudicated": {"basic_insurance": yuan(basic)},
    }
    return to_bill(body | amounts_of_part)


def carried(bill: Bill, settlement: Reimbursement, following: Bill) -> Bill:
    """The following bill with this one's amounts as its calendar year so far."""
    admitted = bill.kind != "outpatient"
    return replace(
        following,
        readmitted=bool(bill.readmitted) or admitted,
        readmitted_at_level=bool(bill.readmitted_at_level)
        or (admitted and bill.facility_level == following.facility_level),
        counted_before={
            working.layer: bill.counted_before.get(working.layer, 0) + working.base for working in settlement.layers
        },
        paid_before={
            working.layer: bill.paid_before.get(working.layer, 0) + working.paid for working in settlement.layers
        },
    )


@pytest.mark.slow
@given(split_bills())
@settings(max_examples=scaled(100, 5_000))
def test_splitting_a_bill_in_two_changes_each_upper_layer_by_a_few_fen_at_most(
    split: tuple[Json, list[tuple[int, int, int]]],
) -> None:
    body, parts = split
    whole = pay(part_bill(body, *(sum(amounts_of_both) for amounts_of_both in zip(*parts, strict=True))))
    first, second = (part_bill(body, *part) for part in parts)
    first_paid = pay(first)
    second_paid = pay(carried(first, first_paid, second))
    workings = [*whole.layers, *first_paid.layers, *second_paid.layers]
    assume(all(limited_by(working) is None for working in workings))
    of_whole, of_first, of_second = (
        {working.layer: int(working.paid) for working in one.layers} for one in (whole, first_paid, second_paid)
    )
    away = 1 if body["visit"]["facility_level"] in FIRST_PAID else 0
    for layer in UPPER:
        assert abs(of_first[layer] + of_second[layer] - of_whole[layer]) <= SPLIT_BOUND[layer] + away, layer


# Registered and ordinary -------------------------------------------------------------------------
#
# The same bill means the same year so far, in every figure: what the registration changes is this bill alone. Basic
# insurance then pays the registered d more (d >= 0, the yearly limit being the same); critical illness counts d less
# and so pays at most d less; everything above pays only the registered.


@pytest.mark.slow
@given(bills(readings=False))
@settings(max_examples=scaled(40, 2_000))
def test_a_registered_patient_is_never_worse_off_than_an_ordinary_one_with_the_same_bill_and_year(body: Json) -> None:
    bill = to_bill(body)
    ordinary = pay(replace(bill, registration="none"))
    registered = pay(replace(bill, registration="registered"))
    assert registered.out_of_pocket <= ordinary.out_of_pocket
    assert registered.lump_sum >= ordinary.lump_sum


# Over a year each patient carries a year of their own, which registration has shaped: a registered patient may have
# used up a limit earlier. What is compared is then the whole year.


@pytest.mark.slow
@given(st.lists(bills(readings=False), min_size=2, max_size=4))
@settings(max_examples=scaled(40, 2_000))
def test_over_a_whole_year_of_bills_a_registered_patient_is_never_worse_off(bodies: list[Json]) -> None:
    owed = {}
    for registration in ("registered", "none"):
        previous: tuple[Bill, Reimbursement] | None = None
        owed[registration] = 0
        for body in bodies:
            patient = body["patient"] | {"registration": registration}
            bill = to_bill(body | {"patient": patient, "year_to_date": None})
            if previous is not None:
                bill = carried(*previous, bill)
            settlement = pay(bill)
            previous = bill, settlement
            owed[registration] += int(settlement.out_of_pocket)
    assert owed["registered"] <= owed["none"]


def test_a_second_bill_alone_may_leave_a_registered_patient_half_a_yuan_more_since_the_first_was_paid_better() -> None:
    """Why the comparison takes the same year, or the whole year: an ordinary patient passed the threshold earlier."""
    owed = {}
    for registration in ("registered", "none"):
        first, second = (
            to_bill(
                {
                    "service_date": "2018-05-20",
                    "patient": {"registration": registration},
                    "visit": {"kind": "inpatient", "facility_level": "township"},
                    "bill": {"total": total, "in_scope": total},
                }
            )
            for total in ("140700.00", "7300.00")
        )
        first_paid = pay(first)
        second_paid = pay(carried(first, first_paid, second))
        owed[registration] = int(first_paid.out_of_pocket), int(second_paid.out_of_pocket)
    # The first bill counted 14,250 towards the ordinary patient's threshold of 14,000, 7,130 towards the registered's.
    assert owed["none"][1] == 328_00
    assert owed["registered"][1] == 328_50
    assert sum(owed["registered"]) < sum(owed["none"])


# Batches -----------------------------------------------------------------------------------------


def without_call(answer: Json) -> Json:
    """An answer without what belongs to the call and not to the bill."""
    return {name: value for name, value in answer.items() if name not in {"request_id", "instance"}}


def spoiled(body: Json, how: str) -> Json:
    """A body with one thing wrong, or none."""
    match how:
        case "misspelt":
            return body | {"servce_date": "2018-05-20"}
        case "early":
            return body | {"service_date": "2016-12-31"}
        case "too_much":
            return body | {"bill": {"total": "10.00", "in_scope": "10.01"}}
        case _:
            return body


@pytest.mark.slow
@given(
    bodies=st.lists(
        st.builds(spoiled, bills(), st.sampled_from(("whole", "whole", "misspelt", "early", "too_much"))),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=scaled(30, 500))
def test_a_batch_answers_as_its_bills_are_answered_singly(client: TestClient, bodies: list[Json]) -> None:
    headers = {"Accept-Language": "zh"}
    batch = client.post("/v1/reimbursements/batch", json=bodies, headers=headers)
    assert batch.status_code == 200
    singles = [client.post("/v1/reimbursements", json=body, headers=headers).json() for body in bodies]
    assert [without_call(answer) for answer in batch.json()] == [without_call(answer) for answer in singles]
    assert json.dumps([list(answer) for answer in batch.json()]) == json.dumps([list(answer) for answer in singles])
