"""The poverty line, and a household held against it."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.rules.assessments.poverty_line import Household, Need, Standing
from app.schemas.fields import Answer, Day, Money, Request
from app.schemas.responses.reasoned import OpenQuestion, Pointer
from app.schemas.responses.reference import Source
from app.schemas.responses.reimbursements import WarningAnswer, Yuan

MOST_MEMBERS = 100

_YEAR = re.compile(r"[1-9][0-9]{3}", re.ASCII)


def to_year(value: Any) -> int:
    """Read a calendar year, as 2018."""
    if isinstance(value, str) and _YEAR.fullmatch(value):
        return int(value)
    raise PydanticCustomError("year_format", 'a year of four digits, as "2018"')


Year = Annotated[int, BeforeValidator(to_year), WithJsonSchema({"type": "integer", "minimum": 1000, "maximum": 9999})]


class OfYear(Request):
    """Which year's poverty line."""

    year: Annotated[
        Year | None, Field(description="Show only the line of this calendar year; all dated values without it.")
    ] = None


class AssessedHousehold(Request):
    """What is known of a household; a fact that is null or left out is unknown."""

    annual_net_income: Annotated[
        Money | None, Field(description="The whole household's net income of a year (年纯收入), yuan.")
    ] = None
    members: Annotated[
        int | None, Field(ge=1, le=MOST_MEMBERS, description="How many persons the household has (人口), 1 to 100.")
    ] = None
    food: Annotated[bool | None, Field(description="Everybody has enough to eat (不愁吃).")] = None
    clothing: Annotated[bool | None, Field(description="Everybody has enough to wear (不愁穿).")] = None
    compulsory_education: Annotated[
        bool | None,
        Field(description="Compulsory education is guaranteed (义务教育); true where no child is of that age."),
    ] = None
    basic_medical_care: Annotated[bool | None, Field(description="Basic medical care is guaranteed (基本医疗).")] = None
    safe_housing: Annotated[bool | None, Field(description="The house is safe (住房安全).")] = None

    def to_household(self) -> Household:
        """Hand the facts to the rule."""
        needs: dict[Need, bool | None] = {
            "food": self.food,
            "clothing": self.clothing,
            "compulsory_education": self.compulsory_education,
            "basic_medical_care": self.basic_medical_care,
            "safe_housing": self.safe_housing,
        }
        return Household(self.annual_net_income, self.members, needs)


class PovertyAssessmentRequest(Request):
    """A household to be held against the poverty line and the five needs."""

    as_of: Annotated[Day, Field(description="The day that picks the poverty line.")]
    household: Annotated[AssessedHousehold, Field(description="What is known of the household; nobody is identified.")]


class LineValue(Answer):
    """The poverty line of some years."""

    annual_net_income: Yuan
    """Net income of a year, a person, below which a household is poor; yuan."""
    effective_until: Annotated[str | None, Field(json_schema_extra={"format": "date"})]
    """Last day it holds; null while it holds."""
    source: Source
    """Where it stands, and its first day."""


class PovertyLinesAnswer(Answer):
    """The poverty line through time."""

    parameter: str
    """Name of the figure; `GET /v1/parameters/{name}` shows it too."""
    meaning: str
    """What it is, in words."""
    values: list[LineValue]
    """By date, the oldest first."""


class PovertyLineAnswer(LineValue):
    """The poverty line of one calendar year: the one in force on its last day."""

    year: Annotated[int, Field(examples=[2018])]
    """The calendar year."""
    carried_forward: bool
    """Whether the year lies after the policy's period, so that the last line is carried forward."""
    parameter: str
    """Name of the figure."""
    meaning: str
    """What it is, in words."""
    warnings: list[WarningAnswer]
    """What to be careful about."""


class NeedAnswer(Answer):
    """One of the two no-worries and three guarantees (两不愁、三保障)."""

    need: Need
    """Which of the five."""
    name: str
    """Its name in words."""
    met: bool | None
    """As the request says; null where unknown."""


class AssessmentLine(Answer):
    """The poverty line that was used."""

    annual_net_income: Yuan
    """Net income of a year, a person, yuan."""
    source: Source
    """Where it stands."""


class PovertyAssessmentAnswer(Answer):
    """How a household stands, why, and what is still to be asked."""

    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose line was used."""
    status: Annotated[
        Standing,
        Field(
            description="`poor`: income a head below the line, which the procedure confirms; `not_poor`: it reaches "
            "the line and all five needs are met; `to_be_reviewed`: it reaches the line and a need is unmet, which "
            "the document leaves open; `undecided`: a fact in `missing` decides it."
        ),
    ]
    below_line: bool | None
    """Whether the income a head lies below the line; null where that is not known."""
    household_line: Yuan | None
    """The line times the members, with which the household's income is compared; null without their number. Yuan."""
    needs: Annotated[list[NeedAnswer], Field(min_length=5, max_length=5)]
    """The two no-worries and three guarantees, in this order."""
    missing: list[Pointer]
    """The facts that could still decide the status, JSON pointers."""
    questions: list[OpenQuestion]
    """The same as questions, those that decide most first."""
    reasons: list[str]
    """Why, in words."""
    source: Source
    """The rule that the status rests on; its basis is `assumption` where the document leaves it open."""
    procedure: Literal["identification"]
    """How a household is identified as poor; see `GET /v1/procedures/identification`."""
    line: AssessmentLine
    """The poverty line used."""
    warnings: list[WarningAnswer]
    """What to be careful about."""
