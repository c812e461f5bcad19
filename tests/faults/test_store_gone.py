"""A database that goes away: 503 while it is gone, red on /readyz, and all by itself as before when it is back."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.engine import _ON_CONNECT, reading
from app.projects.verification import verify
from tests.support.county import County, project, taking
from tests.support.fault_processes import OwnPostgresql

DAY = "2018-03-14"

Json = dict[str, Any]

BILL = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}


PROJECT, ANNOUNCEMENT = 1, 4
"""The first project of a store that was empty, walked into the library, and the announcement of it."""


class Tried:
    """A county with a project in the library, and what may be asked of it."""

    def __init__(self, county: County) -> None:
        self.county = county
        self._on_the_day = county.on(DAY)
        self._village, self._county = county.headers("village"), county.headers("county")

    def writes(self) -> list[httpx.Response]:
        """Write what can be written once, each under its key."""
        money = {"fund": "县级配套资金", "amount": "100000.00", "document": "乌财农〔2018〕1号"}
        asked: list[tuple[str, Json, Json]] = [
            ("/v1/projects", project(), self._village),
            (f"/v1/notices/{ANNOUNCEMENT}/objections", {"content": "没有经过村东头。"}, {}),
            (f"/v1/projects/{PROJECT}/allocations", money, self._county),
            (f"/v1/projects/{PROJECT}/actions", taking("remove", DAY), self._county),
        ]
        return [
            self._on_the_day.post(path, json=body, headers=who | {"Idempotency-Key": f"key-{number}"})
            for number, (path, body, who) in enumerate(asked)
        ]

    def reads(self) -> list[httpx.Response]:
        paths = (f"/v1/projects/{PROJECT}", f"/v1/projects/{PROJECT}/events", "/v1/projects", "/v1/notices?status=open")
        return [self._on_the_day.get(path, headers=self._county) for path in paths]

    def is_ready(self) -> bool:
        answer = self._on_the_day.get("/readyz")
        assert (answer.status_code, answer.json().get("type")) in {(200, None), (503, "/problems/not-ready")}
        return bool(answer.status_code == 200)

    def calculates(self) -> bool:
        """Whether it is alive, and answers what needs no database."""
        alive, bill = self._on_the_day.get("/healthz"), self._on_the_day.post("/v1/reimbursements", json=BILL)
        return (alive.status_code, bill.status_code) == (200, 200)

    def expect_whole(self) -> None:
        """Check that each write is done once, and nothing else."""
        answers = self.writes()
        assert [answer.status_code for answer in answers] == [201, 201, 201, 200]
        assert [answer.content for answer in self.writes()] == [answer.content for answer in answers]
        with reading(self.county.engine) as connection:
            found = verify(connection)
        assert found.faults == []
        assert found.head.number == 7 + 4, "the way into the library, and the four writes"


def expect_unavailable(answers: list[httpx.Response]) -> None:
    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable"), answer.text
        assert int(answer.headers["retry-after"]) > 0
        for secret in ("sqlite", "psycopg", "postgres", "locked", "Error", str(Path("/tmp"))):  # noqa: S108 - looked for
            assert secret not in answer.text


def test_postgresql_that_is_stopped_makes_it_unavailable_and_ready_again_by_itself(
    own_postgresql: OwnPostgresql,
) -> None:
    with County(own_postgresql.address) as county:
        county.walk_to("in_library")
        tried = Tried(county)
        assert tried.is_ready()
        for _ in range(2):
            own_postgresql.stop()
            expect_unavailable(tried.writes() + tried.reads())
            assert not tried.is_ready()
            assert tried.calculates()
            own_postgresql.start()
            assert tried.is_ready()
            assert {answer.status_code for answer in tried.reads()} == {200}
        tried.expect_whole()


@contextmanager
def locked(path: Path, *statements: str) -> Iterator[None]:
    """Lock a SQLite file in another process, as a backup or an editor might."""
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for statement in sys.argv[2:]: connection.execute(statement).fetchall()\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    asked: list[Any] = [sys.executable, "-c", program, path, *statements]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            other.communicate()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection to SQLite wait for a tenth of a second, not ten."""
    first, *rest = _ON_CONNECT
    assert first == "PRAGMA busy_timeout = 10000"
    monkeypatch.setattr("app.db.engine._ON_CONNECT", ("PRAGMA busy_timeout = 100", *rest))


@pytest.mark.usefixtures("impatient")
def test_a_file_that_another_writes_to_for_too_long_is_unavailable_for_writes_and_goes_on_being_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "anda.db"
    with County(f"sqlite:///{path}") as county:
        county.walk_to("in_library")
        tried = Tried(county)
        with locked(path, "BEGIN IMMEDIATE"):
            expect_unavailable(tried.writes())
            assert {answer.status_code for answer in tried.reads()} == {200}
            assert not tried.is_ready()
        assert tried.is_ready()
        tried.expect_whole()


@pytest.mark.usefixtures("impatient")
def test_a_file_that_another_has_to_himself_is_unavailable_and_ready_again_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "anda.db"
    with County(f"sqlite:///{path}") as county:
        county.walk_to("in_library")
    with County(f"sqlite:///{path}") as county:
        tried = Tried(county)
        # Before the service connects for the first time: nobody gets a file to himself that another has open.
        county.engine.dispose()
        with locked(path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"):
            assert not tried.is_ready()
            expect_unavailable(tried.writes() + tried.reads())
            assert tried.calculates()
        assert tried.is_ready()
        assert {answer.status_code for answer in tried.reads()} == {200}
        tried.expect_whole()


def test_a_file_that_is_taken_away_is_gone_for_the_service_too_and_another_in_its_place_is_what_it_serves(
    tmp_path: Path,
) -> None:
    folder, away = tmp_path / "store", tmp_path / "away"
    folder.mkdir()
    with County(f"sqlite:///{folder / 'anda.db'}") as county:
        county.walk_to("in_library")
        tried = Tried(county)
        for _ in range(2):
            assert tried.is_ready()
            folder.rename(away)
            expect_unavailable(tried.writes() + tried.reads())
            assert not tried.is_ready()
            # A copy, as from a backup: another file, in which nothing that went to the first one would be found.
            shutil.copytree(away, folder)
            shutil.rmtree(away)
        assert tried.is_ready()
        tried.expect_whole()
