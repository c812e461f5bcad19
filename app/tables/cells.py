"""Cells of a table: no text becomes a formula, lists fit into one cell, and everything reads back exactly."""

import re
from collections.abc import Iterable, Mapping

FORMULA = r"^\s*[=+\-@\t\r＝＋－＠]"
"""The beginning of a text that a spreadsheet may run as a formula, for other engines of regular expressions."""
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r＝＋－＠]")
"""The beginning of a text that a spreadsheet may run as a formula, with or without a leading apostrophe."""

_ESCAPED = re.compile(r"\\(?:(\\)|(n)|u([0-9a-f]{4}))")
_COLONS = re.compile(r"(.*)[:：](.*)", re.DOTALL)
_SHORTEST_CODE = 4
"""Hexadecimal digits of a character written by its code point; they hold every blank of Unicode."""


def guarded(text: str) -> str:
    """Prefix an apostrophe to a text that a spreadsheet would run as a formula, or that already looks guarded."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Remove the apostrophe that `guarded` added, and no other."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def is_blank(cell: str) -> bool:
    """Whether a cell is empty or holds only blanks."""
    return not cell or cell.isspace()


def to_list_cell(items: Iterable[str]) -> str:
    """Write texts into one cell, one on each line."""
    return "\n".join(_one_line(item) for item in items)


def from_list_cell(cell: str) -> list[str]:
    """Read the texts of a cell, one on each line; blank lines and blanks around a line are ignored."""
    return [_unescaped(line) for line in _lines(cell)]


def to_sources_cell(sources: Iterable[Mapping[str, str]]) -> str:
    """Write the sources of a budget (资金来源) into one cell: `fund: amount`, one on each line."""
    return "\n".join(f"{_one_line(source['fund'])}: {source['amount']}" for source in sources)


def from_sources_cell(cell: str) -> list[dict[str, str] | str]:
    """Read the sources of a budget; the last colon of a line, half or full width, precedes the amount.

    A line without a colon stays text, which the schema then refuses.
    """
    return [_source(line) for line in _lines(cell)]


def to_funds_cell(funds: Iterable[Mapping[str, str]]) -> str:
    """Write the allocations (已安排资金) into one cell, one fund on each line; the cell is never read back."""
    return "\n".join(
        f"{_one_line(fund['fund'])}: {fund['amount']}, allocated {fund['allocated']}, left {fund['left']}"
        for fund in funds
    )


def _source(line: str) -> dict[str, str] | str:
    parts = _COLONS.fullmatch(line)
    if parts is None:
        return _unescaped(line)
    return {"fund": _unescaped(parts[1].strip()), "amount": parts[2].strip()}


def _lines(cell: str) -> Iterable[str]:
    return (line.strip() for line in cell.split("\n") if not is_blank(line))


def _one_line(text: str) -> str:
    r"""Write a text on one line: `\n` for a line break, `\\` for a backslash.

    Blanks at its ends are written by code point, as `\u3000`, because blanks around a line are ignored.
    """
    inner = text.strip()
    if not inner:
        return "".join(map(_by_code_point, text))
    start, _, end = text.partition(inner)
    escaped = inner.replace("\\", "\\\\").replace("\n", "\\n")
    return "".join([*map(_by_code_point, start), escaped, *map(_by_code_point, end)])


def _by_code_point(blank: str) -> str:
    return f"\\u{ord(blank):0{_SHORTEST_CODE}x}"


def _unescaped(line: str) -> str:
    """Undo the escapes of `_one_line`; any other backslash stays."""
    if "\\" not in line:
        return line
    return _ESCAPED.sub(
        lambda match: "\\" if match[1] else "\n" if match[2] else chr(int(match[3], 16)),
        line,
    )
