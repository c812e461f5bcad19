"""The days of notices, found from their end: the day of posting for a given last day."""

import datetime as dt
from functools import cache

from app.projects.notice_days import NoticeCalendar
from app.rules.projects.publicity import Level

ONE_DAY = dt.timedelta(days=1)


class PostingDays:
    """Finds the days of notices by the figures in force. ConditionsUnmetError where `NoticeCalendar.on` raises it."""

    def __init__(self, notice_calendar: NoticeCalendar, today: dt.date) -> None:
        self._today = today
        self.last_day = cache(lambda level, posted: notice_calendar.on(level, posted).days.last_day)
        """Return the last day of a level's notice that is posted on a day."""

    def find_posting_day(self, level: Level, last_day: dt.date) -> dt.date:
        """Return the latest day, today at most, on which a notice can be posted that ends by `last_day`."""
        posted = min(last_day - ONE_DAY, self._today)
        while self.last_day(level, posted) > last_day:
            posted -= ONE_DAY
        return posted
