"""A file of bills: what the command writes equals the oracle, row by row, and nothing is dropped."""

import csv
import random
import re
from contextvars import copy_context
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from app.bulk.columns import UnusableColumnError
from app.bulk.files import BATCH, TableFile, UnreadableFileError
from app.bulk.run import REASON, RECORD, ROW, Outcome, reimburse_file, result_columns
from app.cli.main import app as command
from app.rules.parameters import Parameters, load, shipped_files
from app.schemas.flat_fields import FIELDS
from tests.support.grid import grid
from tests.support.random_bills import ordinary_request, random_request
from tests.support.reimbursement_oracle import settle
from tests.support.scale import scaled

SEED = 20180520
HEADER = "service_date,patient.registration,visit.kind,visit.facility_level,bill.total,bill.in_scope"
GOOD = "2018-05-20,registered,inpatient,city,50000.00,50000.00"


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load(shipped_files())


def flattened(request: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """A request as the cells of a row: an object's members with dots, a missing or null field as an empty cell."""
    cells: dict[str, str] = {}
    for name, value in request.items():
        if isinstance(value, dict):
            cells.update(flattened(value, f"{prefix}{name}."))
        elif value is not None:
            cells[prefix + name] = str(value).lower() if isinstance(value, bool) else str(value)
    return cells


def write_csv(path: Path, requests: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["claim", *FIELDS])
        writer.writeheader()
        for number, request in enumerate(requests):
            writer.writerow({"claim": f"claim {number}", **flattened(request)})
    return path


def expected(request: dict[str, Any]) -> list[int]:
    """What the oracle says of a request, in the order of the result columns. Fen."""
    settled = settle(request)
    by_layer = [settled["layers"][name.split(".")[1]][name.split(".")[2]] for name in result_columns()[:15]]
    return [
        *by_layer,
        settled["guarantee"] or 0,
        settled["lump_sum"],
        settled["reimbursed"],
        settled["out_of_pocket"],
    ]


def written(table: pl.DataFrame) -> list[list[int]]:
    """The result columns of a table that was written. Fen."""
    return [[int(Decimal(cell) * 100) for cell in row] for row in table.select(result_columns()).iter_rows()]


def run(parameters: Parameters, source: Path, suffix: str = ".csv") -> tuple[Outcome, pl.DataFrame, pl.DataFrame]:
    output, refused = source.with_name(f"out{suffix}"), source.with_name(f"refused{suffix}")
    outcome = reimburse_file(TableFile(source), output, refused, parameters)
    if suffix == ".parquet":
        return outcome, pl.read_parquet(output), pl.read_parquet(refused)
    return outcome, pl.read_csv(output, infer_schema=False), pl.read_csv(refused, infer_schema=False)


@pytest.mark.slow
def test_every_row_of_a_csv_agrees_with_the_oracle(tmp_path: Path, parameters: Parameters) -> None:
    rng = random.Random(SEED)
    requests = [random_request(rng) for _ in range(scaled(400, 20_000))]
    requests += [ordinary_request(rng) for _ in range(scaled(150, 5_000))]
    source = write_csv(tmp_path / "bills.csv", requests)
    outcome, output, refused = run(parameters, source)
    assert outcome == (len(requests), len(requests), 0)
    assert written(output) == [expected(request) for request in requests]
    assert output["claim"].to_list() == [f"claim {number}" for number in range(len(requests))]
    assert refused.is_empty()


@pytest.mark.slow
def test_a_parquet_file_gives_what_the_csv_gives(tmp_path: Path, parameters: Parameters) -> None:
    rng = random.Random(SEED + 1)
    requests = [random_request(rng) for _ in range(scaled(150, 5_000))]
    texts = pl.read_csv(write_csv(tmp_path / "bills.csv", requests), infer_schema=False)
    money = [name for name, field in FIELDS.items() if field.sort.startswith("money")]
    typed = texts.with_columns(
        *(pl.col(name).cast(pl.Decimal(14, 2)) for name in money),
        *(pl.col(name).eq("true") for name, field in FIELDS.items() if field.sort == "flag"),
        *(pl.col(name).cast(pl.Int32) for name, field in FIELDS.items() if field.sort == "count"),
        pl.col("service_date").str.to_date(),
    )
    for number, table in enumerate((texts, typed)):
        source = tmp_path / f"bills{number}.parquet"
        table.write_parquet(source)
        outcome, output, _ = run(parameters, source, ".parquet")
        assert outcome == (len(requests), len(requests), 0)
        assert written(output) == [expected(request) for request in requests]


def test_a_row_that_cannot_be_calculated_goes_to_the_second_file_with_its_reason(
    tmp_path: Path, parameters: Parameters
) -> None:
    rows = {
        "2016-12-31,registered,inpatient,city,1.00,1.00": "/service_date",
        "2018-02-30,registered,inpatient,city,1.00,1.00": "/service_date",
        "2018-2-3,registered,inpatient,city,1.00,1.00": "/service_date",
        "2018-02-03,regis,inpatient,city,1.00,1.00": "/patient/registration",
        "2018-02-03,registered,inpatient,,1.00,1.00": "/visit/facility_level",
        "2018-02-03,registered,inpatient,city,0,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,-1,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,1.005,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,1e3,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,NaN,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,100000000.01,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,99999999999999999999999999999999999999999999,0": "/bill/total",
        "2018-02-03,registered,inpatient,city,1.00,1.01": "/bill/in_scope",
        "2018-02-03,registered,inpatient,city,١.00,0": "/bill/total",
    }
    source = tmp_path / "bills.csv"
    source.write_text("\n".join([HEADER, GOOD, *rows, GOOD]) + "\n", encoding="utf-8")
    outcome, output, refused = run(parameters, source)
    assert outcome == (len(rows) + 2, 2, len(rows))
    assert output["layers.basic_insurance.paid"].to_list() == ["35580.00"] * 2
    assert refused[ROW].to_list() == [str(number) for number in range(2, len(rows) + 2)]
    for (row, pointer), reason in zip(rows.items(), refused[REASON], strict=True):
        assert reason.startswith(f"{pointer}: "), row
    originals = refused.select(HEADER.split(",")).fill_null("").rows()
    assert [",".join(cells) for cells in originals] == list(rows)


def test_a_flag_or_a_count_that_only_resembles_one_is_refused(tmp_path: Path, parameters: Parameters) -> None:
    header = f"{HEADER},patient.major_disease,year_to_date.admissions,year_to_date.admissions_at_level"
    cells = ["maybe,0,0", "True,0,0", "1,0,0", "true,-1,0", "true,1.0,0", "true,1,2", "true,1001,0", "true,2,1"]
    source = tmp_path / "bills.csv"
    source.write_text("\n".join([header, *(f"{GOOD},{cell}" for cell in cells)]), encoding="utf-8")
    outcome, _, refused = run(parameters, source)
    assert outcome == (8, 1, 7)
    assert [reason.split(": ")[0] for reason in refused[REASON]] == [
        *["/patient/major_disease"] * 3,
        *["/year_to_date/admissions"] * 2,
        "/year_to_date/admissions_at_level",
        "/year_to_date/admissions",
    ]


def test_a_record_of_another_length_is_kept_as_it_stands_and_shifts_nothing(
    tmp_path: Path, parameters: Parameters
) -> None:
    source = tmp_path / "bills.csv"
    broken = "2018-05-20,registered,inpatient,city,1,200.00,200.00"
    source.write_text(f'{HEADER},name\n{GOOD},"Ba, Tu"\n{broken},x\n{GOOD}\n\n{GOOD},y\n', encoding="utf-8")
    outcome, output, refused = run(parameters, source)
    assert outcome == (4, 2, 2)
    assert output["name"].to_list() == ["Ba, Tu", "y"]
    assert refused[ROW].to_list() == ["2", "3"]
    assert refused[RECORD].to_list() == [f"{broken},x", GOOD]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, parameters: Parameters) -> None:
    source = tmp_path / "bills.csv"
    source.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n{GOOD}\r\n".encode())
    outcome, output, _ = run(parameters, source)
    assert outcome == (2, 2, 0)
    assert output["summary.out_of_pocket"].n_unique() == 1


@pytest.mark.lengthy
def test_batches_join_without_a_seam(tmp_path: Path, parameters: Parameters) -> None:
    source = tmp_path / "bills.csv"
    rows = BATCH + 7
    lines = (f"{GOOD},{number}" if number != BATCH else f"x,{GOOD[11:]},{number}" for number in range(rows))
    source.write_text("\n".join([f"{HEADER},id", *lines]), encoding="utf-8")
    outcome, output, refused = run(parameters, source)
    assert outcome == (rows, rows - 1, 1)
    assert output["id"].to_list() == [str(number) for number in range(rows) if number != BATCH]
    assert refused[ROW].to_list() == [str(BATCH + 1)]


@grid(
    ("header", "named"),
    [
        (HEADER.replace("bill.total", "bill.totl"), "bill.totl"),
        (f"{HEADER},patient.majordisease", "patient.majordisease"),
        (HEADER.replace("visit.kind,", ""), "visit.kind"),
        (f"{HEADER},bill.total", "twice"),
    ],
)
def test_a_misspelt_missing_or_repeated_column_stops_the_file_and_is_named(
    tmp_path: Path, parameters: Parameters, header: str, named: str
) -> None:
    source = tmp_path / "bills.csv"
    source.write_text(f"{header}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=re.escape(named)):
        reimburse_file(TableFile(source), tmp_path / "o.csv", tmp_path / "r.csv", parameters)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bills.csv"]


def test_a_column_of_floats_is_refused_because_no_exact_amount_can_be_read(
    tmp_path: Path, parameters: Parameters
) -> None:
    source = tmp_path / "bills.parquet"
    good = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    pl.DataFrame([good]).with_columns(pl.col("bill.total").cast(pl.Float64)).write_parquet(source)
    with pytest.raises(UnusableColumnError, match=re.escape("bill.total")):
        reimburse_file(TableFile(source), tmp_path / "o.csv", tmp_path / "r.csv", parameters)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bills.parquet"]


def test_an_error_in_the_middle_leaves_neither_file(
    tmp_path: Path, parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.bulk.files.BATCH", 2)
    source = tmp_path / "bills.csv"
    source.write_text("\n".join([HEADER, *[GOOD] * 10]), encoding="utf-8")
    seen = []

    def fail(rows: int) -> None:
        seen.append(rows)
        if len(seen) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reimburse_file(TableFile(source), tmp_path / "o.csv", tmp_path / "r.csv", parameters, fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bills.csv"]


def test_the_command_says_what_it_did_and_where(tmp_path: Path) -> None:
    source = tmp_path / "bills.csv"
    source.write_text(f"{HEADER},note\n{GOOD},a\n{GOOD.replace('city', 'moon')},b\n", encoding="utf-8")
    # In a context of its own: the language would stay for the next.
    done = copy_context().run(CliRunner().invoke, command, ["reimburse", str(source), "--english"])
    assert done.exit_code == 0
    assert "2 rows: 1 reimbursed" in done.stderr
    assert "Carried along unread: note" in done.stderr
    assert "must be one of" in (tmp_path / "bills.refused.csv").read_text(encoding="utf-8")
    assert (tmp_path / "bills.reimbursed.csv").is_file()


@grid("content", [b"", b"\xff\xfe\x00", HEADER.encode() + "\n安达".encode("gb18030")])
def test_a_file_that_is_no_table_is_refused_without_a_trace(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "bills.csv"
    source.write_bytes(content)
    done = CliRunner().invoke(command, ["reimburse", str(source)])
    assert done.exit_code == 2
    assert done.stderr.startswith("anda: ")
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bills.csv"]
