"""The CSV of projects: it comes back whole through CSV and workbook, Excel reads it, no cell is a formula."""

import csv
import io
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.tables.cells import from_list_cell, from_sources_cell, guarded, to_list_cell, to_sources_cell, unguarded
from app.tables.project_csv import COLUMNS, csv_header, csv_rows
from tests.support.grid import grid
from tests.support.random_projects import EXAMPLE, LINE, LINES, declared, projects, record_of, requests
from tests.support.scale import scaled
from tests.support.tables import as_typed, cells_of, requests_of, write_xlsx

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
"""How a cell begins that some spreadsheet runs."""

REQUEST_FIELDS = [*EXAMPLE][3:-5]
"""From the name to how it reduces poverty."""

FILTERED = [HealthCheck.filter_too_much, HealthCheck.too_slow]
"""A project that fits together is rare among random ones: most are filtered out, which is slow and meant."""


def request_of(project: dict[str, Any]) -> dict[str, Any]:
    return declared({name: project[name] for name in REQUEST_FIELDS})


def in_numbers(request: dict[str, Any]) -> dict[str, Any]:
    """Read the total as a number: a workbook's have no trailing zeros."""
    return {**request, "budget": {**request["budget"], "total": Decimal(request["budget"]["total"])}}


@pytest.mark.slow
@given(st.lists(projects(), max_size=3))
@settings(max_examples=scaled(20, 1_000), suppress_health_check=FILTERED)
def test_what_is_exported_is_read_as_the_requests_that_declared_it(listed: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "projects.csv")
        path.write_bytes(csv_header() + csv_rows(map(record_of, listed)))
        assert requests_of(path) == [request_of(project) for project in listed]


@pytest.mark.slow
@given(st.lists(projects(), min_size=1, max_size=2))
@settings(max_examples=scaled(12, 500), suppress_health_check=FILTERED)
def test_a_workbook_of_the_same_cells_is_read_the_same(listed: list[dict[str, Any]]) -> None:
    rows = [[as_typed(name, cell) for name, cell in cells_of(project).items()] for project in listed]
    with tempfile.TemporaryDirectory() as folder:
        read = requests_of(write_xlsx(Path(folder, "projects.xlsx"), [COLUMNS, *rows]))
    assert list(map(in_numbers, read)) == [in_numbers(request_of(project)) for project in listed]


@given(LINES)
@example("=1+1")
@example("'=1+1")
@example("''=1+1")
@example(" =1+1")
@example("\t=1+1")
@example("　＝1+1")
@example("\ttext")
@example("'text")
@example("'")
@example("@SUM(A1)")
@example("-2+3+cmd|' /C calc'!A0")
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    assert not FORMULA.match(guarded(text))
    assert unguarded(guarded(text)) == text


@grid("text", ["text", "'text", "'", "", "1+1", "a=b", "'' x", "100%", "道路－新建"])
def test_a_text_that_no_spreadsheet_runs_is_left_alone(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@pytest.mark.slow
@given(projects())
@settings(max_examples=scaled(20, 1_000), suppress_health_check=FILTERED)
def test_no_cell_of_the_export_is_a_formula_and_every_cell_is_quoted(
    project: dict[str, Any],
) -> None:
    written = csv_rows([record_of(project)]).decode()
    [row] = csv.reader(io.StringIO(written, newline=""))
    assert len(row) == len(COLUMNS)
    assert [cell for cell in row if FORMULA.match(cell)] == []
    # Every cell is quoted, so that no semicolon and no tab in one divides it.
    assert re.fullmatch(r'(?:"(?:[^"]|"")*"(?:,|\r\n$))+', written)


def test_the_header_begins_with_a_byte_order_mark_and_names_the_fields() -> None:
    header = csv_header()
    assert header.startswith(b"\xef\xbb\xbf")
    assert next(csv.reader([header.decode("utf-8-sig")])) == list(COLUMNS)
    assert header.endswith(b"\r\n")


def test_the_columns_are_the_fields_of_a_project() -> None:
    names = {name.partition(".")[0] for name in COLUMNS}
    assert names == set(EXAMPLE) - {"wanting", "notice"}


def test_a_project_is_a_row_that_a_person_can_read() -> None:
    cells = cells_of(EXAMPLE)
    assert cells["budget.sources"] == "财政专项扶贫资金: 300000.00\n村集体自筹: 2018: 200000.10"
    assert cells["performance_goals"] == "出行时间缩短一半\n带动 25 户贫困户增收"
    assert cells["funds"] == (
        "财政专项扶贫资金: 300000.00, allocated 100000.00, left 200000.00\n"
        "村集体自筹: 2018: 200000.10, allocated 0.00, left 200000.10"
    )
    assert cells["tasks"] == "硬化道路 3 公里\n修建过水路面一处"
    assert cells["beneficiaries.registered_persons"] == "61"
    assert cells["schedule.end"] == "2018-10-31"
    assert (cells["id"], cells["version"], cells["place"]) == ("17", "4", "150923100201")


def test_what_is_null_is_an_empty_cell() -> None:
    empty = dict.fromkeys(["place_name", "schedule", "responsible_unit", "tasks", "beneficiaries"])
    cells = cells_of({**EXAMPLE, **empty, "performance_goals": [], "participation": None, "funds": []})
    assert {name for name, cell in cells.items() if cell == ""} == {
        "place_name",
        "schedule.start",
        "schedule.end",
        "responsible_unit",
        "tasks",
        *(name for name in COLUMNS if name.startswith("beneficiaries.")),
        "performance_goals",
        "participation",
        "funds",
    }


@pytest.mark.lengthy
@given(st.lists(LINES))
def test_texts_in_one_cell_come_back_whatever_they_hold(texts: list[str]) -> None:
    cell = to_list_cell(texts)
    assert cell.count("\n") == max(len(texts) - 1, 0)
    assert from_list_cell(cell) == texts


@pytest.mark.slow
@given(requests())
@settings(max_examples=scaled(30, 1_000), suppress_health_check=FILTERED)
def test_sources_in_one_cell_come_back_whatever_the_funds_are_called(request: dict[str, Any]) -> None:
    sources = request["budget"]["sources"]
    assert from_sources_cell(to_sources_cell(sources)) == sources


@given(LINE)
def test_a_fund_may_end_with_a_colon(fund: str) -> None:
    for colon in ":：":
        source = {"fund": fund + colon, "amount": "1.00"}
        assert from_sources_cell(to_sources_cell([source])) == [source]


def test_a_person_may_type_sources_loosely() -> None:
    typed = "\n  财政资金：300000 \n\n自筹 :200.5\n没有金额\n"
    assert from_sources_cell(typed) == [
        {"fund": "财政资金", "amount": "300000"},
        {"fund": "自筹", "amount": "200.5"},
        "没有金额",
    ]
    assert from_list_cell("\n 一 \n\n二\\路\n") == ["一", "二\\路"]
