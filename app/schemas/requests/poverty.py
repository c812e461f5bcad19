"""The requests for the poverty line and for the assessment of a household by it."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.rules.assessments.poverty_line import HouseholdNeeds, Need
from app.schemas.fields import Day, Money, Request

MOST_MEMBERS = 100

_YEAR = re.compile(r"[1-9][0-9]{3}", re.ASCII)


def to_year(value: object) -> int:
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

    def to_household(self) -> HouseholdNeeds:
        """Convert to the facts of the rule."""
        needs: dict[Need, bool | None] = {
            "food": self.food,
            "clothing": self.clothing,
            "compulsory_education": self.compulsory_education,
            "basic_medical_care": self.basic_medical_care,
            "safe_housing": self.safe_housing,
        }
        return HouseholdNeeds(self.annual_net_income, self.members, needs)


class PovertyAssessmentRequest(Request):
    """A household to be held against the poverty line and the five needs."""

    as_of: Annotated[Day, Field(description="The day that picks the poverty line.")]
    household: Annotated[AssessedHousehold, Field(description="What is known of the household; nobody is identified.")]
