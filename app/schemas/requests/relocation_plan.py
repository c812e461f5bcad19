"""A relocation plan held against its ratio."""

from typing import Annotated

from pydantic import Field

from app.rules.assessments.relocation_plan import Plan
from app.schemas.fields import Answer, Day, Request
from app.schemas.responses.reasoned import CitedFigure, OpenQuestion, Pointer
from app.schemas.responses.reimbursements import WarningAnswer

MOST_PERSONS = 10_000_000


class RelocationPlanRequest(Request):
    """How many persons a plan moves."""

    as_of: Annotated[Day, Field(description="The day that picks the figures.")]
    registered_persons: Annotated[
        int, Field(ge=0, le=MOST_PERSONS, description="Registered poor persons moved (建档立卡贫困人口).")
    ]
    along_persons: Annotated[
        int, Field(ge=0, le=MOST_PERSONS, description="Other persons who move along (同步搬迁人口).")
    ]
    whole_village: Annotated[
        bool | None, Field(description="The whole village moves (整村搬迁); null or left out is unknown.")
    ] = None

    def to_plan(self) -> Plan:
        """Hand the plan to the rule."""
        return Plan(self.registered_persons, self.along_persons, self.whole_village)


class RelocationPlanAnswer(Answer):
    """Whether a plan keeps the ratio, and why."""

    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose figures were used."""
    registered_persons: int
    """As the request says."""
    along_persons: int
    """As the request says."""
    within: bool | None
    """Whether the plan keeps the ratio, or is not bound by it; null where a fact in `missing` decides that."""
    most_along: int | None
    """The most who may move along by the ratio, in whole persons; null where the ratio does not bind the plan."""
    excess: int | None
    """How many too many move along; null where a fact in `missing` decides that."""
    missing: list[Pointer]
    """The facts that could still decide it, JSON pointers."""
    questions: list[OpenQuestion]
    """The same as questions."""
    reasons: list[str]
    """Why, in words."""
    sources: list[CitedFigure]
    """Every figure that was read."""
    warnings: list[WarningAnswer]
    """What to be careful about."""
