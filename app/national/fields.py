"""The fields of a request as hospitals' systems write them: text or number, several names for one, empty for none.

Unknown fields are ignored here, and only here: each system adds its own. What is refused is never repeated.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from app.national.texts import TransactionRefusedError

Given = TypeVar("Given")

LONGEST_ID = 30
"""Characters of a message's, visit's, settlement's or person's number (C30)."""

MOST_FEN = 10**16
"""No amount above N16,2 is read, fen."""

_AMOUNT = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,40}))?", re.ASCII)
_MOST_PLACES = 40
"""Decimal places that are looked at; what has more is no amount."""

LETTERS_AND_DIGITS = re.compile(r"[0-9A-Za-z]+", re.ASCII)
"""What the numbers of persons and the codes of institutions are made of."""

_VISIBLE = re.compile(r"[!-~]+", re.ASCII)

_DAY = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[ T]?[0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?(?:\.[0-9]{1,6})?)?", re.ASCII
)
_MONTH = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])", re.ASCII)


class Fields:
    """The fields of one node of a request."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries

    def text(self, *names: str, most: int = LONGEST_ID) -> str | None:
        """Return a text, of the first name that has one; None where none has. A number is taken as it is written."""
        name, value = self._given(*names)
        if value is None:
            return None
        written = _written(value) if isinstance(value, (int, Decimal)) else value
        if not isinstance(written, str) or not _is_plain(written := written.strip(), most):
            raise TransactionRefusedError("field_text", field=name, most=most)
        return written

    def number(self, name: str, form: re.Pattern[str] = _VISIBLE) -> str | None:
        """Return the number of a message, a visit or the like: visible characters only."""
        value = self.text(name)
        if value is not None and form.fullmatch(value) is None:
            raise TransactionRefusedError("field_number", field=name)
        return value

    def month(self, name: str) -> tuple[int, str] | None:
        """Return the year of a month, and the month as it was sent."""
        value = self.text(name)
        if value is not None and _MONTH.fullmatch(value) is None:
            raise TransactionRefusedError("field_month", field=name)
        return None if value is None else (int(value[:4]), value)

    def required_number(self, name: str, form: re.Pattern[str] = _VISIBLE) -> str:
        """Return a number that must be given."""
        return _required(self.number(name, form), (name,))

    def person(self) -> str:
        """Return the insurer's number of the person (psn_no), which must be given."""
        return self.required_number("psn_no", LETTERS_AND_DIGITS)

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        """Return one of the values known; the default where none is given."""
        value = self.text(name)
        if value is None:
            return default
        if value not in known:
            raise TransactionRefusedError("field_choice", field=name, known="、".join(known))
        return value

    def money(self, name: str, most: int = MOST_FEN, negative: bool = False) -> int | None:
        """Return an amount in fen, sent as a number or as text; zeros beyond the second decimal are let pass."""
        _, value = self._given(name)
        if value is None:
            return None
        fen = _fen(value)
        if fen is None:
            raise TransactionRefusedError("field_money", field=name)
        if abs(fen) > most or (fen < 0 and not negative):
            raise TransactionRefusedError("field_money_range", field=name)
        return fen

    def required_money(self, name: str, most: int = MOST_FEN, negative: bool = False) -> int:
        """Return an amount in fen that must be given."""
        return _required(self.money(name, most, negative), (name,))

    def day(self, *names: str) -> dt.date | None:
        """Return a day; a time of it is let go."""
        name, value = self._given(*names)
        if value is None:
            return None
        found = _DAY.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
        try:
            return dt.date.fromisoformat("-".join(found.groups() if found else ()))
        except ValueError:
            raise TransactionRefusedError("field_day", field=name) from None

    def required_day(self, *names: str) -> dt.date:
        """Return a day that must be given."""
        return _required(self.day(*names), names)

    def required_count(self, name: str) -> int:
        """Return a whole number that must be given and is not negative; `3.00` is one."""
        _, value = self._given(name)
        hundredths = _fen(_required(value, (name,)))
        if hundredths is None or not 0 <= hundredths <= MOST_FEN or hundredths % 100:
            raise TransactionRefusedError("field_count", field=name)
        return hundredths // 100

    def canonical(self) -> Any:
        """Return all that was sent, whatever the order, the empty fields and the way in which numbers are written."""
        return _canonical(self._entries)

    def _given(self, *names: str) -> tuple[str, Any]:
        for name in names:
            value = self._entries.get(name)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                return name, value
        return names[0], None


def _required(value: Given | None, names: tuple[str, ...]) -> Given:
    if value is None:
        raise TransactionRefusedError("field_missing", field=names[0])
    return value


def _is_plain(text: str, most: int) -> bool:
    """Whether a text can be kept and shown: printable, which no surrogate or control character is, and not too long."""
    return 0 < len(text) <= most and text.isprintable()


def _fen(value: Any) -> int | None:
    """Read an amount in yuan as fen; None for what is none, or has a third decimal."""
    written = _written(value) if isinstance(value, (int, Decimal)) else value
    found = _AMOUNT.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        return None
    sign, yuan, decimals = found.groups()
    cents = (decimals or "").rstrip("0")
    if len(cents) > 2:
        return None
    fen = int(yuan) * 100 + int(cents.ljust(2, "0"))
    return -fen if sign else fen


def _written(number: int | Decimal) -> str:
    """Write a number without an exponent; nothing for a boolean, and for one that is out of all proportion."""
    if isinstance(number, bool):
        return ""
    if isinstance(number, int):
        return str(number)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_PLACES:
        return ""
    return f"{number:f}" if int(number.as_tuple().exponent) >= -_MOST_PLACES else ""


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        named = ((key, _canonical(value[key])) for key in sorted(value))
        return {key: each for key, each in named if each not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if isinstance(value, Decimal):
        written = _written(value) or str(value)
        return written.rstrip("0").rstrip(".") if "." in written else written
    return value if value is None or isinstance(value, bool) else str(value).strip()
