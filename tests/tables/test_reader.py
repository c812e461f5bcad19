"""Projects read from tables: what people and Excel make of them, and files that are none."""

import datetime as dt
import random
from pathlib import Path

import pytest

from app.tables.project_csv import COLUMNS, csv_header, csv_rows
from app.tables.reader import REQUIRED, ProjectTable, UnreadableTableError
from tests.support.grid import grid
from tests.support.random_projects import EXAMPLE, record_of
from tests.support.tables import MINIMAL, MINIMAL_REQUEST, minimal, requests_of, write_csv, write_xlsx


def why_unreadable(path: Path) -> str:
    with pytest.raises(UnreadableTableError) as refused:
        list(ProjectTable(path).rows())
    said = str(refused.value)
    assert "\n" not in said
    assert said.startswith(f"{path.name}: ")
    return said.removeprefix(f"{path.name}: ")


# ---- encodings


@grid("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_a_csv_may_be_in_utf_8_with_or_without_a_mark_or_as_excel_writes_it_in_china(
    tmp_path: Path, encoding: str
) -> None:
    assert requests_of(write_csv(tmp_path / "p.csv", [REQUIRED, MINIMAL], encoding)) == [MINIMAL_REQUEST]


@grid(
    ("content", "why"),
    [
        ("name".encode("utf-16"), "neither in UTF-8 nor in GB18030"),
        (b"name,\xff\xfe", "neither in UTF-8 nor in GB18030"),
        (b"PK\x03\x04\x00\x00", "not a text"),
        (b"", "its first row names no column"),
        (b"\r\n\r\n", "its first row names no column"),
        (b",,\r\n", "its first row names no column"),
        ("，".join(REQUIRED).encode(), "unknown columns: name，category"),
        (f"{','.join(REQUIRED)},fund".encode(), "unknown columns: fund; known are name, category"),
        (f"{','.join(REQUIRED)},budget.sum\n".encode(), "unknown columns: budget.sum"),
        (f"{','.join(REQUIRED)},name".encode(), "columns that stand twice: name"),
        (f"{','.join(REQUIRED)},,tasks".encode(), "column 7 has no name"),
        (b"name,category,construction,place,budget.total", "missing columns: budget.sources"),
        (",".join(REQUIRED).encode() + b'\n"unfinished', "line 2: unexpected end of data"),
        (",".join(REQUIRED).encode() + b"\n" + b"x" * 200_000, "line 2: field larger than field limit"),
    ],
)
def test_a_csv_that_is_no_table_of_projects_says_why_in_one_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    assert why in why_unreadable(path)


@grid("name", ["p.xls", "p.txt", "p", "p.csv.gz"])
def test_only_csv_and_xlsx_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(csv_header())
    assert why_unreadable(tmp_path / name) == "only .csv and .xlsx are read"


@grid("name", ["missing.csv", "missing.xlsx"])
def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, name: str) -> None:
    assert "No such file" in why_unreadable(tmp_path / name)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    for name in ("folder.csv", "folder.xlsx"):
        (tmp_path / name).mkdir()
        assert why_unreadable(tmp_path / name)


# ---- workbooks


def test_numbers_and_days_of_a_workbook_become_exact_text(tmp_path: Path) -> None:
    columns = [*REQUIRED, "schedule.start", "schedule.end", "beneficiaries.persons", "beneficiaries.households"]
    row = ["道路", 2018, "new", 150923100201.0, 1200.5, "资金: 1200.5"]
    days = [dt.datetime(2018, 5, 1), dt.datetime(2018, 5, 1, 8, 30)]
    [request] = requests_of(write_xlsx(tmp_path / "p.xlsx", [columns, [*row, *days, 102.0, 40.5]]))
    assert request == {
        "name": "道路",
        "category": "2018",
        "construction": "new",
        "place": "150923100201",
        "budget": {"total": "1200.5", "sources": [{"fund": "资金", "amount": "1200.5"}]},
        "schedule": {"start": "2018-05-01", "end": "2018-05-01 08:30:00"},
        "beneficiaries": {"persons": 102, "households": "40.5"},
    }


@grid(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (99_999_999.99, "99999999.99"),
        (100_000_000.0, "100000000"),
        (0.00001, "0.00001"),
        (1e22, "10000000000000000000000"),
        (-3.0, "-3"),
        (True, "TRUE"),
    ],
)
def test_a_number_of_a_workbook_is_the_shortest_decimal(tmp_path: Path, number: float, text: str) -> None:
    row = [*MINIMAL[:4], number, MINIMAL[5]]
    [request] = requests_of(write_xlsx(tmp_path / "p.xlsx", [REQUIRED, row]))
    assert request["budget"]["total"] == text


def test_of_a_workbook_the_first_sheet_that_is_shown_is_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "p.xlsx", [REQUIRED, MINIMAL], hidden_first=True)
    assert requests_of(path) == [MINIMAL_REQUEST]


def test_rows_of_a_workbook_have_the_numbers_that_it_shows(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "p.xlsx", [REQUIRED, [], MINIMAL, [None, " "], [], MINIMAL])
    assert [row.number for row in ProjectTable(path).rows()] == [3, 6]


def test_a_header_that_is_not_in_the_first_row_is_none(tmp_path: Path) -> None:
    assert why_unreadable(write_xlsx(tmp_path / "p.xlsx", [[], REQUIRED])) == "its first row names no column"
    assert why_unreadable(write_xlsx(tmp_path / "q.xlsx", [])) == "its first row names no column"
    assert why_unreadable(write_xlsx(tmp_path / "r.xlsx", [["商都县项目"], REQUIRED])).startswith(
        "unknown columns: 商都县项目"
    )


def test_a_broken_workbook_is_said_so_in_one_line(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "p.xlsx", [REQUIRED, MINIMAL]).read_bytes()
    broken = tmp_path / "broken.xlsx"
    for content in (b"", b"name,category", whole[:100], whole[:-30], whole[200:]):
        broken.write_bytes(content)
        assert why_unreadable(broken).startswith("not a workbook that can be read: ")


def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "p.xlsx", [REQUIRED, MINIMAL]).read_bytes()
    damaged = tmp_path / "damaged.xlsx"
    chance = random.Random(20180501)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        damaged.write_bytes(content)
        try:
            list(ProjectTable(damaged).rows())
        except UnreadableTableError as refused:
            assert "\n" not in str(refused)


# ---- rows


def test_columns_of_the_export_alone_are_ignored_by_name(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(csv_header() + csv_rows([record_of(EXAMPLE)] * 2))
    table = ProjectTable(path)
    assert table.columns == list(COLUMNS)
    rows = list(table.rows())
    assert [row.number for row in rows] == [2, 3]
    assert {"id", "version", "status", "funds", "declared", "changed"} & set(rows[0].request) == set()
    assert rows[0].cells[0] == "17"


def test_columns_may_stand_in_any_order_with_blanks_around_their_names(tmp_path: Path) -> None:
    columns = [f" {name} " for name in reversed(REQUIRED)]
    path = write_csv(tmp_path / "p.csv", [[*columns, "", ""], [*reversed(MINIMAL), "", " "], list(reversed(MINIMAL))])
    assert requests_of(path) == [MINIMAL_REQUEST] * 2


def test_a_row_with_more_or_fewer_cells_than_columns_does_not_fit(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [REQUIRED, [*MINIMAL, "x"], MINIMAL[:5], [""], MINIMAL])
    rows = list(ProjectTable(path).rows())
    assert [(row.number, row.fits, len(row.cells)) for row in rows] == [(2, False, 7), (3, False, 5), (5, True, 6)]
    assert [row.request for row in rows] == [{}, {}, MINIMAL_REQUEST]


def test_empty_cells_are_left_out(tmp_path: Path) -> None:
    path = minimal(tmp_path / "p.csv", tasks="", schedule__start=" ", schedule__end="", performance_goals="\n \n")
    assert requests_of(path) == [MINIMAL_REQUEST]
    [request] = requests_of(minimal(tmp_path / "q.csv", budget__total="", place=""))
    assert request["budget"] == {"sources": MINIMAL_REQUEST["budget"]["sources"]}  # type: ignore[index]
    assert "place" not in request


@grid(
    ("typed", "read"),
    [
        ("2018-05-01", "2018-05-01"),
        ("2018/5/1", "2018-05-01"),
        (" 2018.5.1 ", "2018-05-01"),
        ("2018年5月1日", "2018-05-01"),
        ("2018-02-30", "2018-02-30"),
        ("2018/5-1", "2018/5-1"),
        ("5/1/2018", "5/1/2018"),
        ("明年", "明年"),
    ],
)
def test_a_day_may_be_written_as_excel_writes_it_back(tmp_path: Path, typed: str, read: str) -> None:
    [request] = requests_of(minimal(tmp_path / "p.csv", schedule__start=typed))
    assert request["schedule"] == {"start": read}


@grid(
    ("typed", "read"),
    [
        ("40", 40),
        (" 40 ", 40),
        ("0", 0),
        ("四十", "四十"),
        ("-1", "-1"),
        ("1e3", "1e3"),
        ("９", "９"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_count_is_a_number_and_what_is_none_stays_text(tmp_path: Path, typed: str, read: object) -> None:
    [request] = requests_of(minimal(tmp_path / "p.csv", beneficiaries__persons=typed))
    assert request["beneficiaries"] == {"persons": read}


def test_what_is_no_code_or_amount_is_left_for_the_schema_to_refuse(tmp_path: Path) -> None:
    path = minimal(tmp_path / "p.csv", place=" 1.50923E+11", budget__total="50万", construction="新建")
    [request] = requests_of(path)
    assert (request["place"], request["construction"], request["budget"]["total"]) == ("1.50923E+11", "新建", "50万")


def test_line_ends_within_a_cell_are_one_sign(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [[*REQUIRED, "tasks"], [*MINIMAL, "一\r\n二\r三\n四"]])
    assert requests_of(path)[0]["tasks"] == "一\n二\n三\n四"
