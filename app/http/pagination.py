"""Pages of a list: the cursor that names where the next one begins. Numbers in addresses."""

import base64
import binascii
import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from starlette.requests import Request

from app.db.row_ids import LARGEST_ID
from app.errors import NotFoundError, Resource
from app.http.problems import ProblemError, field_refused


def cursor(*place: int) -> str:
    """Write where a page ends as a cursor."""
    return base64.urlsafe_b64encode(".".join(map(str, place)).encode()).decode().rstrip("=")


def place_in(text: str | None, parts: int) -> tuple[int, ...] | None:
    """Read where the previous page ended; None for the first page.

    ProblemError (422) for text that is not a cursor of this service.
    """
    if text is None:
        return None
    try:
        decoded = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raise _unknown() from None
    place = decoded.split(".")
    if len(place) != parts or not all(part.isdigit() and len(part) < 11 and int(part) <= LARGEST_ID for part in place):
        raise _unknown()
    return tuple(map(int, place))


def day_and_number(text: str | None) -> tuple[dt.date, int] | None:
    """Read where the previous page of notices ended. ProblemError (422) as above."""
    place = place_in(text, 2)
    if place is None:
        return None
    try:
        return dt.date.fromordinal(place[0]), place[1]
    except (ValueError, OverflowError):
        raise _unknown() from None


def number_in(text: str, resource: Resource) -> int:
    """Read the number of a row. NotFoundError for text that cannot be one."""
    if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= LARGEST_ID:
        return int(text)
    raise NotFoundError(resource)


def event_number_in(request: Request) -> int | None:
    """Read after which event a project's page goes on; None for the first. NotFoundError for what is no number."""
    number = request.query_params.get("events")
    return None if number is None else number_in(number, Resource.PROJECT)


def _number_of(resource: Resource) -> BeforeValidator:
    def read(value: object) -> int:
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
"""Numbers in an address. A resource whose number is ill-formed is not found."""


def _unknown() -> ProblemError:
    return ProblemError("validation-error", errors=[field_refused("/cursor", "cursor_unknown")])
