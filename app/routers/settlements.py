"""The settlement ledger (结算台账): a stay is settled once, reversed at most once, and summed for reconciliation."""

import json
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger import accounts, persons, settlements
from app.db.ledger.messages import V1, Message
from app.db.ledger.records import SettlementRecord
from app.db.tokens import Hospital, Officer
from app.errors import ForbiddenError, NotFoundError, Resource
from app.http.dependencies import CountyOrHospitalDep, HospitalDep, LedgerDep, StoreDep
from app.http.exact_json import ExactRoute
from app.http.pagination import SettlementNumber, YearNumber, cursor, place_in
from app.http.problems import no_policy, problems
from app.http.responses import json_response, reply_response
from app.i18n import negotiation
from app.ledger.claims import IncomingMessage, SettlementClaim, StatedFacts
from app.ledger.ledger import Ledger
from app.presenters.settlements import (
    account_answer,
    reversal_answer,
    settlement_answer,
    settlements_answer,
    totals_answer,
    with_ids,
)
from app.routers.reference import NoParameters
from app.rules.reimbursement.bill import Layer
from app.schemas.examples import SETTLEMENTS
from app.schemas.fields import deferred
from app.schemas.requests.reimbursements import Adjudicated
from app.schemas.requests.settlements import (
    PersonNumber,
    ReversalRequest,
    SettlementPatient,
    SettlementRequest,
    SettlementsQuery,
    TotalsQuery,
)
from app.schemas.responses.settlements import (
    AccountAnswer,
    ReversalAnswer,
    SettlementAnswer,
    SettlementMade,
    SettlementsAnswer,
    TotalsAnswer,
)

TAG = "Settlement ledger"

ON_A_PAGE = 50
"""Bookings on a page of a list."""


router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])


@router.post(
    "/settlements",
    status_code=201,
    response_model=SettlementMade,
    responses=problems(401, 403, 409, 413, 415, 422, 503),
)
async def settle(
    request: Request,
    hospital: HospitalDep,
    statement: Annotated[SettlementRequest, Body(openapi_examples=SETTLEMENTS)],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Settle a stay or a visit (结算), once: the year to date, the statuses, the level come from the ledger.

    The same `message_id` with the same body is answered the same again; with another body it is refused. A visit
    that has a settlement is not settled again, unless one of the two is `interim`. The person's number is never
    stored.
    """
    if statement.institution != hospital.institution:
        raise ForbiddenError
    if statement.service_date < ledger.parameters.first_day:
        raise no_policy(ledger.parameters.first_day, "/service_date")
    language = negotiation.current.get()
    body = await request.json()

    def book(connection: Connection, moment: Moment) -> Reply:
        ledger.key.check(connection, writing=True)
        message = _message(ledger, statement.institution, statement.message_id, body)
        incoming = IncomingMessage(moment, message, hospital.id, language)
        reply = ledger.settle(connection, incoming, _claim(ledger, statement))
        headers = {"Location": f"/v1/settlements/{reply.id}", "Content-Language": language}
        answer = with_ids(reply.answer, visit_id=statement.visit_id, message_id=statement.message_id)
        return Reply(201, headers, answer)

    return reply_response(await store.write(book))


@router.get("/settlements", response_model=SettlementsAnswer, responses=problems(401, 403, 422, 503))
async def find_settlements(
    query: Annotated[SettlementsQuery, Query()], holder: CountyOrHospitalDep, store: StoreDep, ledger: LedgerDep
) -> Response:
    """Find settlements and reversals by visit or by message, as after an answer that was lost."""
    language = negotiation.current.get()
    institution = _visible_institution(holder, query.institution)
    (after,) = place_in(query.cursor, 1) or (0,)

    def read(connection: Connection, _: Moment) -> SettlementsAnswer:
        records = settlements.list_by(
            connection,
            institution,
            message_id=_stored_id(ledger, query.message_id),
            visit_id=_stored_id(ledger, query.visit_id),
            after=after,
            limit=ON_A_PAGE + 1,
        )
        page = records[:ON_A_PAGE]
        following = cursor(page[-1].id) if len(records) > ON_A_PAGE else None
        return settlements_answer(page, following, language)

    return json_response(await store.read(read))


@router.get(
    "/settlements/{number}",
    response_model=deferred(SettlementAnswer | ReversalAnswer),
    responses=problems(401, 403, 404, 422, 503),
)
async def show_settlement(
    number: SettlementNumber,
    holder: CountyOrHospitalDep,
    query: Annotated[NoParameters, Query()],
    store: StoreDep,
) -> Response:
    """Show a settlement as it was answered, and how it stands now."""
    language = negotiation.current.get()

    def read(connection: Connection, _: Moment) -> SettlementAnswer | ReversalAnswer:
        return settlement_answer(_visible(connection, number, holder), language)

    return json_response(await store.read(read))


@router.post(
    "/settlements/{number}/reversal",
    status_code=201,
    response_model=ReversalAnswer,
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def reverse_settlement(
    request: Request,
    number: SettlementNumber,
    hospital: HospitalDep,
    statement: Annotated[ReversalRequest, Body()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Reverse a settlement (撤销), once; the year to date is undone with it.

    409 while a later settlement of the person's year rests on it, whose number it names.
    """
    body = [number, await request.json()]

    def reverse(connection: Connection, moment: Moment) -> Reply:
        _visible(connection, number, hospital)
        ledger.key.check(connection, writing=True)
        message = _message(ledger, hospital.institution, statement.message_id, body)
        reversal = ledger.reverse(connection, IncomingMessage(moment, message, hospital.id), number)
        # A repeated request has the first reply, also where the reversal itself has been taken back.
        content = reversal_answer(settlements.find(connection, reversal), "reversal")
        answer = with_ids(orjson.dumps(content), message_id=statement.message_id)
        return Reply(201, {"Location": f"/v1/settlements/{reversal}"}, answer)

    return reply_response(await store.write(reverse))


@router.get("/accounts/{person}/{year}", response_model=AccountAnswer, responses=problems(401, 403, 404, 422, 503))
async def show_account(
    person: PersonNumber,
    year: YearNumber,
    holder: CountyOrHospitalDep,
    query: Annotated[NoParameters, Query()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Show a person's insurance year (年度累计): what the settlements that stand have counted and paid."""

    def read(connection: Connection, _: Moment) -> AccountAnswer:
        ledger.key.check(connection, writing=False)
        person_id = persons.find(connection, ledger.key.hashed(person))
        if person_id is None:
            raise NotFoundError(Resource.PERSON)
        guarantee = settlements.standing_sums(connection, person_id, year).amounts.guarantee
        return account_answer(year, accounts.find(connection, person_id, year), guarantee)

    return json_response(await store.read(read))


@router.get("/ledger/totals", response_model=TotalsAnswer, responses=problems(401, 403, 422, 503))
async def show_totals(query: Annotated[TotalsQuery, Query()], holder: CountyOrHospitalDep, store: StoreDep) -> Response:
    """Sum what was booked between two days by layer, with counts and reversals, for reconciliation (对账)."""
    institution = _visible_institution(holder, query.institution)

    def read(connection: Connection, _: Moment) -> TotalsAnswer:
        rows = settlements.totals(connection, query.from_, query.to, institution)
        return totals_answer(query.from_, query.to, rows)

    return json_response(await store.read(read))


def _visible_institution(holder: Officer | Hospital, institution: str | None) -> str | None:
    """Return the institution whose bookings the holder may see; None for all, which the county may. ForbiddenError."""
    if isinstance(holder, Officer):
        return institution
    if institution not in {None, holder.institution}:
        raise ForbiddenError
    return holder.institution


def _visible(connection: Connection, number: int, holder: Officer | Hospital) -> SettlementRecord:
    """Return a booking. NotFoundError, also where a hospital requests a booking of another."""
    record = settlements.find(connection, number)
    if isinstance(holder, Hospital) and record.institution != holder.institution:
        raise NotFoundError(Resource.SETTLEMENT)
    return record


def _message(ledger: Ledger, institution: str, message_id: str, body: object) -> Message:
    content = json.dumps(body, sort_keys=True, default=str)
    return Message(institution, V1, ledger.key.stored_id(message_id), ledger.key.fingerprint(content))


def _stored_id(ledger: Ledger, value: str | None) -> str | None:
    return None if value is None else ledger.key.stored_id(value)


def _claim(ledger: Ledger, request: SettlementRequest) -> SettlementClaim:
    patient = SettlementPatient() if request.patient is None else request.patient
    return SettlementClaim(
        person=ledger.key.hashed(request.person),
        institution=request.institution,
        visit_id=ledger.key.stored_id(request.visit_id),
        service_date=request.service_date,
        kind=request.visit.kind,
        total=request.bill.total,
        in_scope=request.bill.in_scope,
        referred=request.visit.referred,
        emergency=request.visit.emergency,
        accident_disability=patient.accident_disability,
        adjudicated=_adjudicated(request.adjudicated),
        readings={} if request.readings is None else dict(request.readings),
        interim=request.interim,
        stated=StatedFacts(
            patient.registration, patient.major_disease, patient.chronic_disease, request.visit.facility_level
        ),
    )


def _adjudicated(request: Adjudicated | None) -> dict[Layer, tuple[bool, int]]:
    """Return the layers that the insurer has settled, each with its amount in fen."""
    if request is None:
        return {}
    amounts: dict[Layer, int | None] = {
        "basic_insurance": request.basic_insurance,
        "critical_illness": request.critical_illness,
    }
    return {layer: (True, amount) for layer, amount in amounts.items() if amount is not None}
