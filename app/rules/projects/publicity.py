"""The days of a notice (公示期): 二.6.(2); the figures stand in publicity.yaml."""

import datetime as dt
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias, get_args

from app.rules.parameters import DatedValue, Parameters, Reader
from app.rules.strict_yaml import ParameterError

Level = Literal["village", "township", "county"]


KindOfDay = Literal["calendar", "working"]
"""Every day (自然日), or the days that are worked (工作日)."""


WorkingDay: TypeAlias = Callable[[dt.date], bool]


class NoticePeriod(NamedTuple):
    """A notice's days: posted on one, on display to the end of the other."""

    posted: dt.date
    last_day: dt.date

    def is_over(self, today: dt.date) -> bool:
        """Whether its period has passed: the next step is possible from the day after its last."""
        return today > self.last_day


def check_figures(parameters: Parameters) -> None:
    """Hold the figures of notices to what they can be. ParameterError for no days, or days of an unknown kind."""
    for level in get_args(Level):
        # One that is missing is missed by what reads it, by name.
        for days in _values(parameters, f"publicity.days.{level}"):
            if isinstance(days.value, int) and days.value < 1:
                raise ParameterError(days.file, days.line, "a notice stands for one day at least")
        for kind in _values(parameters, f"publicity.kind_of_day.{level}"):
            if kind.value not in get_args(KindOfDay):
                raise ParameterError(
                    kind.file, kind.line, f"the kind of day is one of {', '.join(get_args(KindOfDay))}"
                )


def _values(parameters: Parameters, name: str) -> tuple[DatedValue, ...]:
    found = parameters.by_name.get(name)
    return found.values if found else ()


def notice_from(posted: dt.date, level: Level, figures: Reader, is_working_day: WorkingDay) -> NoticePeriod:
    """Fix the days of a notice posted on a day: the day of posting is not counted (二.6.(2), reading R19).

    `is_working_day` is asked only where the level counts working days; what it raises for a year it does not know
    goes through.
    """
    days = figures.count(f"publicity.days.{level}")
    if figures.text(f"publicity.kind_of_day.{level}") == "calendar":
        return NoticePeriod(posted, posted + dt.timedelta(days=days))
    last_day = posted
    while days:
        last_day += dt.timedelta(days=1)
        days -= is_working_day(last_day)
    return NoticePeriod(posted, last_day)
