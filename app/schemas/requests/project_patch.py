"""A change of a project as a JSON merge patch (RFC 7396): null takes a part away, what is left out stays."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, TypeAdapter

from app.rules.projects.content import Construction, Content, described
from app.schemas.fields import Day, Money, Request
from app.schemas.requests.projects import BudgetSource, Count, Goals, ProjectRequest
from app.schemas.text import Line, Lines
from app.schemas.validation import validated


class SchedulePatch(Request):
    """A change of the schedule."""

    start: Annotated[Day | None, Field(description="First day of the work.")] = None
    end: Annotated[Day | None, Field(description="Last day of the work.")] = None


class BudgetPatch(Request):
    """A change of the budget; sources are replaced together."""

    total: Annotated[Money | None, Field(description="In all, yuan.")] = None
    sources: Annotated[
        list[BudgetSource] | None, Field(max_length=20, description="All sources; together they give the total.")
    ] = None


class BeneficiariesPatch(Request):
    """A change of who benefits."""

    households: Annotated[Count | None, Field(description="Households that benefit.")] = None
    persons: Annotated[Count | None, Field(description="Persons that benefit.")] = None
    registered_households: Annotated[Count | None, Field(description="Of the households, those registered.")] = None
    registered_persons: Annotated[Count | None, Field(description="Of the persons, those registered.")] = None


class ProjectPatch(Request):
    """What of a project changes; the project that comes of it must be whole."""

    name: Annotated[Line | None, Field(max_length=200, description="Name of the project.")] = None
    category: Annotated[Line | None, Field(max_length=60, description="Category (项目类别).")] = None
    construction: Annotated[Construction | None, Field(description="Kind of construction (建设性质).")] = None
    place: Annotated[str | None, Field(max_length=12, description="Stays as it is: another one is refused.")] = None
    place_name: Annotated[Line | None, Field(max_length=100, description="The place in words.")] = None
    schedule: Annotated[SchedulePatch | None, Field(description="When it is to be carried out.")] = None
    responsible_unit: Annotated[Line | None, Field(max_length=200, description="Who answers for it: a unit.")] = None
    tasks: Annotated[Lines | None, Field(max_length=5_000, description="What is to be built or done.")] = None
    budget: Annotated[BudgetPatch | None, Field(description="What it costs and who pays.")] = None
    beneficiaries: Annotated[BeneficiariesPatch | None, Field(description="Who benefits.")] = None
    performance_goals: Annotated[Goals | None, Field(description="What it is to achieve, all goals.")] = None
    participation: Annotated[Lines | None, Field(max_length=3_000, description="How villagers take part.")] = None
    poverty_reduction_mechanism: Annotated[
        Lines | None, Field(max_length=3_000, description="How it reduces poverty.")
    ] = None


_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)


def patched(patch: object) -> Callable[[Content], Content]:
    """Return the function that applies a patch. It raises RequestValidationError where the result is not complete."""

    def change(content: Content) -> Content:
        merged = _merged(described(content), patch)
        return validated(_PROJECT, merged).to_content()

    return change


def _merged(target: object, patch: object) -> object:
    """Merge a patch into a document. A null removes the member (RFC 7396, 2)."""
    if not isinstance(patch, dict):
        return patch
    members = target if isinstance(target, dict) else {}
    merged = {name: value for name, value in members.items() if name not in patch}
    merged |= {name: _merged(members.get(name), value) for name, value in patch.items() if value is not None}
    return merged
