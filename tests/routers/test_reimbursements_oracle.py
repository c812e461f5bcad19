"""The endpoint agrees to the fen, layer by layer, with a second calculation that shares no code with it (the oracle).

The bills are random and the same in every run; ANDA_TEST_SEED (a whole number) draws others.
"""

import json
import os
import random
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.grid import grid
from tests.support.random_bills import (
    ordinary_request,
    random_household_bills,
    random_request,
    request_cut_by_the_rest,
)
from tests.support.reimbursement_oracle import (
    DEFAULT_READINGS,
    LAYERS,
    Defaults,
    Figures,
    fen,
    read,
    settle,
    settle_household,
)
from tests.support.scale import scaled

SEED = int(os.environ.get("ANDA_TEST_SEED", "20180520"))
YUAN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]{1,2})?")
AMOUNT = re.compile(r"[0-9][0-9,]*(?:\.[0-9]{2})?")

Json = dict[str, Any]


def answered_fen(yuan: str) -> int:
    """An answered amount in fen; it always has two places."""
    assert re.fullmatch(r"(0|[1-9][0-9]*)\.[0-9]{2}", yuan)
    return fen(yuan)


def basis_points(rate: str) -> Fraction:
    return Fraction(Decimal(rate)) * 10_000


def as_the_oracle_says(answer: Json) -> Json:
    """The answer in the oracle's shape: amounts in fen, rates in basis points, the warnings' codes alone."""
    summary = answer["summary"]
    return {
        "order": [layer["layer"] for layer in answer["layers"]],
        "layers": {
            layer["layer"]: {
                "outcome": layer["outcome"],
                "base": answered_fen(layer["base"]),
                "deductible": None if layer["deductible"] is None else answered_fen(layer["deductible"]),
                "due": answered_fen(layer["due"]),
                "limited_by": layer["limited_by"],
                "paid": answered_fen(layer["paid"]),
                "left": answered_fen(layer["left"]),
                "tiers": [
                    {
                        "above": answered_fen(tier["above"]),
                        "up_to": None if tier["up_to"] is None else answered_fen(tier["up_to"]),
                        "rate_bp": basis_points(tier["rate"]),
                        "amount": answered_fen(tier["amount"]),
                        "pays": answered_fen(tier["pays"]),
                    }
                    for tier in layer["tiers"]
                ],
            }
            for layer in answer["layers"]
        },
        "guarantee": None if answer["guarantee"] is None else answered_fen(answer["guarantee"]["paid"]),
        "lump_sum": sum(answered_fen(lump["paid"]) for lump in answer["lump_sums"]),
        **{name: answered_fen(summary[name]) for name in ("reimbursed", "out_of_pocket")},
        **{
            name: summary[name]
            for name in ("reimbursed_ratio", "deposit_required", "reported_ratio", "reaches_reported_ratio")
        },
        "readings": answer["readings"],
        "warnings": sorted(each["code"] for each in answer["warnings"] if each["code"] != "assumed_parameters"),
    }


def expect_agreement(
    request: Json, answer: Json, defaults: Defaults | None = None, figures: Figures | None = None
) -> None:
    """Compare every amount of the answer, and what else the contract derives from the request."""
    expected = settle(request, defaults, figures)
    del expected["carried"]
    amounts = expected["warnings"]
    found = as_the_oracle_says(answer)
    assert found == {**expected, "warnings": sorted(amounts)}, json.dumps(request)
    for warning in answer["warnings"]:
        named = {fen(amount.replace(",", "")) for amount in AMOUNT.findall(warning["text"])}
        missing = set(amounts.get(warning["code"], {}).values()) - named
        assert not missing, (warning, missing, json.dumps(request))

    case = read(request)
    assert answer["policy"] == {"edition": "ulanqab-2018", "service_date": request["service_date"]}
    billed = (answered_fen(answer["bill"]["total"]), answered_fen(answer["bill"]["in_scope"]))
    assert billed == (case.total, case.in_scope)
    for layer in answer["layers"]:
        assert layer["reasons"] or layer["paid"] != "0.00", "a layer that pays nothing says why"
        for reason in layer["reasons"]:
            assert reason["text"] and not set("{}") & set(reason["text"]), reason


def sums_as_the_oracle_says(sums: Json) -> Json:
    """The totals of a member, a year or a household with their amounts in fen."""
    amounts = ("total", "guarantee", "lump_sums", "reimbursed", "out_of_pocket")
    return {
        **{name: value for name, value in sums.items() if name not in {*amounts, "layers", "years"}},
        **{name: answered_fen(sums[name]) for name in amounts},
        "layers": {layer: answered_fen(amount) for layer, amount in sums["layers"].items()},
        **({"years": [sums_as_the_oracle_says(year) for year in sums["years"]]} if "years" in sums else {}),
    }


def with_numbers(value: Any) -> str:
    """A body as JSON text whose amounts are bare numbers, with the very digits that they have as text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {with_numbers(member)}" for key, member in value.items()) + "}"
    if isinstance(value, str) and YUAN.fullmatch(value):
        return value
    return json.dumps(value)


@pytest.mark.slow
def test_random_bills_agree_to_the_fen(client: TestClient) -> None:
    rng = random.Random(f"{SEED} any 0")
    for number in range(scaled(400, 20_000)):
        request = request_cut_by_the_rest(rng) if number % 100 == 0 else random_request(rng)
        response = client.post("/v1/reimbursements", json=request)
        assert response.status_code == 200, (request, response.text)
        expect_agreement(request, response.json())


@pytest.mark.slow
def test_ordinary_bills_agree_to_the_fen(client: TestClient) -> None:
    rng = random.Random(f"{SEED} ordinary")
    for _ in range(scaled(100, 5_000)):
        request = ordinary_request(rng)
        response = client.post("/v1/reimbursements", json=request)
        assert response.status_code == 200, (request, response.text)
        expect_agreement(request, response.json())


@pytest.mark.slow
def test_amounts_sent_as_json_numbers_agree_to_the_fen(client: TestClient) -> None:
    rng = random.Random(f"{SEED} numbers")
    for _ in range(scaled(100, 5_000)):
        request = random_request(rng)
        body = with_numbers(request)
        response = client.post("/v1/reimbursements", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 200, (body, response.text)
        expect_agreement(request, response.json())


@pytest.mark.slow
def test_random_bills_in_batches_agree_to_the_fen(client: TestClient) -> None:
    rng = random.Random(f"{SEED} batch")
    for size in [1, 299, *[1_000] * scaled(0, 10)]:
        requests = [random_request(rng) for _ in range(size)]
        response = client.post("/v1/reimbursements/batch", json=requests)
        assert response.status_code == 200
        for request, answer in zip(requests, response.json(), strict=True):
            expect_agreement(request, answer)


@pytest.mark.slow
def test_random_years_of_a_households_bills_agree_to_the_fen(client: TestClient) -> None:
    rng = random.Random(f"{SEED} households")
    for _ in range(scaled(40, 2_000)):
        request = random_household_bills(rng)
        response = client.post("/v1/reimbursements/household", json=request)
        assert response.status_code == 200, (request, response.text)
        answer, expected = response.json(), settle_household(request)
        for single, bill in zip(expected["requests"], answer["bills"], strict=True):
            expect_agreement(single, bill)
        assert sums_as_the_oracle_says(answer["summary"]) == expected["summary"], json.dumps(request)
        assert [sums_as_the_oracle_says(one) for one in answer["members"]] == expected["members"], json.dumps(request)
        for met, single in zip(answer["years_to_date"], expected["requests"], strict=True):
            nothing = {"base": "0.00", "paid": "0.00"}
            carried = single["year_to_date"]
            assert met == carried | {"layers": {layer: carried["layers"].get(layer, nothing) for layer in LAYERS}}


@grid(
    ("registration", "paid", "tiers"),
    [
        (
            "none",
            "32720.00",
            [
                ("1200.00", "30000.00", "0.65", "28800.00", "18720.00"),
                ("30000.00", "70000.00", "0.70", "20000.00", "14000.00"),
            ],
        ),
        (
            "registered",
            "35580.00",
            [
                ("600.00", "30000.00", "0.70", "29400.00", "20580.00"),
                ("30000.00", "70000.00", "0.75", "20000.00", "15000.00"),
            ],
        ),
    ],
)
def test_the_worked_example_of_the_base_parameters_is_paid_as_it_says(
    client: TestClient, registration: str, paid: str, tiers: list[tuple[str, ...]]
) -> None:
    request = {
        "service_date": "2018-05-20",
        "patient": {"registration": registration},
        "visit": {"kind": "inpatient", "facility_level": "city"},
        "bill": {"total": "50000.00", "in_scope": "50000.00"},
    }
    basic = client.post("/v1/reimbursements", json=request).json()["layers"][0]
    assert basic["layer"] == "basic_insurance"
    assert (basic["due"], basic["paid"], basic["limited_by"]) == (paid, paid, None)
    assert [tuple(tier.values()) for tier in basic["tiers"]] == tiers
    assert [tuple(tier) for tier in basic["tiers"]] == [("above", "up_to", "rate", "amount", "pays")] * len(tiers)


def test_the_example_of_the_contract_is_paid_as_its_arithmetic_gives(client: TestClient) -> None:
    request = {
        "service_date": "2018-05-20",
        "patient": {
            "registration": "registered",
            "major_disease": True,
            "chronic_disease": False,
            "accident_disability": False,
        },
        "visit": {"kind": "inpatient", "facility_level": "city", "referred": True, "emergency": False},
        "bill": {"total": "186000.00", "in_scope": "171000.00"},
        "year_to_date": {
            "admissions": 1,
            "admissions_at_level": 1,
            "layers": {"critical_illness": {"base": "3000.00", "paid": "0.00"}},
        },
        "adjudicated": {"basic_insurance": None, "critical_illness": None},
        "readings": {"band_rates": "marginal"},
    }
    answer = client.post("/v1/reimbursements", json=request).json()
    assert [
        (layer["layer"], layer["base"], layer["due"], layer["paid"], layer["left"]) for layer in answer["layers"]
    ] == [
        # 30,000 x 70 % + 40,000 x 75 % + 101,000 x 80 %, no deductible on a repeat admission at the level
        ("basic_insurance", "171000.00", "131800.00", "131800.00", "54200.00"),
        # of 42,200 in the year 28,200 above 14,000, x 65 %
        ("critical_illness", "39200.00", "18330.00", "18330.00", "35870.00"),
        # 30,000 x 10 % + 5,870 x 80 %
        ("civil_relief", "35870.00", "7696.00", "7696.00", "28174.00"),
        # 28,174 x 40 %
        ("major_disease_fund", "28174.00", "11269.60", "11269.60", "16904.40"),
        # 20,000 x 40 % + 5,870 x 50 %
        ("supplementary_insurance", "35870.00", "10935.00", "10935.00", "5969.40"),
    ]
    basic = answer["layers"][0]
    assert basic["name"] == "基本医疗保险"
    assert (basic["outcome"], basic["deductible"], basic["limited_by"]) == ("paid", "0.00", None)
    assert basic["tiers"][0] == {
        "above": "0.00",
        "up_to": "30000.00",
        "rate": "0.70",
        "amount": "30000.00",
        "pays": "21000.00",
    }
    reasons = {reason["code"]: reason for reason in basic["reasons"]}
    assert reasons["no_deductible_on_repeat_admission"]["source"]["clause"] == "七.1.(3)"
    assert reasons["no_deductible_on_repeat_admission"]["text"]
    bands = next(source for source in basic["sources"] if source["parameter"] == "basic_insurance.bands.city")
    assert (bands["basis"], bands["effective_from"]) == ("local_source", "2017-01-01")
    assert answer["summary"] == {
        "reimbursed": "180030.60",
        "out_of_pocket": "5969.40",
        "reimbursed_ratio": "0.9679",
        "deposit_required": False,
        "reported_ratio": "0.90",
        "reaches_reported_ratio": True,
    }
    assert answer["guarantee"] is None
    assert answer["lump_sums"] == []
    assert answer["readings"] == DEFAULT_READINGS
    warnings = {warning["code"]: warning for warning in answer["warnings"]}
    assert set(warnings) == {"assumed_parameters", "out_of_catalogue_counted", "above_local_ceiling"}
    assert "basic_insurance.bands.city" in warnings["assumed_parameters"]["parameters"]
    expect_agreement(request, answer)


def test_a_lump_sum_stands_beside_the_bill_and_is_paid_on_unreferred_care_too(client: TestClient) -> None:
    request = {
        "service_date": "2018-05-20",
        "patient": {"registration": "registered", "accident_disability": True},
        "visit": {"kind": "inpatient", "facility_level": "out_of_region", "referred": False},
        "bill": {"total": "9000.00", "in_scope": "9000.00"},
    }
    answer = client.post("/v1/reimbursements", json=request).json()
    assert answer["summary"]["reimbursed"] == "0.00"
    (lump,) = answer["lump_sums"]
    assert (lump["benefit"], lump["paid"], lump["source"]["clause"]) == ("accident_disability", "20000.00", "七.1.(6)")
    expect_agreement(request, answer)
