"""The report of refused rows: written beside the table with numbers and reasons, for correction and another try."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from app.tables.project_csv import BYTE_ORDER_MARK, as_csv

ROW, POINTER, MESSAGE = "refused.row", "refused.pointer", "refused.message"
"""The columns before a refused row: its number in the file, and the pointers and messages line by line."""

REPORT_COLUMNS = (ROW, POINTER, MESSAGE)
"""The columns that a report adds; they are ignored when a report is read again."""


class Refused(NamedTuple):
    """A refused row: its number, the JSON pointer and message of each error, and its cells."""

    number: int
    errors: Sequence[tuple[str, str]]
    cells: Sequence[str]


def refused_path(table: Path) -> Path:
    """Return the path of the report of a table: projects.refused.csv for projects.xlsx."""
    return table.with_name(f"{table.stem}.refused.csv")


def write_refused(path: Path, columns: Sequence[str], refused: Iterable[Refused]) -> int:
    """Write the refused rows under the columns of their table, and return their number. OSError where it cannot.

    The file appears only when it is complete, and holds only the header where no row was refused.
    """
    own = [position for position, name in enumerate(columns) if name not in REPORT_COLUMNS]
    count = 0
    with tempfile.TemporaryDirectory(prefix=".anda-", dir=path.parent) as folder:
        temporary = Path(folder, path.name)
        with temporary.open("wb") as file:
            file.write(as_csv([[*REPORT_COLUMNS, *(columns[position] for position in own)]], BYTE_ORDER_MARK))
            for row in refused:
                pointers = "\n".join(pointer for pointer, _ in row.errors)
                messages = "\n".join(message for _, message in row.errors)
                cells = [row.cells[position] for position in own if position < len(row.cells)]
                beyond = row.cells[len(columns) :]
                file.write(as_csv([[str(row.number), pointers, messages, *cells, *beyond]]))
                count += 1
        temporary.replace(path)
    return count
