"""The facts of a household. Each may be unknown (None); what is known to be absent is "none"."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from app.rules.registration import Registration
from app.rules.three_valued import CACHE_SIZE

Disability = Literal["none", "ordinary", "severe"]
Stage = Literal["primary", "junior_high", "senior_high", "university", "vocational_secondary", "vocational_higher"]
RelocationKind = Literal["registered", "along"]
Arrangement = Literal["concentrated", "scattered", "self_arranged"]
"""How a relocated household is settled: together, one by one, or as it arranges for itself (集中、分散、自主安置)."""
Absent = Literal["none"]


class Student(NamedTuple):
    """The known facts of a pupil or student (在校生)."""

    stage: Stage | None = None
    boarding: bool | None = None
    """Boards at the school (寄宿)."""
    school_in_county_seat: bool | None = None
    entered_university_in: int | None = None
    """The calendar year in which university, or the higher vocational school, was entered."""


class Loan(NamedTuple):
    """The known facts of a poverty-alleviation loan (扶贫小额贷款)."""

    principal: int | None = None
    """Fen."""
    first_day: dt.date | None = None
    """The first day that bears interest."""
    end: dt.date | None = None
    """The day it ends, which bears none."""


class Member(NamedTuple):
    """The known facts of a member of the household, without anything that identifies the person."""

    number: int
    """The position in the household."""
    head: bool | None = None
    birth_date: dt.date | None = None
    can_work: bool | None = None
    disability: Disability | None = None
    in_difficulty: bool | None = None
    chronic_disease: bool | None = None
    major_disease: bool | None = None
    mobility_impaired: bool | None = None
    pension_insured: bool | None = None
    no_supporter: bool | None = None
    """Has nobody who could support the member (无法定赡养、抚养、扶养义务人)."""
    student: Student | Absent | None = None
    loan: Loan | Absent | None = None


class Relocation(NamedTuple):
    """The known facts of a household's relocation (易地扶贫搬迁)."""

    kind: RelocationKind | None = None
    arrangement: Arrangement | None = None


@dataclass(slots=True)
class Household:
    """The known facts of a household; the list of members is complete."""

    registration: Registration
    members: tuple[Member, ...]
    annual_net_income: int | None = None
    """Fen."""
    relocation: Relocation | Absent | None = None
    dilapidated_house: bool | None = None
    steep_farmland: bool | None = None
    """Farmland steeper than 25°; outside the deeply poor counties only what is not basic farmland."""
    sudden_hardship: bool | None = None
    """A sudden event has put the household's living into difficulty for a time."""
    county: str | None = None
    """The national code of the county, six digits."""


FACTS: tuple[str, ...] = (
    "county",
    "annual_net_income",
    "relocation",
    "relocation.kind",
    "relocation.arrangement",
    "dilapidated_house",
    "steep_farmland",
    "sudden_hardship",
    "head",
    "birth_date",
    "can_work",
    "disability",
    "in_difficulty",
    "chronic_disease",
    "mobility_impaired",
    "pension_insured",
    "student",
    "student.stage",
    "student.boarding",
    "student.school_in_county_seat",
    "student.entered_university_in",
    "loan",
    "loan.principal",
    "loan.from",
    "loan.to",
    "major_disease",
    "no_supporter",
)
"""Every fact that can be missing and matter, in the order of the request."""


@lru_cache(maxsize=CACHE_SIZE)
def full_years(born: dt.date, day: dt.date) -> int:
    """Return the age in full years on a day; someone born on 29 February completes a year on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
