"""Allocations to projects, and reports of what was carried out and achieved."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.projects import funds
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.projects import ProjectRecord
from app.http.authentication import MAY_BE_ANYONE
from app.http.dependencies import OfficerOrAnyone, OfficerWrite, StoreDep, WriteContext
from app.http.exact_json import ExactRoute
from app.http.pagination import ProjectNumber
from app.http.preconditions import etag
from app.http.problems import problems
from app.http.responses import json_response
from app.presenters.projects import allocation_answer, report_answer
from app.projects.funds import record_allocation, record_report
from app.routers.projects import TAG, readable
from app.routers.reference import NoParameters
from app.rules.projects.content import beneficiaries_described
from app.rules.projects.procedure import ReportKind
from app.schemas.requests.projects import AllocationRequest, OutcomeRequest, ProgressRequest
from app.schemas.responses.projects import AllocationAnswer, AllocationsAnswer, ReportAnswer, ReportsAnswer

WRITES = problems(401, 403, 404, 409, 412, 413, 415, 422, 503)
READS = problems(401, 404, 422, 503)

router = APIRouter(route_class=ExactRoute, prefix="/v1/projects/{number}", tags=[TAG])


@router.post("/allocations", status_code=201, response_model=AllocationAnswer, responses=WRITES)
async def allocate_funds(
    number: ProjectNumber, body: Annotated[AllocationRequest, Body()], context: WriteContext
) -> Response:
    """Allocate money from a source of the budget, as the county's officer; only to a project in the library."""
    new = NewAllocation(body.fund, body.amount, body.document)

    def allocate(connection: Connection, moment: Moment) -> Reply:
        allocation, project = record_allocation(connection, context.act_context(moment, number), number, new)
        return _created(project, "allocations", allocation_answer(allocation))

    return await context.write(allocate)


@router.post("/progress", status_code=201, response_model=ReportAnswer, responses=WRITES)
async def report_progress(
    number: ProjectNumber, body: Annotated[ProgressRequest, Body()], context: WriteContext
) -> Response:
    """Record what was carried out (实施情况), as the township's officer, while it is under way or completed."""
    return await _write_report(number, body, context)


@router.post("/outcome", status_code=201, response_model=ReportAnswer, responses=WRITES)
async def report_outcome(
    number: ProjectNumber, body: Annotated[OutcomeRequest, Body()], context: WriteContext
) -> Response:
    """Record what a completed project achieved (竣工后扶贫效果), as the township's officer."""
    return await _write_report(number, body, context)


@router.get("/allocations", response_model=AllocationsAnswer, responses=READS, openapi_extra=MAY_BE_ANYONE)
async def list_allocations(
    number: ProjectNumber,
    officer: OfficerOrAnyone,
    store: StoreDep,
    query: Annotated[NoParameters, Query()],
) -> Response:
    """List what was allocated to a project, the oldest first."""

    def read(connection: Connection, _: Moment) -> AllocationsAnswer:
        readable(connection, number, officer)
        items = [allocation_answer(each) for each in funds.allocations_of(connection, number)]
        return {"items": items, "next": None}

    return json_response(await store.read(read))


@router.get("/reports", response_model=ReportsAnswer, responses=READS, openapi_extra=MAY_BE_ANYONE)
async def list_reports(
    number: ProjectNumber,
    officer: OfficerOrAnyone,
    store: StoreDep,
    query: Annotated[NoParameters, Query()],
) -> Response:
    """List what was carried out and achieved, the oldest first."""

    def read(connection: Connection, _: Moment) -> ReportsAnswer:
        readable(connection, number, officer)
        return {"items": [report_answer(each) for each in funds.reports_of(connection, number)], "next": None}

    return json_response(await store.read(read))


async def _write_report(number: int, body: ProgressRequest | OutcomeRequest, context: OfficerWrite) -> Response:
    kind: ReportKind = "progress" if isinstance(body, ProgressRequest) else "outcome"
    stated = body.beneficiaries if isinstance(body, OutcomeRequest) else None

    def report(connection: Connection, moment: Moment) -> Reply:
        beneficiaries = None if stated is None else beneficiaries_described(stated.to_beneficiaries())
        new = NewReport(kind, body.date or moment.today, body.text, body.spent, beneficiaries)
        recorded, project = record_report(connection, context.act_context(moment, number), number, new)
        return _created(project, "reports", report_answer(recorded))

    return await context.write(report)


def _created(project: ProjectRecord, collection: str, content: AllocationAnswer | ReportAnswer) -> Reply:
    headers = {"ETag": etag(project.id, project.version), "Location": f"/v1/projects/{project.id}/{collection}"}
    return Reply(201, headers, orjson.dumps(content))
