"""Cells of a table: no text is run as a formula, several things stand in one cell, and all of it reads back exactly."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_FORMULA = re.compile(r"'*\s*[=+\-@\t\r＝＋－＠]")
"""How a text begins that a spreadsheet may run as a formula, or that an apostrophe already stands before."""

_ESCAPED = re.compile(r"\\(?:(\\)|(n)|u([0-9a-f]{4}))")
_COLONS = re.compile(r"(.*)[:：](.*)", re.DOTALL)
_SHORTEST_CODE = 4
"""Hexadecimal digits of a character that is written by its number; every blank that Unicode has fits into them."""


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula, and before one that looks guarded."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Take off the apostrophe that `guarded` put there, and no other."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def is_blank(cell: str) -> bool:
    """Whether a cell says nothing."""
    return not cell or cell.isspace()


def to_list_cell(items: Iterable[str]) -> str:
    """Write texts into one cell, one a line."""
    return "\n".join(_one_line(item) for item in items)


def from_list_cell(cell: str) -> list[str]:
    """Read the texts of a cell, one a line; blank lines, and blanks around a line, mean nothing."""
    return [_as_said(line) for line in _lines(cell)]


def to_sources_cell(sources: Iterable[Mapping[str, Any]]) -> str:
    """Write the sources of a budget (资金来源) into one cell: `fund: amount`, one a line."""
    return "\n".join(f"{_one_line(source['fund'])}: {source['amount']}" for source in sources)


def from_sources_cell(cell: str) -> list[dict[str, str] | str]:
    """Read the sources of a budget; the last colon of a line, half or full width, stands before the amount.

    A line without any is handed on as the text it is: the schema says that it is no source.
    """
    return [_source(line) for line in _lines(cell)]


def to_funds_cell(funds: Iterable[Mapping[str, Any]]) -> str:
    """Write what was allocated (已安排资金) into one cell, a fund a line; it is only shown, never read."""
    return "\n".join(
        f"{_one_line(fund['fund'])}: {fund['amount']}, allocated {fund['allocated']}, left {fund['left']}"
        for fund in funds
    )


def _source(line: str) -> dict[str, str] | str:
    parts = _COLONS.fullmatch(line)
    if parts is None:
        return _as_said(line)
    return {"fund": _as_said(parts[1].strip()), "amount": parts[2].strip()}


def _lines(cell: str) -> Iterable[str]:
    return (line.strip() for line in cell.split("\n") if not is_blank(line))


def _one_line(text: str) -> str:
    r"""Write a text so that it takes one line: `\n` for the end of a line, `\\` for a backslash.

    Blanks at its ends are written by their number, as `\u3000`, for those of a line mean nothing.
    """
    inner = text.strip()
    if not inner:
        return "".join(map(_by_number, text))
    start, _, end = text.partition(inner)
    escaped = inner.replace("\\", "\\\\").replace("\n", "\\n")
    return "".join([*map(_by_number, start), escaped, *map(_by_number, end)])


def _by_number(blank: str) -> str:
    return f"\\u{ord(blank):0{_SHORTEST_CODE}x}"


def _as_said(line: str) -> str:
    """Read a line back; a backslash that begins none of these stays one."""
    if "\\" not in line:
        return line
    return _ESCAPED.sub(
        lambda found: "\\" if found[1] else "\n" if found[2] else chr(int(found[3], 16)),
        line,
    )
