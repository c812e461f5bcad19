"""What time it is: instants in UTC, days in Asia/Shanghai; a deployment for training sets the day."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Moment(NamedTuple):
    """When something is done: the instant, and the day that it belongs to in Asia/Shanghai."""

    at: dt.datetime
    today: dt.date


class Clock:
    """Tells the moment; with a day set, the same time of that day."""

    def __init__(self, today: dt.date | None = None) -> None:
        self._today = today

    def now(self) -> Moment:
        """Return this moment."""
        at = dt.datetime.now(SHANGHAI)
        if self._today is not None:
            at = dt.datetime.combine(self._today, at.time(), SHANGHAI)
        return Moment(at.astimezone(dt.UTC), at.date())


class YearUnknownError(Exception):
    """The calendar does not know this year's holidays yet: nobody may guess them."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} are not known")
        self.year = year


def is_working_day(day: dt.date) -> bool:
    """Whether a day is worked (工作日), days worked instead of others included. YearUnknownError."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise YearUnknownError(day.year) from None


def instant(at: dt.datetime) -> str:
    """Write an instant in UTC, to the second."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
