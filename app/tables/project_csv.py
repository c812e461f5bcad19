"""Projects as CSV: a column for each field, named as in the API and flattened with dots."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Protocol

from app.clock import instant
from app.rules.money import format_yuan
from app.rules.projects.content import Beneficiaries, Content
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


class ExportedFund(Protocol):
    """A source of a budget and its allocation, as far as the CSV shows them; fen."""

    @property
    def fund(self) -> str:
        """The name of the fund."""

    @property
    def amount(self) -> int:
        """What it gives in all."""

    @property
    def allocated(self) -> int:
        """The part that is allocated."""

    @property
    def left(self) -> int:
        """The part that can still be allocated."""


class ExportedProject(Protocol):
    """A project, as far as the CSV shows it."""

    @property
    def id(self) -> int:
        """The number."""

    @property
    def version(self) -> int:
        """The version, which every act raises."""

    @property
    def status(self) -> str:
        """The status in the procedure."""

    @property
    def content(self) -> Content:
        """The content."""

    @property
    def funds(self) -> Sequence[ExportedFund]:
        """The sources of the budget with their allocations."""

    @property
    def declared(self) -> dt.datetime:
        """The instant of the declaration."""

    @property
    def changed(self) -> dt.datetime:
        """The instant of the latest act."""


def csv_header() -> bytes:
    """Return the first line of a file: a byte order mark and the header."""
    return as_csv([COLUMNS], BYTE_ORDER_MARK)


def csv_rows(projects: Iterable[ExportedProject]) -> bytes:
    """Return the rows of some projects. A cell without a value is empty."""
    return as_csv(map(_cells, projects))


def as_csv(rows: Iterable[Iterable[str]], before: str = "") -> bytes:
    """Return rows as CSV in UTF-8, with no cell that a spreadsheet runs as a formula.

    Every cell is quoted, so that a program that also splits at semicolons or tabs does not split a cell.
    """
    text = io.StringIO(newline="")
    text.write(before)
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(map(guarded, row) for row in rows)
    return text.getvalue().encode()


def _cells(project: ExportedProject) -> list[str]:
    """Write the cells of a project, in the order of `COLUMNS`."""
    content = project.content
    schedule, whom = content.schedule, content.beneficiaries
    cells = [
        project.id,
        project.version,
        project.status,
        content.name,
        content.category,
        content.construction,
        content.place,
        content.place_name,
        None if schedule is None else schedule.start.isoformat(),
        None if schedule is None else schedule.end.isoformat(),
        content.responsible_unit,
        content.tasks,
        format_yuan(content.budget),
        to_sources_cell({"fund": each.fund, "amount": format_yuan(each.amount)} for each in content.sources),
        *((None,) * len(Beneficiaries._fields) if whom is None else whom),
        to_list_cell(content.performance_goals),
        content.participation,
        content.poverty_reduction_mechanism,
        to_funds_cell(map(_fund, project.funds)),
        instant(project.declared),
        instant(project.changed),
    ]
    return ["" if cell is None else str(cell) for cell in cells]


def _fund(fund: ExportedFund) -> dict[str, str]:
    return {
        "fund": fund.fund,
        "amount": format_yuan(fund.amount),
        "allocated": format_yuan(fund.allocated),
        "left": format_yuan(fund.left),
    }
