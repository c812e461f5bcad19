"""A household on a day, under the figures and the readings of that day: the input of the rules, and their findings."""

import datetime as dt
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, Self

from app.rules.entitlements.household import Disability, Household, full_years
from app.rules.money import halves, times
from app.rules.parameters import Reader
from app.rules.readings import HouseholdReadings
from app.rules.registration import BENEFITS, REASON, Registration
from app.rules.three_valued import Condition, FactPath, Reason, because, fails, holds, known, unknown

Per = Literal["year", "month", "once", "school_year"]

STANDARD = "social_security.minimum_living.standard"
STANDARD_BY_COUNTY = "social_security.minimum_living.standard_by_county"
OLD_FROM = "social_security.minimum_living.old_from"


class Payment(NamedTuple):
    """A part of a year's amount, in fen, and the last day on which it is paid."""

    by: dt.date
    amount: int


class FindingOutcome(NamedTuple):
    """What a reading may change of a finding: whether the benefit is due, the amount in fen, and the period of it."""

    truth: bool | None
    amount: int | None
    per: Per | None
    """The period where the finding names one; None where it is the benefit's own."""


class RestsOn(NamedTuple):
    """A reading that a finding rests on: the value taken, and what each other value would give."""

    reading: str
    taken: str
    otherwise: tuple[tuple[str, FindingOutcome], ...]


class Together(NamedTuple):
    """Readings of which only several switched together change a finding, and what they give."""

    values: tuple[tuple[str, str], ...]
    outcome: FindingOutcome


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
    per: Per | None = None
    """The period of the amount, where it is not the benefit's own."""
    certain: bool = True
    """Whether the amount counts among the sums: False where it waits for something that only others know."""
    readings: tuple[RestsOn, ...] = ()
    """The readings on which the finding rests, in their order."""
    together: tuple[Together, ...] = ()
    """The smallest sets of readings that change it together, where none does alone."""

    @property
    def outcome(self) -> FindingOutcome:
        """What a reading may change of the finding."""
        return FindingOutcome(self.condition.truth, self.amount, self.per)


DUE = Finding(Condition(True))
"""Due without further condition, in kind."""


class ConsultedReadings(HouseholdReadings):
    """The readings of a case, which record those that a rule consults."""

    consulted: dict[str, None]

    @classmethod
    def recording(cls, readings: HouseholdReadings) -> Self:
        """Wrap readings, none of them consulted yet."""
        recorder = tuple.__new__(cls, readings)
        recorder.consulted = {}
        return recorder


def _recorded(position: int, name: str) -> property:
    """Return a reading that records its name when it is read."""

    def consult(readings: ConsultedReadings) -> str:
        readings.consulted[name] = None
        return readings[position]

    return property(consult)


for _position, _name in enumerate(HouseholdReadings._fields):
    setattr(ConsultedReadings, _name, _recorded(_position, _name))


class Case:
    """What the benefits of a member depend on besides the member: day, figures, readings, registration, disabilities.

    Nothing else of the household is in it, so a finding can be cached by these and the facts of the member.
    """

    def __init__(
        self,
        as_of: dt.date,
        figures: Reader,
        readings: HouseholdReadings,
        status: Registration,
        disabilities: tuple[Disability | None, ...],
    ) -> None:
        self.as_of = as_of
        self.figures = figures
        self.taken = readings
        self.readings = ConsultedReadings.recording(readings)
        """The same, recorded as they are consulted; others in their place while a rule is tried under them."""
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


class Standard(NamedTuple):
    """The minimum-living standard of a household's county, in fen a person a year."""

    amount: int
    figure: str
    """The name of the figure: the county's own, or the city's average where the county has entered none."""
    whose: str
    """The code of the words that say which of the two it is."""


class HouseholdCase(Case):
    """What the benefits of the household as a whole depend on: all of its facts."""

    def __init__(self, household: Household, as_of: dt.date, figures: Reader, readings: HouseholdReadings) -> None:
        disabilities = tuple([member.disability for member in household.members])
        super().__init__(as_of, figures, readings, household.registration, disabilities)
        self.household = household

    def standard(self) -> Standard:
        """Return the minimum-living standard (低保标准): the county's, else the average that the document states."""
        own = self.figures.of_county(STANDARD_BY_COUNTY, self.household.county)
        if own is not None:
            return Standard(own, STANDARD_BY_COUNTY, "standard_of_county")
        return Standard(int(self.figures.money(STANDARD)), STANDARD, "standard_on_average")

    def income_below(self, standard: Standard) -> Condition:
        """Whether the income a head is below the minimum-living standard (人均年纯收入低于低保标准)."""
        income, members = self.household.annual_net_income, len(self.household.members)
        if income is None:
            return unknown(("annual_net_income",))
        line = times(standard.amount, members)
        operands = (("income", income), ("members", members), ("line", line), ("standard", standard.amount))
        code = "income_below" if income < line else "income_not_below"
        return Condition(income < line, (Reason(code, (*operands, ("whose", standard.whose))),))

    def somebody_in_need(self) -> Condition:
        """Whether some member is old, severely disabled, ill or unable to work (八.1)."""
        self.figures.count(OLD_FROM)  # each finding that needs it reads it, also where the answer is kept
        return self._need

    @cached_property
    def _need(self) -> Condition:
        return _need_of(self.household, self.as_of, self.figures.count(OLD_FROM))


def _need_of(household: Household, as_of: dt.date, old: int) -> Condition:
    held: set[Reason] = set()
    missing: list[FactPath] = []
    aged = because("member_old", age=old)
    for member in household.members:
        number, born = member.number, member.birth_date
        if born is None:
            missing.append((number, "birth_date"))
        elif full_years(born, as_of) >= old:
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
            held.add(_CHRONIC)
        if member.major_disease is None:
            missing.append((number, "major_disease"))
        elif member.major_disease:
            held.add(_MAJOR)
    if held:
        ordered = (aged, _DISABLED, _CHRONIC, _MAJOR, _UNABLE)
        return Condition(True, tuple([reason for reason in ordered if reason in held]))
    return Condition(None, (), tuple(missing)) if missing else known(False, "", "nobody_in_need", age=old)


_UNABLE, _DISABLED = because("member_unable_to_work"), because("member_severely_disabled")
_CHRONIC, _MAJOR = because("member_chronically_ill"), because("member_with_major_disease")


@lru_cache
def _payments(amount: int, days: tuple[dt.date, ...], as_of: dt.date) -> tuple[Payment, ...]:
    """Divide an amount over its one or two days of payment; days before `as_of` are left out."""
    parts = halves(amount) if len(days) > 1 else (amount,)
    return tuple(Payment(day, part) for day, part in zip(days, parts, strict=True) if day >= as_of)
