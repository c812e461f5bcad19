"""Projects in the Open Contracting for Infrastructure Data Standard, OC4IDS 0.9 (基础设施项目开放合同数据标准).

Only what the library holds is published: no sector, no policy, no contracting process, and no date, value or scope of
completion. Where the standard's closed lists are not exact, the library's own terms stand among the classifications.
The texts of this module are in Chinese, as those of the library are.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import orjson

from app.clock import instant
from app.db.projects.projects import ProjectRecord
from app.projects.oc4ids_objects import (
    Benefit,
    BudgetBreakdown,
    Document,
    Identifier,
    Location,
    Metric,
    Observation,
    OC4IDSProject,
    PackageHead,
    Party,
    Period,
    PublishedBudget,
    Unit,
    Value,
)
from app.rules.projects.content import Construction, Content
from app.rules.projects.procedure import Status

VERSION = "0.9"
"""The standard's version, as packages state it; what is written here is valid in 0.9.4 and 0.9.5."""

UNREGISTERED_PREFIX = "oc4ids-unregistered"
"""Stands before a project's number where the publisher has no prefix of its own.

A publisher registers a prefix, such as oc4ids-bu3kcz, with the Open Contracting Partnership. Until then the
identifiers have the right form but are not globally unique.
"""

CATEGORY_SCHEME = "anda-category"
"""The county's own categories (项目类别), in free text: the code is the category's name."""

CONSTRUCTION_SCHEME = "anda-construction"
"""The four kinds of construction (建设性质), as the API names them."""

STATUS_SCHEME = "anda-status"
"""The statuses of the village project library, finer than the standard's, as the API names them."""

LIBRARY_SCHEME = "anda-village-project-library"
"""The register that numbers the projects (村级项目库)."""

DIVISION_SCHEME = "CN-NBS"
"""The division codes of China's National Bureau of Statistics (统计用区划代码); the standard's open list lacks them."""

PROJECT_STATUS: Mapping[Status, str] = {
    "draft": "identification",
    "village_notice": "identification",
    "township_review": "identification",
    "township_notice": "identification",
    "returned": "identification",
    "county_review": "preparation",
    "county_notice": "preparation",
    "in_library": "preparation",
    "under_way": "implementation",
    "completed": "completion",
    "withdrawn": "cancelled",
    "removed": "cancelled",
}
"""The standard's projectStatus (closed list) for each status.

Village and township decide whether there is to be a project: identification. The county judges feasibility and budget,
and the library holds what is ready to be paid for: preparation. A completed project is handed over while its outcome is
still recorded: completion, not yet maintenance.
"""

PROJECT_TYPE: Mapping[Construction, str] = {
    "new": "construction",
    "expansion": "expansion",
    "renovation": "rehabilitation",
}
"""The standard's projectType (closed list) for each kind of construction.

A continuation (续建) goes on with a work begun in an earlier year, of whichever type: it has none.
"""

_CURRENCY = "CNY"
_OFFSET = "+08:00"
_UNIT = "responsible-unit"

_LEFT_OUT_WHERE_EMPTY: tuple[
    Literal[
        "publicAuthority",
        "description",
        "period",
        "type",
        "purpose",
        "parties",
        "forecasts",
        "metrics",
        "documents",
        "benefits",
    ],
    ...,
] = (
    *("publicAuthority", "description", "period", "type", "purpose"),
    *("parties", "forecasts", "metrics", "documents", "benefits"),
)


def oc4ids_project(project: ProjectRecord, prefix: str = UNREGISTERED_PREFIX) -> OC4IDSProject:
    """Describe a project in OC4IDS. Fields without a value are left out."""
    content = project.content
    fields: OC4IDSProject = {
        "id": f"{prefix}-{project.id}",
        "updated": instant(project.changed),
        "language": "zh",
        "identifiers": [{"id": str(project.id), "scheme": LIBRARY_SCHEME}],
        "publicAuthority": _unit(content),
        "title": content.name,
        "description": content.tasks,
        "budget": _budget(project),
        "period": _period(content),
        "locations": [_location(content)],
        "status": PROJECT_STATUS[project.status],
        "type": PROJECT_TYPE.get(content.construction),
        "purpose": content.poverty_reduction_mechanism,
        "additionalClassifications": [
            _classification(CATEGORY_SCHEME, content.category),
            _classification(CONSTRUCTION_SCHEME, content.construction),
            _classification(STATUS_SCHEME, project.status),
        ],
        "parties": _parties(content),
        "forecasts": _forecasts(content),
        "metrics": _metrics(project),
        "documents": _documents(content),
        "benefits": _benefits(content),
    }
    for name in _LEFT_OUT_WHERE_EMPTY:
        if not fields[name]:
            del fields[name]
    return fields


def package_head(
    uri: str,
    published: str,
    publisher: Mapping[str, str],
    *,
    licence: str | None = None,
    publication_policy: str | None = None,
) -> bytes:
    """Begin a project package, up to its projects.

    `uri` is the address of the package; `published` is the instant of its latest change, in RFC 3339; `publisher` has a
    `name` and may have `uri`, `scheme` and `uid`; the licence and the policy are addresses. The standard requires at
    least one project in a package.
    """
    head: PackageHead = {"version": VERSION, "uri": uri, "publishedDate": published, "publisher": publisher}
    if licence is not None:
        head["license"] = licence
    if publication_policy is not None:
        head["publicationPolicy"] = publication_policy
    return orjson.dumps(head).removesuffix(b"}") + b',"projects":['


def package_projects(
    projects: Iterable[ProjectRecord], prefix: str = UNREGISTERED_PREFIX, *, first: bool = False
) -> bytes:
    """Write some projects of a package; `first` where no project comes before them."""
    written = b",".join(orjson.dumps(oc4ids_project(project, prefix)) for project in projects)
    return written if first or not written else b"," + written


def package_tail() -> bytes:
    """End a project package."""
    return b"]}"


def _value(fen: int) -> Value:
    """State an amount in yuan, a number in OC4IDS.

    The float is exact on the wire: a decimal of at most 15 digits (these have 11) is the shortest of all decimals of
    its float, and the shortest one is written. Nothing is calculated with the float.
    """
    return {"amount": fen / 100 if fen % 100 else fen // 100, "currency": _CURRENCY}


def _budget(project: ProjectRecord) -> PublishedBudget:
    """State the budget. Its sources are funds, not organisations, so they are described and are no parties."""
    sources: list[BudgetBreakdown] = [
        {"id": str(number), "description": source.fund, "amount": _value(source.amount)}
        for number, source in enumerate(project.content.sources, start=1)
    ]
    return {
        "amount": _value(project.content.budget),
        "requestDate": instant(project.declared),
        "budgetBreakdowns": [{"id": "sources", "description": "按资金来源", "budgetBreakdown": sources}],
    }


def _period(content: Content) -> Period | None:
    """State the schedule, from the start of the first day to the end of the last."""
    schedule = content.schedule
    return schedule and {
        "startDate": f"{schedule.start.isoformat()}T00:00:00{_OFFSET}",
        "endDate": f"{schedule.end.isoformat()}T23:59:59{_OFFSET}",
    }


def _location(content: Content) -> Location:
    place = content.place
    location: Location = {"id": place, "gazetteer": {"scheme": DIVISION_SCHEME, "identifiers": [place]}}
    if content.place_name:
        location["description"] = content.place_name
    return location


def _classification(scheme: str, code: str) -> Identifier:
    return {"scheme": scheme, "id": code}


def _unit(content: Content) -> Unit | None:
    unit = content.responsible_unit
    return {"id": _UNIT, "name": unit} if unit else None


def _parties(content: Content) -> list[Party]:
    """List the responsible unit (责任单位): the public authority that develops the assets."""
    unit = _unit(content)
    return [{**unit, "roles": ["publicAuthority"]}] if unit else []


def _forecasts(content: Content) -> list[Metric]:
    """State the performance goals (绩效目标): forecasts whose measures are texts."""
    goals: list[Observation] = [
        {"id": str(number), "measure": goal} for number, goal in enumerate(content.performance_goals, start=1)
    ]
    return [{"id": "performanceGoals", "title": "绩效目标", "observations": goals}] if goals else []


def _metrics(project: ProjectRecord) -> list[Metric]:
    """State the allocations so far (已安排资金), by fund; a fund has the number of its source."""
    allocated: list[Observation] = [
        {"id": str(number), "value": _value(fund.allocated), "dimensions": {"fund": fund.fund}}
        for number, fund in enumerate(project.funds, start=1)
        if fund.allocated
    ]
    return [{"id": "fundsAllocated", "title": "已安排资金", "observations": allocated}] if allocated else []


def _documents(content: Content) -> list[Document]:
    """State how villagers take part (群众参与): a document that consists of its description, with a type of ours."""
    text = content.participation
    if not text:
        return []
    return [
        {
            "id": "participation",
            "documentType": "villagersParticipation",
            "title": "群众参与",
            "description": text,
            "language": "zh",
        }
    ]


def _benefits(content: Content) -> list[Benefit]:
    """State the beneficiaries (受益对象): all of them, and those who are registered as poor (建档立卡)."""
    whom = content.beneficiaries
    if whom is None:
        return []
    everyone = f"受益农户{whom.households}户"
    registered = f"其中建档立卡贫困户{whom.registered_households}户"
    return [
        {
            "title": "受益对象",
            "beneficiaries": [
                {"description": everyone, "numberOfPeople": whom.persons},
                {"description": registered, "numberOfPeople": whom.registered_persons},
            ],
        }
    ]
