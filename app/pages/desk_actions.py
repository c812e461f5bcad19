"""What an officer typed into a form of the desk, as an act on the store, and how to know that it was done already."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import funds, lists, notices, objections, projects
from app.db.projects.events import Actor, EventRecord, events_of
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.lists import ProjectFilter
from app.db.projects.objections import Decision
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, StaleVersionError
from app.http.problems import FieldError
from app.pages.desk_forms import ALLOCATION, EVIDENCE, REPORT
from app.pages.forms import checked, nested
from app.projects import procedure
from app.projects.funds import record_allocation, record_report
from app.projects.notice_days import NoticeCalendar
from app.projects.objections import record_decision
from app.projects.procedure import ActContext, StepRequest, Versions
from app.rules.projects.content import Content, described
from app.rules.projects.procedure import STEPS, ReportKind
from app.schemas.requests.notices import DecisionRequest
from app.schemas.requests.projects import (
    ActionRequest,
    AllocationRequest,
    OutcomeRequest,
    ProgressRequest,
    ProjectRequest,
)
from app.tables.project_csv import DESCRIBING

ACTS = ("actions", "revise", "allocations", "progress", "outcome")
"""The acts on a project, as their addresses end."""

Typed = Mapping[str, str]

_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)
_ACTION: TypeAdapter[ActionRequest] = TypeAdapter(ActionRequest)
_ALLOCATION: TypeAdapter[AllocationRequest] = TypeAdapter(AllocationRequest)
_PROGRESS: TypeAdapter[ProgressRequest] = TypeAdapter(ProgressRequest)
_OUTCOME: TypeAdapter[OutcomeRequest] = TypeAdapter(OutcomeRequest)
_DECISION: TypeAdapter[DecisionRequest] = TypeAdapter(DecisionRequest)


class ActionResult(NamedTuple):
    """On which project an act is done now; `before` where this very act had been done and nothing was done again."""

    project: int
    before: bool = False


DeskAct = Callable[[Connection, Moment], ActionResult]
"""Does an act, once. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError, InvalidFieldError."""
Read = tuple[DeskAct | None, list[FieldError]]
"""The act that was typed, or what is wrong with its fields."""


class ProjectAction(NamedTuple):
    """Who acts, on which project, and what fixes the days of a notice that he would post."""

    officer: Officer
    number: int
    notice_calendar: NoticeCalendar


def form_of(act: str, typed: Typed) -> str:
    """Name the form of a project's page that was sent to an act's address."""
    return typed.get("action", "") if act == "actions" else "allocate" if act == "allocations" else act


def on_project(act: str, acting: ProjectAction, typed: Typed) -> Read:
    """Read what was typed into a form on a project's page; `act` is one of `ACTS`."""
    match act:
        case "actions":
            return _step(acting, typed)
        case "revise":
            return _revision(acting, typed)
        case "allocations":
            return _allocation(acting, typed)
    return _report("progress" if act == "progress" else "outcome", acting, typed)


def content_in(typed: Typed) -> tuple[Content | None, list[FieldError]]:
    """Read what a project's form says of it."""
    # The budget is there though nothing stands in it, so that each field of it is missed by its own name.
    asked, errors = checked(_PROJECT, {"budget": {}, **nested(typed, DESCRIBING)})
    return None if asked is None else asked.to_content(), errors


def declaration(officer: Officer, content: Content) -> DeskAct:
    """Declare a project; the officer's newest draft that says the very same is this one, sent twice."""

    def write(connection: Connection, moment: Moment) -> ActionResult:
        newest = lists.projects(connection, ProjectFilter("draft", content.place), officer, 1).items
        if newest and described(newest[0].content) == described(content):
            return ActionResult(newest[0].id, before=True)
        return ActionResult(procedure.declare(connection, moment, Actor("officer", officer), content).id)

    return write


def decision(officer: Officer, number: int, typed: Typed) -> Read:
    """Decide an objection."""
    asked, errors = checked(_DECISION, nested(typed, ("outcome", "answer")))
    if asked is None:
        return None, errors
    decided = Decision(asked.outcome, asked.answer)

    def write(connection: Connection, moment: Moment) -> ActionResult:
        try:
            return ActionResult(record_decision(connection, moment, officer, number, decided)[1].id)
        except ConditionsUnmetError:
            objection = objections.find(connection, number)
            if (objection.outcome, objection.answer) != decided:
                raise
            return ActionResult(notices.find(connection, objection.notice_id).project_id, before=True)

    return write, []


def _step(acting: ProjectAction, typed: Typed) -> Read:
    action = typed.get("action", "")
    asked, errors = checked(_ACTION, nested(typed, ("action", "note", *EVIDENCE.get(action, ()))))
    if asked is None or action not in STEPS:
        return None, errors
    step = StepRequest(asked.action, asked.note or "", asked.to_evidence())
    evidence = step.evidence.to_record()

    def is_it(event: EventRecord, _: ProjectRecord) -> bool:
        recorded = (event.action, event.note or "", event.record.get("evidence", {}))
        return recorded == (step.action, step.note, evidence)

    def write(connection: Connection, context: ActContext) -> object:
        return procedure.take(connection, context, acting.number, step, acting.notice_calendar)

    return _once(acting, typed, write, is_it), []


def _revision(acting: ProjectAction, typed: Typed) -> Read:
    content, errors = content_in(typed)
    if content is None:
        return None, errors

    def is_it(event: EventRecord, project: ProjectRecord) -> bool:
        return event.action == "revise" and described(project.content) == described(content)

    def write(connection: Connection, context: ActContext) -> object:
        return procedure.revise(connection, context, acting.number, lambda _: content, acting.notice_calendar)

    return _once(acting, typed, write, is_it), []


def _allocation(acting: ProjectAction, typed: Typed) -> Read:
    asked, errors = checked(_ALLOCATION, nested(typed, ALLOCATION))
    if asked is None:
        return None, errors
    new = NewAllocation(asked.fund, asked.amount, asked.document)
    digest = funds.digest_of_allocation(acting.number, new)

    def is_it(event: EventRecord, _: ProjectRecord) -> bool:
        return "allocation" in event.record and event.record["allocation"]["digest"] == digest

    def write(connection: Connection, context: ActContext) -> object:
        return record_allocation(connection, context, acting.number, new)

    return _once(acting, typed, write, is_it), []


def _report(kind: ReportKind, acting: ProjectAction, typed: Typed) -> Read:
    told = nested(typed, REPORT)
    asked: ProgressRequest | OutcomeRequest | None
    asked, errors = checked(_PROGRESS, told) if kind == "progress" else checked(_OUTCOME, told)
    if asked is None:
        return None, errors
    date, text, spent = asked.date, asked.text, asked.spent

    def is_it(event: EventRecord, _: ProjectRecord) -> bool:
        digest = funds.digest_of_report(acting.number, NewReport(kind, date or event.day, text, spent))
        return "report" in event.record and event.record["report"]["digest"] == digest

    def write(connection: Connection, context: ActContext) -> object:
        new = NewReport(kind, date or context.moment.today, text, spent)
        return record_report(connection, context, acting.number, new)

    return _once(acting, typed, write, is_it), []


def _once(
    acting: ProjectAction,
    typed: Typed,
    write: Callable[[Connection, ActContext], object],
    is_it: Callable[[EventRecord, ProjectRecord], bool],
) -> DeskAct:
    """Do an act on the version that its form was made from, or find that the same form was carried out before."""
    seen = _seen(typed)

    def act(connection: Connection, moment: Moment) -> ActionResult:
        try:
            write(connection, ActContext(moment, acting.officer, seen))
        except StaleVersionError:
            project = projects.find(connection, acting.number)
            following = (event for event in events_of(connection, acting.number) if event.version - 1 in seen)
            if not any(event.token_id == acting.officer.id and is_it(event, project) for event in following):
                raise
            return ActionResult(acting.number, before=True)
        return ActionResult(acting.number)

    return act


def _seen(typed: Typed) -> Versions:
    """Read which version of the project the form was made from: a form that grew stale changes nothing."""
    version = typed.get("version", "")
    return frozenset({int(version)}) if version.isascii() and version.isdigit() and len(version) < 11 else frozenset()
