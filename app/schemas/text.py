"""Text that people write into the project library: no control characters, no noncharacters, no private number."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.privacy.redaction import holds_private_number

_ENDS_OF_PLANES = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef{_ENDS_OF_PLANES}]")
"""Control characters and noncharacters, which XML 1.0 cannot hold. The tab and the end of a line are not among them."""


def printable(text: str) -> str:
    """Remove the characters that are refused today from a text that was stored before they were."""
    return _CONTROL.sub("", text)


def without_private_number(text: str) -> str:
    """Return the text. PydanticCustomError where it holds the number of an identity card or a bank card."""
    if holds_private_number(text):
        raise PydanticCustomError("private_number", "text without identity-card and bank-card numbers")
    return text


_LONGEST = 5_000
"""Characters of the longest text that any field takes."""


def _checked(lines: bool) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > _LONGEST:
            # The field refuses it as too long; there is no need to search it for numbers.
            return value
        text = value.replace("\r\n", "\n")
        if _CONTROL.search(text) or (not lines and ("\n" in text or "\t" in text)):
            raise PydanticCustomError("text_control", "printable text")
        if not text.strip():
            raise PydanticCustomError("text_blank", "text that says something")
        return without_private_number(text)

    return check


Line = Annotated[str, Field(min_length=1), AfterValidator(_checked(lines=False))]
"""One line of text; the field says how long it may be."""

Lines = Annotated[str, Field(min_length=1), AfterValidator(_checked(lines=True))]
"""Text of several lines."""
