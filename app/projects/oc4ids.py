"""Projects in the Open Contracting for Infrastructure Data Standard, OC4IDS 0.9 (基础设施项目开放合同数据标准).

Nothing is published that the library does not hold: no sector, no policy, no contracting process, and no date, value or
scope of completion. What the standard's closed lists cannot say exactly stands, in the library's own words, among
the classifications. Texts that are written here are in Chinese, as the library's are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

VERSION = "0.9"
"""The standard's version, as packages state it; what is written here is valid in 0.9.4 and 0.9.5."""

UNREGISTERED_PREFIX = "oc4ids-unregistered"
"""Stands before a project's number where the publisher has no prefix of its own.

A publisher registers one with the Open Contracting Partnership and sets it; it looks like oc4ids-bu3kcz. Until then
the identifiers are of the right form but are not globally unique.
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

PROJECT_STATUS = {
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

PROJECT_TYPE = {"new": "construction", "expansion": "expansion", "renovation": "rehabilitation"}
"""The standard's projectType (closed list) for each kind of construction.

A continuation (续建) goes on with a work begun in an earlier year, of whichever type: it has none.
"""

_CURRENCY = "CNY"
_OFFSET = "+08:00"
_UNIT = "responsible-unit"

Json = dict[str, Any]


def oc4ids_project(project: Mapping[str, Any], prefix: str = UNREGISTERED_PREFIX) -> Json:
    """Describe a project, as the API answers it, in OC4IDS. What has not been said is left out."""
    said: Json = {
        "id": f"{prefix}-{project['id']}",
        "updated": project["changed"],
        "language": "zh",
        "identifiers": [{"id": str(project["id"]), "scheme": LIBRARY_SCHEME}],
        "publicAuthority": _unit(project),
        "title": project["name"],
        "description": project["tasks"],
        "budget": _budget(project),
        "period": _period(project),
        "locations": [_location(project)],
        "status": PROJECT_STATUS[project["status"]],
        "type": PROJECT_TYPE.get(project["construction"]),
        "purpose": project["poverty_reduction_mechanism"],
        "additionalClassifications": [
            _classification(CATEGORY_SCHEME, project["category"]),
            _classification(CONSTRUCTION_SCHEME, project["construction"]),
            _classification(STATUS_SCHEME, project["status"]),
        ],
        "parties": _parties(project),
        "forecasts": _forecasts(project),
        "metrics": _metrics(project),
        "documents": _documents(project),
        "benefits": _benefits(project),
    }
    return {name: value for name, value in said.items() if value}


def package_head(
    uri: str,
    published: str,
    publisher: Mapping[str, str],
    *,
    licence: str | None = None,
    publication_policy: str | None = None,
) -> bytes:
    """Begin a project package, up to its projects.

    `uri` names this very package; `published` is the instant of its latest change, in RFC 3339; `publisher` has a
    `name` and may have `uri`, `scheme` and `uid`; the licence and the policy are addresses. The standard wants at least
    one project in a package.
    """
    head: Json = {"version": VERSION, "uri": uri, "publishedDate": published, "publisher": dict(publisher)}
    if licence is not None:
        head["license"] = licence
    if publication_policy is not None:
        head["publicationPolicy"] = publication_policy
    return orjson.dumps(head).removesuffix(b"}") + b',"projects":['


def package_projects(
    projects: Iterable[Mapping[str, Any]], prefix: str = UNREGISTERED_PREFIX, *, first: bool = False
) -> bytes:
    """Write some projects of a package; `first` says that none stands before them."""
    written = b",".join(orjson.dumps(oc4ids_project(project, prefix)) for project in projects)
    return written if first or not written else b"," + written


def package_tail() -> bytes:
    """End a project package."""
    return b"]}"


def _value(yuan: str) -> Json:
    """State an amount, a number in OC4IDS.

    The float is exact on the wire: a decimal of at most 15 digits (ours have 11) is the shortest one of all that give
    its float, and the shortest is what is written. Nothing is calculated with it.
    """
    whole, _, decimals = yuan.partition(".")
    return {"amount": float(yuan) if decimals.strip("0") else int(whole), "currency": _CURRENCY}


def _budget(project: Mapping[str, Any]) -> Json:
    """State the budget; its sources are funds, not organisations, so they are described and not parties."""
    sources = [
        {"id": str(number), "description": source["fund"], "amount": _value(source["amount"])}
        for number, source in enumerate(project["budget"]["sources"], start=1)
    ]
    return {
        "amount": _value(project["budget"]["total"]),
        "requestDate": project["declared"],
        "budgetBreakdowns": [{"id": "sources", "description": "按资金来源", "budgetBreakdown": sources}],
    }


def _period(project: Mapping[str, Any]) -> Json | None:
    """State when it is to be carried out, from the start of the first day to the end of the last."""
    schedule = project["schedule"]
    return schedule and {
        "startDate": f"{schedule['start']}T00:00:00{_OFFSET}",
        "endDate": f"{schedule['end']}T23:59:59{_OFFSET}",
    }


def _location(project: Mapping[str, Any]) -> Json:
    place = project["place"]
    location: Json = {"id": place, "gazetteer": {"scheme": DIVISION_SCHEME, "identifiers": [place]}}
    if project["place_name"]:
        location["description"] = project["place_name"]
    return location


def _classification(scheme: str, code: str) -> Json:
    return {"scheme": scheme, "id": code}


def _unit(project: Mapping[str, Any]) -> Json | None:
    unit = project["responsible_unit"]
    return unit and {"id": _UNIT, "name": unit}


def _parties(project: Mapping[str, Any]) -> list[Json]:
    """List the unit that answers for the project (责任单位): the public authority that develops the assets."""
    unit = _unit(project)
    return [{**unit, "roles": ["publicAuthority"]}] if unit else []


def _forecasts(project: Mapping[str, Any]) -> list[Json]:
    """State the performance goals (绩效目标): forecasts whose measures are texts."""
    goals = [{"id": str(number), "measure": goal} for number, goal in enumerate(project["performance_goals"], start=1)]
    return [{"id": "performanceGoals", "title": "绩效目标", "observations": goals}] if goals else []


def _metrics(project: Mapping[str, Any]) -> list[Json]:
    """State what was allocated so far (已安排资金), fund by fund; a fund has the number of its source."""
    allocated = [
        {"id": str(number), "value": _value(fund["allocated"]), "dimensions": {"fund": fund["fund"]}}
        for number, fund in enumerate(project["funds"], start=1)
        if fund["allocated"].strip("0.")
    ]
    return [{"id": "fundsAllocated", "title": "已安排资金", "observations": allocated}] if allocated else []


def _documents(project: Mapping[str, Any]) -> list[Json]:
    """State how villagers take part (群众参与): a document that is all in its description; its type is our own."""
    text = project["participation"]
    kind = {"documentType": "villagersParticipation", "title": "群众参与"}
    return [{"id": "participation", **kind, "description": text, "language": "zh"}] if text else []


def _benefits(project: Mapping[str, Any]) -> list[Json]:
    """State who benefits (受益对象): all of them, and those among them who are registered as poor (建档立卡)."""
    whom = project["beneficiaries"]
    if not whom:
        return []
    everyone = f"受益农户{whom['households']}户"
    registered = f"其中建档立卡贫困户{whom['registered_households']}户"
    return [
        {
            "title": "受益对象",
            "beneficiaries": [
                {"description": everyone, "numberOfPeople": whom["persons"]},
                {"description": registered, "numberOfPeople": whom["registered_persons"]},
            ],
        }
    ]
