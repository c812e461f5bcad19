"""A household on a day, under the figures of that day: the input of the rules, and their findings."""

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
    """The finding of a rule: whether the benefit is due and why, and if so its amount and its payments."""

    condition: Condition
    amount: int | None = None
    """Fen; None for a benefit in kind, or where another authority sets it."""
    figure: str | None = None
    """The name of the figure behind the finding, where there is one."""
    payments: tuple[Payment, ...] = ()
    area_ceiling: int | None = None
    """The largest area of a relocated household's house, in square metres."""


DUE = Finding(Condition(True))
"""Due without further condition, in kind."""


class Case:
    """What the benefits of a member depend on besides the member: day, figures, registration, all disabilities.

    Nothing else of the household is in it, so a finding can be cached by these and the facts of the member.
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
        """The disability of every member, by number."""
        self.poor = holds(REASON[status]) if BENEFITS[status] else fails(REASON[status])

    def pays(self, condition: Condition, figure: str, *reasons: Reason, paid_by: tuple[str, ...] = ()) -> Finding:
        """Return the amount of a figure where the condition holds, in one payment or in halves on days of the year."""
        if not condition.truth:
            return Finding(condition)
        amount = int(self.figures.money(figure))
        payments: tuple[Payment, ...] = ()
        if paid_by:
            year = self.as_of.year
            payments = _payments(amount, tuple([self.figures.day_in(day, year) for day in paid_by]), self.as_of)
        return Finding(condition.because(*reasons), amount, figure, payments)


class HouseholdCase(Case):
    """What the benefits of the household as a whole depend on: all of its facts."""

    def __init__(self, household: Household, as_of: dt.date, figures: Reader) -> None:
        disabilities = tuple([member.disability for member in household.members])
        super().__init__(as_of, figures, household.registration, disabilities)
        self.household = household

    @cached_property
    def somebody_in_need(self) -> Condition:
        """Whether some member is old, severely disabled, chronically ill or unable to work (八.1)."""
        old = self.figures.count("social_security.minimum_living.old_from")
        held: set[Reason] = set()
        missing: list[FactPath] = []
        aged = because("member_old", age=old)
        for member in self.household.members:
            number, born = member.number, member.birth_date
            if born is None:
                missing.append((number, "birth_date"))
            elif full_years(born, self.as_of) >= old:
                held.add(aged)
            if member.can_work is None:
                missing.append((number, "can_work"))
            elif not member.can_work:
                held.add(_UNABLE)
            if member.disability is None:
                missing.append((number, "disability"))
            elif member.disability == "severe":
                held.add(_DISABLED)
            if member.chronic_disease is None:
                missing.append((number, "chronic_disease"))
            elif member.chronic_disease:
                held.add(_ILL)
        if held:
            return Condition(True, tuple([reason for reason in (aged, _DISABLED, _ILL, _UNABLE) if reason in held]))
        return Condition(None, (), tuple(missing)) if missing else fails("nobody_in_need")


_UNABLE, _DISABLED, _ILL = because("member_unable_to_work"), because("member_severely_disabled"), because("member_ill")


@lru_cache
def _payments(amount: int, days: tuple[dt.date, ...], as_of: dt.date) -> tuple[Payment, ...]:
    """Divide an amount over its one or two days of payment; days before `as_of` are left out."""
    parts = halves(amount) if len(days) > 1 else (amount,)
    return tuple(Payment(day, part) for day, part in zip(days, parts, strict=True) if day >= as_of)
