"""Tables that are made to take all memory or all time: each is refused in one line, soon."""

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.tables import workbook_limits
from app.tables.reader import REQUIRED, ProjectTable, UnreadableTableError
from tests.support.grid import grid
from tests.support.tables import MINIMAL, MINIMAL_REQUEST, requests_of, write_xlsx

SOON = 5.0
"""Seconds that no refusal needs, on the slowest of machines."""

SHEET = "xl/worksheets/sheet1.xml"


def why_unreadable(path: Path) -> str:
    begun = time.perf_counter()
    with pytest.raises(UnreadableTableError) as refused:
        list(ProjectTable(path).rows())
    assert time.perf_counter() - begun < SOON
    said = str(refused.value)
    assert "\n" not in said and len(said) < 500
    return said


def with_sheet(folder: Path, change: Callable[[bytes], bytes], part: str = SHEET) -> Path:
    """Write a workbook, one part of it changed."""
    good, made = write_xlsx(folder / "good.xlsx", [REQUIRED, MINIMAL]), folder / "p.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.infolist():
            content = source.read(each)
            target.writestr(each.filename, change(content) if each.filename == part else content)
    return made


@grid(
    ("before", "after"),
    [
        (b'r="A2"', b'r="XFD1048576"'),
        (b'<c r="A2"', b"<c r='XFD1048576'"),
        (b'<row r="2"', b'<row r="1048576"'),
        (b'r="A2"', b'r="ZZZ2000000"'),
    ],
)
def test_a_sheet_that_takes_up_the_whole_of_excel_for_one_cell_is_refused(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    def change(content: bytes) -> bytes:
        assert before in content
        changed = content.replace(before, after, 1)
        if after.startswith(b"<row"):
            changed = changed.replace(b'r="A2"', b'r="XFD1048576"', 1)
        return changed

    assert "cells are read" in why_unreadable(with_sheet(tmp_path, change))


def test_a_sheet_whose_cells_do_not_say_where_they_stand_is_counted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_limits, "MOST_CELLS", 100)
    row = b"<row>" + b"<c/>" * 26 + b"</row>"
    path = with_sheet(tmp_path, lambda content: content.replace(b"<sheetData>", b"<sheetData>" + row * 4))
    assert "4 rows and 26 columns" in why_unreadable(path)


@grid("part", [SHEET, "xl/styles.xml", "docProps/app.xml"])
def test_a_workbook_that_unpacks_to_more_than_memory_holds_is_refused(tmp_path: Path, part: str) -> None:
    blanks = b" " * 20_000_000
    path = with_sheet(tmp_path, lambda content: content + blanks, part)
    assert path.stat().st_size < 100_000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workbook_limits, "MOST_UNPACKED", 10_000_000)
        assert "unpacks to more than 10,000,000 bytes" in why_unreadable(path)


def test_a_workbook_that_is_broken_or_declares_entities_is_refused(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">]><worksheet/>'
    assert "document type" in why_unreadable(with_sheet(tmp_path, lambda _: bomb))
    path = tmp_path / "p.xlsx"
    path.write_bytes(write_xlsx(tmp_path / "good.xlsx", [REQUIRED, MINIMAL]).read_bytes()[:-40])
    assert "not a workbook" in why_unreadable(path)


def test_an_ordinary_workbook_is_read_as_before(tmp_path: Path) -> None:
    assert requests_of(with_sheet(tmp_path, bytes)) == [MINIMAL_REQUEST]


@grid("names", [[f"column{number}" for number in range(60_000)], ["name"] * 60_000])
def test_a_header_of_60_000_columns_is_refused_at_once(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"{','.join([*REQUIRED, *names])}\n", "utf-8")
    assert "60006 columns; at most 200 are read" in why_unreadable(path)
