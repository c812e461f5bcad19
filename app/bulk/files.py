"""Tables of bills in files: read in batches, written whole or not at all."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import polars as pl

from app.tables.cells import FORMULA, guarded

BATCH = 100_000
"""Rows that are in memory at a time."""

MOST_COLUMNS = 1_000
"""Columns of a file; some 40 are read, the others are carried along."""

_SIGNED = r"^[+-][0-9]+(\.[0-9]+)?$"
_UNREADABLE = (OSError, UnicodeDecodeError, pl.exceptions.PolarsError, csv.Error)
_CHUNK = 1 << 24
_NEWLINE, _COMMA = b"\n"[0], b","[0]


class UnreadableFileError(Exception):
    """The file cannot be read as a table, and no row of it is calculated."""


class Malformed(NamedTuple):
    """A record that does not fit the header: its row number, the number of its fields, and its text."""

    row: int
    fields: int
    record: str


class Rows(NamedTuple):
    """A batch of rows with their numbers in the file (the first is 1), and the malformed records."""

    frame: pl.DataFrame
    numbers: list[int]
    malformed: list[Malformed]


class TableFile:
    """A CSV or Parquet file of rows. UnreadableFileError where it is neither, or cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parquet = is_parquet(path)
        try:
            self.columns = self._parquet_columns() if self.parquet else self._header()
        except _UNREADABLE as error:
            raise self._unreadable(error) from error
        if len(self.columns) > MOST_COLUMNS:
            raise UnreadableFileError(
                f"{path.name}: it has {len(self.columns)} columns; at most {MOST_COLUMNS} are read and carried along"
            )
        if len(set(self.columns)) < len(self.columns):
            raise UnreadableFileError(f"{path.name}: a column name stands twice in the header")
        try:
            regular = None if self.parquet else self._count_of_regular_lines()
        except _UNREADABLE as error:
            raise self._unreadable(error) from error
        self._by_polars = self.parquet or regular is not None
        self.rows = self._parquet_rows if self.parquet else regular
        """The number of rows; None where it is known only after reading them."""

    def batches(self) -> Iterator[Rows]:
        """Read the rows in order. UnreadableFileError where the file turns out to be unreadable."""
        read = self._batches_by_polars() if self._by_polars else self._batches_by_csv()
        try:
            yield from read
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> UnreadableFileError:
        return UnreadableFileError(f"{self.path.name}: {_explain(error)}")

    def _batches_by_polars(self) -> Iterator[Rows]:
        lazy = (
            pl.scan_parquet(self.path, glob=False)
            if self.parquet
            else pl.scan_csv(self.path, infer_schema=False, glob=False)
        )
        done = 0
        for frame in lazy.collect_batches(chunk_size=BATCH, maintain_order=True):
            yield Rows(frame, list(range(done + 1, done + len(frame) + 1)), [])
            done += len(frame)

    def _batches_by_csv(self) -> Iterator[Rows]:
        """Read a CSV with quotes, or with lines of different length, record by record, so that no cell shifts."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            records = csv.reader(file)
            next(records)
            records_read: list[list[str | None]] = []
            numbers: list[int] = []
            malformed: list[Malformed] = []
            for number, record in enumerate((record for record in records if record), start=1):
                if len(record) == len(self.columns):
                    records_read.append([cell or None for cell in record])
                    numbers.append(number)
                else:
                    malformed.append(Malformed(number, len(record), _as_csv(record)))
                if len(records_read) + len(malformed) == BATCH:
                    yield Rows(self._frame(records_read), numbers, malformed)
                    records_read, numbers, malformed = [], [], []
            yield Rows(self._frame(records_read), numbers, malformed)

    def _frame(self, records: list[list[str | None]]) -> pl.DataFrame:
        schema = dict.fromkeys(self.columns, pl.String)
        return pl.DataFrame(records, schema=schema, orient="row") if records else pl.DataFrame(schema=schema)

    def _header(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])

    def _parquet_columns(self) -> list[str]:
        lazy = pl.scan_parquet(self.path, glob=False)
        self._parquet_rows: int = lazy.select(pl.len()).collect().item()
        return lazy.collect_schema().names()

    def _count_of_regular_lines(self) -> int | None:
        """Count the rows where each line is a row without quotes and with a cell for each column; otherwise None."""
        expected = len(self.columns) - 1
        lines = carried = 0
        last = _NEWLINE
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if b'"' in chunk or b"\r\r" in chunk:
                    return None
                bytes_ = np.frombuffer(chunk, np.uint8)
                ends = np.flatnonzero(bytes_ == _NEWLINE)
                commas = np.cumsum(bytes_ == _COMMA)
                in_line = np.diff(commas[ends], prepend=-carried)
                if (in_line != expected).any():
                    return None
                lines += len(ends)
                carried = int(commas[-1]) - (int(commas[ends[-1]]) if len(ends) else -carried)
                last = bytes_[-1]
        if last != _NEWLINE:
            if carried != expected:
                return None
            lines += 1
        # With a single column, a blank line cannot be told from an empty cell.
        return max(lines - 1, 0) if expected else None


class TableWriter:
    """Writes a table batch by batch beside its final path, and moves it there only when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parquet = is_parquet(path)
        self._parts = 0
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        """Create a temporary folder on the same disk."""
        self._folder = Path(tempfile.mkdtemp(prefix=".anda-", dir=self.path.parent))
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Write one batch."""
        if self._folder is None:
            raise RuntimeError("the writer has not begun")
        part = self._folder / f"{self._parts:08}.parquet"
        if self.parquet:
            frame.write_parquet(part)
        else:
            with (self._folder / "table.csv").open("ab") as file:
                _guarded(frame).write_csv(file, include_header=self._parts == 0)
        self._parts += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Move the table to its path; after an error leave nothing behind."""
        if self._folder is None:
            return
        try:
            if error is None and self._parts:
                whole = self._folder / ("whole.parquet" if self.parquet else "table.csv")
                if self.parquet:
                    pl.scan_parquet(sorted(self._folder.glob("0*.parquet"))).sink_parquet(whole)
                whole.replace(self.path)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


def is_parquet(path: Path) -> bool:
    """Whether the file name ends in .parquet, and not in .csv. UnreadableFileError for any other ending."""
    if path.suffix.lower() not in {".csv", ".parquet"}:
        raise UnreadableFileError(f"{path.name}: only .csv and .parquet are read and written")
    return path.suffix.lower() == ".parquet"


def _guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before each text that a spreadsheet would run as a formula, the names of columns too.

    A plain number with a sign stays: it is no formula, and whoever carries amounts along goes on calculating with them.
    """
    texts = [pl.col(name) for name, dtype in frame.schema.items() if dtype == pl.String]
    cells = frame.with_columns(
        pl.when(text.str.contains(FORMULA) & ~text.str.contains(_SIGNED))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .name.keep()
        for text in texts
    )
    return cells.rename({name: guarded(name) for name in cells.columns if guarded(name) != name})


def _as_csv(record: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(record)
    return line.getvalue()


def _explain(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not in UTF-8; save it as CSV in UTF-8"
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return "cannot be read as a table: " + str(error).splitlines()[0]
