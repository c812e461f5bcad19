"""The days of a notice (公示期), by the figures of policy in force on the day of posting."""

import datetime as dt

from app.clock import YearUnknownError
from app.db.projects.notices import NoticeDays, PostedFigure
from app.errors import ConditionsUnmetError
from app.rules.parameters import DatedValue, NoPolicyInForceError, Parameters
from app.rules.projects.procedure import OWN_WAY, Unmet
from app.rules.projects.publicity import Level, WorkingDay, notice_from
from app.rules.three_valued import because


class NoticeCalendar:
    """Fixes the days of notices by the figures of policy in force on the day of posting."""

    def __init__(self, parameters: Parameters, is_working_day: WorkingDay) -> None:
        self._parameters = parameters
        self._is_working_day = is_working_day

    def on(self, level: Level, today: dt.date) -> NoticeDays:
        """Fix the days of a notice posted today.

        ConditionsUnmetError where the working days that it counts are not known, or no policy is in force.
        """
        days, unknown = self.perhaps(level, today)
        if days is None:
            raise ConditionsUnmetError(unknown)
        return days

    def perhaps(self, level: Level, today: dt.date) -> tuple[NoticeDays | None, list[Unmet]]:
        """Fix the days of a notice posted today, or return the reasons why they cannot be fixed."""
        try:
            figures = self._parameters.on(today)
            reader = figures.reader()
            days = notice_from(today, level, reader, self._is_working_day)
        except YearUnknownError as error:
            return None, [Unmet(because("working_days_unknown", year=error.year), OWN_WAY)]
        except NoPolicyInForceError as error:
            return None, [Unmet(because("no_policy_yet", day=error.first_day.isoformat()), OWN_WAY)]
        read = [(name, figures.in_force[name]) for name in reader.drain()]
        return NoticeDays(days, [_cited(name, dated) for name, dated in read]), []


def _cited(name: str, dated: DatedValue) -> PostedFigure:
    return {
        "parameter": name,
        "value": str(dated.value),
        "document": dated.document,
        "clause": dated.clause,
        "basis": dated.basis,
        "effective_from": dated.effective_from.isoformat(),
    }
