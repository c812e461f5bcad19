"""Projects as CSV: a column for each field, named as in the API and flattened with dots."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
"""The columns of what a project's declaration says, in their order."""

COLUMNS = (
    "id",
    "version",
    "status",
    *DESCRIBING,
    "funds",
    "declared",
    "changed",
)
"""The columns, in their order."""

BYTE_ORDER_MARK = "\ufeff"
"""With it before the header, Excel takes the file as UTF-8; without it, in China, as GB18030."""

_IN_ONE_CELL: dict[str, Callable[[Any], str]] = {
    "budget.sources": to_sources_cell,
    "performance_goals": to_list_cell,
    "funds": to_funds_cell,
}

_PATHS = tuple((tuple(column.split(".")), _IN_ONE_CELL.get(column, str)) for column in COLUMNS)


def csv_header() -> bytes:
    """Return the first line, with a byte order mark: a file begins with it, rows follow."""
    return as_csv([COLUMNS], BYTE_ORDER_MARK)


def csv_rows(projects: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the rows of some projects, each as the API answers it; what is null is an empty cell."""
    return as_csv([_cell(project, path, write) for path, write in _PATHS] for project in projects)


def as_csv(rows: Iterable[Iterable[str]], before: str = "") -> bytes:
    """Return rows as CSV in UTF-8, no cell a formula.

    Every cell is quoted: a program that also divides lines at a semicolon or a tab must not make two of one.
    """
    text = io.StringIO(newline="")
    text.write(before)
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(map(guarded, row) for row in rows)
    return text.getvalue().encode()


def _cell(project: Mapping[str, Any], path: tuple[str, ...], write: Callable[[Any], str]) -> str:
    value: Any = project
    for name in path:
        value = value[name]
        if value is None:
            return ""
    return write(value)
