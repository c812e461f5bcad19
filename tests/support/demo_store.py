"""The demo's county in a store of its own, and its officers' tokens."""

import csv
import datetime as dt
import fcntl
import io
import os
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.cli.demo import fill_store
from app.clock import Clock
from app.db.engine import make_engine
from app.rules.parameters import load, shipped_files
from app.settings import Settings
from tests.support.stores import migrated_file

TODAY = dt.date(2018, 5, 20)


class Demo(NamedTuple):
    """A filled store, as settings, and a token of each office: level, place and token."""

    settings: Settings
    offices: list[dict[str, str]]

    def token(self, level: str, place: str = "") -> str:
        """The token of the first office of a level, in a place."""
        return next(
            each["token"] for each in self.offices if each["level"] == level and each["place"].startswith(place)
        )

    def place(self, level: str) -> str:
        """The place of that office."""
        return next(each["place"] for each in self.offices if each["level"] == level)


def demo_in(folder: Path) -> Demo:
    """Give a filled store in a folder: a copy, since filling one takes seconds."""
    filled, rows = _filled()
    file = folder / "demo.db"
    shutil.copyfile(filled, file)
    settings = Settings(
        database_url=f"sqlite:///{file}",
        access_log=False,
        today=TODAY,
        person_key_file=folder / "anda.key",
        contact="0474-1234567",
    )
    return Demo(settings, rows)


@cache
def _filled() -> tuple[Path, list[dict[str, str]]]:
    """Fill a store, once for all processes of a run of the tests; give its file and what is printed of the offices."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    folder = Path(tempfile.gettempdir(), f"anda-demo-{run}") if run else Path(tempfile.mkdtemp(prefix="anda-demo-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    offices = folder / "offices.tsv"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not offices.exists():
            engine = make_engine(migrated_file(folder))
            printed = io.StringIO()
            with redirect_stdout(printed), redirect_stderr(io.StringIO()):
                fill_store(engine, Clock(TODAY), load(shipped_files()))
            engine.dispose()
            offices.write_text(printed.getvalue(), encoding="utf-8")
    with offices.open(encoding="utf-8", newline="") as rows:
        return folder / "anda.db", list(csv.DictReader(rows, delimiter="\t"))
