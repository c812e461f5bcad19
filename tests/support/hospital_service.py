"""The service as a hospital meets it: the command `anda` in a process of its own, spoken to over HTTP."""

import datetime as dt
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from typer.testing import CliRunner

from app.cli.main import app
from tests.support.forked import Forked, anda_command
from tests.support.hospital_fees import items_file
from tests.support.hospital_region import INSTITUTIONS, NOBODY, institutions_file, persons_file, register

PATIENCE = 60.0
"""Seconds that a busy machine may take for anything."""


@dataclass
class Service:
    """A service that runs: how to reach it, the hospitals' tokens, and where it keeps its files."""

    client: httpx.Client
    port: int
    folder: Path
    database: str
    tokens: dict[str, str]
    process: Forked | None = None
    today: dt.date | None = None

    @property
    def on_sqlite(self) -> bool:
        """Whether its store is a file."""
        return self.database.startswith("sqlite")

    def start(self, today: dt.date) -> None:
        """Let it run on a day of its own; where it runs on another, stop it first."""
        if self.today == today:
            return
        self.stop()
        self.today = today
        its = environment(self.database, today) | {"ANDA_NATIONAL_SCOPE": str(self.folder / "items.yaml")}
        command = ("serve", "--port", str(self.port))
        self.process = Forked(self.folder / "service.log", its, anda_command, *command, at=self.folder)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()
            with suppress(httpx.TransportError):
                if self.client.get("/readyz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.said())

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = self.today = None

    def said(self) -> str:
        """All that it has written."""
        return (self.folder / "service.log").read_text(encoding="utf-8")


def settings(database: str) -> dict[str, str]:
    """The settings that the commands and the service share."""
    return {"ANDA_DATABASE_URL": database, "ANDA_PERSON_KEY": "a secret of the tests alone, and of nobody else"}


def anda(database: str, *command: str, more: Mapping[str, str] | None = None) -> str:
    """Run one command of the service, in this process for speed, and return what it printed."""
    ended = CliRunner().invoke(app, command, env={**settings(database), **(more or {})})
    assert ended.exit_code == 0, (command, ended.output, ended.exception)
    return ended.stdout


def environment(database: str, today: dt.date) -> dict[str, str]:
    """The environment of the service, without any other setting of it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    return plain | settings(database) | {"ANDA_ACCESS_LOG": "false", "ANDA_TODAY": today.isoformat()}


@contextmanager
def prepared(folder: Path, database: str) -> Iterator[Service]:
    """A service that is ready to be started: its store migrated, who takes part imported, tokens given out."""
    (folder / "institutions.csv").write_text(institutions_file(), encoding="utf-8")
    (folder / "items.yaml").write_text(items_file(), encoding="utf-8")
    (folder / "persons.csv").write_text(persons_file(register()), encoding="utf-8")
    anda(database, "migrate")
    anda(database, "import-institutions", str(folder / "institutions.csv"))
    anda(database, "import-persons", str(folder / "persons.csv"))
    tokens = {
        each.code: anda(database, "token", "create", "--institution", each.code, "--name", each.name).strip()
        for each in INSTITUTIONS
    }
    tokens[NOBODY.code] = tokens[INSTITUTIONS[0].code]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        service = Service(client, port, folder, database, tokens)
        try:
            yield service
        finally:
            service.stop()
