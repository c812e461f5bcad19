"""Numbers and days as hospitals' systems write them: as numbers or texts, from doubles and from several languages."""

import datetime as dt
import re
from decimal import Decimal

from app.clock import SHANGHAI

_AMOUNT = re.compile(r"(-?)([0-9]{0,20})(?:\.([0-9]{0,40}))?", re.ASCII)
"""A decimal number; some databases write no zero before the point, as .55."""

_MOST_PLACES = 40
"""The most decimal places of an amount."""

_EXACT_PLACES = 4
"""The decimal places that are never the tail of a double."""

_TAIL = 5 * 10**-13
"""The greatest share of an amount that the tail of a double has. Written in fifteen digits, it is a tenth of that."""

_DAY = re.compile(
    r"(?:([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4})([-/])([0-9]{1,2})\5([0-9]{1,2}))"
    r"(?:(?:[ T]*)([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2}))?(?:\.[0-9]{1,9})?(?: ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?",
    re.ASCII,
)
"""A day with or without a time: 2018-03-08, 20180308, 2018/3/8 0:00:00, 2018-03-08T00:00:00+08:00."""


def plain_number(number: int | Decimal) -> str:
    """Write a number without an exponent; empty for a boolean, and for a number of absurd size or precision."""
    if isinstance(number, bool):
        return ""
    if isinstance(number, int):
        return str(number)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_PLACES:
        return ""
    return f"{number:f}" if int(number.as_tuple().exponent) >= -_MOST_PLACES else ""


def parse_fen(value: object) -> int | None:
    """Parse an amount in yuan as fen; None for anything else, and for one with a third decimal.

    The tail that an amount has from a double is let go, as in 42000.3000000003 and 0.30000000000000004.
    """
    parts = _parts(value)
    if parts is None:
        return None
    sign, yuan, decimals = parts
    cents = decimals.rstrip("0")
    fen = int(yuan) * 100 + int(cents[:2].ljust(2, "0"))
    if len(cents) > 2:
        rounded = _without_tail(fen, cents[2:])
        if rounded is None:
            return None
        fen = rounded
    return -fen if sign else fen


def parse_scaled(value: object, places: int) -> int | None:
    """Parse a number in units of its last decimal place, rounded half away from zero; None for anything else."""
    parts = _parts(value)
    if parts is None:
        return None
    sign, whole, decimals = parts
    digits = decimals.ljust(places + 1, "0")
    number = int(f"{whole}{digits[:places]}") + (digits[places] >= "5")
    return -number if sign else number


def parse_day(value: object) -> dt.date | None:
    """Parse a day; None for anything else. Its time of day is ignored, unless it is of another zone."""
    match = _DAY.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
    if match is None:
        return None
    year, month, day = (int(match[at] or match[other]) for at, other in ((1, 4), (2, 6), (3, 7)))
    zone = match[11]
    try:
        if zone is None:
            return dt.date(year, month, day)
        written = f"{year:04d}-{month:02d}-{day:02d}T{int(match[8]):02d}:{match[9]}:{match[10] or '00'}{zone}"
        return dt.datetime.fromisoformat(written).astimezone(SHANGHAI).date()
    except (ValueError, OverflowError):
        return None


def one_day(written: str) -> str:
    """Write a day in one form, and its time of day unless that is midnight; any other text stays as it is."""
    match = _DAY.fullmatch(written)
    day = parse_day(written)
    if match is None or day is None or match[11] is not None:
        return written
    hour, minute, second = (int(each or 0) for each in match.group(8, 9, 10))
    return f"{day}" if hour == minute == second == 0 else f"{day} {hour:02d}:{minute:02d}:{second:02d}"


def one_form(value: object) -> str | None:
    """Write an amount or a quantity in one form, whatever its zeros and its tail; None for anything else."""
    fen = parse_fen(value)
    if fen is not None:
        return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{-fen // 100}.{-fen % 100:02d}"
    parts = _parts(value)
    if parts is None:
        return None
    sign, whole, decimals = parts
    return f"{sign}{int(whole)}.{decimals.rstrip('0')}"


def _parts(value: object) -> tuple[str, str, str] | None:
    """Return the sign, the digits before the point and those behind it; None for what is no number."""
    written = plain_number(value) if isinstance(value, (int, Decimal)) else value
    match = _AMOUNT.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None or not (match[2] or match[3]):
        return None
    return match[1], match[2] or "0", match[3] or ""


def _without_tail(fen: int, beyond: str) -> int | None:
    """Return the fen next to an amount, whose digits beyond the second decimal are a double's tail; None elsewhere."""
    scale = 10 ** len(beyond)
    over = int(beyond)
    nearest, away = (fen, over) if over * 2 < scale else (fen + 1, scale - over)
    small = away * 10 ** (_EXACT_PLACES - 2) * 2 < scale
    greatest_tail = max(100, nearest) * _TAIL
    return nearest if small and away / scale <= greatest_tail else None
