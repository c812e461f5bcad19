"""The files that the command makes: each for the one who runs it only."""

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.engine import make_engine
from tests.support.forked import Forked, anda_command

pytestmark = pytest.mark.lengthy

PERSONS = "number,status,from,until\n150923000001,registered,2018-01-01,\n,registered,2018-01-01,\n"
BILLS = (
    "service_date,patient.registration,visit.kind,visit.facility_level,bill.total,bill.in_scope\n"
    "2018-05-20,registered,inpatient,city,1200.00,1000.00\n"
    "2018-05-20,registered,inpatient,city,,1000.00\n"
)


def test_every_file_of_the_command_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "persons.csv").write_text(PERSONS)
    (tmp_path / "bills.csv").write_text(BILLS)
    given = {"persons.csv", "bills.csv"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    for words in (("migrate",), ("import-persons", "persons.csv"), ("reimburse", "bills.csv"), ("backup", "b")):
        Forked(tmp_path.parent / "log", environment, anda_command, *words, at=tmp_path).wait(60)
    # What SQLite makes beside the file has the mode of the file.
    engine = make_engine(f"sqlite:///{tmp_path / 'anda.db'}")
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM persons"))
        made = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir() if each.name not in given}
    engine.dispose()
    assert {
        "anda.db",
        "anda.db-wal",
        "anda.key",
        "persons.refused.csv",
        "bills.reimbursed.csv",
        "bills.refused.csv",
        "b",
    } <= set(made)
    assert set(made.values()) == {0o600}
