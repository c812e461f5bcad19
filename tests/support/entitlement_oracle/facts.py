"""A request as facts: money in fen, days, pointers, the readings taken, and the standard of minimum living."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

from tests.support.entitlement_oracle.figures import AVERAGE_STANDARD, POOR, READINGS, YUAN

Json = dict[str, Any]
Readings = dict[str, str]
Standards = Mapping[str, Mapping[str, str | int]]
"""Counties' own standards of minimum living: by county, yuan by the first day on which they hold."""

LEAP_DAY = (2, 29)


@cache
def day_of(text: str) -> date:
    """A day as the request writes it."""
    return date.fromisoformat(text)


@cache
def fen(money: str | int | Decimal) -> int:
    """Yuan as the request writes them, in whole fen. Floats and fractions of a fen are refused."""
    if isinstance(money, bool) or not isinstance(money, (str, int, Decimal)):
        raise TypeError(f"money must be a string, an int or a Decimal, not {money!r}")
    amount = Fraction(Decimal(money)) * YUAN
    if amount.denominator != 1:
        raise ValueError(f"not a whole number of fen: {money!r}")
    return amount.numerator


def yuan(amount: int) -> str:
    """Fen as the contract writes money."""
    return f"{amount // YUAN}.{amount % YUAN:02d}"


def half_up(amount: Fraction) -> int:
    """The nearest whole fen, half a fen up."""
    return floor(amount + Fraction(1, 2))


def is_leap(year: int) -> bool:
    """Tell whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@cache
def full_years(birth: date, day: date) -> int:
    """Full years, reached on the birthday; who was born on 29 February reaches them on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def years_before(day: date, years: int) -> date:
    """The same day that many years before; 28 February where there is no 29th."""
    year = day.year - years
    return date(year, 2, 28) if (day.month, day.day) == LEAP_DAY and not is_leap(year) else day.replace(year=year)


def years_later(birth: date, years: int) -> date:
    """The day on which somebody has lived that many full years."""
    year = birth.year + years
    return date(year, 3, 1) if (birth.month, birth.day) == LEAP_DAY and not is_leap(year) else birth.replace(year=year)


def around(day: date) -> list[date]:
    """A day, the one before and the one after."""
    return [day - timedelta(days=1), day, day + timedelta(days=1)]


def of_household(name: str) -> str:
    """Point to a fact of the household."""
    return f"/household/{name}"


def of_member(index: int, name: str) -> str:
    """Point to a fact of a member."""
    return f"/household/members/{index}/{name}"


def filled(request: Json, completion: Mapping[str, Any]) -> Json:
    """The request with values in the places that are pointed to."""
    full = deepcopy(request)
    for pointer, value in completion.items():
        at: Any = full
        *steps, last = pointer.split("/")[1:]
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[last] = value
    return full


class House:
    """One request: what is given, None for what is not, and what a deployment sets beside it."""

    def __init__(
        self, request: Json, defaults: Mapping[str, str] | None = None, standard_by_county: Standards | None = None
    ) -> None:
        """Take the request as it was sent."""
        self.request = request
        self.today = day_of(request["as_of"])
        self.members: list[Json] = request["household"]["members"]
        self.size = len(self.members)
        self.poor = POOR[request["household"]["registration"]]
        self.in_force: Readings = {name: values[0] for name, values in READINGS.items()} | dict(defaults or {})
        wanted = request.get("readings") or {}
        self.readings: Readings = self.in_force | {name: value for name, value in wanted.items() if value is not None}
        for name, value in self.readings.items():
            if value not in READINGS[name]:
                raise ValueError(f"{name} has no value {value}")
        own = self._own_standard(standard_by_county or {})
        self.standard_is_average = own is None
        self.standard = AVERAGE_STANDARD if own is None else own

    def _own_standard(self, standards: Standards) -> int | None:
        """The county's standard on the day, None where it has none or the county is unknown."""
        dated = standards.get(self.at(of_household("county")) or "", {})
        held = [(day_of(first), money) for first, money in dated.items() if day_of(first) <= self.today]
        return fen(max(held)[1]) if held else None

    def at(self, pointer: str) -> Any:
        """The value at a pointer, None where it is left out."""
        value: Any = self.request
        for step in pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value.get(step)
            if value is None:
                return None
        return value
