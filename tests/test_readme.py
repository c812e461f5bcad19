"""What the README says is what the service answers, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

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
