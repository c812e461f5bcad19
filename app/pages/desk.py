"""What an officer's desk shows: what waits for this level, what can't go on yet and why, what ends soon."""

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import Connection

from app.answers.notices import objection_answer, summary_answer
from app.answers.projects import event_answer, project_answer
from app.clock import Moment
from app.db import lists, notices, objections, procedure, projects
from app.db.history import events_of
from app.db.lists import WantedProjects
from app.db.projects import Stored
from app.db.refusals import NotThereError
from app.db.tokens import Officer
from app.open_data.cells import to_list_cell, to_sources_cell
from app.rules.publicity import CHANGED_BY, FUNDED_IN, REPORTED_IN, Action, Level, Status, level_of, open_to, unmet
from app.wording import Language
from app.wording.sentences import sentence

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


def guard(token: str) -> str:
    """Return what a form of the desk holds so that no other site's page can send it: it follows from the token."""
    return hashlib.sha256(f"desk {token}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def home(connection: Connection, moment: Moment, officer: Officer, spoken: Language) -> Json:
    """Show what waits for an officer."""
    waiting = []
    for status, action in ONWARD.items():
        if level_of(action, status) != officer.level:
            continue
        page = lists.projects(connection, WantedProjects(status, officer.place), officer, AT_ONCE)
        waiting += [_waiting(connection, moment, project, action, spoken) for project in page.items]
    soon = notices.ending(connection, officer.place, moment.today, moment.today + SOON)
    return {
        "waiting": waiting,
        "objections": [
            {**objection_answer(each), "project": each["project_id"], "name": each["text"]["name"]}
            for each in objections.waiting_for(connection, officer)
        ],
        "soon": [
            {**summary_answer(each, moment.today), "project": each["project_id"], "name": each["text"]["name"]}
            for each in soon
        ],
        "today": moment.today.isoformat(),
    }


def project(connection: Connection, moment: Moment, officer: Officer, number: int, spoken: Language) -> Json:
    """Show a project with what the officer can do to it now. NotThereError for one that he may not see."""
    found = projects.find(connection, number)
    if not found.is_shown_to(officer):
        raise NotThereError("project")
    newest = notices.newest_of(connection, [number]).get(number)
    facts = procedure.facts_of(connection, moment, found, notices.standing(connection, found))
    here = found.is_covered_by(officer)
    steps = [
        {
            "action": action,
            "unmet": [
                sentence("publicity", each.reason, spoken)
                for each in unmet(action, facts)
                if each.reason.code not in SENT_WITH_IT
            ],
        }
        for action in open_to(found.status)
        if here and level_of(action, found.status) == officer.level
    ]
    return {
        **project_answer(found, newest, moment.today),
        "events": [event_answer(event) for event in events_of(connection, number)],
        "steps": steps,
        "can_revise": here and CHANGED_BY.get(found.status) == officer.level,
        "can_allocate": here and officer.level == "county" and found.status in FUNDED_IN,
        "reports": [
            kind for kind, within in REPORTED_IN.items() if _township(here, officer.level) and found.status in within
        ],
        "typed": typed_of(found),
    }


def typed_of(project: Stored) -> dict[str, str]:
    """Write what a project says as it would be typed into the form."""
    shown = project_answer(project, None, dt.date.max)
    typed = {name: "" if shown[name] is None else str(shown[name]) for name in PLAIN}
    for part in ("schedule", "beneficiaries"):
        typed |= {f"{part}.{name}": str(value) for name, value in (shown[part] or {}).items()}
    typed["budget.total"] = shown["budget"]["total"]
    typed["budget.sources"] = to_sources_cell(shown["budget"]["sources"])
    typed["performance_goals"] = to_list_cell(shown["performance_goals"])
    return typed


def _waiting(connection: Connection, moment: Moment, project: Stored, action: Action, spoken: Language) -> Json:
    facts = procedure.facts_of(connection, moment, project, notices.standing(connection, project))
    lacking = [each.reason for each in unmet(action, facts) if each.reason.code not in SENT_WITH_IT]
    return {
        "id": project.id,
        "name": project.content.name,
        "status": project.status,
        "place": project.content.place_name or project.content.place,
        "unmet": [sentence("publicity", reason, spoken) for reason in lacking],
    }


def _township(here: bool, level: Level) -> bool:
    return here and level == "township"
