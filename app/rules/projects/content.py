"""The content of a project of the village project library (项目基本内容): 二.6.(1). Money in fen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

from app.rules.money import format_yuan

Construction = Literal["new", "expansion", "renovation", "continuation"]
"""Kind of construction (建设性质): 新建、扩建、改建、续建."""


class Funding(NamedTuple):
    """A source of the budget (资金来源): the fund, and the amount in fen."""

    fund: str
    amount: int


class Beneficiaries(NamedTuple):
    """The beneficiaries (受益对象): households and persons, and how many of them are registered as poor."""

    households: int
    persons: int
    registered_households: int
    registered_persons: int


class Schedule(NamedTuple):
    """The first and last day of the work (时间进度)."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a project; a field that is None or empty has not been filled in yet."""

    name: str
    category: str
    construction: Construction
    place: str
    """The village's division code, twelve digits."""
    budget: int
    """The total in fen; the sources add up to it."""
    sources: tuple[Funding, ...]
    place_name: str | None = None
    schedule: Schedule | None = None
    responsible_unit: str | None = None
    tasks: str | None = None
    beneficiaries: Beneficiaries | None = None
    performance_goals: tuple[str, ...] = ()
    """The performance goals (绩效目标), required for entry into the library."""
    participation: str | None = None
    """How villagers take part (群众参与)."""
    poverty_reduction_mechanism: str | None = None
    """How it reduces poverty (带贫减贫机制)."""


class SourceFields(TypedDict):
    """A source of the budget in the fields of the API."""

    fund: str
    amount: str


class BudgetFields(TypedDict):
    """The budget in the fields of the API."""

    total: str
    sources: list[SourceFields]


class ScheduleFields(TypedDict):
    """The schedule in the fields of the API."""

    start: str
    end: str


class BeneficiariesFields(TypedDict):
    """The beneficiaries in the fields of the API."""

    households: int
    persons: int
    registered_households: int
    registered_persons: int


class ContentFields(TypedDict):
    """The content in the fields of the API; a field that is None or empty has not been filled in yet."""

    name: str
    category: str
    construction: Construction
    place: str
    place_name: str | None
    schedule: ScheduleFields | None
    responsible_unit: str | None
    tasks: str | None
    budget: BudgetFields
    beneficiaries: BeneficiariesFields | None
    performance_goals: list[str]
    participation: str | None
    poverty_reduction_mechanism: str | None


FieldChanges = dict[str, list[object]]
"""The fields that changed, each with its old and new value, as JSON."""


def described(content: Content) -> ContentFields:
    """Return the content in the fields of the API: amounts as text in yuan, days in ISO 8601."""
    schedule, beneficiaries = content.schedule, content.beneficiaries
    return {
        "name": content.name,
        "category": content.category,
        "construction": content.construction,
        "place": content.place,
        "place_name": content.place_name,
        "schedule": schedule and {"start": schedule.start.isoformat(), "end": schedule.end.isoformat()},
        "responsible_unit": content.responsible_unit,
        "tasks": content.tasks,
        "budget": {
            "total": format_yuan(content.budget),
            "sources": [{"fund": each.fund, "amount": format_yuan(each.amount)} for each in content.sources],
        },
        "beneficiaries": beneficiaries and beneficiaries_described(beneficiaries),
        "performance_goals": list(content.performance_goals),
        "participation": content.participation,
        "poverty_reduction_mechanism": content.poverty_reduction_mechanism,
    }


def beneficiaries_described(beneficiaries: Beneficiaries) -> BeneficiariesFields:
    """Return the beneficiaries in the fields of the API."""
    return {
        "households": beneficiaries.households,
        "persons": beneficiaries.persons,
        "registered_households": beneficiaries.registered_households,
        "registered_persons": beneficiaries.registered_persons,
    }


def wanting(content: Content) -> list[str]:
    """List the fields that a project of the library should have and that are empty (二.6.(1))."""
    return [name for name, value in described(content).items() if value in (None, [], "")]


def changes(before: Mapping[str, object] | None, after: Mapping[str, object]) -> FieldChanges:
    """Return the fields of a description that changed, each with its old and new value."""
    old = before or {}
    return {name: [old.get(name), value] for name, value in after.items() if old.get(name) != value}
