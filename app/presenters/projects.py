"""Projects, their history, funds and reports as the API answers them: in codes, the same in every language."""

import datetime as dt

from app.clock import instant
from app.db.projects.events import EventRecord
from app.db.projects.funds import AllocationRecord, ReportRecord
from app.db.projects.notices import NoticeRecord
from app.db.projects.projects import FundRecord, ProjectRecord
from app.presenters.notices import summary_answer
from app.rules.money import format_yuan
from app.rules.projects.content import described, wanting
from app.schemas.responses.projects import (
    AllocationAnswer,
    ChangeAnswer,
    EventAnswer,
    FundAnswer,
    ProjectAnswer,
    ReportAnswer,
)


def project_answer(project: ProjectRecord, notice: NoticeRecord | None, today: dt.date) -> ProjectAnswer:
    """Present a project as it stands, with its newest notice."""
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


def event_answer(event: EventRecord) -> EventAnswer:
    """Present an event of the history."""
    changes: list[ChangeAnswer] = [
        {"field": name, "from": before, "to": after} for name, (before, after) in event.changes.items()
    ]
    return {
        "number": event.number,
        "at": instant(event.at),
        "day": event.day.isoformat(),
        "action": event.action,
        "actor": event.actor,
        "level": event.level,
        "place": event.place,
        "from": event.was,
        "to": event.status,
        "version": event.version,
        "note": event.note,
        "changes": changes,
        "record": event.record,
        "previous": event.previous,
        "hash": event.hash,
    }


def allocation_answer(allocation: AllocationRecord) -> AllocationAnswer:
    """Present an allocation."""
    return {
        "id": allocation.id,
        "project": allocation.project_id,
        "fund": allocation.fund,
        "amount": format_yuan(allocation.amount),
        "document": allocation.document,
        "made": instant(allocation.made),
    }


def report_answer(report: ReportRecord) -> ReportAnswer:
    """Present a report of what was carried out or achieved."""
    return {
        "id": report.id,
        "project": report.project_id,
        "kind": report.kind,
        "date": report.day.isoformat(),
        "text": report.text,
        "spent": None if report.spent is None else format_yuan(report.spent),
        "beneficiaries": report.beneficiaries,
        "made": instant(report.made),
    }


def _fund(fund: FundRecord) -> FundAnswer:
    return {
        "fund": fund.fund,
        "amount": format_yuan(fund.amount),
        "allocated": format_yuan(fund.allocated),
        "left": format_yuan(fund.left),
    }
