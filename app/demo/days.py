"""The days of notices, looked for from their end: when one must have been posted so that it stands until a day."""

import datetime as dt
from functools import cache

from app.projects.notice_days import NoticeCalendar
from app.rules.projects.publicity import Level

ONE_DAY = dt.timedelta(days=1)


class PostingDays:
    """Finds days by the figures of policy in force. ConditionsUnmetError where they cannot be fixed (`Postings.on`)."""

    def __init__(self, notice_calendar: NoticeCalendar, today: dt.date) -> None:
        self._today = today
        self.last_day = cache(lambda level, posted: notice_calendar.on(level, posted).days.last_day)
        """The last day of a level's notice that is posted on a day."""

    def posted(self, level: Level, last_day: dt.date) -> dt.date:
        """Return the latest day, today at most, on which a notice can be posted that stands no longer than a day."""
        posted = min(last_day - ONE_DAY, self._today)
        while self.last_day(level, posted) > last_day:
            posted -= ONE_DAY
        return posted
