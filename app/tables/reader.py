"""Tables in .csv or .xlsx, read row by row into the form of a request; the table of projects."""

import csv
import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.tables import workbook_limits
from app.tables.cells import from_list_cell, from_sources_cell, is_blank, unguarded
from app.tables.dotted_names import nest
from app.tables.project_csv import COLUMNS
from app.tables.rejects import REPORT_COLUMNS
from app.tables.workbook_limits import TooLargeError

ENCODINGS = ("utf-8-sig", "gb18030")
"""The encodings of a CSV: UTF-8 with or without a byte order mark, or Excel's in China (国标 18030)."""

REQUIRED = ("name", "category", "construction", "place", "budget.total", "budget.sources")
"""The columns that every project needs."""

MOST_COLUMNS = 200
"""Columns of a table; none that is read has a fifth of it."""

_CHUNK = 1 << 20
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?")
_COUNT = re.compile(r"[0-9]{1,15}")
_EXACT = 10**15
"""Below this a float holds every whole number exactly."""


class UnreadableTableError(Exception):
    """The file cannot be read as a table, and no row of it is used. The message is one line."""


class Row(NamedTuple):
    """A row of the table."""

    number: int
    """The number of the row in the file; the header is row 1."""
    request: dict[str, object]
    """The row in the form of a request: empty cells left out, unreadable cells as they are."""
    cells: list[str]
    """The cells as text, without the apostrophes that guard against formulas."""
    fits: bool
    """Whether the row has one cell for each column; the request is empty where it has more or fewer."""


class Columns(NamedTuple):
    """The columns of a kind of table."""

    read: Mapping[str, Callable[[str], object]]
    """The function that reads the cells of each column."""
    required: Sequence[str]
    """The columns that must be there."""
    ignored: Collection[str] = ()
    """The columns that are known and not read."""
    codes: bool = False
    """Whether long numbers are codes; one that a workbook has rounded stays as it shows it, 1.5E+17."""


class Table:
    """A file of rows. UnreadableTableError where it is none, at once or at the row that cannot be read.

    The columns may have any order. Those that only the report of refused rows has are ignored. In a workbook, the first
    visible sheet is read.
    """

    def __init__(self, path: Path, known: Columns) -> None:
        self.path = path
        self._known = known
        kind = path.suffix.lower()
        if kind == ".csv":
            self._encoding = self._detect_encoding()
            self._records = self._records_of_csv
        elif kind == ".xlsx":
            self._sheet = self._first_sheet()
            self._records = self._records_of_xlsx
        else:
            raise self._unreadable("only .csv and .xlsx are read")
        self.columns = self._check_columns(next(self._records(), []))
        """The names in the header, in their order."""

    def rows(self) -> Iterator[Row]:
        """Read the rows in order; blank rows are skipped but counted."""
        records = self._records()
        next(records, None)
        for number, record in enumerate(records, start=2):
            length = len(record)
            while length > len(self.columns) and is_blank(record[length - 1]):
                length -= 1
            cells = record[:length]
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

    def _check_columns(self, header: list[str]) -> list[str]:
        names = [name.strip() for name in header]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise self._unreadable("its first row names no column")
        if "" in names:
            raise self._unreadable(f"column {names.index('') + 1} has no name")
        if len(names) > MOST_COLUMNS:
            raise self._unreadable(f"it has {len(names)} columns; at most {MOST_COLUMNS} are read")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise self._unreadable(f"columns that stand twice: {', '.join(twice)}")
        known = {*self._known.read, *self._known.ignored, *REPORT_COLUMNS}
        if unknown := [name for name in names if name not in known]:
            listed = ", ".join(_shortened(name) for name in unknown)
            raise self._unreadable(f"unknown columns: {listed}; known are {', '.join(self._known.read)}")
        if missing := [name for name in self._known.required if name not in names]:
            raise self._unreadable(f"missing columns: {', '.join(missing)}")
        return names

    def _detect_encoding(self) -> str:
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
            # The file is opened here first, so that the system's own message tells why it cannot be opened.
            with self.path.open("rb") as file:
                workbook_limits.check(file)
            workbook = CalamineWorkbook.from_path(self.path)
            for sheet in workbook.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                    return workbook.get_sheet_by_name(sheet.name)
        except OSError as error:
            raise self._unreadable(error.strerror or "cannot be read") from error
        except TooLargeError as error:
            raise self._unreadable(str(error)) from error
        except (CalamineError, BadZipFile) as error:
            raise self._unreadable(f"not a workbook that can be read: {_shortened(str(error))}") from error
        raise self._unreadable("no sheet is shown in it")

    def _records_of_xlsx(self) -> Iterator[list[str]]:
        for record in self._sheet.iter_rows():
            yield [_one_newline(unguarded(_as_text(cell, self._known.codes))) for cell in record]

    def _unreadable(self, why: str) -> UnreadableTableError:
        return UnreadableTableError(f"{self.path.name}: {why}")


def _as_text(value: object, codes: bool) -> str:
    """Write a cell of a workbook as text: a whole number without a point, a day in ISO 8601.

    A workbook has only floats; the shortest decimal with the same float is the one that was typed. It keeps fifteen
    digits, so a longer code loses its last ones.
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
    """Shorten a text to one short line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def read_day(cell: str) -> str:
    """Read a day in ISO 8601 or as a spreadsheet in China writes it, 2018/5/1; any other text stays as it is."""
    text = cell.strip()
    if match := _DAY.fullmatch(text):
        year, *months, day = match.groups()
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
"""The function that reads the cells of each column of a project."""


class ProjectTable(Table):
    """A file of projects, with the columns of `project_csv.COLUMNS`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, Columns(_READ, REQUIRED, COLUMNS))
