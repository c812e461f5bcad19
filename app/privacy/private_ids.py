"""Ids of visits and messages that are a person's own number: an identity card's, or a bank card's.

Such an id is stored as a keyed hash behind a sign that no sender may use, and shown as that sign alone.
"""

import re

from app.privacy.identity_numbers import folded, is_identity_number
from app.privacy.redaction import REPLACEMENT

_CARD = re.compile(r"[0-9]{16,19}", re.ASCII)


def is_private_id(value: str) -> bool:
    """Whether a whole value is an identity number with a right day and check character, or a card number (Luhn).

    Letters' case, full width and blanks around it make no difference.
    """
    return is_identity_number(value) or _is_card_number(folded(value))


def shown_id(stored: str) -> str:
    """Return an id as it may be shown: itself, or the sign alone where it is stored as a hash."""
    return REPLACEMENT if stored.startswith(REPLACEMENT) else stored


def _is_card_number(value: str) -> bool:
    if _CARD.fullmatch(value) is None:
        return False
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(value))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
