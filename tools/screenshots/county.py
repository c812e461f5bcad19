"""The demo county on a fixed day, served for the screenshots."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from app.clock import Clock, is_working_day
from app.db.engine import make_engine, migrate, writing
from app.demo.county import load_county
from app.demo.seed import Office, fill, plan_projects
from app.i18n import Language
from app.projects.notice_days import NoticeCalendar
from app.settings import Settings, load_parameters
from tools.screenshots.browser import served

DAY = dt.date(2018, 5, 20)


@dataclass(frozen=True)
class County:
    """A served county: its address, its offices, and the language of the pictures."""

    address: str
    offices: list[Office]
    language: Language = "zh"

    def link(self, path: str) -> str:
        """Return the address of a page in the language of the pictures."""
        if self.language == "zh":
            return self.address + path
        return f"{self.address}{path}{'&' if '?' in path else '?'}lang={self.language}"


@contextmanager
def demo_county() -> Iterator[County]:
    """Seed a temporary store like `anda demo`, and serve it."""
    with TemporaryDirectory(prefix="anda-screenshots-") as folder:
        settings = Settings(
            database_url=f"sqlite:///{Path(folder) / 'anda.db'}",
            person_key_file=Path(folder) / "anda.key",
            access_log=False,
        )
        engine = make_engine(settings.database_url)
        migrate(engine)
        county = load_county()
        notice_calendar = NoticeCalendar(load_parameters(settings), is_working_day)
        plans = plan_projects(county, notice_calendar, DAY)
        with writing(engine) as connection:
            offices = fill(connection, county, plans, notice_calendar, DAY).offices
        engine.dispose()
        # Not the setting, which would say on every page that the day is set.
        with patch("app.main.Clock", lambda today: Clock(today or DAY)), served(settings) as address:
            yield County(address, offices)
