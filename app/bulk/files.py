"""Tables of bills in files: read in batches, written whole or not at all."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import polars as pl

BATCH = 100_000
"""Rows that are in memory at a time."""

_UNREADABLE = (OSError, UnicodeDecodeError, pl.exceptions.PolarsError, csv.Error)
_CHUNK = 1 << 24
_NEWLINE, _COMMA = b"\n"[0], b","[0]


class UnreadableFileError(Exception):
    """The file is not a table that can be read; nothing of it is calculated."""


class Malformed(NamedTuple):
    """A record that does not fit the header: its row number, how many fields it has, and what it says."""

    row: int
    fields: int
    record: str


class Rows(NamedTuple):
    """A batch of rows with their numbers in the file (the first is 1), and the records that are none."""

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
            regular = None if self.parquet else self._count_of_regular_lines()
        except _UNREADABLE as error:
            raise UnreadableFileError(f"{path.name}: {_why(error)}") from error
        if len(set(self.columns)) < len(self.columns):
            raise UnreadableFileError(f"{path.name}: a column name stands twice in the header")
        self._by_polars = self.parquet or regular is not None
        self.rows = self._parquet_rows if self.parquet else regular
        """How many rows there are; None where only reading them tells."""

    def batches(self) -> Iterator[Rows]:
        """Read the rows, in order. UnreadableFileError where the file turns out not to be what it seemed."""
        read = self._batches_by_polars() if self._by_polars else self._batches_by_csv()
        try:
            yield from read
        except _UNREADABLE as error:
            raise UnreadableFileError(f"{self.path.name}: {_why(error)}") from error

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
        """Read a CSV that quotes, or whose lines differ in length, record by record: none may shift or be cut."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            records = csv.reader(file)
            next(records)
            kept: list[list[str | None]] = []
            numbers: list[int] = []
            malformed: list[Malformed] = []
            for number, record in enumerate((record for record in records if record), start=1):
                if len(record) == len(self.columns):
                    kept.append([cell or None for cell in record])
                    numbers.append(number)
                else:
                    malformed.append(Malformed(number, len(record), _as_csv(record)))
                if len(kept) + len(malformed) == BATCH:
                    yield Rows(self._frame(kept), numbers, malformed)
                    kept, numbers, malformed = [], [], []
            yield Rows(self._frame(kept), numbers, malformed)

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
        """Count the rows where every line is one, with a cell for each column and nothing quoted; else None."""
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
        # One column leaves a blank line no different from an empty cell.
        return max(lines - 1, 0) if expected else None


class TableWriter:
    """Writes a table batch by batch beside its final name, and gives it that name only when all is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parquet = is_parquet(path)
        self._parts = 0
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        """Begin in a folder of its own, on the same disk."""
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
                frame.write_csv(file, include_header=self._parts == 0)
        self._parts += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Give the table its name; after an error leave nothing behind."""
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
    """Whether the name says Parquet; CSV otherwise. UnreadableFileError for a name that says neither."""
    if path.suffix.lower() not in {".csv", ".parquet"}:
        raise UnreadableFileError(f"{path.name}: only .csv and .parquet are read and written")
    return path.suffix.lower() == ".parquet"


def _as_csv(record: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(record)
    return line.getvalue()


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not in UTF-8; save it as CSV in UTF-8"
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return "cannot be read as a table: " + str(error).splitlines()[0]
