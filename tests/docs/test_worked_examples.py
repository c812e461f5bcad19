"""The worked bill and the worked household are what the service answers, wherever they are told, in both languages."""

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.document import OPERATIONS

from .pages import BILL_PAGES, HOUSEHOLD_PAGES, blocks, rows, text

Json = dict[str, Any]


def body_of(page: str, path: str) -> Json:
    """The body of the page's curl to a path."""
    found = re.search(rf"{path}[ ?].*?-d '(\{{.*?\}})'\n", text(page), re.DOTALL)
    assert found is not None
    body: Json = json.loads(found[1])
    return body


def test_every_page_works_the_same_bill_and_the_same_household_through() -> None:
    assert len({json.dumps(body_of(page, "/v1/reimbursements")) for page in BILL_PAGES}) == 1
    assert len({json.dumps(body_of(page, "/v1/entitlements")) for page in HOUSEHOLD_PAGES}) == 1


# ---- the bill


@pytest.mark.parametrize("page", BILL_PAGES)
def test_the_table_of_the_bill_is_the_answer_of_the_service(service: TestClient, page: str) -> None:
    answer = service.post("/v1/reimbursements", json=body_of(page, "/v1/reimbursements")).json()
    by_amounts = {(row[1], row[3], row[4]) for row in rows(text(page)) if len(row) == 5}
    for layer in answer["layers"]:
        assert (layer["base"], layer["paid"], layer["left"]) in by_amounts, layer["layer"]
    assert ("", "", answer["summary"]["out_of_pocket"]) in by_amounts


def test_the_same_bill_after_the_exit_is_paid_as_the_pages_say(service: TestClient) -> None:
    def paid(registration: str) -> list[str]:
        bill = body_of("README.md", "/v1/reimbursements")
        bill["patient"]["registration"] = registration
        return [layer["outcome"] for layer in service.post("/v1/reimbursements", json=bill).json()["layers"]]

    assert paid("exited_with_policy") == paid("registered") == ["paid"] * 5
    assert paid("exited_without_policy") == ["paid", "paid", *["not_eligible"] * 3]


@pytest.mark.parametrize("page", ["docs/tutorial/bill.md", "docs/zh/tutorial/bill.md"])
def test_the_layer_shown_as_data_is_a_part_of_the_answer(service: TestClient, page: str) -> None:
    (shown,) = (json.loads(block) for block in blocks(page, "json"))
    answer = service.post("/v1/reimbursements", json=body_of(page, "/v1/reimbursements")).json()
    (layer,) = (each for each in answer["layers"] if each["layer"] == shown["layer"])
    assert differences(shown, layer) == []
    assert "assumed_parameters" in {warning["code"] for warning in answer["warnings"]}


def test_the_problem_shown_as_data_is_a_part_of_the_answer(service: TestClient) -> None:
    (shown,) = (json.loads(block) for block in blocks("docs/reference/errors.md", "json"))
    bill = body_of("README.md", "/v1/reimbursements")
    bill["bill"] = {"total": "20000.00", "in_scope": "21000.00"}
    answer = service.post("/v1/reimbursements", json=bill, headers={"Accept-Language": "en"})
    assert differences(shown, answer.json()) == []


def differences(shown: Any, answered: Any, place: str = "") -> list[str]:
    """List where what is shown is not what is answered; the key "…" stands for others that are left out."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict), place
        if "…" not in shown and set(shown) != set(answered):
            return [f"{place}: {sorted(set(shown) ^ set(answered))}"]
        named = [name for name in shown if name != "…"]
        return [
            found for name in named for found in differences(shown[name], answered.get(name, "…"), f"{place}/{name}")
        ]
    if isinstance(shown, list):
        assert len(shown) == len(answered), place
        pairs = enumerate(zip(shown, answered, strict=True))
        return [found for number, (one, other) in pairs for found in differences(one, other, f"{place}/{number}")]
    return [] if shown == answered else [f"{place}: {shown} is shown, {answered} answered"]


# ---- the household


def entitlements(service: TestClient, body: Json, status: str = "entitled") -> list[Json]:
    answer: list[Json] = service.post(f"/v1/entitlements?status={status}", json=body).json()["entitlements"]
    return answer


def test_the_household_is_an_example_of_the_api_s_document() -> None:
    examples = OPERATIONS["POST /v1/entitlements"]["requestBody"]["content"]["application/json"]["examples"]
    # FastAPI leaves null values out of the examples of its document.
    assert known(body_of("README.md", "/v1/entitlements")) in [known(each["value"]) for each in examples.values()]


def known(value: Any) -> Any:
    """A value without what is null in it."""
    if isinstance(value, dict):
        return {name: known(inner) for name, inner in value.items() if inner is not None}
    return [known(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("page", HOUSEHOLD_PAGES)
def test_the_table_of_the_household_is_the_answer_of_the_service(service: TestClient, page: str) -> None:
    body = body_of(page, "/v1/entitlements")
    members = [member["id"] for member in body["household"]["members"]]
    shown = set()
    for line in text(page).splitlines():
        found = re.fullmatch(r"\| `([a-z_]+\.[a-z_.]+)` .* \| (.*) \| (.*) \| (.*) ?\|", line)
        if found is None:
            continue
        benefit, who, amount, paid = found.groups()
        words = re.findall("[a-z]+", who)
        whom = members if who in {"all four", "四人"} else [member for member in members if member in words]
        amounts = re.findall(r"[0-9]+\.[0-9]{2}", amount)
        payments = sorted(re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+\.[0-9]{2}", paid))
        shown |= {(benefit, member, *amounts, *payments) for member in whom or [None]}
    answered = {
        (
            each["benefit"],
            each["member"],
            *([each["amount"]] if each["amount"] else []),
            *sorted(part for payment in each["payments"] for part in payment.values()),
        )
        for each in entitlements(service, body)
    }
    assert shown == answered
    whole = service.post("/v1/entitlements", json=body).json()
    for amount in (whole["summary"]["cash_per_year"], whole["summary"]["cash_once"]):
        assert f" {amount.removesuffix('.00') if 'zh' in page else amount} " in text(page)
    assert whole["summary"]["undecided"] == 4
    assert len(whole["questions"]) == 2


def test_what_stays_and_ends_after_the_exit_is_as_the_pages_say(service: TestClient) -> None:
    body = body_of("README.md", "/v1/entitlements")

    def with_status(registration: str) -> Json:
        return {**body, "household": {**body["household"], "registration": registration}}

    def amounts(registration: str) -> list[tuple[Any, ...]]:
        found = entitlements(service, with_status(registration))
        return [(each["benefit"], each["member"], each["amount"]) for each in found]

    assert amounts("exited_with_policy") == amounts("registered")
    assert amounts("exited_without_policy") == [("social_security.minimum_living", None, None)]
    undecided = entitlements(service, with_status("exited_without_policy"), "undecided")
    assert {each["benefit"] for each in undecided} == {
        "ecology.farmland_return",
        "social_security.disability_living",
        "social_security.severe_disability_nursing",
    }


@pytest.mark.parametrize("page", ["docs/tutorial/household.md", "docs/zh/tutorial/household.md"])
def test_the_reading_shown_as_data_is_that_of_the_daughter_s_loan(service: TestClient, page: str) -> None:
    (shown,) = (json.loads(block) for block in blocks(page, "json"))
    body = body_of(page, "/v1/entitlements")
    (loan,) = (each for each in entitlements(service, body) if each["benefit"] == "finance.microcredit_interest")
    assert loan["readings"] == [shown]


def test_the_day_pupil_is_told_what_the_tutorial_says(service: TestClient) -> None:
    body = body_of("README.md", "/v1/entitlements")
    body["household"]["members"][2]["student"]["boarding"] = False
    found = {(each["benefit"], each["member"]): each for each in entitlements(service, body, "not_entitled")}
    (reading,) = found["education.living_allowance", "grandson"]["readings"]
    assert [each["amount"] for each in reading["otherwise"]] == ["1890.00"]
