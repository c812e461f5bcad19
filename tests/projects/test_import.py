"""`anda import-projects`: tables of projects become drafts, whatever is refused is told, and it can be run again."""

import csv
import os
import re
import signal
import subprocess
import sys
from contextvars import copy_context
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from app.cli.main import app
from app.db.engine import make_engine, migrate, reading
from app.db.projects.models import Event, Project
from app.db.projects.projects import find_by_ids
from app.projects import procedure
from app.rules.projects.content import ContentFields, described
from app.tables.reader import REQUIRED
from app.tables.rejects import REPORT_COLUMNS
from tests.support.county import County, Json
from tests.support.grid import grid
from tests.support.stores import migrated_file
from tests.support.tables import MINIMAL, write_csv, write_xlsx

TODAY = "2018-02-09"
DATED = (*REQUIRED, "schedule.start", "schedule.end")
PATIENCE = 60.0


class Ended(NamedTuple):
    """How a command ended, and what it said on either output."""

    status: int
    output: str
    told: str


def environment(database_url: str) -> dict[str, str]:
    return {"ANDA_DATABASE_URL": database_url, "ANDA_TODAY": TODAY, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}


def run(database_url: str, *words: str | Path) -> Ended:
    # The language that one command speaks must not be the next test's.
    ended = copy_context().run(CliRunner().invoke, app, list(map(str, words)), env=environment(database_url))
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


def imported(database_url: str, *words: str | Path) -> Ended:
    ended = run(database_url, "import-projects", *words)
    assert ended.output == "", "all that is said goes to standard error"
    return ended


def contents(store: Engine) -> list[ContentFields]:
    """List what the projects of a store say, by place and name."""
    with reading(store) as connection:
        ids = connection.execute(select(Project.id)).scalars().all()
        told = [described(each.content) for each in find_by_ids(connection, ids)]
    return sorted(told, key=lambda each: (each["place"], each["name"], str(each["schedule"])))


def names(store: Engine) -> list[str]:
    return [each["name"] for each in contents(store)]


def row(name: str, **cells: str) -> list[str]:
    """Write the cells of the required columns; `cells` replace some."""
    return list((dict(zip(REQUIRED, MINIMAL, strict=True)) | {"name": name} | cells).values())


def rows(count: int) -> list[list[str]]:
    return [list(REQUIRED), *(row(f"项目{number:04}") for number in range(count))]


def report(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def verified(database_url: str) -> bool:
    return run(database_url, "verify").status == 0


# ---- what is declared


@pytest.mark.each_database
def test_each_row_becomes_a_draft_that_the_operator_declared(store: Engine, database_url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "projects.csv", rows(3))
    ended = imported(database_url, path)
    assert ended.status == 0, ended.told
    assert "3 rows: 3 declared as drafts, 0 refused" in ended.told
    assert names(store) == ["项目0000", "项目0001", "项目0002"]
    with reading(store) as connection:
        events = connection.execute(select(Event.__table__).order_by(Event.number)).all()
    assert [(each.action, each.actor, each.level, each.token_id) for each in events] == [
        ("declare", "operator", None, None)
    ] * 3
    assert {(each.was, each.status, each.version, str(each.day)) for each in events} == {(None, "draft", 1, TODAY)}
    assert verified(database_url)
    assert report(tmp_path / "projects.refused.csv") == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_knows_at_once_how_much_was_imported(store: Engine, database_url: str, tmp_path: Path) -> None:
    assert imported(database_url, write_csv(tmp_path / "projects.csv", rows(30))).status == 0
    with reading(store) as connection:
        known = connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'projects'")).scalar_one()
    assert known == 30


def test_a_workbook_is_imported_like_a_csv(store: Engine, database_url: str, tmp_path: Path) -> None:
    cells: list[list[object]] = [*row("甲"), "2018-05-01", "2018-10-31"], [*row("乙"), "", ""]  # type: ignore[assignment]
    path = write_xlsx(tmp_path / "projects.xlsx", [DATED, *cells])
    assert imported(database_url, path).status == 0
    assert [(each["name"], each["schedule"]) for each in contents(store)] == [
        ("乙", None),
        ("甲", {"start": "2018-05-01", "end": "2018-10-31"}),
    ]
    assert (tmp_path / "projects.refused.csv").is_file()


HARD: list[Json] = [
    {"name": "=1+1", "category": "'=", "place_name": " 前后有空格 ", "responsible_unit": "@七台镇"},
    {
        "name": "多行",
        "tasks": "第一行\n\n  第三行，\t含制表符",
        "performance_goals": ["一行\n两行", " 空格 ", "\\n", "a: b"],
    },
    {"name": '引号"，分号;，逗号,', "participation": "-10", "poverty_reduction_mechanism": "＋二\u3000"},
    {
        "name": "什么都没说",
        "place_name": None,
        "schedule": None,
        "responsible_unit": None,
        "tasks": None,
        "beneficiaries": None,
        "performance_goals": [],
        "participation": None,
        "poverty_reduction_mechanism": None,
    },
    {
        "name": "几个来源",
        "construction": "continuation",
        "budget": {
            "total": "100000000.00",
            "sources": [
                {"fund": "资金：甲: 2018", "amount": "99999999.99"},
                {"fund": " 空格 ", "amount": "0.01"},
            ],
        },
        "beneficiaries": {"households": 0, "persons": 0, "registered_households": 0, "registered_persons": 0},
    },
]
"""What is hard on a table, beside the usual project."""


def test_what_a_store_exports_another_imports_field_by_field(county: County, tmp_path: Path) -> None:
    for changes in ({}, *HARD):
        county.declare(TODAY, **changes)
    county.walk_to("completed", name="已竣工", place="150923100202")
    exported = county.on("2018-03-14").get("/v1/projects.csv", headers=county.headers("county"))
    path = tmp_path / "exported.csv"
    path.write_bytes(exported.content)

    address = f"sqlite:///{tmp_path / 'other.db'}"
    other = make_engine(address)
    migrate(other)
    ended = imported(address, path)
    assert ended.status == 0, ended.told
    assert len(contents(other)) == len(HARD) + 2
    assert contents(other) == contents(county.engine)
    assert verified(address)
    other.dispose()


# ---- what is refused


def test_a_row_that_is_refused_stops_no_other_and_stands_in_the_report(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    wrong: list[tuple[list[str], list[str]]] = [
        (row("在北京", place="110101001001"), ["/place"]),
        (row("是个旗县", place="150923000000"), ["/place"]),
        (row("是个乡镇", place="150923100"), ["/place"]),
        (row("加不起来", **{"budget.total": "1200.51"}), ["/budget"]),
        (row("两处不对", construction="拆除", place="某村"), ["/construction", "/place"]),
        (row(" "), ["/name"]),
        (row("有身份证号", category="身份证 150923199001011234"), ["/category"]),
        ([*row("多一格"), "多"], [""]),
    ]
    path = write_csv(tmp_path / "p.csv", [REQUIRED, row("头"), *(cells for cells, _ in wrong), row("尾")])
    ended = imported(database_url, path)
    assert ended.status == 1
    assert f"10 rows: 2 declared as drafts, 8 refused in {tmp_path / 'p.refused.csv'}" in ended.told
    assert names(store) == ["头", "尾"]
    refused = report(tmp_path / "p.refused.csv")
    assert [each["refused.row"] for each in refused] == [str(number) for number in range(3, 11)]
    for each, (cells, pointers) in zip(refused, wrong, strict=True):
        found = each["refused.pointer"].split("\n")
        assert [pointer[: len(wanted)] for pointer, wanted in zip(found, pointers, strict=True)] == pointers
        assert len(each["refused.message"].split("\n")) == len(pointers)
        assert re.search(r"[\u4e00-\u9fff]", each["refused.message"])
        assert "150923199001011234" not in each["refused.message"]
        assert each["name"] == cells[0]
    assert verified(database_url)


def test_the_reasons_are_in_english_where_that_is_asked_for(store: Engine, database_url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [REQUIRED, row("甲", place="110101001001"), row("乙"), row("乙"), ["x"]])
    assert imported(database_url, path, "--english").status == 1
    assert [each["refused.message"] for each in report(tmp_path / "p.refused.csv")] == [
        "It is not the division code of a village in this prefecture.",
        "A project of the same place, name and first day is there already, in the library or in an earlier row.",
        "The record has 1 fields, the header has 6.",
    ]


def test_a_report_that_was_corrected_is_imported_like_any_table(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "p.csv", [REQUIRED, row("甲", construction="拆除"), row("乙")])
    assert imported(database_url, path).status == 1
    refused = tmp_path / "p.refused.csv"
    assert refused.read_text(encoding="utf-8-sig").startswith(f'"{REPORT_COLUMNS[0]}"')
    refused.write_text(refused.read_text(encoding="utf-8-sig").replace("拆除", "new"), encoding="utf-8")
    assert imported(database_url, refused).status == 0
    assert sorted(names(store)) == ["乙", "甲"]


def test_a_project_that_is_there_already_is_refused_and_one_that_only_resembles_it_is_not(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    days = ["2018-05-01", "2018-10-31"]
    first = [[*row("甲"), *days], [*row("乙"), "", ""]]
    path = write_csv(tmp_path / "first.csv", [DATED, *first])
    assert imported(database_url, path).status == 0
    second = [
        *first,
        [*row("甲", category="换了类别"), days[0], "2018-11-30"],
        [*row("甲"), "2018-05-02", days[1]],
        [*row("甲"), "", ""],
        [*row("甲", place="150923100202"), *days],
        [*row("甲 "), *days],
        [*row("甲"), "2018/5/2", days[1]],
    ]
    ended = imported(database_url, write_csv(tmp_path / "second.csv", [DATED, *second]))
    assert ended.status == 1
    assert "8 rows: 4 declared as drafts, 4 refused" in ended.told
    assert "of them already there 4" in ended.told
    refused = report(tmp_path / "second.refused.csv")
    assert [each["refused.row"] for each in refused] == ["2", "3", "4", "9"]
    assert {each["refused.pointer"] for each in refused} == {""}
    assert len(contents(store)) == 6


def test_a_row_that_was_refused_is_not_there_for_a_later_one(store: Engine, database_url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [REQUIRED, row("甲", **{"budget.total": "1"}), row("甲")])
    assert imported(database_url, path).status == 1
    assert names(store) == ["甲"]


# ---- files and stores that cannot be used


@grid(
    ("name", "content", "told"),
    [
        ("missing.csv", None, "No such file"),
        ("p.ods", "name\n", ".csv and .xlsx"),
        ("p.csv", "name,colour\n", "unknown columns: colour"),
        ("p.csv", "name,category\n", "missing columns"),
        ("p.xlsx", "no workbook", "not a workbook"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_told(
    tmp_path: Path, settings_address: str, name: str, content: str | None, told: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    ended = imported(settings_address, path)
    assert ended.status == 2
    assert told in ended.told
    assert list(tmp_path.iterdir()) == ([] if content is None else [path])
    path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def settings_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated store that nothing is written to."""
    return migrated_file(tmp_path_factory.mktemp("store"))


def test_of_a_file_that_breaks_off_nothing_is_declared(store: Engine, database_url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", rows(205))
    with path.open("a", encoding="utf-8") as file:
        file.write('"broken off')
    ended = imported(database_url, path)
    assert ended.status == 2
    assert "p.csv: line" in ended.told
    assert contents(store) == []
    assert list(tmp_path.glob("*.refused.csv")) == []


def test_a_store_that_is_not_migrated_or_not_there_is_told(engine: Engine, database_url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", rows(1))
    migrate(engine, "0002")
    ended = imported(database_url, path)
    assert (ended.status, "anda migrate" in ended.told) == (2, True)
    ended = imported("sqlite:////nonexistent/folder/anda.db", path)
    assert (ended.status, "ANDA_DATABASE_URL" in ended.told) == (2, True)


def test_a_report_that_cannot_be_written_is_told_with_what_was_kept(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "p.csv", rows(3))
    (tmp_path / "p.refused.csv").mkdir()
    ended = imported(database_url, path)
    assert ended.status == 2
    assert "3 projects are declared and kept" in ended.told
    assert len(contents(store)) == 3


# ---- broken off

MANY = 300
"""Projects that no single transaction declares."""


def kept(told: str) -> int:
    """How many projects an import that failed says it has kept."""
    match = re.search(r"([0-9]+) projects are declared and kept", told)
    return 0 if match is None else int(match[1])


@pytest.mark.lengthy
def test_a_store_that_fails_in_the_middle_keeps_whole_lots_and_the_next_run_completes_them(
    store: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "p.csv", rows(MANY))
    declare, declared = procedure.declare, 0

    def failing(*asked: object) -> object:
        nonlocal declared
        declared += 1
        if declared == MANY - 10:
            raise OperationalError("a secret", {}, OSError())
        return declare(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(procedure, "declare", failing)
    ended = imported(database_url, path)
    assert ended.status == 2
    assert "cannot be used (OperationalError)" in ended.told
    assert "secret" not in ended.told
    before = kept(ended.told)
    assert 0 < before < MANY - 10
    assert len(contents(store)) == before
    assert list(tmp_path.glob("*.refused.csv")) == []
    assert verified(database_url)

    monkeypatch.setattr(procedure, "declare", declare)
    ended = imported(database_url, path)
    assert ended.status == 1
    assert f"{MANY - before} declared as drafts, {before} refused" in ended.told
    assert names(store) == [f"项目{number:04}" for number in range(MANY)]


KILLED = f"""
import os, signal, sys
from app.cli.main import main
from app.projects import procedure
declare, declared = procedure.declare, 0
def killing(*asked):
    global declared
    declared += 1
    if declared == {MANY} - 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return declare(*asked)
procedure.declare = killing
main()
"""


@pytest.mark.lengthy
@pytest.mark.each_database
def test_a_process_that_is_killed_leaves_whole_lots_and_the_next_run_completes_them(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "p.csv", rows(MANY))
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, "import-projects", path],
        env={**os.environ, **environment(database_url)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with reading(store) as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in ("projects", "sources", "events")
        ]
    before = counts[0]
    assert 0 < before < MANY - 10 and counts == [before] * 3
    assert verified(database_url)
    again = imported(database_url, path)
    assert f"{MANY - before} declared as drafts, {before} refused" in again.told
    assert names(store) == [f"项目{number:04}" for number in range(MANY)]
    assert verified(database_url)
