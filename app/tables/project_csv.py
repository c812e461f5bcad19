"""Projects as CSV: a column for each field, named as in the API and flattened with dots."""

import csv
import io
from collections.abc import Iterable, Mapping

from app.tables.cells import guarded, to_funds_cell, to_list_cell, to_sources_cell

DESCRIBING = (
    "name",
    "category",
    "construction",
    "place",
    "place_name",
    "schedule.start",
    "schedule.end",
    "responsible_unit",
    "tasks",
    "budget.total",
    "budget.sources",
    "beneficiaries.households",
    "beneficiaries.persons",
    "beneficiaries.registered_households",
    "beneficiaries.registered_persons",
    "performance_goals",
    "participation",
    "poverty_reduction_mechanism",
)
"""The columns of the content of a project, in their order."""

COLUMNS = (
    "id",
    "version",
    "status",
    *DESCRIBING,
    "funds",
    "declared",
    "changed",
)
"""All columns, in their order."""

BYTE_ORDER_MARK = "\ufeff"
"""Excel reads a file that begins with it as UTF-8, and in China any other file as GB18030."""

_PATHS = tuple((column, tuple(column.split("."))) for column in COLUMNS)


def csv_header() -> bytes:
    """Return the first line of a file: a byte order mark and the header."""
    return as_csv([COLUMNS], BYTE_ORDER_MARK)


def csv_rows(projects: Iterable[Mapping[str, object]]) -> bytes:
    """Return the rows of projects in the form of the API's answers; null is an empty cell."""
    return as_csv([_cell(project, column, path) for column, path in _PATHS] for project in projects)


def as_csv(rows: Iterable[Iterable[str]], before: str = "") -> bytes:
    """Return rows as CSV in UTF-8, with no cell that a spreadsheet runs as a formula.

    Every cell is quoted, so that a program that also splits at semicolons or tabs does not split a cell.
    """
    text = io.StringIO(newline="")
    text.write(before)
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(map(guarded, row) for row in rows)
    return text.getvalue().encode()


def _cell(project: Mapping[str, object], column: str, path: tuple[str, ...]) -> str:
    value: object = project
    for name in path:
        if isinstance(value, dict):
            value = value[name]
        if value is None:
            return ""
    return _list_cell(column, value) if isinstance(value, list) else str(value)


def _list_cell(column: str, values: list[object]) -> str:
    if column == "performance_goals":
        return to_list_cell(str(value) for value in values)
    rows = [{str(key): str(text) for key, text in value.items()} for value in values if isinstance(value, dict)]
    return to_sources_cell(rows) if column == "budget.sources" else to_funds_cell(rows)
