"""Allocations to projects, and reports of what was carried out and achieved."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.projects import funds
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.projects import ProjectRecord
from app.db.store import Store
from app.db.tokens import Officer
from app.http.authentication import MAY_BE_ANYONE, Officers, optional, required
from app.http.exact_json import ExactRoute
from app.http.idempotency import IdempotencyKey, key_of, scope_of, write
from app.http.pagination import ProjectNumber
from app.http.preconditions import IfMatch, etag, versions_seen
from app.http.problems import problems
from app.http.responses import answer, sent
from app.presenters.projects import allocation_answer, report_answer
from app.projects.funds import record_allocation, record_report
from app.projects.procedure import ActContext
from app.routers.projects import TAG, readable
from app.routers.reference import NoParameters
from app.rules.projects.content import beneficiaries_described
from app.rules.projects.procedure import ReportKind
from app.schemas.requests.projects import AllocationRequest, OutcomeRequest, ProgressRequest
from app.schemas.responses.projects import AllocationAnswer, AllocationsAnswer, ReportAnswer, ReportsAnswer


def router(store: Store) -> APIRouter:
    """Build the router of allocations and reports."""
    router = APIRouter(route_class=ExactRoute, prefix="/v1/projects/{number}", tags=[TAG])
    officers = Officers(store)
    writes = problems(401, 403, 404, 409, 412, 413, 415, 422, 503)
    reads = problems(401, 404, 422, 503)

    @router.post("/allocations", status_code=201, response_model=AllocationAnswer, responses=writes)
    async def allocate_funds(
        request: Request,
        number: ProjectNumber,
        officer: Annotated[Officer, required(officers)],
        body: Annotated[AllocationRequest, Body()],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Allocate money from a source of the budget, as the county's officer; only to a project in the library."""
        seen = versions_seen(if_match, number)
        new = NewAllocation(body.fund, body.amount, body.document)

        def allocate(connection: Connection, moment: Moment) -> Reply:
            allocation, project = record_allocation(connection, ActContext(moment, officer, seen), number, new)
            return _created(project, "allocations", allocation_answer(allocation))

        return sent(await write(store, allocate, await key_of(request, idempotency_key, scope_of(officer))))

    async def report(
        request: Request,
        number: int,
        officer: Officer,
        seen: str | None,
        key: str | None,
        body: ProgressRequest | OutcomeRequest,
    ) -> Response:
        kind: ReportKind = "progress" if isinstance(body, ProgressRequest) else "outcome"
        whom = body.beneficiaries if isinstance(body, OutcomeRequest) else None

        def put(connection: Connection, moment: Moment) -> Reply:
            beneficiaries = None if whom is None else beneficiaries_described(whom.to_beneficiaries())
            new = NewReport(kind, body.date or moment.today, body.text, body.spent, beneficiaries)
            context = ActContext(moment, officer, versions_seen(seen, number))
            recorded, project = record_report(connection, context, number, new)
            return _created(project, "reports", report_answer(recorded))

        return sent(await write(store, put, await key_of(request, key, scope_of(officer))))

    @router.post("/progress", status_code=201, response_model=ReportAnswer, responses=writes)
    async def report_progress(
        request: Request,
        number: ProjectNumber,
        officer: Annotated[Officer, required(officers)],
        body: Annotated[ProgressRequest, Body()],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Record what was carried out (实施情况), as the township's officer, while it is under way or completed."""
        return await report(request, number, officer, if_match, idempotency_key, body)

    @router.post("/outcome", status_code=201, response_model=ReportAnswer, responses=writes)
    async def report_outcome(
        request: Request,
        number: ProjectNumber,
        officer: Annotated[Officer, required(officers)],
        body: Annotated[OutcomeRequest, Body()],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Record what a completed project achieved (竣工后扶贫效果), as the township's officer."""
        return await report(request, number, officer, if_match, idempotency_key, body)

    @router.get("/allocations", response_model=AllocationsAnswer, responses=reads, openapi_extra=MAY_BE_ANYONE)
    async def list_allocations(
        number: ProjectNumber,
        officer: Annotated[Officer | None, optional(officers)],
        query: Annotated[NoParameters, Query()],
    ) -> Response:
        """List what was allocated to a project, the oldest first."""

        def read(connection: Connection, _: Moment) -> AllocationsAnswer:
            readable(connection, number, officer)
            items = [allocation_answer(each) for each in funds.allocations_of(connection, number)]
            return {"items": items, "next": None}

        return answer(await store.read(read))

    @router.get("/reports", response_model=ReportsAnswer, responses=reads, openapi_extra=MAY_BE_ANYONE)
    async def list_reports(
        number: ProjectNumber,
        officer: Annotated[Officer | None, optional(officers)],
        query: Annotated[NoParameters, Query()],
    ) -> Response:
        """List what was carried out and achieved, the oldest first."""

        def read(connection: Connection, _: Moment) -> ReportsAnswer:
            readable(connection, number, officer)
            return {"items": [report_answer(each) for each in funds.reports_of(connection, number)], "next": None}

        return answer(await store.read(read))

    return router


def _created(project: ProjectRecord, collection: str, content: AllocationAnswer | ReportAnswer) -> Reply:
    headers = {"ETag": etag(project.id, project.version), "Location": f"/v1/projects/{project.id}/{collection}"}
    return Reply(201, headers, orjson.dumps(content))
