"""What time it is: instants in UTC, days in Asia/Shanghai; a deployment for training sets the day."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

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
