"""The registers are written from tables: whole persons or none, the same again for nothing, no number on the screen."""

import csv
import datetime as dt
import io
import os
from contextvars import copy_context
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, func, select, text, update
from typer.testing import CliRunner

from app.cli import turns
from app.cli.main import app
from app.db.engine import make_engine, migrate, reading, writing
from app.db.ledger import institutions, persons
from app.db.ledger.institutions import Institution
from app.db.ledger.models import Person, PersonStatus
from app.db.models import Base
from app.ledger.identification import identify
from app.ledger.person_key import PersonKey
from app.privacy.pseudonyms import PersonPseudonyms
from tests.support.forked import Forked, anda_command
from tests.support.grid import grid
from tests.support.tables import write_csv, write_xlsx

HEADER = ["number", "status", "from", "until"]
NUMBERS = [f"15092300000{at}" for at in range(10, 30)]
ONE, TWO, THREE = NUMBERS[:3]


class Ended(NamedTuple):
    """How the command ended: its exit code, what it said, and the rows of its report, without the header."""

    code: int
    said: str
    refused: list[list[str]]


class Command:
    """The commands over one migrated store, in this process: starting one takes seconds."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "anda.key"
        self.environment = {
            "ANDA_DATABASE_URL": database_url,
            "ANDA_PERSON_KEY_FILE": str(self.key),
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "100",
        }

    def __call__(self, name: str, file: Path, *, english: bool = True) -> Ended:
        """Import a file."""
        asked = [name, str(file), *(["--english"] if english else [])]
        # In a context of its own: the language would stay for the next.
        ended = copy_context().run(CliRunner().invoke, app, asked, env=self.environment)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        assert ended.stdout == ""
        report = file.with_name(f"{file.stem}.refused.csv")
        rows = list(csv.reader(io.StringIO(report.read_text("utf-8-sig"), newline=""))) if report.exists() else []
        return Ended(ended.exit_code, ended.stderr, rows[1:])

    def persons(self, *rows: list[str]) -> Ended:
        """Import persons from a table of these rows."""
        return self("import-persons", write_csv(self.folder / "persons.csv", [HEADER, *rows]))

    def institutions(self, *rows: list[str]) -> Ended:
        """Import institutions from a table of these rows."""
        return self(
            "import-institutions", write_csv(self.folder / "institutions.csv", [["code", "name", "level"], *rows])
        )


@pytest.fixture
def command(store: Engine, database_url: str, tmp_path: Path) -> Command:
    """The commands over the store."""
    return Command(database_url, tmp_path)


@pytest.fixture(scope="module")
def reading_command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The commands over an embedded store: what the rows of a table say depends on no database."""
    folder = tmp_path_factory.mktemp("reading")
    address = f"sqlite:///{folder / 'anda.db'}"
    engine = make_engine(address)
    migrate(engine)
    engine.dispose()
    return Command(address, folder)


def known(store: Engine, command: Command, number: str) -> list[tuple[str, str, str]] | None:
    """Return what the register holds of a person; None for one whom it does not know."""
    with reading(store) as connection:
        person = persons.find(connection, PersonPseudonyms(None, command.key).hashed(number))
        if person is None:
            return None
        dated = persons.statuses_of(connection, person)
        return [(each.status, str(each.first_day), str(each.last_day)) for each in dated]


def written(store: Engine) -> tuple[int, int]:
    """How many persons there are, and how many statuses were ever written."""
    with reading(store) as connection:
        count = [
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (Person, PersonStatus)
        ]
    return count[0], count[1]


def found(store: Engine, code: str) -> Institution | None:
    """Return an institution of the register."""
    with reading(store) as connection:
        return institutions.find(connection, code)


# ---- persons


def test_rows_of_a_number_need_not_stand_together_and_are_written_as_one_person(
    store: Engine, command: Command
) -> None:
    ended = command.persons(
        [ONE, "registered", "2017-01-01", "2018-06-30"],
        [TWO, "none", "2017-01-01", ""],
        [ONE, "major_disease", "2018-01-01", ""],
        ["", "", "", ""],
        [ONE, "exited_with_policy", "2018-07-01", ""],
    )
    assert (ended.code, ended.refused) == (0, [])
    assert "4 rows: 2 persons written, 0 as they were, 0 rows refused in" in ended.said
    assert known(store, command, ONE) == [
        ("registered", "2017-01-01", "2018-06-30"),
        ("major_disease", "2018-01-01", "None"),
        ("exited_with_policy", "2018-07-01", "None"),
    ]
    assert known(store, command, TWO) == [("none", "2017-01-01", "None")]
    assert known(store, command, THREE) is None


def test_an_import_replaces_what_the_register_knew_of_its_persons_and_of_nobody_else(
    store: Engine, command: Command
) -> None:
    command.persons([ONE, "registered", "2017-01-01", ""], [TWO, "registered", "2017-01-01", ""])
    command.persons([ONE, "none", "2018-01-01", ""])
    assert known(store, command, ONE) == [("none", "2018-01-01", "None")]
    assert known(store, command, TWO) == [("registered", "2017-01-01", "None")]
    assert written(store) == (2, 3), "what was known before is kept as replaced"


def test_an_import_that_is_run_again_writes_nothing_whatever_the_order_of_the_rows(
    store: Engine, command: Command
) -> None:
    rows = [[number, each, "2017-01-01", ""] for number in NUMBERS for each in ("registered", "major_disease")]
    assert "20 persons written, 0 as they were" in command.persons(*rows).said
    before = written(store)
    assert before == (20, 40)
    for again in (rows, rows[::-1]):
        ended = command.persons(*again)
        assert (ended.code, written(store)) == (0, before)
        assert "0 persons written, 20 as they were" in ended.said
    ended = command.persons(*rows, [THREE, "chronic_disease", "2017-01-01", ""])
    assert "1 persons written, 19 as they were" in ended.said


def test_a_row_that_fails_refuses_all_rows_of_its_person_and_of_nobody_else(store: Engine, command: Command) -> None:
    command.persons([ONE, "none", "2017-01-01", ""])
    ended = command.persons(
        [ONE, "registered", "2018-01-01", ""],
        [TWO, "registered", "2018-01-01", ""],
        [ONE, "poor", "2018-02-01", ""],
        [THREE, "registered", "2018-01-01", ""],
        [THREE, "chronic_disease", "2018-01-01"],
    )
    assert ended.code == 1
    assert "5 rows: 1 persons written, 0 as they were, 4 rows refused in" in ended.said
    assert [(row[0], row[1], row[3:]) for row in ended.refused] == [
        ("2", "", [ONE, "registered", "2018-01-01", ""]),
        ("4", "/status", [ONE, "poor", "2018-02-01", ""]),
        ("5", "", [THREE, "registered", "2018-01-01", ""]),
        ("6", "", [THREE, "chronic_disease", "2018-01-01"]),
    ]
    assert [row[2].split(";")[0].split(",")[0] for row in ended.refused] == [
        "Another row of this person is refused",
        "It must be one of 'registered'",
        "Another row of this person is refused",
        "The record has 3 fields",
    ]
    assert known(store, command, ONE) == [("none", "2017-01-01", "None")]
    assert known(store, command, TWO) == [("registered", "2018-01-01", "None")]
    assert known(store, command, THREE) is None


@pytest.mark.lengthy
@grid(
    ("cells", "pointers"),
    [
        (["", "registered", "2018-01-01", ""], ["/number"]),
        (["1509 23", "registered", "2018-01-01", ""], ["/number"]),
        (["1509+23", "registered", "2018-01-01", ""], ["/number"]),
        (["1" * 31, "registered", "2018-01-01", ""], ["/number"]),
        (["安达", "registered", "2018-01-01", ""], ["/number"]),
        (["1.50923E+12", "registered", "2018-01-01", ""], ["/number"]),
        ([ONE, "建档立卡", "2018-01-01", ""], ["/status"]),
        ([ONE, "", "2018-01-01", ""], ["/status"]),
        ([ONE, "registered", "", ""], ["/from"]),
        ([ONE, "registered", "2018-02-30", ""], ["/from"]),
        ([ONE, "registered", "2018-01-01", "明年"], ["/until"]),
        ([ONE, "registered", "2018-01-02", "2018-01-01"], ["/until"]),
        (["", "", "", "x"], ["/status", "/from", "/until", "/number"]),
        ([ONE, "registered", "2018-01-01"], [""]),
        ([ONE, "registered", "2018-01-01", "", "x"], [""]),
    ],
)
def test_a_row_that_is_no_status_of_a_person_is_refused_with_its_place(
    reading_command: Command, cells: list[str], pointers: list[str]
) -> None:
    ended = reading_command.persons(cells)
    (row,) = ended.refused
    assert (ended.code, row[0], sorted(row[1].split("\n")), row[3:]) == (1, "2", sorted(pointers), cells)
    assert len(row[2].split("\n")) == len(pointers)


def test_statuses_that_overlap_refuse_the_person_at_the_row_that_does(store: Engine, command: Command) -> None:
    ended = command.persons(
        [ONE, "registered", "2017-01-01", "2018-06-30"],
        [TWO, "registered", "2017-01-01", ""],
        [ONE, "none", "2018-06-30", ""],
        [ONE, "none", "2018-07-01", ""],
    )
    assert [(row[0], row[1]) for row in ended.refused] == [("2", ""), ("4", "/from"), ("5", "")]
    assert "overlap" in ended.refused[1][2]
    assert (known(store, command, ONE), written(store)) == (None, (1, 1))


def test_the_same_row_twice_is_an_overlap_and_more_than_a_hundred_are_too_many(store: Engine, command: Command) -> None:
    row = [ONE, "registered", "2017-01-01", ""]
    assert [each[1] for each in command.persons(row, row).refused] == ["", "/from"]
    days = [[ONE, "registered", f"{1900 + year}-01-01", f"{1900 + year}-12-31"] for year in range(101)]
    refused = command.persons(*days).refused
    assert len(refused) == 101
    assert "100 items at most" in refused[-1][2]
    assert written(store) == (0, 0)
    assert command.persons(*days[:100]).code == 0


def test_numbers_that_a_program_took_for_amounts_are_text_again(
    store: Engine, command: Command, tmp_path: Path
) -> None:
    rows: list[list[object]]
    rows = [[*HEADER], [float(ONE), "registered", "2017-01-01"], [TWO, "registered", dt.date(2017, 1, 1), None]]
    assert command("import-persons", write_xlsx(tmp_path / "persons.xlsx", rows)).code == 0
    command.persons([f"{THREE}.0", "registered", "2017年1月1日", ""])
    for number in (ONE, TWO, THREE):
        told = known(store, command, number)
        assert told is not None and told[0][:2] == ("registered", "2017-01-01")
    assert written(store)[0] == 3


def test_a_number_that_a_workbook_has_rounded_is_refused_and_never_written_for_another_person(
    store: Engine, command: Command, tmp_path: Path
) -> None:
    long = "150923000000123456"
    rows: list[list[object]]
    rows = [[float(long), "registered", "2017-01-01", "2018-12-31"], [long, "none", "2017-01-01", "2018-12-31"]]
    ended = command("import-persons", write_xlsx(tmp_path / "persons.xlsx", [[*HEADER], *rows]))
    (refused,) = ended.refused
    assert (refused[0], refused[1]) == ("2", "/number")
    assert "rounded" in refused[2]
    assert known(store, command, long) == [("none", "2017-01-01", "2018-12-31")]
    assert written(store) == (1, 1)


@grid(
    ("content", "why"),
    [
        (b"number,status,from\n", "missing columns: until"),
        (b"number,status,from,until,name\n", "unknown columns: name; known are number, status, from, until"),
        (b"number,status,from,until,until\n", "columns that stand twice: until"),
        (b"", "its first row names no column"),
        ("号码,状态\n".encode("utf-16"), "neither in UTF-8 nor in GB18030"),
        (f'number,status,from,until\n{ONE},none,2018-01-01,\n"unfinished'.encode(), "unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_of_persons_is_wrong_as_a_whole(
    reading_command: Command, content: bytes, why: str
) -> None:
    file = reading_command.folder / "no_persons.csv"
    file.write_bytes(content)
    ended = reading_command("import-persons", file)
    assert (ended.code, ended.refused) == (2, [])
    assert not file.with_name("no_persons.refused.csv").exists()
    assert why in ended.said
    assert ONE not in ended.said


def test_a_corrected_report_is_read_again(store: Engine, command: Command) -> None:
    command.persons([ONE, "poor", "2017-01-01", ""], [ONE, "chronic_disease", "2017-01-01", ""])
    report = command.folder / "persons.refused.csv"
    corrected = report.with_name("corrected.csv")
    corrected.write_bytes(report.read_bytes().replace(b"poor", b"registered"))
    assert command("import-persons", corrected).code == 0
    assert [each[0] for each in known(store, command, ONE) or []] == ["chronic_disease", "registered"]


def test_no_number_is_shown_nor_kept_and_the_report_alone_holds_those_of_refused_rows(
    store: Engine, command: Command, database_url: str
) -> None:
    ended = command.persons(
        [ONE, "registered", "2017-01-01", ""],
        [TWO, "registered", "2017-01-01", ""],
        [TWO, "none", "2017-01-01", ""],
        [f"{THREE} ", "registered", "never", ""],
    )
    assert ended.code == 1
    assert not any(number[-8:] in ended.said for number in NUMBERS)
    told = (command.folder / "persons.refused.csv").read_text("utf-8")
    assert (ONE in told, TWO in told, THREE in told) == (False, True, True)
    with reading(store) as connection:
        rows = [
            str(tuple(row)) for table in (Person, PersonStatus) for row in connection.execute(select(table.__table__))
        ]
    assert rows and not any(number in row for number in NUMBERS for row in rows)
    if database_url.startswith("sqlite"):
        assert all(ONE.encode() not in file.read_bytes() for file in command.folder.glob("anda.db*"))


@pytest.mark.lengthy
def test_lots_are_written_one_by_one_and_an_import_that_breaks_off_leaves_whole_lots(
    store: Engine, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST", 3)
    monkeypatch.setattr(turns, "TURN", 60.0)
    rows = [[number, "registered", "2017-01-01", ""] for number in NUMBERS[:10]]
    real = persons.write_for
    calls: list[str] = []

    def breaking(*given: object) -> None:
        calls.append("")
        if len(calls) == 8:
            with reading(store) as connection:
                connection.execute(text("SELECT broken"))
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("app.db.ledger.persons.write_for", breaking)
    ended = command.persons(*rows)
    assert ended.code == 2
    assert "6 persons of 10 are in the register; run it again for the others." in ended.said
    assert written(store) == (6, 6)
    monkeypatch.setattr("app.db.ledger.persons.write_for", real)
    ended = command.persons(*rows)
    assert "10 rows: 4 persons written, 6 as they were" in ended.said
    assert written(store) == (10, 10)


def test_the_key_is_that_of_the_service_and_another_one_is_refused(
    store: Engine, command: Command, database_url: str, tmp_path: Path
) -> None:
    command.persons([ONE, "registered", "2017-01-01", ""])
    other = Command(database_url, tmp_path / "elsewhere")
    other.folder.mkdir()
    ended = other.persons([TWO, "registered", "2017-01-01", ""])
    assert ended.code == 2
    assert "there is no key of the persons' numbers where ANDA_PERSON_KEY_FILE says" in ended.said
    assert not other.key.exists(), "a key that no store was begun with is of no use"
    other.key.write_text("another key than the one of the store")
    ended = other.persons([TWO, "registered", "2017-01-01", ""])
    assert ended.code == 2
    assert "the key of the persons' numbers is not the one that the store was begun with" in ended.said
    assert written(store) == (1, 1)
    key = command.key.read_text()
    other.environment["ANDA_PERSON_KEY"] = key
    assert other.persons([TWO, "registered", "2017-01-01", ""]).code == 0
    assert known(store, command, TWO) == [("registered", "2017-01-01", "None")]
    unusable = Command(database_url, tmp_path)
    unusable.environment["ANDA_PERSON_KEY_FILE"] = str(tmp_path / "no such folder" / "anda.key")
    ended = unusable.persons([THREE, "registered", "2017-01-01", ""])
    assert ended.code == 2 and "there is no key" in ended.said


# ---- institutions


def test_institutions_are_written_and_written_anew_by_their_code(store: Engine, command: Command) -> None:
    ended = command.institutions(["H1", "市中心医院", "city"], ["H2", "某镇卫生院", "township"])
    assert (ended.code, ended.refused) == (0, [])
    assert "2 rows: 2 institutions written, 0 as they were, 0 rows refused in" in ended.said
    assert found(store, "H1") == Institution("H1", "市中心医院", "city")
    ended = command.institutions(["H1", "市中心医院", "county"], ["H2", "某镇卫生院", "township"])
    assert "2 rows: 1 institutions written, 1 as they were" in ended.said
    assert found(store, "H1") == Institution("H1", "市中心医院", "county")


@grid(
    ("cells", "pointer"),
    [
        (["", "医院", "city"], "/code"),
        (["H 1", "医院", "city"], "/code"),
        (["H" * 31, "医院", "city"], "/code"),
        (["1.5E+11", "医院", "city"], "/code"),
        (["H1", "", "city"], "/name"),
        (["H1", "医" * 201, "city"], "/name"),
        (["H1", "一\n二", "city"], "/name"),
        (["H1", "110101199001011234", "city"], "/name"),
        (["H1", "医院", "三级"], "/level"),
        (["H1", "医院", ""], "/level"),
        (["H1", "医院"], ""),
    ],
)
def test_a_row_that_is_no_institution_is_refused_with_its_place(
    reading_command: Command, cells: list[str], pointer: str
) -> None:
    ended = reading_command.institutions(cells, ["H2", "医院", "city"])
    (row,) = ended.refused
    assert (ended.code, row[0], row[1], row[3:]) == (1, "2", pointer, cells)
    assert row[2]
    assert "2 rows" in ended.said and "1 rows refused" in ended.said


def test_a_code_that_stands_twice_is_written_neither_way(store: Engine, command: Command) -> None:
    ended = command.institutions(["H1", "医院", "city"], ["H2", "医院", "city"], ["H1", "医院", "county"])
    assert [(row[0], row[1]) for row in ended.refused] == [("2", "/code"), ("4", "/code")]
    assert found(store, "H1") is None and found(store, "H2") is not None


def test_codes_of_a_workbook_that_are_numbers_are_text_again(store: Engine, command: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["code", "name", "level"], [150923100201.0, "某村卫生室", "village"]]
    assert command("import-institutions", write_xlsx(tmp_path / "institutions.xlsx", rows)).code == 0
    assert found(store, "150923100201") == Institution("150923100201", "某村卫生室", "village", "150923")


# ---- the file and the store


@pytest.mark.parametrize("name", ["import-persons", "import-institutions"])
def test_a_file_that_is_not_there_or_a_store_that_is_not_migrated_is_said_so(
    engine: Engine, database_url: str, tmp_path: Path, name: str
) -> None:
    command = Command(database_url, tmp_path)
    ended = command(name, write_csv(tmp_path / "x.csv", [HEADER]))
    assert ended.code == 2 and "anda migrate" in ended.said
    migrate(engine)
    ended = command(name, tmp_path / "missing.csv")
    assert ended.code == 2 and "missing.csv: No such file" in ended.said
    ended = command(name, write_csv(tmp_path / "x.txt", [HEADER]))
    assert ended.code == 2 and "only .csv and .xlsx are read" in ended.said


def test_a_report_that_cannot_be_written_lets_nothing_be_imported(store: Engine, command: Command) -> None:
    (command.folder / "persons.refused.csv" / "in the way").mkdir(parents=True)
    file = write_csv(command.folder / "persons.csv", [HEADER, [ONE, "registered", "2017-01-01", ""]])
    ended = copy_context().run(CliRunner().invoke, app, ["import-persons", str(file)], env=command.environment)
    assert ended.exit_code == 2
    assert written(store) == (0, 0)


def test_a_table_without_rows_is_imported(store: Engine, command: Command) -> None:
    ended = command.persons()
    assert (ended.code, ended.refused) == (0, [])
    assert "0 rows: 0 persons written" in ended.said
    assert not command.key.exists()


def test_reasons_are_in_chinese_unless_english_is_asked_for(reading_command: Command) -> None:
    file = write_csv(reading_command.folder / "persons.csv", [HEADER, [ONE, "poor", "2017-01-01", ""]])
    assert reading_command("import-persons", file, english=False).refused[0][2].startswith("只能取以下值之一：")
    assert reading_command("import-persons", file).refused[0][2].startswith("It must be one of")


@pytest.mark.lengthy
def test_a_process_imports_and_leaves_the_key_and_the_report_behind(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'anda.db'}"
    engine = make_engine(address)
    migrate(engine)
    write_csv(tmp_path / "persons.csv", [HEADER, [ONE, "registered", "2017-01-01", ""]])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    log = tmp_path / "log" / "import.log"
    log.parent.mkdir()
    given = {**environment, "ANDA_DATABASE_URL": address}
    ended = Forked(log, given, anda_command, "import-persons", "persons.csv", at=tmp_path).wait(60)
    assert ended == 0, log.read_text(encoding="utf-8")
    # It has printed nothing else.
    said = "1 rows: 1 persons written, 0 as they were, 0 rows refused in persons.refused.csv\n"
    assert log.read_text(encoding="utf-8") == said
    left = {each.name for each in tmp_path.iterdir()} - {"anda.db", "anda.db-wal", "anda.db-shm", "log"}
    assert left == {"anda.key", "persons.csv", "persons.refused.csv"}
    with writing(engine) as connection:
        assert persons.find(connection, PersonPseudonyms(None, tmp_path / "anda.key").hashed(ONE)) is not None
    engine.dispose()


# ---- other numbers of a person, and other spellings of one

IDENTITY = "15092319800101108X"


def named(store: Engine, command: Command, *numbers: str) -> list[int | None]:
    """Return the person whom each number names."""
    key = PersonKey(PersonPseudonyms(None, command.key))
    with reading(store) as connection:
        return [identify(connection, key, number).id for number in numbers]


def with_others(command: Command, *rows: list[str]) -> Ended:
    """Import persons with their identity numbers and cards."""
    header = [*HEADER, "identity_number", "card_number"]
    return command("import-persons", write_csv(command.folder / "persons.csv", [header, *rows]))


@pytest.mark.each_database
def test_other_numbers_of_a_person_are_found_and_replaced_by_their_kind(store: Engine, command: Command) -> None:
    one, two = [ONE, "registered", "2018-01-01", ""], [TWO, "none", "2018-01-01", ""]
    rows = [[*one, IDENTITY.lower(), "CARD-1"], [ONE, "major_disease", "2018-01-01", "", "", "card-2"], [*two, "", ""]]
    assert "2 persons written" in with_others(command, *rows).said
    assert named(store, command, ONE, IDENTITY, " card-1", "CARD-2", TWO, "CARD-3") == [1, 1, 1, 1, 2, None]
    assert "0 persons written, 2 as they were" in with_others(command, *rows).said
    assert "1 persons written" in with_others(command, [*one, "", "CARD-3"], [*two, "", ""]).said
    assert named(store, command, IDENTITY, "CARD-1", "CARD-2", "CARD-3") == [1, None, None, 1]
    taken = with_others(command, [*two, IDENTITY, "CARD-4"])
    assert (taken.code, "1 numbers are another person's" in taken.said) == (1, True)
    assert named(store, command, IDENTITY, "CARD-4") == [1, 2]
    with store.connect() as connection:
        everything = [repr(row) for table in Base.metadata.sorted_tables for row in connection.execute(select(table))]
    assert not [row for row in everything if IDENTITY in row.upper() or "CARD-" in row.upper() or ONE in row]


@grid("wrong", [IDENTITY[:-1] + "1", "1509", "1.50923E+17"])
def test_an_identity_number_with_a_wrong_check_character_is_refused(reading_command: Command, wrong: str) -> None:
    ended = with_others(reading_command, [ONE, "registered", "2018-01-01", "", wrong, ""])
    assert (ended.code, ended.refused[0][1], wrong in ended.said) == (1, "/identity_number", False)


@pytest.mark.each_database
def test_an_import_run_again_links_what_stands_under_another_spelling(store: Engine, command: Command) -> None:
    rows = [[number, "registered", "2018-01-01", ""] for number in (f"{ONE}X", f"{TWO}X", THREE)]
    command.persons(*rows)
    pseudonyms = PersonPseudonyms(None, command.key)
    with writing(store) as connection:
        for number in (ONE, TWO):
            older = Person.number == pseudonyms.hashed(f"{number}X")
            connection.execute(update(Person).where(older).values(number=pseudonyms.hashed(f"{number}x")))
        persons.get_or_create(connection, pseudonyms.hashed(f"{TWO}X"))
    assert command.persons(*rows).code == 0
    assert named(store, command, f"{ONE}X", f"{ONE}x", f"{TWO}X", f"{TWO}x") == [1, 1, 4, 4]
    for kept in (f"{ONE}x", f"{TWO}X"):
        assert known(store, command, kept) == [("registered", "2018-01-01", "None")], kept
    both = command.persons([f"{ONE}X", "none", "2018-01-01", ""], [f"{ONE}x", "major_disease", "2018-01-01", ""])
    assert "1 persons written" in both.said, "the rows of two spellings are one person's"


def test_an_institution_in_other_letters_is_the_same_one(reading_command: Command) -> None:
    reading_command.institutions(["H770001A", "医院", "city"])
    assert "1 institutions written" in reading_command.institutions(["ｈ770001a", "医院", "county"]).said
    assert reading_command.institutions(["H770001a", "医院", "city"], ["h770001A", "医院", "city"]).code == 1
    engine = make_engine(reading_command.environment["ANDA_DATABASE_URL"])
    with reading(engine) as connection:
        assert institutions.find(connection, "h770001A") == Institution("H770001A", "医院", "county", "770001")
    engine.dispose()
