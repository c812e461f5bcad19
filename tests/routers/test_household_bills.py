"""A household's year of bills: each answered as the single endpoint answers it with the year that it met."""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.schemas.examples import HOUSEHOLDS
from app.schemas.fields import GREATEST_YUAN
from app.schemas.responses.household_bills import HouseholdAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid
from tests.support.random_bills import random_request
from tests.support.reimbursement_oracle import settle

Json = dict[str, Any]
PATH = "/v1/reimbursements/household"
LAYERS = ("basic_insurance", "critical_illness", "civil_relief", "major_disease_fund", "supplementary_insurance")
EXAMPLE: Json = HOUSEHOLDS["two_members_of_a_year"]["value"]


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    return int(Decimal(text) * 100)


def random_household(rng: random.Random) -> Json:
    """Up to four members and fourteen bills over two years, in no order."""
    members = [
        {
            "id": f"m{number}",
            "major_disease": rng.random() < 0.5,
            "chronic_disease": rng.random() < 0.5,
            "accident_disability": rng.random() < 0.4,
        }
        for number in range(rng.randint(1, 4))
    ]
    bills: list[Json] = []
    for _ in range(rng.randint(1, 14)):
        request = random_request(rng)
        bill: Json = {key: request[key] for key in ("visit", "bill", "adjudicated") if key in request}
        day = f"{rng.choice((2018, 2019))}-{rng.randint(1, 12):02d}-{rng.randint(1, 9):02d}"
        bills.append({"member": rng.choice(members)["id"], "service_date": day} | bill)
    readings = random_request(rng).get("readings", {})
    registration = rng.choice(("none", "registered", "exited_with_policy", "exited_without_policy"))
    return {"registration": registration, "members": members, "bills": bills, "readings": readings}


def new_year() -> Json:
    return {"stays": [], "layers": {}}


def by_hand(household: Json) -> list[Json]:
    """The single requests that a clerk would send, year-to-date amounts kept with the oracle's own sums."""
    members = {member["id"]: member for member in household["members"]}
    paid_for_accident: set[str] = set()
    years: dict[tuple[str, str], Json] = defaultdict(new_year)
    requests: dict[int, Json] = {}
    for number, bill in sorted(enumerate(household["bills"]), key=lambda each: each[1]["service_date"]):
        facts = {key: value for key, value in members[bill["member"]].items() if key != "id"}
        if bill["member"] in paid_for_accident:
            facts["accident_disability"] = False
        paid_for_accident.add(bill["member"])
        year = years[bill["member"], bill["service_date"][:4]]
        level = bill["visit"]["facility_level"]
        request = {key: bill[key] for key in ("service_date", "visit", "bill", "adjudicated") if key in bill}
        request["patient"] = {"registration": household["registration"], **facts}
        request["readings"] = household["readings"]
        request["year_to_date"] = {
            "admissions": len(year["stays"]),
            "admissions_at_level": year["stays"].count(level),
            "layers": {
                layer: {"base": yuan(carried["base"]), "paid": yuan(carried["paid"])}
                for layer, carried in year["layers"].items()
            },
        }
        year["layers"] = settle(request)["carried"]
        if bill["visit"]["kind"] != "outpatient":
            year["stays"].append(level)
        requests[number] = request
    return [requests[number] for number in range(len(requests))]


@pytest.mark.lengthy
@grid("seed", range(60))
def test_each_bill_is_answered_as_the_single_endpoint_answers_it_with_its_year(client: TestClient, seed: int) -> None:
    household = random_household(random.Random(seed))
    answered = client.post(PATH, json=household)
    assert answered.status_code == 200, answered.text
    singles = by_hand(household)
    compared = 0
    for bill, single in zip(answered.json()["bills"], singles, strict=True):
        # A year to date above the greatest amount of a request cannot be sent as one.
        if all(fen(each["base"]) <= GREATEST_YUAN * 100 for each in single["year_to_date"]["layers"].values()):
            compared += 1
            assert bill == client.post("/v1/reimbursements", json=single).json()
    assert 2 * compared > len(singles)
    for met, single in zip(answered.json()["years_to_date"], singles, strict=True):
        assert met["admissions"] == single["year_to_date"]["admissions"]
        assert met["admissions_at_level"] == single["year_to_date"]["admissions_at_level"]
        by_layer = single["year_to_date"]["layers"]
        nothing = {"base": "0.00", "paid": "0.00"}
        assert met["layers"] == {layer: by_layer.get(layer, nothing) for layer in LAYERS}
    expect_valid(HouseholdAnswer, answered.json())


@grid("seed", range(20))
def test_the_sums_of_bills_years_members_and_household_agree(client: TestClient, seed: int) -> None:
    household = random_household(random.Random(1_000 + seed)) | {"annual_net_income": "12345.67"}
    answer = client.post(PATH, json=household).json()
    summary = answer["summary"]
    for amount in ("reimbursed", "out_of_pocket"):
        of_bills = sum(fen(bill["summary"][amount]) for bill in answer["bills"])
        assert of_bills == fen(summary[amount])
        assert of_bills == sum(fen(year[amount]) for year in summary["years"])
        assert of_bills == sum(fen(member[amount]) for member in answer["members"])
        assert of_bills == sum(fen(year[amount]) for member in answer["members"] for year in member["years"])
    assert fen(summary["reimbursed"]) + fen(summary["out_of_pocket"]) == fen(summary["total"])
    assert fen(summary["reimbursed"]) == sum(map(fen, summary["layers"].values())) + fen(summary["guarantee"])
    for layer in LAYERS:
        paid = (each["paid"] for bill in answer["bills"] for each in bill["layers"] if each["layer"] == layer)
        assert sum(map(fen, paid)) == fen(summary["layers"][layer])
    share = Decimal(fen(summary["out_of_pocket"])) / Decimal(1_234_567)
    assert abs(Decimal(summary["share_of_income"]) - share) <= Decimal("0.00005")


def test_the_days_decide_the_order_and_the_list_only_between_bills_of_a_day(client: TestClient) -> None:
    first, _, second = EXAMPLE["bills"]
    turned = EXAMPLE | {"bills": [second, first]}
    straight = EXAMPLE | {"bills": [first, second]}
    later, earlier = client.post(PATH, json=turned).json()["bills"]
    assert [earlier, later] == client.post(PATH, json=straight).json()["bills"]
    assert later["layers"][0]["deductible"] == "0.00"
    same_day = [first, second | {"service_date": first["service_date"]}]
    one, two = client.post(PATH, json=EXAMPLE | {"bills": same_day}).json()["bills"]
    assert (one["layers"][0]["deductible"], two["layers"][0]["deductible"]) == ("600.00", "0.00")


def test_a_year_begins_anew_on_the_first_of_january(client: TestClient) -> None:
    first, _, second = EXAMPLE["bills"]
    bills = [first, second | {"service_date": "2019-01-01"}]
    answer = client.post(PATH, json=EXAMPLE | {"bills": bills}).json()
    assert [bill["layers"][0]["deductible"] for bill in answer["bills"]] == ["600.00", "600.00"]
    assert [year["year"] for year in answer["summary"]["years"]] == [2018, 2019]


def test_an_accident_is_paid_for_once(client: TestClient) -> None:
    first, _, second = EXAMPLE["bills"]
    members = [{"id": "wife", "accident_disability": True}, {"id": "husband", "accident_disability": True}]
    bills = [second | {"service_date": "2019-05-01"}, first, EXAMPLE["bills"][1]]
    answer = client.post(PATH, json=EXAMPLE | {"members": members, "bills": bills}).json()
    assert [len(bill["lump_sums"]) for bill in answer["bills"]] == [0, 1, 1]
    assert answer["summary"]["lump_sums"] == "40000.00"


def test_a_household_without_bills_owes_nothing_and_an_unknown_income_has_no_share(client: TestClient) -> None:
    empty = {key: value for key, value in EXAMPLE.items() if key != "annual_net_income"} | {"bills": []}
    summary = client.post(PATH, json=empty).json()["summary"]
    assert (summary["bills"], summary["out_of_pocket"], summary["share_of_income"]) == (0, "0.00", None)


BILL: Json = EXAMPLE["bills"][0]
BAD: dict[str, tuple[Json, str, str]] = {
    "an unknown member": ({"bills": [BILL, BILL | {"member": "son"}]}, "/bills/1/member", "member_unknown"),
    "two members of one id": ({"members": [{"id": "wife"}, {"id": "wife"}]}, "/members/0/id", "member_repeated"),
    "a member without id": ({"members": [{"major_disease": True}]}, "/members/0/id", "missing"),
    "no members": ({"members": []}, "/members", "too_short"),
    "51 members": ({"members": [{"id": str(number)} for number in range(51)]}, "/members", "too_long"),
    "501 bills": ({"bills": [BILL] * 501}, "/bills", "too_long"),
    "a year of the bill's own": ({"bills": [BILL | {"year_to_date": {}}]}, "/bills/0/year_to_date", "extra_forbidden"),
    "a day before policy": (
        {"bills": [BILL, BILL | {"service_date": "2016-12-31"}]},
        "/bills/1/service_date",
        "before_first_day",
    ),
    "more settled than billed": (
        {"bills": [BILL | {"adjudicated": {"basic_insurance": "42000.01"}}]},
        "/bills/0/adjudicated",
        "adjudicated_above_total",
    ),
    "an income below zero": ({"annual_net_income": "-1"}, "/annual_net_income", "money_format"),
}


@grid("case", BAD)
def test_bad_input_is_refused_and_its_field_named(client: TestClient, case: str) -> None:
    changed, pointer, code = BAD[case]
    answered = client.post(PATH, json=EXAMPLE | changed)
    assert answered.status_code == 422
    assert answered.headers["content-type"] == "application/problem+json"
    assert [(error["pointer"], error["code"]) for error in answered.json()["errors"]] == [(pointer, code)]
