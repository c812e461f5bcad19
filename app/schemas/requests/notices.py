"""Which notices, an objection to one, and its decision."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.db.projects.notices import NoticeStatus
from app.db.row_ids import LARGEST_ID
from app.rules.projects.procedure import Outcome
from app.schemas.fields import Request
from app.schemas.requests.projects import Limit, PlacePrefix
from app.schemas.text import Line, Lines

MOST_DECIDED = 500
"""Objections to a notice that are decided together."""


def _each_once(numbers: list[int]) -> list[int]:
    if len(set(numbers)) < len(numbers):
        raise PydanticCustomError("number_repeated", "each number once")
    return numbers


class NoticesQuery(Request):
    """Which notices, and which page of them."""

    status: Annotated[
        NoticeStatus | None,
        Field(description="`open` on display today, `over` its days have passed, `closed` superseded or sent back."),
    ] = None
    place: Annotated[
        PlacePrefix | None,
        Field(description="Only notices whose division code begins so: a county, township, village."),
    ] = None
    limit: Annotated[Limit, Field(description="How many at most, 1 to 200.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=100, description="The `next` of the page before; the first page without it.")
    ] = None


class PageQuery(Request):
    """Which page of a list."""

    limit: Annotated[Limit, Field(description="How many at most, 1 to 200.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=100, description="The `next` of the page before; the first page without it.")
    ] = None


class ObjectionRequest(Request):
    """An objection (异议). Name and contact are kept for the record and never shown."""

    content: Annotated[Lines, Field(max_length=5_000, description="What is objected to, and why.")]
    name: Annotated[Line | None, Field(max_length=100, description="Who objects; may be left out.")] = None
    contact: Annotated[
        Line | None, Field(max_length=200, description="How to reach whoever objects; may be left out.")
    ] = None


class DecisionRequest(Request):
    """What becomes of an objection."""

    outcome: Annotated[Outcome, Field(description="`upheld` 异议成立, `dismissed` 异议不成立.")]
    answer: Annotated[Lines, Field(max_length=3_000, description="The answer to whoever objected, public.")]


class DecisionsRequest(DecisionRequest):
    """What becomes of several objections to one notice."""

    objections: Annotated[
        list[Annotated[int, Field(ge=1, le=LARGEST_ID)]],
        Field(
            min_length=1,
            max_length=MOST_DECIDED,
            description=f"The numbers of the objections, up to {MOST_DECIDED}, each once.",
        ),
        AfterValidator(_each_once),
    ]
