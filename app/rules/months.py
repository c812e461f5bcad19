"""Months between days, as banks count them: from a day to the same day of a later month, or that month's last day."""

import calendar
import datetime as dt

MONTHS_A_YEAR = 12


def whole_months(start: dt.date, end: dt.date) -> tuple[int, int]:
    """Count the most months from a day that end on or before another, and the days from there to it.

    The months are always counted from the first day: two months from 31 January end on 31 March, one on 28 February.
    """
    months = MONTHS_A_YEAR * (end.year - start.year) + end.month - start.month
    reached = _months_after(start, months)
    if reached > end:
        months -= 1
        reached = _months_after(start, months)
    return months, (end - reached).days


def _months_after(start: dt.date, months: int) -> dt.date:
    """Return the same day of the month so many months later, or the month's last day where it has none."""
    year, month = divmod(MONTHS_A_YEAR * start.year + start.month - 1 + months, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last))
