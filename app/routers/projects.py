"""The projects of the village project library (项目库): to declare, read, change and take through the procedure."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.projects import lists, notices, projects
from app.db.projects.events import Actor
from app.db.projects.lists import ProjectFilter
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import NotFoundError, Resource
from app.http.authentication import MAY_BE_ANYONE
from app.http.dependencies import (
    DivisionsDep,
    IdempotentWriterDep,
    NoticeCalendarDep,
    OfficerDep,
    OfficerOrAnyone,
    StoreDep,
    WriteContext,
)
from app.http.exact_json import ExactRoute
from app.http.idempotency import scope_of
from app.http.pagination import ProjectNumber, cursor, place_in
from app.http.preconditions import etag
from app.http.problems import ProblemError, field_refused, problems
from app.http.responses import json_response, reply_response
from app.presenters.projects import event_answer, project_answer
from app.projects import procedure
from app.routers.reference import NoParameters
from app.schemas.examples import PROJECT_ACTIONS, PROJECTS
from app.schemas.requests.notices import PageQuery
from app.schemas.requests.project_patch import ProjectPatch, patched
from app.schemas.requests.projects import ActionRequest, ProjectRequest, ProjectsQuery
from app.schemas.responses.projects import EventsAnswer, ProjectAnswer, ProjectsAnswer

TAG = "Project library"


WRITES = problems(401, 403, 404, 409, 412, 413, 415, 422, 503)

router = APIRouter(route_class=ExactRoute, prefix="/v1/projects", tags=[TAG])


@router.post("", status_code=201, response_model=ProjectAnswer, responses=problems(401, 403, 413, 415, 422, 503))
async def declare_project(
    officer: OfficerDep,
    project: Annotated[ProjectRequest, Body(openapi_examples=PROJECTS)],
    divisions: DivisionsDep,
    writer: IdempotentWriterDep,
) -> Response:
    """Declare a project (村申报), as the officer of its village. It begins as a draft."""
    if len(project.place) != 12 or not divisions.is_division(project.place):
        raise ProblemError("validation-error", errors=[field_refused("/place", "place_unknown")])
    content = project.to_content()

    def declare(connection: Connection, moment: Moment) -> Reply:
        project = procedure.declare(connection, moment, Actor("officer", officer), content)
        return reply_created(connection, project, moment)

    return await writer.write(scope_of(officer), declare)


@router.get("", response_model=ProjectsAnswer, responses=problems(401, 422, 503), openapi_extra=MAY_BE_ANYONE)
async def list_projects(
    query: Annotated[ProjectsQuery, Query()], officer: OfficerOrAnyone, store: StoreDep
) -> Response:
    """List projects, the newest first: the published ones, and with a token all of the officer's place.

    A page follows the one before by its `next`; writes in between move nothing from one page to another.
    """
    after = place_in(query.cursor, 1)
    filters = ProjectFilter(query.status, query.place, query.category, after[0] if after else None)

    def read(connection: Connection, moment: Moment) -> ProjectsAnswer:
        page = lists.projects(connection, filters, officer, query.limit)
        newest = notices.newest_of(connection, [project.id for project in page.items])
        items = [project_answer(project, newest.get(project.id), moment.today) for project in page.items]
        return {"items": items, "next": cursor(page.items[-1].id) if page.more else None}

    return json_response(await store.read(read))


@router.get(
    "/{number}", response_model=ProjectAnswer, responses=problems(401, 404, 422, 503), openapi_extra=MAY_BE_ANYONE
)
async def show_project(
    number: ProjectNumber,
    officer: OfficerOrAnyone,
    store: StoreDep,
    query: Annotated[NoParameters, Query()],
) -> Response:
    """Show a project as it stands; its ETag is what a change must name. Drafts and reviews are for officers."""

    def read(connection: Connection, moment: Moment) -> Reply:
        return reply_with(connection, readable(connection, number, officer), moment)

    return reply_response(await store.read(read))


@router.patch("/{number}", response_model=ProjectAnswer, responses={**WRITES, **problems(428)})
async def revise_project(
    request: Request,
    number: ProjectNumber,
    patch: Annotated[ProjectPatch, Body()],
    context: WriteContext,
    notice_calendar: NoticeCalendarDep,
) -> Response:
    """Change what a project says, by a JSON merge patch (RFC 7396).

    In `draft` and `returned` the village's officer; during a notice the officer of its level, which supersedes the
    notice and begins its days again; in the library the county's, which is announced. A patch that changes nothing
    leaves everything as it is.
    """
    if context.if_match is None:
        raise ProblemError("precondition-required")
    change = patched(await request.json())

    def revise(connection: Connection, moment: Moment) -> Reply:
        project = procedure.revise(connection, context.act_context(moment, number), number, change, notice_calendar)
        return reply_with(connection, project, moment)

    return await context.write(revise)


@router.post("/{number}/actions", response_model=ProjectAnswer, responses=WRITES)
async def act_on_project(
    number: ProjectNumber,
    body: Annotated[ActionRequest, Body(openapi_examples=PROJECT_ACTIONS)],
    context: WriteContext,
    notice_calendar: NoticeCalendarDep,
) -> Response:
    """Take a step of the procedure. 409 lists every condition that does not hold, each with its clause.

    | action | from | to | level |
    |---|---|---|---|
    | `post_village_notice` | `draft` `returned` | `village_notice` | village |
    | `submit_to_township` | `village_notice` | `township_review` | village |
    | `approve_in_township` | `township_review` | `township_notice` | township |
    | `submit_to_county` | `township_notice` | `county_review` | township |
    | `approve_in_county` | `county_review` | `county_notice` | county |
    | `enter_library` | `county_notice` | `in_library` | county |
    | `start`, `complete` | `in_library`, `under_way` | `under_way`, `completed` | township |
    | `return` | a level's review or notice | `returned` | that level |
    | `withdraw` | any before `in_library` | `withdrawn` | village |
    | `remove` | `in_library` `under_way` | `removed` | county |
    """
    step = procedure.StepRequest(body.action, body.note or "", body.to_evidence())

    def take(connection: Connection, moment: Moment) -> Reply:
        act_context = context.act_context(moment, number)
        return reply_with(connection, procedure.take(connection, act_context, number, step, notice_calendar), moment)

    return await context.write(take)


@router.get(
    "/{number}/events",
    response_model=EventsAnswer,
    responses=problems(401, 404, 422, 503),
    openapi_extra=MAY_BE_ANYONE,
)
async def list_events(
    number: ProjectNumber,
    officer: OfficerOrAnyone,
    store: StoreDep,
    query: Annotated[PageQuery, Query()],
) -> Response:
    """List what was done to a project, by pages, the oldest first: who, when, from, to, what changed, why.

    Objections that wait with their public display are in the list of officers whose place covers the project.
    """
    after = place_in(query.cursor, 1)

    def read(connection: Connection, _: Moment) -> EventsAnswer:
        everybody = not readable(connection, number, officer).is_covered_by(officer)
        page = lists.events(connection, number, after[0] if after else None, query.limit, everybody=everybody)
        items = [event_answer(event) for event in page.items]
        return {"items": items, "next": cursor(page.items[-1].number) if page.more else None}

    return json_response(await store.read(read))


def readable(connection: Connection, number: int, officer: Officer | None) -> ProjectRecord:
    """Return a project that the officer, or anyone, may read. NotFoundError."""
    project = projects.find(connection, number)
    if not project.is_shown_to(officer):
        raise NotFoundError(Resource.PROJECT)
    return project


def reply_with(connection: Connection, project: ProjectRecord, moment: Moment) -> Reply:
    """Reply with a project and its ETag."""
    newest = notices.newest_of(connection, [project.id]).get(project.id)
    body = orjson.dumps(project_answer(project, newest, moment.today))
    return Reply(200, {"ETag": etag(project.id, project.version)}, body)


def reply_created(connection: Connection, project: ProjectRecord, moment: Moment) -> Reply:
    """Reply with a new project and its address."""
    reply = reply_with(connection, project, moment)
    return reply._replace(status=201, headers={**reply.headers, "Location": f"/v1/projects/{project.id}"})
