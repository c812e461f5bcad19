"""What answers share that reason with unknown facts: questions, cited figures, warnings."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.schemas.fields import CLOSED
from app.schemas.responses.reference import SourceAnswer

Pointer = Annotated[str, Field(pattern="^/", examples=["/household/members"])]


@with_config(CLOSED)
class FactQuestion(TypedDict):
    """A missing fact to ask for."""

    pointer: Pointer
    """Where the fact stands in the request, a JSON pointer (RFC 6901)."""
    text: str
    """The question, in words."""
    decides: list[str]
    """The fields of the answer that the fact could decide."""


@with_config(CLOSED)
class CitedFigure(SourceAnswer):
    """A figure that was read, with its value on the day asked about."""

    parameter: str
    """Name of the figure; `GET /v1/parameters/{name}` shows all its dated values."""
    value: str
    """Its value: yuan, a rate, a number, or yes or no."""
