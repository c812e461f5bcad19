"""Money in integer fen, rates in integer basis points, and the small vocabulary of the rules.

Every function takes Python integers (one bill at the counter) or NumPy int64 columns (a million bills in an
audit) and runs the same code for both. This is the only module that multiplies and rounds money.
"""

import re
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Fen: TypeAlias = int | npt.NDArray[np.int64]
"""An amount of money in fen (1/100 yuan): one integer, or a column of them."""

Truth: TypeAlias = bool | npt.NDArray[np.bool_]
"""A fact that holds or not: one, or a column of them."""

WHOLE = 10_000
"""100 % in basis points."""

BANK_MONTH, BANK_YEAR, CALENDAR_YEAR = 30, 360, 365
"""Days by which interest is counted: a month and a year of the banks, and a year of actual days."""

_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?", re.ASCII)


def share(amount: Fen, rate: int) -> Fen:
    """Return `rate` basis points of `amount` fen, rounded half up to the fen; `amount` is not negative."""
    return (amount * rate + WHOLE // 2) // WHOLE


def times(amount: int, count: int) -> int:
    """Return `amount` fen taken `count` times."""
    return amount * count


def interest(principal: int, rate: int, days: int, days_a_year: int) -> int:
    """Return the interest on `principal` fen at `rate` basis points a year over `days`, rounded half up to the fen.

    The days are multiplied before anything is divided, so there is one rounding; none of the four is negative.
    """
    whole = WHOLE * days_a_year
    return (2 * principal * rate * days + whole) // (2 * whole)


def interest_of_months(principal: int, rate: int, months: int, odd_days: int) -> int:
    """Return the interest of whole months, a twelfth of the yearly rate each, and of odd days, a 360th each.

    It is one fraction, rounded once, half up to the fen; none of the four is negative.
    """
    return interest(principal, rate, BANK_MONTH * months + odd_days, BANK_YEAR)


def least(a: Fen, b: Fen) -> Fen:
    """Return the smaller of two amounts in fen."""
    if type(a) is int and type(b) is int:
        return a if a < b else b
    return np.minimum(a, b)


def greatest(a: Fen, b: Fen) -> Fen:
    """Return the greater of two amounts in fen."""
    if type(a) is int and type(b) is int:
        return a if a > b else b
    return np.maximum(a, b)


def choose(condition: Truth, when_true: Fen, when_false: Fen) -> Fen:
    """Return `when_true` where the condition holds and `when_false` elsewhere."""
    if isinstance(condition, bool):
        return when_true if condition else when_false
    return np.where(condition, when_true, when_false)


def halves(amount: int) -> tuple[int, int]:
    """Divide an amount in fen into two that add up to it; an odd fen goes to the first."""
    second = amount // 2
    return amount - second, second


def parse_yuan(text: str) -> int:
    """Read an amount in yuan, at most two decimals, as fen. ValueError for anything that is not one."""
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError("not an amount in yuan with at most two decimals")
    yuan, decimals = match.groups()
    return int(yuan) * 100 + (int(decimals.ljust(2, "0")) if decimals else 0)


def format_yuan(fen: Fen) -> str:
    """Write one amount in fen as yuan with two decimals: 120000 becomes 1200.00."""
    if fen < 0:
        return "-" + format_yuan(-fen)
    return f"{fen // 100}{_DECIMALS[fen % 100]}"


_DECIMALS = tuple([f".{fen:02d}" for fen in range(100)])


@lru_cache
def format_rate(basis_points: int) -> str:
    """Write basis points as a decimal with two places, or as many as it takes: 8000 becomes 0.80."""
    whole, part = divmod(basis_points, WHOLE)
    digits = f"{part:04d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{digits}"


@lru_cache
def format_percent(basis_points: int) -> str:
    """Write basis points as a percentage for a sentence: 8000 becomes 80%."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%"


def format_points(basis_points: int) -> str:
    """Write percentage points for a sentence: 500 becomes 5."""
    return format_percent(basis_points).removesuffix("%")


def reaches(part: Fen, whole: Fen, rate: int) -> bool:
    """Whether `part` is at least `rate` basis points of `whole`, exactly: nothing is rounded."""
    return bool(part * WHOLE >= whole * rate)


def ratio(part: Fen, whole: Fen, places: int = 4) -> str:
    """Return `part` over `whole` as a decimal, rounded half up to `places`; `whole` is not 0."""
    one = 10**places
    scaled = (2 * part * one + whole) // (2 * whole)
    return f"{scaled // one}.{scaled % one:0{places}d}"
