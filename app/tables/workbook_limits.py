"""The limits of a workbook, looked at before it is opened: the library that reads it takes memory for the whole sheet.

One cell in the last row and column of a sheet asks for 17 thousand million cells. A file of 1 MB may unpack to 1 GB.
"""

import re
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

MOST_UNPACKED = 500_000_000
"""Bytes of all parts of a workbook together."""
MOST_CELLS = 10_000_000
"""Cells of the rectangle that a sheet takes up, empty ones too; a million rows of nine columns."""

_CHUNK = 1 << 20
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_LETTERS = 26


class TooLargeError(Exception):
    """The workbook is larger than can be read. The message is one line."""


def check(file: IO[bytes]) -> None:
    """Check a workbook. TooLargeError; BadZipFile where it cannot be read at all."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(file) as archive:
            for part in archive.infolist():
                with archive.open(part) as content:
                    left = _check_part(content, left)
    except (NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        # A compression or an encryption that the library does not know; a part that breaks off or lies nowhere.
        raise zipfile.BadZipFile(str(error)) from error


def _check_part(content: IO[bytes], left: int) -> int:
    """Read a part, look at its cells where it is a sheet, and return how many bytes may still be unpacked."""
    chunk = content.read(_CHUNK)
    sheet = _Sheet() if chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff")) else None
    while chunk:
        left -= len(chunk)
        if left < 0:
            raise TooLargeError(f"it unpacks to more than {MOST_UNPACKED:,} bytes")
        if sheet is not None and not sheet.read(chunk):
            sheet = None
        chunk = content.read(_CHUNK)
    return left


class _Sheet:
    """The rectangle that the cells of a sheet take up, from the first row and column on."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._is_sheet: bool | None = None
        self._row = self._column = self._rows = self._columns = 0

    def read(self, chunk: bytes) -> bool:
        """Read on, and return whether it may still be a sheet. TooLargeError."""
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            # Not for this module to say: the library that reads the sheet says what is wrong, or does not read it.
            return False
        return self._is_sheet is not False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self._is_sheet is None:
            self._is_sheet = name == "worksheet"
        if not self._is_sheet:
            return
        if name == "row":
            text = attributes.get("r", "")
            self._row = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else self._row + 1
            self._column = 0
        elif name == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = self._column + 1 if match is None else _column(match[1])
            self._row = self._row if match is None else int(match[2])
            self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
            if self._rows * self._columns > MOST_CELLS:
                raise TooLargeError(
                    f"a sheet takes up {self._rows:,} rows and {self._columns:,} columns, empty cells counted; "
                    f"at most {MOST_CELLS:,} cells are read"
                )

    def _refuse(self, *_: object) -> None:
        raise TooLargeError("it declares a document type, which no workbook has")


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
