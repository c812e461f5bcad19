"""Ids of visits and messages that are a person's own number: an identity card's, or a bank card's.

Such an id is stored as a keyed hash behind a sign that no sender may use, and shown as that sign alone.
"""

import datetime as dt
import re

from app.privacy.redaction import REPLACEMENT

_IDENTITY = re.compile(r"[0-9]{6}((?:1[89]|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9Xx]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
"""The check character of each remainder, after GB 11643 (ISO 7064, MOD 11-2)."""

_CARD = re.compile(r"[0-9]{16,19}", re.ASCII)


def is_private_id(value: str) -> bool:
    """Whether a whole value is an identity number with a right day and check character, or a card number (Luhn)."""
    return _is_identity_number(value) or _is_card_number(value)


def shown_id(stored: str) -> str:
    """Return an id as it may be shown: itself, or the sign alone where it is stored as a hash."""
    return REPLACEMENT if stored.startswith(REPLACEMENT) else stored


def _is_identity_number(value: str) -> bool:
    match = _IDENTITY.fullmatch(value)
    if match is None:
        return False
    try:
        dt.date(*map(int, match.groups()))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value, strict=False))
    return _CHECK_CHARACTERS[total % 11] == value[-1].upper()


def _is_card_number(value: str) -> bool:
    if _CARD.fullmatch(value) is None:
        return False
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(value))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
