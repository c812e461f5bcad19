"""The report of refused rows: where and why, the cells as they stood, and it can be corrected and read again."""

import csv
from pathlib import Path

import pytest

from app.tables.reader import REQUIRED, ProjectTable
from app.tables.rejects import REPORT_COLUMNS, Refused, refused_path, write_refused
from tests.support.tables import MINIMAL, MINIMAL_REQUEST, requests_of, write_csv

ERRORS = [("/place", "须为 12 位数字"), ("/budget/total", "须为金额")]


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_report_is_named_after_its_table() -> None:
    assert refused_path(Path("村/项目.2018.xlsx")) == Path("村/项目.2018.refused.csv")


def test_a_refused_row_stands_with_its_number_its_errors_and_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "p.refused.csv"
    assert write_refused(path, REQUIRED, [Refused(7, ERRORS, MINIMAL), Refused(9, [("", "放不下")], ["a", "b"])]) == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(path) == [
        [*REPORT_COLUMNS, *REQUIRED],
        ["7", "/place\n/budget/total", "须为 12 位数字\n须为金额", *MINIMAL],
        ["9", "", "放不下", "a", "b"],
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_a_refused_cell_is_no_formula_and_comes_back(tmp_path: Path) -> None:
    for name in ("=HYPERLINK(1)", "'=1", "\t＠x"):
        source = write_csv(tmp_path / "p.csv", [REQUIRED, [name, *MINIMAL[1:]]])
        [row] = ProjectTable(source).rows()
        path = refused_path(source)
        write_refused(path, ProjectTable(source).columns, [Refused(row.number, ERRORS, row.cells)])
        assert read(path)[1][3].startswith("'")
        [again] = ProjectTable(path).rows()
        assert again.request == row.request


def test_a_report_that_is_refused_again_has_its_columns_once(tmp_path: Path) -> None:
    columns = [*REPORT_COLUMNS, *REQUIRED]
    source = write_csv(tmp_path / "p.csv", [columns, ["7", "/place", "x", *MINIMAL]])
    assert requests_of(source) == [MINIMAL_REQUEST]
    table = ProjectTable(source)
    path = refused_path(source)
    write_refused(path, table.columns, [Refused(row.number, ERRORS[:1], [*row.cells, "more"]) for row in table.rows()])
    assert read(path) == [columns, ["2", "/place", "须为 12 位数字", *MINIMAL, "more"]]


def test_a_report_of_nothing_is_a_header_that_takes_the_place_of_an_older_report(tmp_path: Path) -> None:
    path = tmp_path / "p.refused.csv"
    path.write_text("older")
    assert write_refused(path, REQUIRED, []) == 0
    assert read(path) == [[*REPORT_COLUMNS, *REQUIRED]]


def test_a_report_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing() -> list[Refused]:
        raise RuntimeError

    path = tmp_path / "p.refused.csv"
    with pytest.raises(RuntimeError):
        write_refused(path, REQUIRED, (row for _ in range(1) for row in failing()))
    assert list(tmp_path.iterdir()) == []
