"""The pages of the policy say what the rules know: every figure with its value, clause and basis, every reading."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.presenters.sources import value_in_words
from app.rules.money import format_percent, format_yuan
from app.rules.parameters import DatedValue, Parameter, load, shipped_files
from app.rules.registration import BENEFITS

from .pages import rows, text

CLAUSES, BASE = "docs/policy/clauses.md", "docs/policy/base-figures.md"
PARAMETERS = load(shipped_files())


def shown_value(unit: str, value: Any) -> str:
    """A value as the pages write it."""
    if value is None or value == ():
        return "none"
    if unit == "fen by county":
        return value_in_words(value, "fen by county")
    if unit.startswith("basis points by"):
        first, *others = (
            (f"to {format_yuan(band.up_to)}" if band.up_to is not None else f"above {format_yuan(band.above)}")
            + f": {format_percent(band.rate)}"
            for band in value
        )
        if value[0].above:
            upper = "" if value[0].up_to is None else f" to {format_yuan(value[0].up_to)}"
            first = f"above {format_yuan(value[0].above)}{upper}: {format_percent(value[0].rate)}"
        return "; ".join([first, *others])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit.startswith("fen"):
        return format_yuan(value)
    return format_percent(value) if unit.startswith("basis points") else str(value)


def shown_values(parameter: Parameter) -> str:
    """All dated values of a figure as the pages write them."""
    first, *later = parameter.values
    told = [shown_value(parameter.unit, first.value)]
    told += [f"from {dated.effective_from}: {shown_value(parameter.unit, dated.value)}" for dated in later]
    return "; ".join(told)


def joined(values: tuple[DatedValue, ...], name: str) -> str:
    return "; ".join(dict.fromkeys(str(getattr(dated, name)) for dated in values))


def figures(page: str) -> dict[str, list[str]]:
    """The rows of a page that tell a figure, by its name."""
    found = [row for row in rows(text(page)) if re.fullmatch(r"`[a-z_]+\.[a-z_.]+`", row[0])]
    by_name = {row[0].strip("`"): row[1:] for row in found}
    assert len(by_name) == len(found), "a figure stands twice"
    return by_name


def test_each_figure_of_policy_stands_once_among_the_clauses() -> None:
    shown = {name: (cells[0], cells[1]) for name, cells in figures(CLAUSES).items()}
    known = {
        name: (shown_values(parameter), joined(parameter.values, "clause"))
        for name, parameter in PARAMETERS.by_name.items()
        if joined(parameter.values, "basis") == "policy"
    }
    assert shown == known


def test_each_other_figure_stands_once_among_the_base_figures_with_its_basis_and_source() -> None:
    shown = {name: tuple(cells[:3]) for name, cells in figures(BASE).items()}
    known = {
        name: (shown_values(parameter), joined(parameter.values, "basis"), joined(parameter.values, "clause"))
        for name, parameter in PARAMETERS.by_name.items()
        if joined(parameter.values, "basis") != "policy" and parameter.unit != "reading"
    }
    assert shown == known


def test_the_worked_case_of_the_base_figures_is_the_answer_of_the_service(service: TestClient) -> None:
    shown = {row[0]: row[2] for row in rows(text(BASE)) if row[0] in {"ordinary", "registered"}}
    for patient, registration in (("ordinary", "none"), ("registered", "registered")):
        bill = {
            "service_date": "2018-05-20",
            "patient": {"registration": registration},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "50000.00", "in_scope": "50000.00"},
        }
        (basic, *_) = service.post("/v1/reimbursements", json=bill).json()["layers"]
        assert basic["paid"] == shown[patient]


def test_every_reading_is_there_with_its_default_and_its_other_values(service: TestClient) -> None:
    shown = {row[0]: row[1:] for row in rows(text("docs/policy/readings.md")) if re.fullmatch(r"R\d+", row[0])}
    known = service.get("/v1/readings").json()["readings"]
    assert set(shown) == {reading["id"] for reading in known}
    for reading in known:
        cells = shown[reading["id"]]
        if reading["switchable"]:
            values = [value["value"] for value in reading["values"]]
            assert [cells[0].strip("`"), cells[2].strip("`")] == [reading["reading"], reading["default"]]
            assert re.findall(r"`([a-z0-9_]+)`", cells[3]) == [value for value in values if value != reading["default"]]
        else:
            assert len(cells) == 2
    switchable = [reading for reading in known if reading["switchable"]]
    assert len(switchable) == 21
    assert "Nine of the questions concern a bill, twelve a household" in text("docs/policy/readings.md")


def test_who_counts_as_poor_is_as_the_page_says() -> None:
    shown = {
        row[0].strip("`"): row[2] == "yes" for row in rows(text("docs/policy/index.md")) if row[-1] in {"yes", "no"}
    }
    assert shown == BENEFITS


@pytest.mark.parametrize("name", ["policy.first_day", "policy.last_day"])
def test_the_days_of_the_policy_are_as_the_page_says(name: str) -> None:
    assert str(PARAMETERS.by_name[name].values[-1].value) in text("docs/policy/index.md")


def test_the_procedures_and_the_lists_of_counties_are_as_the_page_says(service: TestClient) -> None:
    english = {"Accept-Language": "en"}
    shown = {row[0].strip("`"): row[1:] for row in rows(text(CLAUSES)) if re.fullmatch("`[a-z_]+`", row[0])}
    procedures = service.get("/v1/procedures", headers=english).json()["procedures"]
    lists = service.get("/v1/regions", headers=english).json()["lists"]
    known = {
        **{
            each["procedure"]: [
                each["name"],
                each["source"]["clause"],
                str(len(each["steps"])),
                ", ".join(str(step["step"]) for step in each["steps"] if step["assumed"]) or "none",
            ]
            for each in procedures
        },
        **{each["list"]: [each["name"], each["heading"], str(each["counted"])] for each in lists},
    }
    assert shown == known
