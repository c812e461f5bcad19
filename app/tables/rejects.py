"""Rows of a table that were refused, written beside it with numbers and reasons, to be corrected and read again."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from app.tables.project_csv import BYTE_ORDER_MARK, as_csv

ROW, POINTER, MESSAGE = "refused.row", "refused.pointer", "refused.message"
"""What stands before a refused row: its number in the file, and line by line where and why."""

REPORT_COLUMNS = (ROW, POINTER, MESSAGE)
"""The columns that a report adds; in a report that is read again they are ignored."""


class Refused(NamedTuple):
    """A row that was refused: its number, the JSON pointer and message of each error, and its cells."""

    number: int
    errors: Sequence[tuple[str, str]]
    cells: Sequence[str]


def refused_path(table: Path) -> Path:
    """Name the report of a table: projects.xlsx gives projects.refused.csv."""
    return table.with_name(f"{table.stem}.refused.csv")


def write_refused(path: Path, columns: Sequence[str], refused: Iterable[Refused]) -> int:
    """Write the refused rows under their table's columns, and say how many they are. OSError where it cannot be.

    The file appears only when all is written, and holds the header alone where nothing was refused.
    """
    kept = [position for position, name in enumerate(columns) if name not in REPORT_COLUMNS]
    count = 0
    with tempfile.TemporaryDirectory(prefix=".anda-", dir=path.parent) as folder:
        written = Path(folder, path.name)
        with written.open("wb") as file:
            file.write(as_csv([[*REPORT_COLUMNS, *(columns[position] for position in kept)]], BYTE_ORDER_MARK))
            for row in refused:
                pointers = "\n".join(pointer for pointer, _ in row.errors)
                messages = "\n".join(message for _, message in row.errors)
                cells = [row.cells[position] for position in kept if position < len(row.cells)]
                beyond = row.cells[len(columns) :]
                file.write(as_csv([[str(row.number), pointers, messages, *cells, *beyond]]))
                count += 1
        written.replace(path)
    return count
