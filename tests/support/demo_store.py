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
    """A filled store, as settings, a token of each office: level, place and token, and what was said of the filling."""

    settings: Settings
    offices: list[dict[str, str]]
    said: str

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
    filled, rows, said = _filled()
    file = folder / "demo.db"
    shutil.copyfile(filled, file)
    settings = Settings(
        database_url=f"sqlite:///{file}",
        access_log=False,
        today=TODAY,
        person_key_file=folder / "anda.key",
        contact="0474-1234567",
    )
    return Demo(settings, rows, said)


@cache
def _filled() -> tuple[Path, list[dict[str, str]], str]:
    """Fill a store, once for all processes of a run; give its file, what is printed of the offices, and what is said.

    What is printed and what is said are the two outputs of the command.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    folder = Path(tempfile.gettempdir(), f"anda-demo-{run}") if run else Path(tempfile.mkdtemp(prefix="anda-demo-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    offices = folder / "offices.tsv"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not offices.exists():
            engine = make_engine(migrated_file(folder))
            printed, said = io.StringIO(), io.StringIO()
            with redirect_stdout(printed), redirect_stderr(said):
                fill_store(engine, Clock(TODAY), load(shipped_files()))
            engine.dispose()
            (folder / "said.txt").write_text(said.getvalue(), encoding="utf-8")
            offices.write_text(printed.getvalue(), encoding="utf-8")
    with offices.open(encoding="utf-8", newline="") as rows:
        found = list(csv.DictReader(rows, delimiter="\t"))
    return folder / "anda.db", found, (folder / "said.txt").read_text(encoding="utf-8")
