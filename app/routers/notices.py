"""The notice board (公示): notices and their days on display, and objections, which anyone may make."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.projects import lists, notices, objections
from app.db.projects.lists import NoticeFilter
from app.db.projects.objections import Decision, NewObjection
from app.errors import ForbiddenError
from app.http.dependencies import (
    IdempotentWriterDep,
    OfficerDep,
    OwnPageOnly,
    RateLimitDep,
    SettingsDep,
    StoreDep,
)
from app.http.exact_json import ExactRoute
from app.http.idempotency import scope_of
from app.http.pagination import NoticeNumber, ObjectionNumber, cursor, day_and_number, place_in
from app.http.problems import problems
from app.http.responses import json_response
from app.i18n import negotiation
from app.presenters.notices import notice_answer, objection_answer
from app.projects.objections import record_decision, record_decisions, record_objection
from app.routers.projects import TAG
from app.routers.reference import NoParameters
from app.schemas.examples import OBJECTIONS
from app.schemas.requests.notices import DecisionRequest, DecisionsRequest, NoticesQuery, ObjectionRequest, PageQuery
from app.schemas.responses.notices import (
    DecisionsAnswer,
    NoticeAnswer,
    NoticesAnswer,
    ObjectionAnswer,
    ObjectionMade,
    ObjectionsAnswer,
)

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])


@router.get("/notices", response_model=NoticesAnswer, responses=problems(422, 503))
async def list_notices(query: Annotated[NoticesQuery, Query()], store: StoreDep) -> Response:
    """List notices, those that end last first: what is on display (`?status=open`), over, or closed early."""
    after, language = day_and_number(query.cursor), negotiation.current.get()

    def read(connection: Connection, moment: Moment) -> NoticesAnswer:
        filters = NoticeFilter(moment.today, query.status, query.place, after)
        page = lists.notices(connection, filters, query.limit)
        counts = notices.objections_to(connection, [notice.id for notice in page.items])
        items = [notice_answer(each, counts(each.id), moment.today, language) for each in page.items]
        last = page.items[-1] if page.more else None
        return {"items": items, "next": None if last is None else cursor(last.last_day.toordinal(), last.id)}

    return json_response(await store.read(read))


@router.get("/notices/{number}", response_model=NoticeAnswer, responses=problems(404, 422, 503))
async def show_notice(number: NoticeNumber, query: Annotated[NoParameters, Query()], store: StoreDep) -> Response:
    """Show a notice as it was posted, how it stands today, and how many objections there are."""
    language = negotiation.current.get()

    def read(connection: Connection, moment: Moment) -> NoticeAnswer:
        notice = notices.find(connection, number)
        counts = notices.objections_to(connection, [number])
        return notice_answer(notice, counts(number), moment.today, language)

    return json_response(await store.read(read))


@router.post(
    "/notices/{number}/objections",
    status_code=201,
    response_model=ObjectionMade,
    responses=problems(403, 404, 413, 415, 422, 429, 503),
    dependencies=[OwnPageOnly],
)
async def object_to_notice(
    request: Request,
    number: NoticeNumber,
    objection: Annotated[ObjectionRequest, Body(openapi_examples=OBJECTIONS)],
    limit: RateLimitDep,
    settings: SettingsDep,
    writer: IdempotentWriterDep,
) -> Response:
    """Object to a notice (提出异议); anyone may, without a name.

    One that comes late is kept and marked. The receipt is shown this once: with it, its maker finds the answer. Pages
    of other sites are refused.
    """
    limit.count(request)

    def object_to(connection: Connection, moment: Moment) -> Reply:
        new = NewObjection(objection.content, objection.name, objection.contact)
        receipt = record_objection(connection, moment, number, new, displayed=settings.objections_displayed)
        content: ObjectionMade = {"id": receipt.id, "receipt": receipt.receipt, "late": receipt.late}
        return Reply(201, {"Location": f"/v1/objections/{receipt.receipt}"}, orjson.dumps(content))

    return await writer.write(f"notice {number}", object_to)


@router.get(
    "/notices/{number}/objections", response_model=ObjectionsAnswer, responses=problems(401, 403, 404, 422, 503)
)
async def list_objections(
    number: NoticeNumber, officer: OfficerDep, query: Annotated[PageQuery, Query()], store: StoreDep
) -> Response:
    """List the objections to a notice by pages, for officers whose place covers it; never who made them."""
    after = place_in(query.cursor, 1)

    def read(connection: Connection, _: Moment) -> ObjectionsAnswer:
        if not notices.find(connection, number).place.startswith(officer.place):
            raise ForbiddenError
        page = lists.objections(connection, number, after[0] if after else None, query.limit)
        items = [objection_answer(each) for each in page.items]
        return {"items": items, "next": cursor(page.items[-1].id) if page.more else None}

    return json_response(await store.read(read))


@router.get("/objections/{receipt}", response_model=ObjectionAnswer, responses=problems(404, 422, 503))
async def show_objection(receipt: str, query: Annotated[NoParameters, Query()], store: StoreDep) -> Response:
    """Show an objection and its answer to whoever holds its receipt."""
    return json_response(
        await store.read(lambda connection, _: objection_answer(objections.by_receipt(connection, receipt)))
    )


@router.post(
    "/objections/{number}/decision",
    response_model=ObjectionAnswer,
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def decide_objection(
    number: ObjectionNumber,
    officer: OfficerDep,
    body: Annotated[DecisionRequest, Body()],
    writer: IdempotentWriterDep,
) -> Response:
    """Decide an objection, once, with an answer, as the officer of the notice's level.

    Upholding one made in time returns the project at once; a late one may be answered and changes no status.
    """

    def decide(connection: Connection, moment: Moment) -> Reply:
        decision = Decision(body.outcome, body.answer)
        decided, _ = record_decision(connection, moment, officer, number, decision)
        return Reply(200, {}, orjson.dumps(objection_answer(decided)))

    return await writer.write(scope_of(officer), decide)


@router.post(
    "/notices/{number}/decisions",
    response_model=DecisionsAnswer,
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def decide_objections(
    number: NoticeNumber,
    officer: OfficerDep,
    body: Annotated[DecisionsRequest, Body()],
    writer: IdempotentWriterDep,
) -> Response:
    """Decide up to 500 objections to a notice under one answer, each on record; all of them or none.

    Upholding one made in time returns the project at once; a late one may be answered and changes no status.
    """

    def decide(connection: Connection, moment: Moment) -> Reply:
        decision = Decision(body.outcome, body.answer)
        decided, _ = record_decisions(connection, moment, officer, body.objections, decision, notice=number)
        content: DecisionsAnswer = {"items": [objection_answer(each) for each in decided]}
        return Reply(200, {}, orjson.dumps(content))

    return await writer.write(scope_of(officer), decide)
