"""Files of bills that are made to harm: formulas in what is carried along, more columns than anybody has."""

import csv
import time
from pathlib import Path

import pytest

from app.bulk.files import TableFile, UnreadableFileError
from app.bulk.run import check_columns, reimburse_file
from app.rules.parameters import Parameters, load, shipped_files

HEADER = "service_date,patient.registration,visit.kind,visit.facility_level,bill.total,bill.in_scope"
GOOD = "2018-05-20,registered,inpatient,city,50000.00,50000.00"
FORMULAS = (
    '=HYPERLINK("http://elsewhere.example")',
    "+SUM(A1)",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1+1",
    "-",
)
HARMLESS = ("-5.00", "+8613904741118", "a=b", "1-2", "O'Brien", "李=四", "")


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load(shipped_files())


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_no_cell_of_a_result_is_run_as_a_formula(tmp_path: Path, parameters: Parameters) -> None:
    source, good, refused = (tmp_path / name for name in ("bills.csv", "good.csv", "refused.csv"))
    with source.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*HEADER.split(","), "note", "=1+1"])
        for text in (*FORMULAS, *HARMLESS):
            rows.writerow([*GOOD.split(","), text, "x"])
            rows.writerow([text or "x", *GOOD.split(",")[1:], text, "x"])
        rows.writerow(["=1+1"])
    reimburse_file(TableFile(source), good, refused, parameters)
    names, *reimbursed = written(good)
    at = names.index("note")
    assert [row[at] for row in reimbursed] == [*(f"'{text}" for text in FORMULAS), *HARMLESS]
    assert "'=1+1" in names and "=1+1" not in names
    for path in (good, refused):
        for row in written(path):
            for cell in row:
                assert not cell.lstrip().startswith(("=", "@", "＝")), cell
                assert cell[:1] not in {"\t", "\r", "+", "-"} or cell in HARMLESS, cell


def test_a_file_of_60_000_columns_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bills.csv"
    path.write_text(f"{HEADER},{','.join(f'c{number}' for number in range(60_000))}\n{GOOD}{',' * 60_000}\n", "utf-8")
    begun = time.perf_counter()
    with pytest.raises(UnreadableFileError, match="60006 columns; at most 1000"):
        check_columns(TableFile(path).columns)
    assert time.perf_counter() - begun < 5.0
