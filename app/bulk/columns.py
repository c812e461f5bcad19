"""Reads a table of bills into the columns of the rules, and sets aside every row that is not plainly valid.

A row set aside is not refused: it goes through the request's own schema by itself, which calculates or refuses it
with the endpoint's own messages. So both paths always agree; this one is only faster.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from app.rules.parameters import Parameters
from app.rules.readings import QUESTIONS
from app.rules.reimbursement.bill import ADJUDICABLE, LAYERS, Layer
from app.rules.reimbursement.columns import BillColumns, Flags
from app.schemas.fields import GREATEST_YUAN, YUAN_PATTERN
from app.schemas.flat_fields import FIELDS, Field

Read = tuple[Flags, Flags, npt.NDArray[np.int64]]
"""A column: where it is valid, where it is given, and its values (fen, a count, a code, 0 or 1)."""

_DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_COUNT_PATTERN = r"^[0-9]{1,3}$"
_TWO_PLACES = pl.Decimal(38, 2)


class UnusableColumnError(Exception):
    """A column has a type from which no exact value can be read."""

    def __init__(self, name: str, dtype: str) -> None:
        super().__init__(f"the column {name!r} is of type {dtype}; amounts must be text, whole numbers or decimals")


class BillTable:
    """A batch of rows whose columns are read one by one; `valid` marks the rows that are valid so far."""

    def __init__(self, frame: pl.DataFrame, parameters: Parameters) -> None:
        self.frame = frame
        self.parameters = parameters
        self.valid: Flags = np.ones(len(frame), np.bool_)

    def bills(self) -> BillColumns:
        """Return all rows as columns of bills; only those that stay `valid` count."""
        total = self._amount("bill.total")
        in_scope = self._amount("bill.in_scope")
        self.valid &= in_scope <= total
        admissions, at_level = self._count("year_to_date.admissions"), self._count("year_to_date.admissions_at_level")
        self.valid &= at_level <= admissions
        return BillColumns(
            service_date=self._days(),
            registration=self._codes("patient.registration"),
            kind=self._codes("visit.kind"),
            facility_level=self._codes("visit.facility_level"),
            total=total,
            in_scope=in_scope,
            major_disease=self._flags("patient.major_disease", False),
            chronic_disease=self._flags("patient.chronic_disease", False),
            accident_disability=self._flags("patient.accident_disability", False),
            referred=self._flags("visit.referred", True),
            emergency=self._flags("visit.emergency", False),
            readmitted=admissions > 0,
            readmitted_at_level=at_level > 0,
            counted_before=self._year("base"),
            paid_before=self._year("paid"),
            adjudicated=self._adjudicated(total),
            readings={
                question["reading"]: self._codes_given(f"readings.{question['reading']}")
                for question in QUESTIONS
                if f"readings.{question['reading']}" in self.frame.columns
            },
        )

    def _read(self, name: str) -> Read:
        field = FIELDS[name]
        rows = len(self.frame)
        if name not in self.frame.columns:
            return np.full(rows, not field.required), np.zeros(rows, np.bool_), np.zeros(rows, np.int64)
        column = self.frame[name]
        given = column.is_not_null()
        values = _values(field, column)
        readable = values.is_not_null()
        valid = readable if field.required else readable | ~given
        self.valid &= valid.to_numpy()
        return valid.to_numpy(), given.to_numpy(), values.fill_null(0).to_numpy()

    def _amount(self, name: str) -> npt.NDArray[np.int64]:
        _, _, fen = self._read(name)
        self.valid &= fen <= GREATEST_YUAN * 100
        if FIELDS[name].sort == "money_above_zero":
            self.valid &= fen > 0
        return fen

    def _count(self, name: str) -> npt.NDArray[np.int64]:
        _, _, count = self._read(name)
        self.valid &= count >= 0
        return count

    def _codes(self, name: str) -> npt.NDArray[np.int8]:
        _, _, codes = self._read(name)
        return codes.astype(np.int8)

    def _codes_given(self, name: str) -> npt.NDArray[np.int8]:
        """Read the position of each value, counted from 1; 0 where none is given."""
        _, given, codes = self._read(name)
        return np.where(given, codes + 1, 0).astype(np.int8)

    def _flags(self, name: str, default: bool) -> Flags | None:
        if name not in self.frame.columns:
            return None
        _, given, values = self._read(name)
        return np.where(given, values != 0, default)

    def _days(self) -> npt.NDArray[np.datetime64]:
        _, _, days = self._read("service_date")
        first = np.datetime64(self.parameters.first_day).astype(np.int64)
        self.valid &= days >= first
        return np.maximum(days, first).astype("datetime64[D]")

    def _year(self, what: str) -> dict[Layer, npt.NDArray[np.int64]]:
        return {
            layer: self._amount(name)
            for layer in LAYERS
            if (name := f"year_to_date.layers.{layer}.{what}") in self.frame.columns
        }

    def _adjudicated(self, total: npt.NDArray[np.int64]) -> dict[Layer, tuple[Flags, npt.NDArray[np.int64]]]:
        amounts: dict[Layer, tuple[Flags, npt.NDArray[np.int64]]] = {}
        total_settled = np.zeros(len(self.frame), np.int64)
        for layer in ADJUDICABLE:
            name = f"adjudicated.{layer}"
            if name in self.frame.columns:
                fen = self._amount(name)
                amounts[layer] = (self.frame[name].is_not_null().to_numpy(), fen)
                total_settled += fen
        self.valid &= total_settled <= total
        return amounts


def _values(field: Field, column: pl.Series) -> pl.Series:
    """Read the values of a column as 64-bit integers; null where a cell is empty or not plainly valid."""
    match field.sort:
        case "money" | "money_above_zero":
            return _fen(column)
        case "day":
            return _days_since_1970(column)
        case "flag":
            return _coded(column, ("false", "true")) if column.dtype == pl.String else _plain(column, pl.Boolean)
        case "count":
            if column.dtype == pl.String:
                column = column.set(~column.str.contains(_COUNT_PATTERN), None).cast(pl.Int64, strict=False)
            return _plain(column, pl.Int64)
        case "choice":
            return _coded(column.cast(pl.String, strict=False), field.choices)


def _fen(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Null:
        return column.cast(pl.Int64)
    if column.dtype == pl.String:
        exact = column.set(~column.str.contains(YUAN_PATTERN), None).cast(_TWO_PLACES, strict=False)
    elif column.dtype.is_integer() or column.dtype.is_decimal():
        rounded = column.cast(_TWO_PLACES, strict=False)
        exact = rounded.set((rounded != column) | (rounded < 0), None)
    else:
        raise UnusableColumnError(column.name, str(column.dtype))
    return exact.to_physical().cast(pl.Int64, strict=False)


def _days_since_1970(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        column = column.set(~column.str.contains(_DAY_PATTERN), None).str.to_date("%Y-%m-%d", strict=False)
    return column.to_physical().cast(pl.Int64) if column.dtype == pl.Date else _plain(column, pl.Date)


def _coded(column: pl.Series, choices: tuple[str, ...]) -> pl.Series:
    codes = pl.Series(range(len(choices)), dtype=pl.Int64)
    return column.replace_strict(pl.Series(choices), codes, default=None, return_dtype=pl.Int64)


def _plain(column: pl.Series, dtype: type[pl.DataType]) -> pl.Series:
    """Return a column of the right type as it is; in a column of any other type, no cell is plainly valid."""
    if column.dtype == dtype or (dtype == pl.Int64 and column.dtype.is_integer()):
        return column.cast(pl.Int64, strict=False)
    return pl.Series(column.name, [None] * len(column), dtype=pl.Int64)
