"""Numbers of persons in one form, and what an identity number (公民身份号码, GB 11643) says of its holder.

Pure functions: nothing here is stored or logged.
"""

import datetime as dt
import re
from typing import Literal

Sex = Literal["male", "female"]

_WIDE = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
"""The full-width forms of the ASCII characters, and the ideographic blank."""

_IDENTITY = re.compile(r"[1-9][0-9]{5}((?:1[89]|20)[0-9]{6})[0-9]{2}([0-9])[0-9X]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"


def narrowed(text: str) -> str:
    """Return a text without blanks around it and without full-width forms of ASCII characters."""
    return text.translate(_WIDE).strip()


def folded(number: str) -> str:
    """Return the one form of a number or a code: narrow, without blanks around it, its letters capital."""
    return narrowed(number).upper()


def spellings(number: str) -> tuple[str, ...]:
    """List the spellings under which a number may have been stored: the one form first, then those of older releases.

    Older releases kept a number as it was sent.
    """
    sent = narrowed(number)
    return tuple(dict.fromkeys((folded(number), sent, sent.lower())))


def check_character(digits: str) -> str:
    """Return the last character of an identity number, by its first seventeen digits."""
    products = (int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[sum(products) % len(_CHECK_CHARACTERS)]


def is_identity_number(number: str) -> bool:
    """Whether a number is an identity number: a place, a day of the calendar, and the right check character."""
    return birth_date(number) is not None


def birth_date(number: str) -> dt.date | None:
    """Return the birth date that an identity number holds; None for any other number."""
    form = folded(number)
    match = _IDENTITY.fullmatch(form)
    if match is None or check_character(form[:-1]) != form[-1]:
        return None
    try:
        return dt.date.fromisoformat(match[1])
    except ValueError:
        return None


def sex(number: str) -> Sex | None:
    """Return the sex that an identity number holds; None for any other number."""
    if not is_identity_number(number):
        return None
    return "male" if int(folded(number)[-2]) % 2 else "female"


def tenths_of_age(born: dt.date, day: dt.date) -> int | None:
    """Return an age on a day in tenths of years, rounded down; None before the birth."""
    if day < born:
        return None
    years = day.year - born.year
    if _birthday(born, born.year + years) > day:
        years -= 1
    last, following = _birthday(born, born.year + years), _birthday(born, born.year + years + 1)
    return years * 10 + (day - last).days * 10 // (following - last).days


def _birthday(born: dt.date, year: int) -> dt.date:
    """Return a birthday; who was born on 29 February has it on 1 March where the year has no such day."""
    try:
        return born.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)
