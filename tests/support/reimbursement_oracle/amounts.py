"""Money in whole fen, rates in basis points (6500 is 65 %), days as ISO text; exact throughout, no float."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TypeVar

Value = TypeVar("Value")

WHOLE_BP = 10_000


def fen(money: str | int | Decimal) -> int:
    """Yuan as a request writes them, in fen; a float or a part of a fen is refused."""
    if isinstance(money, bool) or not isinstance(money, (str, int, Decimal)):
        raise TypeError(f"money must be a string, an int or a Decimal, not {money!r}")
    amount = Fraction(Decimal(money)) * 100
    if amount.denominator != 1:
        raise ValueError(f"not a whole number of fen: {money!r}")
    return amount.numerator


def yuan(amount: int) -> str:
    """Fen as an answer writes them."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def half_up(amount: Fraction) -> int:
    """The nearest whole number, a half upwards."""
    return floor(amount + Fraction(1, 2))


def share(amount: int, rate_bp: int) -> int:
    """So many basis points of an amount, rounded half up to the fen."""
    return half_up(Fraction(amount * rate_bp, WHOLE_BP))


def four_places(part: int, whole: int) -> str:
    """A ratio with four places, half up."""
    ratio = half_up(Fraction(part * 10_000, whole))
    return f"{ratio // 10_000}.{ratio % 10_000:04d}"


def on_day(dated: Mapping[str, Value], day: str) -> Value:
    """The value in force on a day, of values by the first day of each."""
    return dated[max(first for first in dated if first <= day)]
