"""Pages of a list: where the next one begins, and how numbers stand in addresses."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from app.errors import NotFoundError
from app.http.problems import ProblemError, field_refused

_LARGEST = 2_147_483_647


def cursor(*place: int) -> str:
    """Write where a page ended."""
    return base64.urlsafe_b64encode(".".join(map(str, place)).encode()).decode().rstrip("=")


def place_in(sent: str | None, parts: int) -> tuple[int, ...] | None:
    """Read where a page ended; None for the first page. 422 for what this service did not write."""
    if sent is None:
        return None
    try:
        text = base64.b64decode(sent.encode("ascii") + b"=" * (-len(sent) % 4), b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raise _unknown() from None
    place = text.split(".")
    if len(place) != parts or not all(part.isdigit() and len(part) < 11 and int(part) <= _LARGEST for part in place):
        raise _unknown()
    return tuple(map(int, place))


def day_and_number(sent: str | None) -> tuple[dt.date, int] | None:
    """Read where a page of notices ended. 422 for what this service did not write."""
    place = place_in(sent, 2)
    if place is None:
        return None
    try:
        return dt.date.fromordinal(place[0]), place[1]
    except (ValueError, OverflowError):
        raise _unknown() from None


def number_in(sent: str, what: str) -> int:
    """Read a number that the store may have given. NotFoundError for what is none."""
    if sent.isascii() and sent.isdigit() and len(sent) < 11 and 0 < int(sent) <= _LARGEST:
        return int(sent)
    raise NotFoundError(what)


def _number_of(what: str) -> BeforeValidator:
    def read(value: Any) -> int:
        return number_in(str(value), what)

    return BeforeValidator(read)


_NUMBER = WithJsonSchema({"type": "integer", "minimum": 1})

ProjectNumber = Annotated[int, _number_of("project"), _NUMBER]
NoticeNumber = Annotated[int, _number_of("notice"), _NUMBER]
ObjectionNumber = Annotated[int, _number_of("objection"), _NUMBER]
SettlementNumber = Annotated[int, _number_of("settlement"), _NUMBER]
YearNumber = Annotated[int, _number_of("person"), WithJsonSchema({"type": "integer", "minimum": 1000, "maximum": 9999})]
"""Numbers in an address; what is none is not found."""


def _unknown() -> ProblemError:
    return ProblemError("validation-error", errors=[field_refused("/cursor", "cursor_unknown")])
