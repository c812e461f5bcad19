"""Pages of a list: where the next one begins, and how numbers stand in addresses."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from app.db.types import LARGEST_ID
from app.errors import NotFoundError, Resource
from app.http.problems import ProblemError, field_refused


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
    if len(place) != parts or not all(part.isdigit() and len(part) < 11 and int(part) <= LARGEST_ID for part in place):
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


def number_in(sent: str, resource: Resource) -> int:
    """Read a number that the store may have given. NotFoundError for what is none."""
    if sent.isascii() and sent.isdigit() and len(sent) < 11 and 0 < int(sent) <= LARGEST_ID:
        return int(sent)
    raise NotFoundError(resource)


def _number_of(resource: Resource) -> BeforeValidator:
    def read(value: Any) -> int:
        return number_in(str(value), resource)

    return BeforeValidator(read)


_NUMBER = WithJsonSchema({"type": "integer", "minimum": 1})

ProjectNumber = Annotated[int, _number_of(Resource.PROJECT), _NUMBER]
NoticeNumber = Annotated[int, _number_of(Resource.NOTICE), _NUMBER]
ObjectionNumber = Annotated[int, _number_of(Resource.OBJECTION), _NUMBER]
SettlementNumber = Annotated[int, _number_of(Resource.SETTLEMENT), _NUMBER]
YearNumber = Annotated[
    int, _number_of(Resource.PERSON), WithJsonSchema({"type": "integer", "minimum": 1000, "maximum": 9999})
]
"""Numbers in an address; what is none is not found."""


def _unknown() -> ProblemError:
    return ProblemError("validation-error", errors=[field_refused("/cursor", "cursor_unknown")])
