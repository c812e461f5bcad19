"""The service as hospitals meet it, in the process of the tests: cheap to start, and each day is a day of its own."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from app.clock import Clock
from app.main import create_app
from app.settings import Settings
from tests.ledger.test_budget import overlay
from tests.support.client import InProcessClient
from tests.support.hospital_fees import items_file
from tests.support.hospital_ledger import Status
from tests.support.hospital_patients import Patient, patients_file
from tests.support.hospital_region import HOSPITALS, institutions_file, people
from tests.support.hospital_service import anda, settings


class MovedClock(Clock):
    """A clock whose day is set."""

    def move_to(self, day: dt.date) -> None:
        """Let a day begin."""
        self._today = day


@dataclass(frozen=True)
class InProcessService:
    """A service that runs, its clock, its store and the hospitals' tokens."""

    client: InProcessClient
    clock: MovedClock
    database: str
    tokens: dict[str, str]


def budget_of(folder: Path) -> Path:
    """Write parameters with a budget of the major-disease fund that two years do not exhaust."""
    return overlay(folder, from_2017_01_01="900000000.00")


@contextmanager
def served_in_process(
    folder: Path, database: str, patients: Sequence[Patient], first: dt.date
) -> Iterator[InProcessService]:
    """A service with these patients in its register, a list of items and a budget of the fund."""
    register: dict[str, list[Status]] = people()
    (folder / "institutions.csv").write_text(institutions_file(), encoding="utf-8")
    (folder / "items.yaml").write_text(items_file(), encoding="utf-8")
    (folder / "persons.csv").write_text(patients_file(patients, register), encoding="utf-8")
    parameters = budget_of(folder)
    anda(database, "import-institutions", str(folder / "institutions.csv"))
    anda(database, "import-persons", str(folder / "persons.csv"))
    anda(database, "parameters", "accept", more={"ANDA_PARAMETERS": str(parameters)})
    tokens = {
        each.code: anda(database, "token", "create", "--institution", each.code, "--name", each.name).strip()
        for each in HOSPITALS
    }
    clock = MovedClock(first)
    with patch("app.main.Clock", return_value=clock):
        app = create_app(
            Settings(
                database_url=database,
                access_log=False,
                person_key=settings(database)["ANDA_PERSON_KEY"],
                parameters=parameters,
                national_scope=folder / "items.yaml",
            )
        )
    with InProcessClient(app) as client:
        yield InProcessService(client, clock, database, tokens)
