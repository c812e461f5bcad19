"""The fields of a request as hospitals' systems write them: text or number, several names for one, empty for none.

The case of the letters of a name makes no other field. Unknown fields are ignored, here and nowhere else: each hospital
system adds its own. A refusal names the field and never repeats its content.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from app.national.numbers import one_day, one_form, parse_day, parse_fen, parse_scaled, plain_number
from app.national.texts import TransactionRefusedError
from app.privacy.identity_numbers import folded, narrowed

Value = TypeVar("Value")

LONGEST_ID = 30
"""Characters of the identifier of a message, visit, settlement or person (C30)."""

MOST_FEN = 10**16
"""The greatest amount that is read (N16,2), fen."""

_DIGITS = 16
"""The digits of a quantity (N16,4) or a price (N16,6), those behind the point counted."""

LETTERS_AND_DIGITS = re.compile(r"[0-9A-Za-z]+", re.ASCII)
"""The form of an institution's code."""

PERSON_NUMBER = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
"""The form of the insurer's number of a person."""

_VISIBLE = re.compile(r"[!-~]+", re.ASCII)

_MONTH = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])", re.ASCII)


class Fields:
    """The fields of one node of a request, not validated until they are read.

    Every method raises TransactionRefusedError for a field that cannot be read as what it should be.
    """

    def __init__(self, entries: Mapping[str, object]) -> None:
        self._sent = entries
        self._entries, self._contradicted = _by_name(entries)

    def text(self, *names: str, most: int = LONGEST_ID) -> str | None:
        """Return a text of at most `most` characters, from the first of the names that is filled; None without one.

        A number is taken as it is written. Blanks around a text and full width make no other text.
        """
        name, value = self._first_filled(*names)
        if value is None:
            return None
        written = plain_number(value) if isinstance(value, (int, Decimal)) else value
        if not isinstance(written, str) or not _is_plain(written := narrowed(written), most):
            raise TransactionRefusedError("field_text", field=name, most=most)
        return written

    def identifier(self, name: str, form: re.Pattern[str] = _VISIBLE, most: int = LONGEST_ID) -> str | None:
        """Return the identifier of a message, a visit or the like: visible characters without blanks."""
        value = self.text(name, most=most)
        if value is not None and form.fullmatch(value) is None:
            raise TransactionRefusedError("field_number", field=name)
        return value

    def required_identifier(self, name: str, form: re.Pattern[str] = _VISIBLE) -> str:
        """Return an identifier that must be filled."""
        return _required(self.identifier(name, form), (name,))

    def name(self, name: str, most: int) -> str:
        """Return a name as it is sent; empty where there is none that can be shown."""
        value = self._entries.get(name.lower())
        written = value.strip() if isinstance(value, str) else ""
        return written if _is_plain(written, most) else ""

    def month(self, name: str) -> dt.date | None:
        """Return the first day of a month, which is written yyyyMM."""
        value = self.text(name)
        if value is None:
            return None
        if _MONTH.fullmatch(value) is None:
            raise TransactionRefusedError("field_month", field=name)
        return dt.date(int(value[:4]), int(value[4:]), 1)

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        """Return one of the known values; the default where the field is empty."""
        value = self.text(name)
        if value is None:
            return default
        if value not in known:
            raise TransactionRefusedError("field_choice", field=name, known="、".join(known))
        return value

    def money(self, name: str, most: int = MOST_FEN, negative: bool = False) -> int | None:
        """Return an amount in fen, from a number or a text in yuan; zeros beyond the second decimal are allowed."""
        _, value = self._first_filled(name)
        if value is None:
            return None
        fen = parse_fen(value)
        if fen is None:
            raise TransactionRefusedError("field_money", field=name)
        if abs(fen) > most or (fen < 0 and not negative):
            raise TransactionRefusedError("field_money_range", field=name)
        return fen

    def required_money(self, name: str, most: int = MOST_FEN, negative: bool = False) -> int:
        """Return an amount in fen that must be filled."""
        return _required(self.money(name, most, negative), (name,))

    def scaled(self, name: str, places: int, *, negative: bool = False) -> int | None:
        """Return a number in units of its last decimal place; digits beyond it are rounded."""
        _, value = self._first_filled(name)
        if value is None:
            return None
        number = parse_scaled(value, places)
        if number is None or abs(number) >= 10**_DIGITS or (number < 0 and not negative):
            raise TransactionRefusedError("field_quantity", field=name)
        return number

    def required_scaled(self, name: str, places: int) -> int:
        """Return a number in units of its last decimal place that must be filled; it may be negative."""
        return _required(self.scaled(name, places, negative=True), (name,))

    def day(self, *names: str) -> dt.date | None:
        """Return a day, from the first of the names that is filled; its time of day is ignored."""
        name, value = self._first_filled(*names)
        if value is None:
            return None
        day = parse_day(value)
        if day is None:
            raise TransactionRefusedError("field_day", field=name)
        return day

    def required_day(self, *names: str) -> dt.date:
        """Return a day that must be filled."""
        return _required(self.day(*names), names)

    def required_count(self, name: str) -> int:
        """Return a whole number that must be filled and is not negative; `3.00` is one."""
        _, value = self._first_filled(name)
        hundredths = parse_fen(_required(value, (name,)))
        if hundredths is None or not 0 <= hundredths <= MOST_FEN or hundredths % 100:
            raise TransactionRefusedError("field_count", field=name)
        return hundredths // 100

    def canonical(self) -> object:
        """Return all fields in one form: names in small letters, no empty ones, every number and every day one way."""
        return _canonical_entries(self._sent, self._entries, self._contradicted)

    def canonical_before(self) -> object:
        """Return all fields in the form of earlier releases: an amount in a text stays as it is written."""
        return _canonical_before(self._sent)

    def _first_filled(self, *names: str) -> tuple[str, object]:
        for name in names:
            value = self._entries.get(name.lower())
            if value is not None:
                if name.lower() in self._contradicted:
                    raise TransactionRefusedError("field_twice", field=name)
                return name, value
        return names[0], None


def as_code(text: str | None) -> str | None:
    """Return a text that is a code; None for another, which may be a name and is not kept."""
    return text if text is not None and LETTERS_AND_DIGITS.fullmatch(text) else None


def _required(value: Value | None, names: tuple[str, ...]) -> Value:
    if value is None:
        raise TransactionRefusedError("field_missing", field=names[0])
    return value


def _is_plain(text: str, most: int) -> bool:
    """Whether a text can be stored and shown: printable, so without surrogates and control characters, not too long."""
    return 0 < len(text) <= most and text.isprintable()


def _by_name(entries: Mapping[str, object]) -> tuple[Mapping[str, object], frozenset[str]]:
    """Return the filled entries by their names in small letters, and the names that stand twice and contradict."""
    named: dict[str, object] = {}
    contradicted = set()
    for key, value in entries.items():
        if _is_blank(value):
            continue
        name = key.lower()
        if name in named and _canonical_value(name, value) != _canonical_value(name, named[name]):
            contradicted.add(name)
        named[name] = value
    return named, frozenset(contradicted)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def _is_empty(value: object) -> bool:
    return _is_blank(value) or (isinstance(value, (dict, list)) and not value)


_NUMBERS = ("amt", "fee", "pay", "dedc", "balc", "cnt", "pric", "prop")
"""How the names of amounts, quantities and shares end."""

_DAYS = ("time", "date")
"""How the names of days end."""

_FOLDED = frozenset({"psn_no", "certno", "mdtrt_cert_no", "mdtrt_id", "chrg_bchno"})
"""The names of numbers in which a letter's case makes no other one."""


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return _canonical_entries(value, *_by_name(value))
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return _canonical_value("", value)


def _canonical_entries(
    sent: Mapping[str, object], named: Mapping[str, object], contradicted: frozenset[str]
) -> Mapping[str, object]:
    """Return entries in one form. Which of two that contradict is meant is not known: they stay apart, as sent."""
    entries = ((name, _canonical_value(name, each)) for name, each in (sent if contradicted else named).items())
    return {name: each for name, each in entries if not _is_empty(each)}


def _canonical_value(name: str, value: object) -> object:
    if isinstance(value, (dict, list)):
        return _canonical(value)
    if name.endswith(_NUMBERS) and (number := one_form(value)) is not None:
        return number
    if isinstance(value, Decimal):
        return _canonical_before(value)
    if value is None or isinstance(value, bool):
        return value
    written = value if isinstance(value, str) else str(value)
    written = written.strip() if written.isascii() else narrowed(written)
    if name in _FOLDED:
        return folded(written)
    return one_day(written) if name.endswith(_DAYS) else written


def _canonical_before(value: object) -> object:
    if isinstance(value, Mapping):
        entries = ((key, _canonical_before(value[key])) for key in sorted(value))
        return {key: each for key, each in entries if each not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_canonical_before(each) for each in value]
    if isinstance(value, Decimal):
        written = plain_number(value) or str(value)
        return written.rstrip("0").rstrip(".") if "." in written else written
    return value if value is None or isinstance(value, bool) else str(value).strip()
