"""Tables for the tests: CSV and workbooks with the cells that are wanted."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from app.tables.cells import guarded
from app.tables.project_csv import COLUMNS, csv_rows
from app.tables.reader import REQUIRED, ProjectTable
from tests.support.random_projects import record_of

MINIMAL = ["道路", "基础设施", "new", "150923100201", "1200.50", "扶贫资金: 1200.50"]
"""Cells of the required columns."""

MINIMAL_REQUEST = {
    "name": "道路",
    "category": "基础设施",
    "construction": "new",
    "place": "150923100201",
    "budget": {"total": "1200.50", "sources": [{"fund": "扶贫资金", "amount": "1200.50"}]},
}

_NUMBERS = {"id", "version", "place", "budget.total"} | {name for name in COLUMNS if name.startswith("beneficiaries.")}


def write_csv(path: Path, rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_xlsx(path: Path, rows: Iterable[Sequence[object]], *, hidden_first: bool = False) -> Path:
    """Write a workbook: texts as texts, numbers as numbers, days as days, None as no cell."""
    workbook = import_module("xlsxwriter").Workbook(path)
    day = workbook.add_format({"num_format": "yyyy/m/d"})
    if hidden_first:
        workbook.add_worksheet("隐藏").hide()
    sheet = workbook.add_worksheet("项目")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, dt.date):
                sheet.write_datetime(number, column, cell, day)
            elif isinstance(cell, bool):
                sheet.write_boolean(number, column, cell)
            elif isinstance(cell, (int, float)):
                sheet.write_number(number, column, cell)
    if hidden_first:
        sheet.activate()
    workbook.close()
    return path


def cells_of(project: dict[str, Any]) -> dict[str, str]:
    """Return the cells that the export writes for a project, as a program reads them."""
    [row] = csv.reader(csv_rows([record_of(project)]).decode().splitlines(keepends=True))
    return dict(zip(COLUMNS, row, strict=True))


def as_typed(column: str, cell: str) -> object:
    """Return what a workbook holds where a person types what the export writes: numbers and days, not texts."""
    if not cell:
        return None
    if column.startswith("schedule."):
        return dt.datetime.fromisoformat(cell)
    return float(cell) if column in _NUMBERS else cell


def minimal(path: Path, **cells: str) -> Path:
    """Write a table with one project of the required columns, and others beside or instead of them."""
    named = dict(zip(REQUIRED, MINIMAL, strict=True)) | {name.replace("__", "."): cell for name, cell in cells.items()}
    return write_csv(path, [list(named), list(map(guarded, named.values()))])


def requests_of(path: Path) -> list[dict[str, Any]]:
    rows = list(ProjectTable(path).rows())
    assert all(row.fits for row in rows)
    return [row.request for row in rows]
