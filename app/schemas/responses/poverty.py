"""The answers about the poverty line and the assessment by it."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.assessments.poverty_line import Need, Standing
from app.schemas.fields import CLOSED
from app.schemas.responses.reasoned import FactQuestion, Pointer
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import WarningAnswer, Yuan


@with_config(CLOSED)
class LineCarriedForward(TypedDict):
    """The line is that of an earlier year."""

    code: Literal["line_carried_forward"]
    """The document states no line of the year that was asked about."""
    text: str
    """Which year's line was used."""
    parameters: list[str]
    """The figure that the warning is about."""


PovertyWarning = LineCarriedForward | WarningAnswer


@with_config(CLOSED)
class LineValue(TypedDict):
    """The poverty line of some years."""

    annual_net_income: Annotated[
        Yuan, Field(description="Net income of a year, a person, below which a household is poor; yuan.")
    ]
    effective_until: Annotated[
        str | None, Field(json_schema_extra={"format": "date"}, description="Last day it holds; null while it holds.")
    ]
    carried_forward: Annotated[
        bool,
        Field(description="Whether it is the line of an earlier year, because the document states none of this one."),
    ]
    source: Annotated[SourceAnswer, Field(description="Where it stands, and its first day.")]


@with_config(CLOSED)
class PovertyLinesAnswer(TypedDict):
    """The poverty line through time."""

    parameter: str
    """Name of the figure; `GET /v1/parameters/{name}` shows it too."""
    meaning: str
    """What it is, in words."""
    values: list[LineValue]
    """By date, the oldest first."""


@with_config(CLOSED)
class PovertyLineAnswer(LineValue):
    """The poverty line of one calendar year: the one in force on its last day."""

    year: Annotated[int, Field(examples=[2018])]
    """The calendar year."""
    parameter: str
    """Name of the figure."""
    meaning: str
    """What it is, in words."""
    warnings: list[PovertyWarning]
    """What to be careful about."""


@with_config(CLOSED)
class NeedAnswer(TypedDict):
    """One of the two no-worries and three guarantees (两不愁、三保障)."""

    need: Need
    """Which of the five."""
    name: str
    """Its name in words."""
    met: bool | None
    """As the request says; null where unknown."""


@with_config(CLOSED)
class AssessmentLine(TypedDict):
    """The poverty line that was used."""

    annual_net_income: Yuan
    """Net income of a year, a person, yuan."""
    carried_forward: bool
    """Whether it is the line of an earlier year, because the document states none of this one."""
    source: SourceAnswer
    """Where it stands."""


@with_config(CLOSED)
class PovertyAssessmentAnswer(TypedDict):
    """How a household stands, why, and what is still to be asked."""

    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose line was used."""
    status: Annotated[
        Standing,
        Field(
            description="`poor`: income per head below the line, which the procedure confirms; `not_poor`: it reaches "
            "the line and all five needs are met; `to_be_reviewed`: it reaches the line and a need is unmet, which "
            "the document leaves open; `undecided`: a fact in `missing` decides it."
        ),
    ]
    below_line: bool | None
    """Whether the income per head lies below the line; null where that is not known."""
    household_line: Yuan | None
    """The line times the members, with which the household's income is compared; null without their number. Yuan."""
    needs: Annotated[list[NeedAnswer], Field(min_length=5, max_length=5)]
    """The two no-worries and three guarantees, in this order."""
    missing: list[Pointer]
    """The facts that could still decide the status, JSON pointers."""
    questions: list[FactQuestion]
    """The same as questions, those that decide most first."""
    reasons: list[str]
    """Why, in words."""
    source: SourceAnswer
    """The rule that the status rests on; its basis is `assumption` where the document leaves it open."""
    procedure: Literal["identification"]
    """How a household is identified as poor; see `GET /v1/procedures/identification`."""
    line: AssessmentLine
    """The poverty line used."""
    warnings: list[PovertyWarning]
    """What to be careful about."""
