"""The commands of the documentation run as they stand, and answer what their comments and tables say."""

import csv
import datetime as dt
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.clock import Clock, Moment
from app.main import create_app
from app.rules.parameters import load, shipped_files
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.scale import LONG
from tools.screenshots.browser import served

from .pages import blocks, command_line, text, without_comments

ANDA = Path(sys.executable).parent / "anda"
PROJECT_PAGES = ("docs/tutorial/project.md", "docs/zh/tutorial/project.md")
LEDGER_PAGES = ("docs/tutorial/ledger.md", "docs/zh/tutorial/ledger.md")
FIGURE_PAGES = ("docs/how-to/own-figures.md", "docs/zh/how-to/own-figures.md")
FILE_PAGES = ("docs/how-to/file-of-bills.md", "docs/zh/how-to/file-of-bills.md")

with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the commands call curl, which is not installed")

Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    """The environment of a command: no setting but those that are given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")} | settings


def run(folder: Path, script: str, **settings: str) -> str:
    """Run a block of commands in a folder, and return what it prints."""
    (folder / "script.sh").write_text(script.replace(".venv/bin/anda", str(ANDA)), encoding="utf-8")
    ended = subprocess.run(
        ["bash", "-e", "script.sh"] if "on()" not in script else ["bash", "script.sh"],
        cwd=folder,
        env=environment(**settings) | {"PATH": f"{ANDA.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def run_here(folder: Path, commands: list[str], **settings: str) -> str:
    """Run commands of `anda` one after the other in this process, and return what they print."""
    printed = ""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for command in commands:
            ended = CliRunner().invoke(command_line(), shlex.split(command)[1:], env=settings)
            assert ended.exit_code == 0, f"{command}: {ended.output}"
            printed += ended.stdout
    return printed


# ---- one village project


def walk(page: str) -> str:
    """The block of commands that takes a project through the procedure."""
    (block,) = [block for block in blocks(page, "sh") if block.startswith("export ANDA_DATABASE_URL")]
    return block


def promised(block: str) -> list[str]:
    """The statuses that the comments promise, in the order of the calls."""
    return re.findall(r"# (\d{3})\b", block)


class ClockOfAFile(Clock):
    """The clock of a service whose day a script writes into a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def now(self) -> Moment:
        """Return the current time on the day that stands in the file."""
        self._today = dt.date.fromisoformat(self._file.read_text(encoding="ascii").strip())
        return super().now()


def walked_here(folder: Path, block: str) -> str:
    """Run the block with its commands of `anda`, and one service on which the days change, in this process."""
    settings = {"ANDA_DATABASE_URL": f"sqlite:///{folder / 'village.db'}", "ANDA_ACCESS_LOG": "off"}
    printed = run_here(folder, ["anda migrate"], **settings)
    created = re.compile(r"\$\(\.venv/bin/(anda token create .*)\)$", re.MULTILINE)
    block = created.sub(lambda found: run_here(folder, [found[1]], **settings).strip(), block)
    asked, stop, _ = block.partition("kill $server\n.venv/bin/anda verify")
    assert stop
    # Instead of a service that is stopped and started: one that reads its day anew at every request.
    asked = re.sub(r"^on\(\) \{.*?^\}$", "on() { echo $1 > day; }", asked, flags=re.DOTALL | re.MULTILINE)
    asked = asked.replace(".venv/bin/anda migrate\n", "")
    assert "anda " not in asked
    (folder / "day").write_text("2018-01-01", encoding="ascii")
    with (
        patch("app.main.Clock", return_value=ClockOfAFile(folder / "day")),
        served(Settings(database_url=settings["ANDA_DATABASE_URL"], access_log=False)) as address,
    ):
        printed += run(folder, asked.replace("8018", address.rpartition(":")[2]))
    return printed + run_here(folder, ["anda verify"], **settings)


@pytest.mark.slow
@with_curl
def test_the_walk_of_a_project_answers_what_its_comments_say(tmp_path: Path) -> None:
    block = walk(PROJECT_PAGES[0])
    # The long form starts the service anew on each of its nine days, which takes forty seconds.
    printed = run(tmp_path, block.replace("8018", str(free_port()))) if LONG else walked_here(tmp_path, block)
    assert re.findall(r"^(\d{3}) ", printed, re.MULTILINE) == promised(block), printed
    calls = len(re.findall(r"\bact [\"']|send (?:POST|PATCH) /", block))
    assert len(promised(block)) == calls - 1  # the definition of `act` is one more
    assert re.search(r"^\d+ events, unbroken", printed, re.MULTILINE)
    for code in ("period_not_over", "objections_undecided", "no_performance_goals", "not_in_library", "above_budget"):
        assert f'"{code}"' in printed


def test_both_languages_show_the_same_walk() -> None:
    one, other = (walk(page) for page in PROJECT_PAGES)
    assert without_comments(one) == without_comments(other)
    assert promised(one) == promised(other)


# ---- one year in the ledger

SHOWN = ("basic_insurance", "critical_illness", "civil_relief", "supplementary_insurance")


def stays(page: str) -> list[tuple[str, str, str]]:
    """The stays of the page's table: day, total, in-scope cost."""
    months = {"March": 3, "June": 6, "November": 11}
    found = []
    for line in text(page).splitlines():
        row = re.match(r"\| ([^|]+) \| (?:bill|医疗费用) ([0-9,]+)(?:, in scope |，范围内 )([0-9,]+) \|", line)
        if row is None:
            continue
        numbers = [int(number) for number in re.findall(r"\d+", row[1])]
        name = re.search("[A-Z][a-z]+", row[1])
        day = dt.date(2018, months[name[0]], numbers[0]) if name else dt.date(2018, numbers[0], numbers[1])
        found.append((day.isoformat(), row[2].replace(",", "") + ".00", row[3].replace(",", "") + ".00"))
    return found


def registers(folder: Path, page: str) -> None:
    """Write the two files of the page beside its commands."""
    for block in blocks(page, "csv"):
        name = "institutions.csv" if block.startswith("code,") else "persons.csv"
        (folder / name).write_text(block, encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The settlement desk of the page, its registers brought in by the page's own commands."""
    folder = tmp_path_factory.mktemp("ledger")
    address, key = f"sqlite:///{folder / 'anda.db'}", folder / "anda.key"
    page = LEDGER_PAGES[0]
    registers(folder, page)
    commands = ["anda migrate", *without_comments(blocks(page, "sh")[0].partition("curl")[0])]
    printed = run_here(folder, commands, ANDA_DATABASE_URL=address, ANDA_PERSON_KEY_FILE=str(key))
    (hospital,) = re.findall(r"^anda_\S+$", printed, re.MULTILINE)
    settings = Settings(database_url=address, access_log=False, person_key_file=key)
    with InProcessClient(create_app(settings), headers={"Authorization": f"Bearer {hospital}"}) as client:
        yield client


def settle(desk: TestClient, stay: int, message: str) -> Json:
    day, total, in_scope = stays(LEDGER_PAGES[0])[stay]
    settled = desk.post(
        "/v1/settlements",
        json={
            "person": "1509230000012",
            "institution": "H15090200001",
            "visit_id": f"ZY{day.replace('-', '')}",
            "message_id": message,
            "service_date": day,
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": total, "in_scope": in_scope},
        },
    )
    assert settled.status_code == 201, settled.text
    answer: Json = settled.json()
    return answer


def lines(answer: Json) -> list[tuple[str, str, str]]:
    """What is counted, paid and left, layer by layer, but for the fund, which serves no patient like this."""
    layers = {layer["layer"]: layer for layer in answer["reimbursement"]["layers"]}
    assert layers["major_disease_fund"]["outcome"] == "not_eligible"
    return [(layers[name]["base"], layers[name]["paid"], layers[name]["left"]) for name in SHOWN]


def supplementary(desk: TestClient) -> str:
    account = desk.get("/v1/accounts/1509230000012/2018").json()
    paid: str = account["layers"]["supplementary_insurance"]["paid"]
    return paid


def test_the_year_is_booked_reversed_and_booked_again_as_the_pages_say(desk: TestClient) -> None:
    assert [len(stays(page)) for page in LEDGER_PAGES] == [3, 3]
    assert stays(LEDGER_PAGES[0]) == stays(LEDGER_PAGES[1])
    booked = [settle(desk, stay, f"M{stay}") for stay in range(3)]
    expected = [line for answer in booked for line in lines(answer)]
    for page in LEDGER_PAGES:
        shown = re.findall(
            r"^\|[^|]*\|[^|]*\| ([0-9.]+) \|[^|]*\| ([0-9.]+) \| ([0-9.]+) \|$", text(page), re.MULTILINE
        )
        assert [row for row in shown if row in expected] == expected, page
        assert "6227.20" in text(page)
    assert booked[1]["reimbursement"]["layers"][0]["deductible"] == "0.00"
    assert booked[2]["reimbursement"]["layers"][4]["limited_by"] == "annual_limit"
    first, third = booked[0]["id"], booked[2]["id"]
    assert supplementary(desk) == "80000.00"
    assert desk.post(f"/v1/settlements/{third}/reversal", json={"message_id": "R1"}).status_code == 201
    assert supplementary(desk) == "6227.20"
    refused = desk.post(f"/v1/settlements/{first}/reversal", json={"message_id": "R2"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/settlement-depended-on")
    assert f"，编号{booked[1]['id']}）" in refused.json()["detail"]
    again = settle(desk, 2, "M9")
    assert again["reimbursement"] == booked[2]["reimbursement"]
    assert supplementary(desk) == "80000.00"
    assert settle(desk, 2, "M9") == again
    (found,) = desk.get("/v1/settlements?message_id=M9").json()["items"]
    assert found["id"] == again["id"]


def settled_here(folder: Path, block: str) -> str:
    """Run the block with its commands of `anda`, and the service, in this process."""
    address, key = f"sqlite:///{folder / 'anda.db'}", folder / "anda.key"
    before, curl, after = block.partition("curl")
    printed = run_here(
        folder, ["anda migrate", *without_comments(before)], ANDA_DATABASE_URL=address, ANDA_PERSON_KEY_FILE=str(key)
    )
    (token,) = re.findall(r"^anda_\S+$", printed, re.MULTILINE)
    with served(Settings(database_url=address, access_log=False, person_key_file=key)) as serving:
        return printed + run(folder, f"token={token}\n{curl}{after}".replace("127.0.0.1:8000", serving[7:]))


@pytest.mark.slow
@with_curl
def test_the_commands_of_the_ledger_s_page_settle_the_first_stay(tmp_path: Path) -> None:
    page = LEDGER_PAGES[0]
    registers(tmp_path, page)
    printed = settled_there(tmp_path, page) if LONG else settled_here(tmp_path, blocks(page, "sh")[0])
    assert '"paid":"28080.00"' in printed
    assert '"out_of_pocket":"10960.00"' in printed


def settled_there(folder: Path, page: str) -> str:
    """Run the block as it stands, each command and the service in a process of its own."""
    port = str(free_port())
    commands = re.sub(r"^(\.venv/bin/anda token create .*)$", r"token=$(\1)", blocks(page, "sh")[0], flags=re.MULTILINE)
    serve = (
        f"anda migrate\nanda serve --port {port} & server=$!\ntrap 'kill $server' EXIT\n"
        f"until curl -s -o alive http://127.0.0.1:{port}/healthz; do sleep 0.2; done\n"
    )
    return run(folder, serve + commands.replace("8000", port), ANDA_ACCESS_LOG="off")


# ---- files and figures


@pytest.mark.lengthy
def test_the_file_of_bills_is_reimbursed_and_refused_as_the_page_says(tmp_path: Path) -> None:
    page = FILE_PAGES[0]
    (block,) = blocks(page, "csv")
    (tmp_path / "bills.csv").write_text(block, encoding="utf-8")
    run(tmp_path, blocks(page, "sh")[0], ANDA_ACCESS_LOG="off")
    with (tmp_path / "bills.reimbursed.csv").open(encoding="utf-8-sig", newline="") as file:
        (paid,) = csv.DictReader(file)
    with (tmp_path / "bills.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        (refused,) = csv.DictReader(file)
    assert (paid["claim"], paid["summary.out_of_pocket"]) == ("C1", "5172.54")
    assert refused["claim"] == "C2"
    required = re.findall(r"^\| `([a-z_.]+)` \|", text(page), re.MULTILINE)
    assert set(required) < set(block.splitlines()[0].split(","))


@pytest.mark.parametrize("page", FIGURE_PAGES)
def test_the_own_figures_of_the_page_can_be_laid_over_the_shipped_ones(tmp_path: Path, page: str) -> None:
    for number, block in enumerate(blocks(page, "yaml")):
        file = tmp_path / f"county{number}.yaml"
        file.write_text(block, encoding="utf-8")
        name = block.partition(":")[0]
        laid = load(shipped_files(), file)
        assert laid.on(dt.date(2018, 5, 20)).in_force[name].document == file.name
        assert laid.on(dt.date(2017, 5, 20)).in_force[name].document != file.name


def test_the_commands_of_the_import_s_page_are_accepted(tmp_path: Path) -> None:
    registers(tmp_path, LEDGER_PAGES[0])
    commands = [line for block in blocks("docs/how-to/import.md", "sh") for line in without_comments(block)]
    # The demo asks for an empty store, and there is no list of projects here.
    kept = [line for line in commands if not re.match("anda (?:import-projects|demo|migrate)", line)]
    assert len(commands) - len(kept) == 3
    printed = run_here(tmp_path, ["anda migrate", *kept], ANDA_DATABASE_URL=f"sqlite:///{tmp_path / 'own.db'}")
    assert re.search(r"^1\t150923100201\tvillage committee\t.*\tvalid\t\t$", printed, re.MULTILINE)


@pytest.mark.parametrize(
    "guide",
    [
        *(f"how-to/{name}.md" for name in ("deploy", "file-of-bills", "import", "own-figures", "verify")),
        *(f"tutorial/{name}.md" for name in ("index", "bill", "household", "ledger")),
    ],
)
def test_both_languages_show_the_same_commands_and_files(guide: str) -> None:
    def shown(folder: str, language: str) -> list[list[str]]:
        found = [without_comments(block) for block in blocks(f"docs/{folder}{guide}", language)]
        return [[line for line in block if line] for block in found]

    assert shown("", "sh")
    # What is a word in the shown language and no part of the command.
    words = ("Accept-Language: en", "City central hospital", "市中心医院", "settlement desk", "结算窗口")
    for language in ("sh", "csv"):
        one, other = str(shown("", language)), str(shown("zh/", language))
        for word in words:
            one, other = one.replace(word, ""), other.replace(word, "")
        assert one.replace(" -H ''", "").replace('"', "'") == other.replace('"', "'")
