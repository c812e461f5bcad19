"""A household on a day, under the figures of that day: what the rules are asked about, and what they find."""

import datetime as dt
from functools import cached_property, lru_cache
from typing import NamedTuple

from app.rules.entitlements.household import Disability, Household, full_years
from app.rules.money import halves
from app.rules.parameters import Reader
from app.rules.registration import BENEFITS, REASON, Registration
from app.rules.three_valued import Condition, FactPath, Reason, because, fails, holds


class Payment(NamedTuple):
    """A part of a year's amount, in fen, and the last day on which it is paid."""

    by: dt.date
    amount: int


class Finding(NamedTuple):
    """What a rule finds: whether the benefit is due and why, and if so how much of it and when."""

    condition: Condition
    amount: int | None = None
    """Fen; None in kind, or where somebody else sets it."""
    figure: str | None = None
    """The figure that the finding rests on, where it rests on one."""
    payments: tuple[Payment, ...] = ()
    area_ceiling: int | None = None
    """Square metres that a relocated household's house may have."""


DUE = Finding(Condition(True))
"""Due without further condition, in kind."""


class Case:
    """What a member's benefits depend on beside the member: a day, its figures, the household's standing, disabilities.

    Nothing else of the household is in it, so that a finding is the same wherever these and the member's facts are.
    """

    def __init__(
        self,
        as_of: dt.date,
        figures: Reader,
        status: Registration,
        disabilities: tuple[Disability | None, ...],
    ) -> None:
        self.as_of = as_of
        self.figures = figures
        self.disabilities = disabilities
        """Every member's, by number."""
        self.poor = holds(REASON[status]) if BENEFITS[status] else fails(REASON[status])

    def pays(self, condition: Condition, figure: str, *reasons: Reason, paid_by: tuple[str, ...] = ()) -> Finding:
        """Find a figure's amount due where the condition holds: in one, or in halves by the days of the year given."""
        if not condition.truth:
            return Finding(condition)
        amount = int(self.figures.money(figure))
        payments: tuple[Payment, ...] = ()
        if paid_by:
            year = self.as_of.year
            payments = _payments(amount, tuple([self.figures.day_in(day, year) for day in paid_by]), self.as_of)
        return Finding(condition.because(*reasons), amount, figure, payments)


class HouseholdCase(Case):
    """What the benefits of a household as a whole depend on: all of it."""

    def __init__(self, household: Household, as_of: dt.date, figures: Reader) -> None:
        disabilities = tuple([member.disability for member in household.members])
        super().__init__(as_of, figures, household.registration, disabilities)
        self.household = household

    @cached_property
    def somebody_in_need(self) -> Condition:
        """Whether some member is old, severely disabled, chronically ill or unable to work (八.1)."""
        old = self.figures.count("social_security.minimum_living.old_from")
        found: set[Reason] = set()
        missing: list[FactPath] = []
        aged = because("member_old", age=old)
        for member in self.household.members:
            number, born = member.number, member.birth_date
            if born is None:
                missing.append((number, "birth_date"))
            elif full_years(born, self.as_of) >= old:
                found.add(aged)
            if member.can_work is None:
                missing.append((number, "can_work"))
            elif not member.can_work:
                found.add(_UNABLE)
            if member.disability is None:
                missing.append((number, "disability"))
            elif member.disability == "severe":
                found.add(_DISABLED)
            if member.chronic_disease is None:
                missing.append((number, "chronic_disease"))
            elif member.chronic_disease:
                found.add(_ILL)
        if found:
            return Condition(True, tuple([each for each in (aged, _DISABLED, _ILL, _UNABLE) if each in found]))
        return Condition(None, (), tuple(missing)) if missing else fails("nobody_in_need")


_UNABLE, _DISABLED, _ILL = because("member_unable_to_work"), because("member_severely_disabled"), because("member_ill")


@lru_cache
def _payments(amount: int, days: tuple[dt.date, ...], as_of: dt.date) -> tuple[Payment, ...]:
    """Divide what is due over its days, one or two; those before `as_of` are past."""
    parts = halves(amount) if len(days) > 1 else (amount,)
    return tuple(Payment(day, part) for day, part in zip(days, parts, strict=True) if day >= as_of)
