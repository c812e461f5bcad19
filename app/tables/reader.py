"""Tables, .csv or .xlsx, read row by row; of projects, each row in the shape of the request that declares one."""

import csv
import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.tables.cells import from_list_cell, from_sources_cell, is_blank, unguarded
from app.tables.dotted_names import nest
from app.tables.project_csv import COLUMNS
from app.tables.rejects import REPORT_COLUMNS

ENCODINGS = ("utf-8-sig", "gb18030")
"""How a CSV may be written: UTF-8 with or without a byte order mark, or as Excel writes it in China (国标 18030)."""

REQUIRED = ("name", "category", "construction", "place", "budget.total", "budget.sources")
"""Columns without which no row can be a project."""

_CHUNK = 1 << 20
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?")
_COUNT = re.compile(r"[0-9]{1,15}")
_EXACT = 10**15
"""Below it a float holds every whole number."""


class UnreadableTableError(Exception):
    """The file is no such table, and nothing of it may be taken. It says why in one line."""


class Row(NamedTuple):
    """A row of the table."""

    number: int
    """Where it stands in the file; the header is row 1."""
    request: dict[str, object]
    """What the row says, in the shape of a request: empty cells left out, what cannot be read left as it is."""
    cells: list[str]
    """The cells as they stand, without the apostrophes that only keep them from being formulas."""
    fits: bool
    """Whether it has a cell for each column; where it has more or fewer, the request is empty."""


class Columns(NamedTuple):
    """The columns that a kind of table has."""

    read: Mapping[str, Callable[[str], object]]
    """How the cell of each is read."""
    required: Sequence[str]
    """Those without which no row says anything."""
    ignored: Collection[str] = ()
    """Those that are known and not read."""
    codes: bool = False
    """Whether its long numbers are codes: one that a workbook has rounded is left as it shows it, 1.5E+17."""


class Table:
    """A file of rows. UnreadableTableError where it is none; it says so at once, or where a row cannot be read.

    The columns stand in any order. Those that only the report of refused rows has are ignored. Of a workbook it is the
    first sheet that is shown.
    """

    def __init__(self, path: Path, known: Columns) -> None:
        self.path = path
        self._known = known
        kind = path.suffix.lower()
        if kind == ".csv":
            self._encoding = self._found_encoding()
            self._records = self._records_of_csv
        elif kind == ".xlsx":
            self._sheet = self._first_sheet()
            self._records = self._records_of_xlsx
        else:
            raise self._unreadable("only .csv and .xlsx are read")
        self.columns = self._checked_columns(next(self._records(), []))
        """The names in the header, in their order."""

    def rows(self) -> Iterator[Row]:
        """Read the rows, in order; blank ones are left out but counted."""
        records = self._records()
        next(records, None)
        for number, record in enumerate(records, start=2):
            said = len(record)
            while said > len(self.columns) and is_blank(record[said - 1]):
                said -= 1
            cells = record[:said]
            if all(map(is_blank, cells)):
                continue
            fits = len(cells) == len(self.columns)
            yield Row(number, self._request(cells) if fits else {}, cells, fits)

    def _request(self, cells: list[str]) -> dict[str, object]:
        cells_by_column = zip(self.columns, cells, strict=True)
        read = self._known.read
        return nest(
            (column, read[column](cell)) for column, cell in cells_by_column if column in read and not is_blank(cell)
        )

    def _checked_columns(self, header: list[str]) -> list[str]:
        names = [name.strip() for name in header]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise self._unreadable("its first row names no column")
        if "" in names:
            raise self._unreadable(f"column {names.index('') + 1} has no name")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise self._unreadable(f"columns that stand twice: {', '.join(twice)}")
        known = {*self._known.read, *self._known.ignored, *REPORT_COLUMNS}
        if unknown := [name for name in names if name not in known]:
            shown = ", ".join(_shortened(name) for name in unknown)
            raise self._unreadable(f"unknown columns: {shown}; known are {', '.join(self._known.read)}")
        if missing := [name for name in self._known.required if name not in names]:
            raise self._unreadable(f"missing columns: {', '.join(missing)}")
        return names

    def _found_encoding(self) -> str:
        for encoding in ENCODINGS:
            try:
                with self.path.open(encoding=encoding, newline="") as file:
                    while chunk := file.read(_CHUNK):
                        if "\0" in chunk:
                            raise self._unreadable("not a text; save it as CSV in UTF-8, or as .xlsx")
            except UnicodeDecodeError:
                continue
            except OSError as error:
                raise self._unreadable(error.strerror or "cannot be read") from error
            return encoding
        raise self._unreadable("neither in UTF-8 nor in GB18030; save it as CSV in UTF-8")

    def _records_of_csv(self) -> Iterator[list[str]]:
        with self.path.open(encoding=self._encoding, newline="") as file:
            records = csv.reader(file, strict=True)
            try:
                for record in records:
                    yield [_one_newline(unguarded(cell)) for cell in record]
            except csv.Error as error:
                raise self._unreadable(f"line {records.line_num}: {error}") from error

    def _first_sheet(self) -> CalamineSheet:
        try:
            # Opened here first, a file that cannot be is refused in the system's words.
            with self.path.open("rb"):
                workbook = CalamineWorkbook.from_path(self.path)
            for sheet in workbook.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                    return workbook.get_sheet_by_name(sheet.name)
        except OSError as error:
            raise self._unreadable(error.strerror or "cannot be read") from error
        except CalamineError as error:
            raise self._unreadable(f"not a workbook that can be read: {_shortened(str(error))}") from error
        raise self._unreadable("no sheet is shown in it")

    def _records_of_xlsx(self) -> Iterator[list[str]]:
        for record in self._sheet.iter_rows():
            yield [_one_newline(unguarded(_as_text(cell, self._known.codes))) for cell in record]

    def _unreadable(self, why: str) -> UnreadableTableError:
        return UnreadableTableError(f"{self.path.name}: {why}")


def _as_text(value: object, codes: bool) -> str:
    """Write a cell of a workbook as a person would: a whole number without a point, a day in ISO 8601.

    A workbook has only floats; the shortest decimal that gives the same float is the one that was typed. It keeps
    fifteen digits: of a longer code the last ones are lost.
    """
    if isinstance(value, float):
        if codes and abs(value) >= _EXACT:
            return f"{value:.14E}"
        return f"{value:.0f}" if value.is_integer() and abs(value) < _EXACT else f"{Decimal(repr(value)):f}"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _shortened(text: str, longest: int = 80) -> str:
    """Keep a text to one short line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def read_day(cell: str) -> str:
    """Read a day; a spreadsheet in China writes 2018-05-01 back as 2018/5/1."""
    text = cell.strip()
    if found := _DAY.fullmatch(text):
        year, *months, day = found.groups()
        month = next(filter(None, months))
        return f"{year}-{month:0>2}-{day:0>2}"
    return text


def _count(cell: str) -> int | str:
    text = cell.strip()
    return int(text) if _COUNT.fullmatch(text) else text


_READ: dict[str, Callable[[str], object]] = {
    "name": str,
    "category": str,
    "construction": str.strip,
    "place": str.strip,
    "place_name": str,
    "schedule.start": read_day,
    "schedule.end": read_day,
    "responsible_unit": str,
    "tasks": str,
    "budget.total": str.strip,
    "budget.sources": from_sources_cell,
    "beneficiaries.households": _count,
    "beneficiaries.persons": _count,
    "beneficiaries.registered_households": _count,
    "beneficiaries.registered_persons": _count,
    "performance_goals": from_list_cell,
    "participation": str,
    "poverty_reduction_mechanism": str,
}
"""How the cell of each column is read that the request knows."""


class ProjectTable(Table):
    """A file of projects; the columns are those that `spreadsheet.COLUMNS` names."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, Columns(_READ, REQUIRED, COLUMNS))
