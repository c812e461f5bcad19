"""What an officer's desk shows: the projects that wait and what they lack, the objections, the notices that end."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import lists, notices, objections, projects
from app.db.projects.lists import ProjectFilter
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import NotFoundError, Resource
from app.i18n import Language
from app.i18n.sentences import unmet_sentence
from app.pages.desk_contexts import (
    DeskList,
    DeskLists,
    DeskNotice,
    DeskObjection,
    DeskProject,
    EndingNotices,
    OpenStep,
    UndecidedObjections,
    WaitingProject,
    WaitingProjects,
)
from app.pages.desk_forms import decision_form
from app.pages.notices import EVENTS_AT_ONCE
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
from app.schemas.requests.notices import MOST_DECIDED
from app.tables.cells import to_list_cell, to_sources_cell

NEXT_STEP: dict[Status, Action] = {
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
"""The step that follows each status."""

MET_BY_FORM = {"no_meeting", "checks_not_passed", "no_opinion", "no_decision", "no_reason"}
"""Conditions that the form of the step meets."""

TEXT_FIELDS = (
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
"""The fields of a project that are one text each."""

SOON = dt.timedelta(days=3)
LINE = 200
"""Characters of an objection that one line shows."""
AT_ONCE = 50
"""Rows of a list that one page shows; it links to the rest."""


class DeskContext(NamedTuple):
    """The officer, the moment, the language, and the calendar that fixes the days of a notice."""

    officer: Officer
    moment: Moment
    language: Language
    notice_calendar: NoticeCalendar


def guard(secret: str) -> str:
    """Return the guard of the forms of a session, derived from its secret; no other site knows it."""
    return hashlib.sha256(f"desk {secret}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def home(connection: Connection, context: DeskContext) -> DeskLists:
    """Show the beginning of each list, by a number of queries that does not grow with the lists."""
    return {
        "waiting": _waiting(connection, context, _statuses(context.officer)),
        "objections": _undecided(connection, context),
        "soon": _ending(connection, context),
        "today": context.moment.today.isoformat(),
    }


def one_list(connection: Connection, context: DeskContext, name: str, after: int | None) -> DeskList:
    """Show one list of the desk after a number. Its name is that of a status, `objections` or `ending`.

    NotFoundError for a list that this officer's desk does not have, and for a number that no notice has.
    """
    if name == "objections":
        return {"objections": _undecided(connection, context, after)}
    if name == "ending":
        return {"soon": _ending(connection, context, after)}
    statuses = [status for status in _statuses(context.officer) if status == name]
    if not statuses:
        raise NotFoundError(Resource.DESK_LIST)
    return {"waiting": _waiting(connection, context, statuses, after)}


def project(connection: Connection, context: DeskContext, number: int, after: int | None = None) -> DeskProject:
    """Show a project with its history after an event, and what the officer can do to it now.

    NotFoundError for one that the officer may not see.
    """
    officer, moment = context.officer, context.moment
    project = projects.find(connection, number)
    if not project.is_shown_to(officer):
        raise NotFoundError(Resource.PROJECT)
    newest = notices.newest_of(connection, [number]).get(number)
    facts = procedure.facts_of(connection, moment, [project], notices.standing_of(connection, [project]))[number]
    inside = project.is_covered_by(officer)
    history = lists.events(connection, number, after, EVENTS_AT_ONCE, everybody=not inside)
    steps: list[OpenStep] = [
        {"action": action, "unmet": _unmet(context, action, facts)}
        for action in actions_from(project.status)
        if inside and level_of(action, project.status) == officer.level
    ]
    return {
        **project_answer(project, newest, moment.today),
        "events": [event_answer(event) for event in history.items],
        "following": history.items[-1].number if history.more else None,
        "steps": steps,
        "can_revise": inside and CHANGED_BY.get(project.status) == officer.level,
        "can_allocate": inside and officer.level == "county" and project.status in FUNDED_IN,
        "reports": [
            kind
            for kind, statuses in REPORTED_IN.items()
            if inside and officer.level == "township" and project.status in statuses
        ],
        "typed": typed_of(project),
    }


def objection(connection: Connection, context: DeskContext, number: int) -> DeskObjection:
    """Show an objection to the officer who decides it. NotFoundError for any other officer."""
    objection = objections.find(connection, number)
    notice = notices.find(connection, objection.notice_id)
    officer = context.officer
    if officer.level != notice.level or not notice.place.startswith(officer.place):
        raise NotFoundError(Resource.OBJECTION)
    return {**objection_answer(objection), "project": notice.project_id, "name": notice.text["name"]}


def objections_to(connection: Connection, context: DeskContext, number: int) -> DeskNotice:
    """Show the oldest undecided objections to a notice to the officer who decides them. NotFoundError for any other."""
    notice, officer = notices.find(connection, number), context.officer
    if officer.level != notice.level or not notice.place.startswith(officer.place):
        raise NotFoundError(Resource.NOTICE)
    page = lists.objections(connection, number, None, MOST_DECIDED, undecided=True)
    return {
        "notice": number,
        "project": notice.project_id,
        "name": notice.text["name"],
        "objections": [{"id": each.id, "late": each.late, "content": _line(each.content)} for each in page.items],
        "more": page.more,
    }


def _line(content: str) -> str:
    return content if len(content) <= LINE else f"{content[:LINE]}…"


def typed_of(project: ProjectRecord) -> dict[str, str]:
    """Return the content of a project as an officer would type it into the form."""
    content = described(project.content)
    fields: Mapping[str, object] = content
    typed = {name: "" if fields[name] is None else str(fields[name]) for name in TEXT_FIELDS}
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
    return [status for status, action in NEXT_STEP.items() if level_of(action, status) == officer.level]


def _waiting(
    connection: Connection, context: DeskContext, statuses: Sequence[Status], after: int | None = None
) -> list[WaitingProjects]:
    """Show the projects that wait in each status and what they lack. A status in which none waits is left out."""
    officer = context.officer
    pages = {
        status: lists.projects(connection, ProjectFilter(status, officer.place, after=after), officer, AT_ONCE)
        for status in statuses
    }
    waiting = [project for page in pages.values() for project in page.items]
    facts = procedure.facts_of(connection, context.moment, waiting, notices.standing_of(connection, waiting))
    return [
        {
            "status": status,
            "rows": [_row(project, _unmet(context, NEXT_STEP[status], facts[project.id])) for project in page.items],
            "following": page.items[-1].id if page.more else None,
        }
        for status, page in pages.items()
        if page.items
    ]


def _row(project: ProjectRecord, unmet: list[str]) -> WaitingProject:
    content = project.content
    return {
        "id": project.id,
        "name": content.name,
        "place": content.place,
        "place_name": content.place_name,
        "unmet": unmet,
    }


def _unmet(context: DeskContext, action: Action, facts: Facts) -> list[str]:
    """Say which conditions a step does not meet, without those that its form meets."""
    missing, _ = procedure.lacking(action, facts, context.notice_calendar)
    return [unmet_sentence(each, context.language) for each in missing if each.reason.code not in MET_BY_FORM]


def _undecided(connection: Connection, context: DeskContext, after: int | None = None) -> UndecidedObjections:
    page = lists.undecided(connection, context.officer, after, AT_ONCE)
    shown = Counter(each.objection.notice_id for each in page.items)
    names = {each.objection.notice_id: each.text["name"] for each in page.items}
    return {
        "together": [{"notice": notice, "name": names[notice]} for notice, count in shown.items() if count > 1],
        "rows": [
            {
                **objection_answer(each.objection),
                "project": each.project_id,
                "name": each.text["name"],
                "form": decision_form(each.objection.id, None, context.language),
            }
            for each in page.items
        ],
        "following": page.items[-1].objection.id if page.more else None,
    }


def _ending(connection: Connection, context: DeskContext, after: int | None = None) -> EndingNotices:
    today = context.moment.today
    last = None if after is None else (notices.find(connection, after).last_day, after)
    page = lists.ending(connection, context.officer, (today, today + SOON), last, AT_ONCE)
    return {
        "rows": [
            {**summary_answer(each, today), "project": each.project_id, "name": each.text["name"]}
            for each in page.items
        ],
        "following": page.items[-1].id if page.more else None,
    }
