"""JSON pointers (RFC 6901) of refused fields."""

import re
from collections.abc import Iterable

from app.privacy.redaction import REPLACEMENT, redacted

MOST_CHARACTERS = 100
"""Of a name that a pointer shows; a longer name is cut before anything reads it."""

_BEGINNING = re.compile(r"(?:anda_[\w-]*|[\d\W_]+[Xx]?)\Z")
"""What may be the beginning of a number or a token whose end is cut off."""


def pointer(location: Iterable[str | int]) -> str:
    """Write the location of a field as a JSON pointer (RFC 6901); surrogates are written as escapes.

    The name of an unknown field is input: it is cut, and private numbers and tokens in it are redacted.
    """
    steps = (redacted(_cut(str(step))).encode("utf-8", "backslashreplace").decode() for step in location)
    return redacted("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))


def _cut(name: str) -> str:
    if len(name) <= MOST_CHARACTERS:
        return name
    return _BEGINNING.sub("", name[:MOST_CHARACTERS]) + REPLACEMENT
