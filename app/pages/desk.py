"""What an officer's desk shows: what waits for this level, what can't go on yet and why, what ends soon."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import lists, notices, objections, projects
from app.db.projects.events import events_of
from app.db.projects.lists import ProjectFilter
from app.db.projects.notices import PostedText
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import NotFoundError, Resource
from app.i18n import Language
from app.i18n.sentences import sentence
from app.pages.desk_forms import decision_form
from app.presenters.notices import objection_answer, summary_answer
from app.presenters.projects import event_answer, project_answer
from app.projects import procedure
from app.projects.notice_days import NoticeCalendar
from app.rules.projects.content import described
from app.rules.projects.procedure import (
    CHANGED_BY,
    FUNDED_IN,
    REPORTED_IN,
    Action,
    Facts,
    Status,
    actions_from,
    level_of,
)
from app.rules.projects.publicity import Level
from app.tables.cells import to_list_cell, to_sources_cell

Json = dict[str, Any]

ONWARD: dict[Status, Action] = {
    "draft": "post_village_notice",
    "returned": "post_village_notice",
    "village_notice": "submit_to_township",
    "township_review": "approve_in_township",
    "township_notice": "submit_to_county",
    "county_review": "approve_in_county",
    "county_notice": "enter_library",
    "in_library": "start",
    "under_way": "complete",
}
"""The step that takes a project on from each status."""

SENT_WITH_IT = {"no_meeting", "checks_not_passed", "no_opinion", "no_decision", "no_reason"}
"""Conditions that the form of the step meets."""

PLAIN = (
    "name",
    "category",
    "construction",
    "place",
    "place_name",
    "responsible_unit",
    "tasks",
    "participation",
    "poverty_reduction_mechanism",
)
"""The parts of a project that are one text each."""

SOON = dt.timedelta(days=3)
AT_ONCE = 50
"""So many of a list at once; the page says where the rest is."""


class DeskContext(NamedTuple):
    """Who looks at the desk, when, in which language, and what fixes the days of a notice that he would post."""

    officer: Officer
    moment: Moment
    language: Language
    notice_calendar: NoticeCalendar


def guard(token: str) -> str:
    """Return what a form of the desk holds so that no other site's page can send it: it follows from the token."""
    return hashlib.sha256(f"desk {token}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def home(connection: Connection, visit: DeskContext) -> Json:
    """Show what waits for an officer: the beginning of each list, by a number of queries that never grows."""
    return {
        "waiting": _waiting(connection, visit, _statuses(visit.officer)),
        "objections": _undecided(connection, visit),
        "soon": _ending(connection, visit),
        "today": visit.moment.today.isoformat(),
    }


def rest(connection: Connection, visit: DeskContext, which: str, after: int | None) -> Json:
    """Show one list of the desk after a number: of a status, `objections` or `ending`.

    NotFoundError for a list that this officer's desk does not have, or a number that no notice has.
    """
    if which == "objections":
        return {"objections": _undecided(connection, visit, after)}
    if which == "ending":
        return {"soon": _ending(connection, visit, after)}
    statuses = [status for status in _statuses(visit.officer) if status == which]
    if not statuses:
        raise NotFoundError(Resource.DESK_LIST)
    return {"waiting": _waiting(connection, visit, statuses, after)}


def project(connection: Connection, visit: DeskContext, number: int) -> Json:
    """Show a project with what the officer can do to it now. NotFoundError for one that he may not see."""
    officer, moment = visit.officer, visit.moment
    project = projects.find(connection, number)
    if not project.is_shown_to(officer):
        raise NotFoundError(Resource.PROJECT)
    newest = notices.newest_of(connection, [number]).get(number)
    facts = procedure.facts_of(connection, moment, [project], notices.standing_of(connection, [project]))[number]
    here = project.is_covered_by(officer)
    steps = [
        {"action": action, "unmet": _lacking(visit, action, facts)}
        for action in actions_from(project.status)
        if here and level_of(action, project.status) == officer.level
    ]
    return {
        **project_answer(project, newest, moment.today),
        "events": [event_answer(event) for event in events_of(connection, number)],
        "steps": steps,
        "can_revise": here and CHANGED_BY.get(project.status) == officer.level,
        "can_allocate": here and officer.level == "county" and project.status in FUNDED_IN,
        "reports": [
            kind for kind, within in REPORTED_IN.items() if _township(here, officer.level) and project.status in within
        ],
        "typed": typed_of(project),
    }


def objection(connection: Connection, visit: DeskContext, number: int) -> Json:
    """Show an objection to the officer who decides it. NotFoundError for another's."""
    objection = objections.find(connection, number)
    notice = notices.find(connection, objection.notice_id)
    officer = visit.officer
    if officer.level != notice.level or not notice.place.startswith(officer.place):
        raise NotFoundError(Resource.OBJECTION)
    return {**objection_answer(objection), **_named(notice.project_id, notice.text)}


def typed_of(project: ProjectRecord) -> dict[str, str]:
    """Return the content of a project as an officer would type it into the form."""
    content = described(project.content)
    fields: Mapping[str, object] = content
    typed = {name: "" if fields[name] is None else str(fields[name]) for name in PLAIN}
    parts: dict[str, Mapping[str, object] | None] = {
        "schedule": content["schedule"],
        "beneficiaries": content["beneficiaries"],
    }
    for part, values in parts.items():
        typed |= {f"{part}.{name}": str(value) for name, value in (values or {}).items()}
    typed["budget.total"] = content["budget"]["total"]
    typed["budget.sources"] = to_sources_cell(
        {"fund": each["fund"], "amount": each["amount"]} for each in content["budget"]["sources"]
    )
    typed["performance_goals"] = to_list_cell(content["performance_goals"])
    return typed


def _statuses(officer: Officer) -> list[Status]:
    """List the statuses that a project waits in for an officer of this level."""
    return [status for status, action in ONWARD.items() if level_of(action, status) == officer.level]


def _waiting(
    connection: Connection, visit: DeskContext, statuses: Sequence[Status], after: int | None = None
) -> list[Json]:
    """Show the projects that wait in each status, and why one cannot go on; none of a status in which none waits."""
    officer = visit.officer
    pages = {
        status: lists.projects(connection, ProjectFilter(status, officer.place, after=after), officer, AT_ONCE)
        for status in statuses
    }
    found = [project for page in pages.values() for project in page.items]
    facts = procedure.facts_of(connection, visit.moment, found, notices.standing_of(connection, found))
    return [
        {
            "status": status,
            "shown": [_row(project, _lacking(visit, ONWARD[status], facts[project.id])) for project in page.items],
            "following": page.items[-1].id if page.more else None,
        }
        for status, page in pages.items()
        if page.items
    ]


def _row(project: ProjectRecord, lacking: list[str]) -> Json:
    place = project.content.place_name or project.content.place
    return {"id": project.id, "name": project.content.name, "place": place, "unmet": lacking}


def _lacking(visit: DeskContext, action: Action, facts: Facts) -> list[str]:
    """Say what a step still lacks, but for what its form asks for."""
    reasons = [each.reason for each in procedure.lacking(action, facts, visit.notice_calendar)[0]]
    return [sentence("publicity", reason, visit.language) for reason in reasons if reason.code not in SENT_WITH_IT]


def _undecided(connection: Connection, visit: DeskContext, after: int | None = None) -> Json:
    page = lists.undecided(connection, visit.officer, after, AT_ONCE)
    shown = [
        {
            **objection_answer(each.objection),
            **_named(each.project_id, each.text),
            "form": decision_form(each.objection.id, None, visit.language),
        }
        for each in page.items
    ]
    return {"shown": shown, "following": page.items[-1].objection.id if page.more else None}


def _ending(connection: Connection, visit: DeskContext, after: int | None = None) -> Json:
    today = visit.moment.today
    last = None if after is None else (notices.find(connection, after).last_day, after)
    page = lists.ending(connection, visit.officer, (today, today + SOON), last, AT_ONCE)
    shown = [{**summary_answer(each, today), **_named(each.project_id, each.text)} for each in page.items]
    return {"shown": shown, "following": page.items[-1].id if page.more else None}


def _named(project: int, text: PostedText) -> Json:
    return {"project": project, "name": text["name"]}


def _township(here: bool, level: Level) -> bool:
    return here and level == "township"
