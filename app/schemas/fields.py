"""Money and days in requests and responses: read exactly, or refused. The bases of all objects."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from app.rules.money import parse_yuan

GREATEST_YUAN = 100_000_000
"""Yuan. A larger amount is refused."""

YUAN_PATTERN = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$"
ANSWERED_YUAN_PATTERN = r"^(0|[1-9][0-9]*)\.[0-9]{2}$"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)

_NOT_MONEY = PydanticCustomError(
    "money_format", 'an amount in yuan, not negative, with at most two decimals, as "1200.00"'
)
_TOO_MUCH = PydanticCustomError("money_too_large", "an amount of at most 100,000,000.00 yuan")


def to_fen(value: object) -> int:
    """Read an amount in yuan as fen: text, or a JSON number kept as a decimal; never a float."""
    if isinstance(value, str):
        try:
            fen = parse_yuan(value)
        except ValueError:
            raise _NOT_MONEY from None
    elif isinstance(value, bool):
        raise _NOT_MONEY
    elif isinstance(value, int):
        if value < 0:
            raise _NOT_MONEY
        fen = value * 100
    elif isinstance(value, Decimal) and value.is_finite() and not value.is_signed():
        if value > GREATEST_YUAN:
            raise _TOO_MUCH
        if int(value.as_tuple().exponent) < -2:
            raise _NOT_MONEY
        fen = int(value * 100)
    else:
        raise _NOT_MONEY
    if fen > GREATEST_YUAN * 100:
        raise _TOO_MUCH
    return fen


def to_fen_above_zero(value: object) -> int:
    """Read an amount in yuan that must not be zero, as fen."""
    fen = to_fen(value)
    if fen == 0:
        raise PydanticCustomError("money_zero", "an amount above zero")
    return fen


def to_day(value: object) -> dt.date:
    """Read a day in ISO 8601, as 2018-05-20."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day_unknown", "a day that the calendar has") from None
    raise PydanticCustomError("day_format", 'a day in ISO 8601, as "2018-05-20"')


def to_instant(value: object) -> dt.datetime:
    """Read an instant in UTC in ISO 8601, as 2018-05-20T01:02:03Z: as the answers write it."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day_unknown", "a day that the calendar has") from None
    raise PydanticCustomError("instant_format", 'an instant in UTC, as "2018-05-20T01:02:03Z"')


def _money_schema(**bounds: float) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": YUAN_PATTERN},
                {"type": "number", "maximum": GREATEST_YUAN, **bounds},
            ],
        }
    )


Money = Annotated[int, BeforeValidator(to_fen), _money_schema(minimum=0)]
"""Yuan in the request, fen in the model; 0.00 to 100,000,000.00."""

MoneyAboveZero = Annotated[int, BeforeValidator(to_fen_above_zero), _money_schema(exclusiveMinimum=0)]
"""Yuan in the request, fen in the model; 0.01 to 100,000,000.00."""

Day = Annotated[dt.date, BeforeValidator(to_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar day, ISO 8601."""


UtcInstant = Annotated[
    dt.datetime, BeforeValidator(to_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""An instant in UTC, ISO 8601."""


class Request(BaseModel):
    """A request's object: types are exact, and a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _is_an_object(cls, value: object) -> object:
        # FastAPI lets Pydantic read the attributes of any object, and a decimal has attributes.
        if isinstance(value, Decimal):
            raise PydanticCustomError("model_type", "an object")
        return value


CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True, defer_build=True)
"""Configuration of each object of a response, as `@with_config(CLOSED)` above its `TypedDict`.

A response is declared once, as a `TypedDict`: the OpenAPI document shows it, mypy holds the presenter that builds it to
its keys, the tests validate answers by it, and at run time it costs nothing. A nested object does not inherit the
configuration, and Pydantic reads the docstrings of a class's own fields only: a field that other classes inherit is
described with `Field(description=...)`. The validator of a response is built when something asks for it, as the OpenAPI
document does, and not when its route is made: a worker starts a quarter faster.
"""


def deferred(answers: object) -> type:
    """Return a list or a choice of answers as a response that is built when something asks for it, as each of them is.

    Pydantic looks for `defer_build` on a class, and `A | B` and `list[A]` are none.
    """

    class Deferred:
        __pydantic_config__ = ConfigDict(defer_build=True)

        @classmethod
        def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
            return handler.generate_schema(answers)

    return Deferred
