"""The range over the open readings: what each changes alone, the least and the most over all 2,592 combinations."""

import copy
import random
import statistics
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.grid import grid
from tests.support.random_bills import random_request
from tests.support.reimbursement_oracle import DEFAULT_READINGS, READINGS, reading_range, settle, yuan
from tests.support.scale import scaled

Json = dict[str, Any]

ALTERNATIVES = {(name, value) for name, values in READINGS.items() for value in values[1:]}
LARGE: Json = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered", "major_disease": True},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "300000.00", "in_scope": "270000.00"},
    "year_to_date": {
        "admissions": 1,
        "admissions_at_level": 1,
        "layers": {
            "critical_illness": {"base": "9000.00"},
            "civil_relief": {"base": "25000.00", "paid": "2500.00"},
            "major_disease_fund": {"base": "22500.00", "paid": "9000.00"},
            "supplementary_insurance": {"base": "25000.00", "paid": "6000.00"},
        },
    },
}


def random_bills() -> list[Json]:
    """Twenty bills without readings; half of them of a patient and of care that every layer serves."""
    rng = random.Random("range 20180520")
    bills = []
    for number in range(20):
        body = random_request(rng)
        body.pop("readings", None)
        if number % 2:
            body["patient"] |= {"registration": "registered", "major_disease": True}
            body["visit"] = {"kind": "inpatient", "facility_level": "city"}
            total = rng.randint(50_000_00, 400_000_00)
            body["bill"] = {"total": yuan(total), "in_scope": yuan(total * rng.randint(60, 100) // 100)}
            body["adjudicated"] = None
        bills.append(body)
    return bills


@pytest.mark.slow
@grid("body", [LARGE, *random_bills()[: scaled(2, 20)]])
def test_the_range_is_what_brute_force_over_all_combinations_finds(client: TestClient, body: Json) -> None:
    expected = reading_range(body)
    total = settle(body)["reimbursed"] + settle(body)["out_of_pocket"]

    answer = client.post("/v1/reimbursements/range", json=body).json()
    assert answer["combinations"] == expected["combinations"] == 2_592
    assert answer["default"]["out_of_pocket"] == yuan(expected["default"])
    for name in ("lowest", "highest"):
        extreme, amount = answer[name], expected[name]["out_of_pocket"]
        assert extreme["out_of_pocket"] == yuan(amount)
        assert extreme["reimbursed"] == yuan(total - amount)
        assert set(extreme["readings"]) == set(READINGS)
        assert settle(body | {"readings": extreme["readings"]})["out_of_pocket"] == amount
        changed = {name for name, value in extreme["readings"].items() if value != DEFAULT_READINGS[name]}
        assert len(changed) == expected[name]["switches"], "of several combinations the nearest to the defaults"
    found = {(one["reading"], one["value"]): (one["out_of_pocket"], one["change"]) for one in answer["alone"]}
    assert found == {
        (one["reading"], one["value"]): (yuan(one["out_of_pocket"]), yuan(one["change"])) for one in expected["alone"]
    }


@grid("body", [LARGE, *random_bills()])
def test_the_range_agrees_with_the_single_endpoint_under_the_defaults_and_every_single_alternative(
    client: TestClient, body: Json
) -> None:
    answer = client.post("/v1/reimbursements/range", json=body).json()
    default = client.post("/v1/reimbursements", json=body).json()
    assert answer["default"] == default["summary"]
    assert answer["policy"] == default["policy"]
    assert answer["warnings"] == default["warnings"]
    assert {(one["reading"], one["value"]) for one in answer["alone"]} == ALTERNATIVES
    assert len(answer["alone"]) == len(ALTERNATIVES)
    by_default = int(default["summary"]["out_of_pocket"].replace(".", ""))
    for one in answer["alone"]:
        single = client.post("/v1/reimbursements", json=body | {"readings": {one["reading"]: one["value"]}}).json()
        assert one["out_of_pocket"] == single["summary"]["out_of_pocket"]
        assert one["change"] == yuan(int(one["out_of_pocket"].replace(".", "")) - by_default)


def test_a_bill_of_300000_shows_what_hangs_on_the_readings(client: TestClient) -> None:
    answer = client.post("/v1/reimbursements/range", json=LARGE).json()
    assert answer["default"]["out_of_pocket"] == answer["lowest"]["out_of_pocket"] == "0.00"
    assert answer["highest"]["out_of_pocket"] == "45052.50"
    changes = {(one["reading"], one["value"]): one["change"] for one in answer["alone"]}
    assert {alone: change for alone, change in changes.items() if change != "0.00"} == {
        ("remaining_cost", "in_scope"): "14625.00",
        ("ceiling", "ninety_percent"): "30000.00",
        ("layer_order", "insurance_first"): "5402.50",
    }


@grid(("language", "word"), [("zh", "分段比例"), ("en", "band's rate")])
def test_each_reading_is_asked_as_a_question_in_the_language_asked_for(
    client: TestClient, language: str, word: str
) -> None:
    answer = client.post("/v1/reimbursements/range", json=LARGE, headers={"Accept-Language": language}).json()
    questions = {one["reading"]: one["question"] for one in answer["alone"]}
    assert word in questions["band_rates"]
    assert all(question.endswith(("?", "？")) for question in questions.values())


def test_a_range_takes_no_readings(client: TestClient) -> None:
    response = client.post("/v1/reimbursements/range", json=LARGE | {"readings": {}})
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("/readings", "extra_forbidden")
    ]


def test_a_range_takes_less_than_ten_times_a_single_call(client: TestClient) -> None:
    """Alternating runs over the same client; the medians are compared, so that a busy machine slows both."""
    taken: dict[str, list[float]] = {"": [], "/range": []}
    for path in (*taken, *taken):
        client.post(f"/v1/reimbursements{path}", json=copy.deepcopy(LARGE))
    for _ in range(15):
        for path, times in taken.items():
            begun = time.perf_counter()
            for _ in range(4):
                assert client.post(f"/v1/reimbursements{path}", json=LARGE).status_code == 200
            times.append(time.perf_counter() - begun)
    assert statistics.median(taken["/range"]) < 10 * statistics.median(taken[""])
