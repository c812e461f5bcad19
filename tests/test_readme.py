"""What the README says is what the service answers, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.schemas.examples import THREE_GENERATIONS

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def worked_bill(name: str) -> dict[str, Any]:
    """The body of the README's curl."""
    found = re.search(r"/v1/reimbursements .*?-d '(\{.*?\})'", text(name), re.DOTALL)
    assert found is not None
    body: dict[str, Any] = json.loads(found[1])
    return body


@pytest.mark.parametrize("name", READMES)
def test_the_worked_table_is_the_answer_of_the_service(client: TestClient, name: str) -> None:
    answer = client.post("/v1/reimbursements", json=worked_bill(name)).json()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text(name).splitlines() if "|" in line]
    by_amounts = {(row[1], row[3], row[4]) for row in rows if len(row) == 5}
    for layer in answer["layers"]:
        assert (layer["base"], layer["paid"], layer["left"]) in by_amounts, layer["layer"]
    assert ("", "", answer["summary"]["out_of_pocket"]) in by_amounts


@pytest.mark.parametrize("name", READMES)
def test_the_same_bill_of_a_household_that_exited_is_paid_as_the_readme_says(client: TestClient, name: str) -> None:
    def paid(registration: str) -> list[str]:
        bill = worked_bill(name)
        bill["patient"]["registration"] = registration
        return [layer["outcome"] for layer in client.post("/v1/reimbursements", json=bill).json()["layers"]]

    assert paid("exited_with_policy") == paid("registered") == ["paid"] * 5
    assert paid("exited_without_policy") == ["paid", "paid", *["not_eligible"] * 3]


def worked_household(name: str) -> dict[str, Any]:
    """The body of the README's second curl."""
    found = re.search(r"/v1/entitlements.*?-d '(\{.*?\n\})'", text(name), re.DOTALL)
    assert found is not None
    body: dict[str, Any] = json.loads(found[1])
    return body


def entitlements(client: TestClient, body: dict[str, Any], status: str = "entitled") -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.post(f"/v1/entitlements?status={status}", json=body).json()["entitlements"]
    return answer


@pytest.mark.parametrize("name", READMES)
def test_the_household_s_table_is_the_answer_of_the_service(client: TestClient, name: str) -> None:
    body = worked_household(name)
    assert body == THREE_GENERATIONS
    members = [member["id"] for member in body["household"]["members"]]
    shown = set()
    for line in text(name).splitlines():
        found = re.fullmatch(r"\| `([a-z_.]+)` .* \| (.*) \| (.*) \| (.*) ?\|", line)
        if found is None or "." not in found[1]:
            continue
        benefit, who, amount, paid = found.groups()
        whom = (
            members if who in {"all four", "四人"} else [word for word in members if word in re.findall("[a-z]+", who)]
        )
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
        for each in entitlements(client, body)
    }
    assert shown == answered
    summary = client.post("/v1/entitlements", json=body).json()["summary"]
    assert f" {summary['cash_per_year']} " in text(name) and f" {summary['cash_once']} " in text(name)
    assert summary["undecided"] == 4
    assert len(client.post("/v1/entitlements", json=body).json()["questions"]) == 2


@pytest.mark.parametrize("name", READMES)
def test_what_stays_and_goes_after_the_exit_is_as_the_readme_says(client: TestClient, name: str) -> None:
    def with_status(registration: str) -> dict[str, Any]:
        body = worked_household(name)
        return {**body, "household": {**body["household"], "registration": registration}}

    def amounts(registration: str) -> list[tuple[Any, ...]]:
        found = entitlements(client, with_status(registration))
        return [(each["benefit"], each["member"], each["amount"]) for each in found]

    assert amounts("exited_with_policy") == amounts("registered")
    assert amounts("exited_without_policy") == []
    undecided = entitlements(client, with_status("exited_without_policy"), "undecided")
    assert {each["benefit"] for each in undecided} == {
        "ecology.farmland_return",
        "social_security.disability_living",
        "social_security.severe_disability_nursing",
    }


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_setting_and_file_that_is_named_exists(name: str) -> None:
    makefile, settings = text("Makefile"), text("app/settings.py")
    for target in re.findall(r"`?make ([a-z]+)", text(name)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for setting in re.findall(r"`ANDA_([A-Z_]+)`", text(name)):
        assert f"    {setting.lower()}:" in settings, setting
    for path in re.findall(r"`((?:app|tests|docs)/[a-z_/.-]+)`", text(name)):
        assert (ROOT / path).exists(), path


def test_every_dependency_is_in_the_table_and_nothing_else_is() -> None:
    declared = set(re.findall(r'^    "([a-z0-9-]+)', text("pyproject.toml"), re.MULTILINE)) & set(
        re.findall(r"^([a-z0-9-]+)==", text("requirements-dev.lock"), re.MULTILINE)
    )
    table = text("README.md").split("## Dependencies")[1].split("Every pin")[0]
    named = set(re.findall(r"[a-z][a-z0-9-]+", " ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE))))
    assert declared
    assert declared == named - {"package", "tests", "checks", "build"}
