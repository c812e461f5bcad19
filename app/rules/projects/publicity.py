"""The days of a notice (公示期): 二.6.(2); figures in publicity.yaml."""

import datetime as dt
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias, get_args

from app.rules.parameters import DatedValue, Parameters, Reader
from app.rules.strict_yaml import ParameterError

Level = Literal["village", "township", "county"]


KindOfDay = Literal["calendar", "working"]
"""Calendar days (自然日), or working days (工作日)."""


WorkingDay: TypeAlias = Callable[[dt.date], bool]


class NoticePeriod(NamedTuple):
    """The days of a notice: the day of posting, and the last day on display."""

    posted: dt.date
    last_day: dt.date

    def is_over(self, today: dt.date) -> bool:
        """Whether the period is over: the next step is possible from the day after the last."""
        return today > self.last_day


def check_figures(parameters: Parameters) -> None:
    """Check the figures of notices. ParameterError for a period of no days, or an unknown kind of day."""
    for level in get_args(Level):
        # A missing figure raises its own error where it is read.
        for days in _values(parameters, f"publicity.days.{level}"):
            if isinstance(days.value, int) and days.value < 1:
                raise ParameterError(days.file, days.line, "a notice stands for one day at least")
        for kind in _values(parameters, f"publicity.kind_of_day.{level}"):
            if kind.value not in get_args(KindOfDay):
                raise ParameterError(
                    kind.file, kind.line, f"the kind of day is one of {', '.join(get_args(KindOfDay))}"
                )


def _values(parameters: Parameters, name: str) -> tuple[DatedValue, ...]:
    parameter = parameters.by_name.get(name)
    return parameter.values if parameter else ()


def notice_from(posted: dt.date, level: Level, figures: Reader, is_working_day: WorkingDay) -> NoticePeriod:
    """Calculate the days of a notice posted on a day; the day of posting is not counted (二.6.(2), reading R19).

    `is_working_day` is called only where the level counts working days; its error for a year without a calendar
    passes through.
    """
    days = figures.count(f"publicity.days.{level}")
    if figures.text(f"publicity.kind_of_day.{level}") == "calendar":
        return NoticePeriod(posted, posted + dt.timedelta(days=days))
    last_day = posted
    while days:
        last_day += dt.timedelta(days=1)
        days -= is_working_day(last_day)
    return NoticePeriod(posted, last_day)
