"""The working days of China, from the State Council's yearly notices as a well-kept calendar carries them."""

import datetime as dt

import chinese_calendar


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
