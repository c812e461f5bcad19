"""The acts of the desk: reads a form as an act on the store, and recognises an act that was done before."""

from collections.abc import Callable
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import funds, lists, notices, objections, projects
from app.db.projects.events import Actor, EventRecord, events_after
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.lists import ProjectFilter
from app.db.projects.objections import Decision
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, NotFoundError, Resource, StaleVersionError
from app.http.problems import FieldError
from app.pages.desk_forms import ALLOCATION, EVIDENCE, REPORT
from app.pages.forms import Typed, nested, validate
from app.projects import procedure
from app.projects.funds import record_allocation, record_report
from app.projects.notice_days import NoticeCalendar
from app.projects.objections import record_decision, record_decisions
from app.projects.procedure import ActContext, StepRequest, Versions
from app.rules.projects.content import Content, described
from app.rules.projects.procedure import STEPS, ReportKind
from app.schemas.requests.notices import MOST_DECIDED, DecisionRequest
from app.schemas.requests.projects import (
    ActionRequest,
    AllocationRequest,
    OutcomeRequest,
    ProgressRequest,
    ProjectRequest,
)
from app.tables.project_csv import DESCRIBING

ACTS = ("actions", "revise", "allocations", "progress", "outcome")
"""The acts on a project: the last part of their addresses."""

_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)
_ACTION: TypeAdapter[ActionRequest] = TypeAdapter(ActionRequest)
_ALLOCATION: TypeAdapter[AllocationRequest] = TypeAdapter(AllocationRequest)
_PROGRESS: TypeAdapter[ProgressRequest] = TypeAdapter(ProgressRequest)
_OUTCOME: TypeAdapter[OutcomeRequest] = TypeAdapter(OutcomeRequest)
_DECISION: TypeAdapter[DecisionRequest] = TypeAdapter(DecisionRequest)


class ActionResult(NamedTuple):
    """The project of an act; `before` where the same act had been done already and was not repeated."""

    project: int
    before: bool = False


DeskAct = Callable[[Connection, Moment], ActionResult]
"""Does an act, once. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError, InvalidFieldError."""
ReadAct = tuple[DeskAct | None, list[FieldError]]
"""The act that a form asks for, or the errors in its fields."""


class ProjectAction(NamedTuple):
    """The officer, the number of the project, and the calendar that fixes the days of a notice."""

    officer: Officer
    number: int
    notice_calendar: NoticeCalendar


def form_of(act: str, typed: Typed) -> str:
    """Return the code of the form on a project's page that is sent to an act's address."""
    return typed.get("action", "") if act == "actions" else "allocate" if act == "allocations" else act


def on_project(act: str, target: ProjectAction, typed: Typed) -> ReadAct:
    """Read a form of a project's page; `act` is one of `ACTS`."""
    match act:
        case "actions":
            return _step(target, typed)
        case "revise":
            return _revision(target, typed)
        case "allocations":
            return _allocation(target, typed)
    return _report("progress" if act == "progress" else "outcome", target, typed)


def content_in(typed: Typed) -> tuple[Content | None, list[FieldError]]:
    """Read the content of a project from its form."""
    # An empty budget is sent along, so that each missing field of it is an error of its own.
    request, errors = validate(_PROJECT, {"budget": {}, **nested(typed, DESCRIBING)})
    return None if request is None else request.to_content(), errors


def declaration(officer: Officer, content: Content) -> DeskAct:
    """Declare a project. Where the officer's newest draft has the same content, the form was sent twice."""

    def write(connection: Connection, moment: Moment) -> ActionResult:
        newest = lists.projects(connection, ProjectFilter("draft", content.place), officer, 1).items
        if newest and described(newest[0].content) == described(content):
            return ActionResult(newest[0].id, before=True)
        return ActionResult(procedure.declare(connection, moment, Actor("officer", officer), content).id)

    return write


def decision(officer: Officer, number: int, typed: Typed) -> ReadAct:
    """Decide an objection."""
    request, errors = validate(_DECISION, nested(typed, ("outcome", "answer")))
    if request is None:
        return None, errors
    decided = Decision(request.outcome, request.answer)

    def write(connection: Connection, moment: Moment) -> ActionResult:
        try:
            return ActionResult(record_decision(connection, moment, officer, number, decided)[1].id)
        except ConditionsUnmetError:
            objection = objections.find(connection, number)
            if (objection.outcome, objection.answer) != decided:
                raise
            return ActionResult(notices.find(connection, objection.notice_id).project_id, before=True)

    return write, []


def decisions(officer: Officer, notice: int, typed: Typed) -> ReadAct:
    """Decide the oldest undecided objections to a notice, up to the last one that the form's page showed."""
    request, errors = validate(_DECISION, nested(typed, ("outcome", "answer")))
    if request is None:
        return None, errors
    decided = Decision(request.outcome, request.answer)
    last = _number(typed.get("last", ""))

    def write(connection: Connection, moment: Moment) -> ActionResult:
        undecided = lists.objections(connection, notice, None, MOST_DECIDED, undecided=True).items
        numbers = [each.id for each in undecided if each.id <= last]
        if numbers:
            return ActionResult(record_decisions(connection, moment, officer, numbers, decided, notice=notice)[1].id)
        objection = objections.find(connection, last)
        if objection.notice_id != notice or (objection.outcome, objection.answer) != decided:
            raise NotFoundError(Resource.OBJECTION)
        return ActionResult(notices.find(connection, notice).project_id, before=True)

    return write, []


def _step(target: ProjectAction, typed: Typed) -> ReadAct:
    action = typed.get("action", "")
    request, errors = validate(_ACTION, nested(typed, ("action", "note", *EVIDENCE.get(action, ()))))
    if request is None or action not in STEPS:
        return None, errors
    step = StepRequest(request.action, request.note or "", request.to_evidence())
    evidence = step.evidence.to_record()

    def is_same(event: EventRecord, _: ProjectRecord) -> bool:
        recorded = (event.action, event.note or "", event.record.get("evidence", {}))
        return recorded == (step.action, step.note, evidence)

    def write(connection: Connection, context: ActContext) -> object:
        return procedure.take(connection, context, target.number, step, target.notice_calendar)

    return _do_once(target, typed, write, is_same), []


def _revision(target: ProjectAction, typed: Typed) -> ReadAct:
    content, errors = content_in(typed)
    if content is None:
        return None, errors

    def is_same(event: EventRecord, project: ProjectRecord) -> bool:
        return event.action == "revise" and described(project.content) == described(content)

    def write(connection: Connection, context: ActContext) -> object:
        return procedure.revise(connection, context, target.number, lambda _: content, target.notice_calendar)

    return _do_once(target, typed, write, is_same), []


def _allocation(target: ProjectAction, typed: Typed) -> ReadAct:
    request, errors = validate(_ALLOCATION, nested(typed, ALLOCATION))
    if request is None:
        return None, errors
    new = NewAllocation(request.fund, request.amount, request.document)
    digest = funds.digest_of_allocation(target.number, new)

    def is_same(event: EventRecord, _: ProjectRecord) -> bool:
        return "allocation" in event.record and event.record["allocation"]["digest"] == digest

    def write(connection: Connection, context: ActContext) -> object:
        return record_allocation(connection, context, target.number, new)

    return _do_once(target, typed, write, is_same), []


def _report(kind: ReportKind, target: ProjectAction, typed: Typed) -> ReadAct:
    data = nested(typed, REPORT)
    request: ProgressRequest | OutcomeRequest | None
    request, errors = validate(_PROGRESS, data) if kind == "progress" else validate(_OUTCOME, data)
    if request is None:
        return None, errors
    date, text, spent = request.date, request.text, request.spent

    def is_same(event: EventRecord, _: ProjectRecord) -> bool:
        digest = funds.digest_of_report(target.number, NewReport(kind, date or event.day, text, spent))
        return "report" in event.record and event.record["report"]["digest"] == digest

    def write(connection: Connection, context: ActContext) -> object:
        new = NewReport(kind, date or context.moment.today, text, spent)
        return record_report(connection, context, target.number, new)

    return _do_once(target, typed, write, is_same), []


def _do_once(
    target: ProjectAction,
    typed: Typed,
    write: Callable[[Connection, ActContext], object],
    is_same: Callable[[EventRecord, ProjectRecord], bool],
) -> DeskAct:
    """Do an act on the version that its form was made from, or find that the same act was done before."""
    versions = _version_of(typed)

    def act(connection: Connection, moment: Moment) -> ActionResult:
        try:
            write(connection, ActContext(moment, target.officer, versions))
        except StaleVersionError:
            project = projects.find(connection, target.number)
            following = events_after(connection, target.number, versions, target.officer.id)
            if not any(is_same(event, project) for event in following):
                raise
            return ActionResult(target.number, before=True)
        return ActionResult(target.number)

    return act


def _version_of(typed: Typed) -> Versions:
    """Read the version of the project that the form was made from; a stale form changes nothing."""
    version = _number(typed.get("version", ""))
    return frozenset({version}) if version else frozenset()


def _number(text: str) -> int:
    """Read a number of a hidden field; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
