"""The answer of the relocation plan."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.schemas.fields import CLOSED
from app.schemas.responses.reasoned import CitedFigure, FactQuestion, Pointer
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import WarningAnswer


@with_config(CLOSED)
class OutsideWarning(TypedDict):
    """That the county is not of the city whose policies these are."""

    code: Literal["county_outside_ulanqab"]
    """Which warning."""
    text: str
    """The same in words."""


@with_config(CLOSED)
class RelocationPlanAnswer(TypedDict):
    """Whether a plan keeps the ratio, and why."""

    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose figures were used."""
    registered_persons: int
    """As the request says."""
    along_persons: int
    """As the request says."""
    county: str | None
    """As the request says; null is unknown."""
    deeply_poor: bool | None
    """Whether the county is a deeply poor one (深度贫困旗县, reading R29); null where the county is unknown."""
    deeply_poor_source: SourceAnswer | None
    """Where that list comes from; null where the county is unknown."""
    within: bool | None
    """Whether the plan keeps the ratio, or is not bound by it; null where a fact in `missing` decides that."""
    most_along: int | None
    """The most who may move along by the ratio, in whole persons; null where the ratio does not bind the plan."""
    excess: int | None
    """How many too many move along; null where a fact in `missing` decides that."""
    missing: list[Pointer]
    """The facts that could still decide it, JSON pointers."""
    questions: list[FactQuestion]
    """The same as questions."""
    reasons: list[str]
    """Why, in words."""
    sources: list[CitedFigure]
    """Every figure that was read."""
    warnings: list[WarningAnswer | OutsideWarning]
    """What to be careful about."""
