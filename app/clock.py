"""The time: instants in UTC, days in Asia/Shanghai, and working days. A deployment for training sets the day."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Moment(NamedTuple):
    """A moment: the real instant, and the service's day in Asia/Shanghai."""

    at: dt.datetime
    today: dt.date


class Clock:
    """Tells the current moment. A set day moves the day alone: the instant is the real one."""

    def __init__(self, today: dt.date | None = None) -> None:
        self._today = today

    def now(self) -> Moment:
        """Return the current moment."""
        at = dt.datetime.now(dt.UTC)
        return Moment(at, self._today or at.astimezone(SHANGHAI).date())


def time_on(day: dt.date, at: dt.datetime) -> dt.datetime:
    """Return the time of an instant on the service's day, for those who know the service by its day alone."""
    return dt.datetime.combine(day, at.astimezone(SHANGHAI).time(), SHANGHAI)


class YearUnknownError(Exception):
    """The calendar does not have the holidays of the year yet, so its working days are unknown."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} are not known")
        self.year = year


def is_working_day(day: dt.date) -> bool:
    """Whether a day is a working day (工作日), make-up days included. YearUnknownError where unknown."""
    import chinese_calendar  # noqa: PLC0415 - loading its table of days costs a start 20 ms

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise YearUnknownError(day.year) from None


def instant(at: dt.datetime) -> str:
    """Format an instant in UTC to the second, as 2018-05-20T01:02:03Z."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
