"""Projects, their history, their funds and reports, as the API answers them: in codes, the same in every language."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.clock import instant
from app.db.projects.projects import FundRecord, ProjectRecord
from app.presenters.notices import summary_answer
from app.rules.money import format_yuan
from app.rules.projects.content import described, wanting

Json = dict[str, Any]


def project_answer(project: ProjectRecord, notice: Mapping[str, Any] | None, today: dt.date) -> Json:
    """Show a project as it stands, with its newest notice."""
    content = project.content
    return {
        "id": project.id,
        "version": project.version,
        "status": project.status,
        **described(content),
        "wanting": wanting(content),
        "funds": [_fund(fund) for fund in project.funds],
        "notice": None if notice is None else summary_answer(notice, today),
        "declared": instant(project.declared),
        "changed": instant(project.changed),
    }


def event_answer(event: Mapping[str, Any]) -> Json:
    """Show an act: who, when, from, to, what changed, why."""
    return {
        "number": event["number"],
        "at": instant(event["at"]),
        "day": event["day"].isoformat(),
        "action": event["action"],
        "actor": event["actor"],
        "level": event["level"],
        "place": event["place"],
        "from": event["was"],
        "to": event["status"],
        "version": event["version"],
        "note": event["note"],
        "changes": [{"field": name, "from": was, "to": became} for name, (was, became) in event["changes"].items()],
        "record": event["record"],
        "previous": event["previous"],
        "hash": event["hash"],
    }


def allocation_answer(allocation: Mapping[str, Any]) -> Json:
    """Show an allocation."""
    return {
        "id": allocation["id"],
        "project": allocation["project_id"],
        "fund": allocation["fund"],
        "amount": format_yuan(allocation["amount"]),
        "document": allocation["document"],
        "made": instant(allocation["made"]),
    }


def report_answer(report: Mapping[str, Any]) -> Json:
    """Show what was carried out or achieved."""
    spent = report["spent"]
    return {
        "id": report["id"],
        "project": report["project_id"],
        "kind": report["kind"],
        "date": report["day"].isoformat(),
        "text": report["text"],
        "spent": None if spent is None else format_yuan(spent),
        "beneficiaries": report["beneficiaries"],
        "made": instant(report["made"]),
    }


def _fund(fund: FundRecord) -> Json:
    return {
        "fund": fund.fund,
        "amount": format_yuan(fund.amount),
        "allocated": format_yuan(fund.allocated),
        "left": format_yuan(fund.left),
    }
