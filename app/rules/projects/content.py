"""What a project of the village project library holds (项目基本内容): 二.6.(1). Money in fen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

from app.rules.money import format_yuan

Construction = Literal["new", "expansion", "renovation", "continuation"]
"""Kind of construction (建设性质): 新建、扩建、改建、续建."""


class Funding(NamedTuple):
    """A part of the budget (资金来源): which fund, and how much of it in fen."""

    fund: str
    amount: int


class Beneficiaries(NamedTuple):
    """Who benefits (受益对象): households and persons, and how many of them are registered as poor."""

    households: int
    persons: int
    registered_households: int
    registered_persons: int


class Schedule(NamedTuple):
    """When it is to be carried out (时间进度)."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Content:
    """What a project is; what is None or empty has not been said yet."""

    name: str
    category: str
    construction: Construction
    place: str
    """The village's division code, twelve digits."""
    budget: int
    """In all, fen; its sources add up to it."""
    sources: tuple[Funding, ...]
    place_name: str | None = None
    schedule: Schedule | None = None
    responsible_unit: str | None = None
    tasks: str | None = None
    beneficiaries: Beneficiaries | None = None
    performance_goals: tuple[str, ...] = ()
    """Without any it does not enter the library (绩效目标)."""
    participation: str | None = None
    """How villagers take part (群众参与)."""
    poverty_reduction_mechanism: str | None = None
    """How it reduces poverty (带贫减贫机制)."""


class ScheduleDescription(TypedDict):
    """A schedule: its first and last day in ISO 8601."""

    start: str
    end: str


class SourceDescription(TypedDict):
    """A source of the budget: the fund, and its amount in yuan."""

    fund: str
    amount: str


class BudgetDescription(TypedDict):
    """A budget: its total in yuan, and its sources."""

    total: str
    sources: list[SourceDescription]


class BeneficiariesDescription(TypedDict):
    """The beneficiaries, as they are counted."""

    households: int
    persons: int
    registered_households: int
    registered_persons: int


class ProjectDescription(TypedDict):
    """A project in the fields of the API. Notices and the history hold it as JSON."""

    name: str
    category: str
    construction: Construction
    place: str
    place_name: str | None
    schedule: ScheduleDescription | None
    responsible_unit: str | None
    tasks: str | None
    budget: BudgetDescription
    beneficiaries: BeneficiariesDescription | None
    performance_goals: list[str]
    participation: str | None
    poverty_reduction_mechanism: str | None


FieldChanges = dict[str, list[object]]
"""The fields that changed: name to a pair of the value before and the value after, as JSON."""


def described(content: Content) -> ProjectDescription:
    """Describe a project in the fields of the API: amounts as text in yuan, days in ISO 8601."""
    schedule, whom = content.schedule, content.beneficiaries
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
        "beneficiaries": whom and beneficiaries_described(whom),
        "performance_goals": list(content.performance_goals),
        "participation": content.participation,
        "poverty_reduction_mechanism": content.poverty_reduction_mechanism,
    }


def beneficiaries_described(whom: Beneficiaries) -> BeneficiariesDescription:
    """Describe the beneficiaries in the fields of the API."""
    return {
        "households": whom.households,
        "persons": whom.persons,
        "registered_households": whom.registered_households,
        "registered_persons": whom.registered_persons,
    }


def wanting(content: Content) -> list[str]:
    """List the parts that a project of the library should have and that are still empty (二.6.(1))."""
    return [name for name, value in described(content).items() if value in (None, [], "")]


def changes(before: Mapping[str, object] | None, after: Mapping[str, object]) -> FieldChanges:
    """List the fields of a description that changed, with the value before and the value after."""
    earlier = before or {}
    return {name: [earlier.get(name), value] for name, value in after.items() if earlier.get(name) != value}
