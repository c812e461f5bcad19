"""The settlement ledger (结算台账): a stay is settled once, reversed at most once, and summed for reconciliation."""

import json
from collections.abc import Callable
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger import accounts, corrections, events, institutions, settlements
from app.db.ledger.messages import V1, Message
from app.db.ledger.records import SettlementRecord
from app.db.locks import WriteLock, locks_by_name
from app.db.tokens import Hospital
from app.errors import ForbiddenError
from app.http.addresses import address_of
from app.http.dependencies import HospitalDep, LedgerDep, LedgerReaderDep, LedgerReading, StoreDep
from app.http.exact_json import ExactRoute
from app.http.pagination import SettlementNumber, YearNumber, cursor, place_in
from app.http.problems import no_policy, problems
from app.http.responses import json_response, reply_response
from app.i18n import negotiation
from app.ledger.access import Caller, find_settlement, read_person, record_settlements
from app.ledger.claims import IncomingMessage, SettlementClaim, StatedFacts
from app.ledger.identification import IdentifiedPerson, lock_persons_of
from app.ledger.ledger import Ledger
from app.presenters.settlements import (
    account_answer,
    ledger_head_answer,
    reversal_answer,
    settlement_answer,
    settlements_answer,
    totals_answer,
    with_ids,
)
from app.privacy.identity_numbers import folded
from app.routers.reference import NoParameters
from app.rules.reimbursement.bill import Layer
from app.schemas.examples import SETTLEMENTS
from app.schemas.fields import deferred
from app.schemas.requests.reimbursements import Adjudicated
from app.schemas.requests.settlements import (
    AccountLookupRequest,
    PersonNumber,
    ReversalRequest,
    SettlementPatient,
    SettlementRequest,
    SettlementsQuery,
    TotalsQuery,
)
from app.schemas.responses.settlements import (
    AccountAnswer,
    CorrectionAnswer,
    LedgerHeadAnswer,
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

    The same `message_id` with the same content is answered the same again, with a warning where the settlement was
    reversed or corrected since; with another content it is refused. A visit
    that has a settlement is not settled again, unless one of the two is `interim`. The person's number is never
    stored.
    """
    body = await request.json()
    return reply_response(await store.write(settling(ledger, hospital, statement, body), WriteLock.PERSON))


@router.get("/settlements", response_model=SettlementsAnswer, responses=problems(401, 403, 422, 503))
async def find_settlements(
    query: Annotated[SettlementsQuery, Query()], reading: LedgerReaderDep, ledger: LedgerDep
) -> Response:
    """Find bookings by visit or by message, as after an answer that was lost; or the settlements that have changed.

    `changed_since` tells an institution which of its settlements others have changed. A county's token sees those of
    its institutions and of its persons, the city's all. The read is put on record.
    """
    language = negotiation.current.get()
    (after,) = place_in(query.cursor, 1) or (0,)

    def find(connection: Connection, caller: Caller) -> list[SettlementRecord]:
        return settlements.list_by(
            connection,
            _visible_institution(connection, caller, query.institution),
            county=caller.county,
            message_id=_stored_id(ledger, query.message_id),
            visit_id=_stored_id(ledger, query.visit_id),
            changed_since=query.changed_since,
            after=after,
            limit=ON_A_PAGE + 1,
        )

    def read(connection: Connection, moment: Moment) -> SettlementsAnswer:
        records = find(connection, reading.caller)
        if locks_by_name(connection):
            lock_persons_of(connection, [each.id for each in records])
            records = find(connection, reading.caller)
        page = records[:ON_A_PAGE]
        record_settlements(connection, moment, reading.caller, page, reading.limits)
        following = cursor(page[-1].id) if len(records) > ON_A_PAGE else None
        its = corrections.of_settlements(connection, [each.id for each in page])
        return settlements_answer(page, its, following, language)

    # Of all that has changed nothing may be missed that is under way: it would stand before what is shown.
    lock = WriteLock.PERSON if query.changed_since is None else WriteLock.STORE
    return json_response(await reading.read(read, lock))


@router.get(
    "/settlements/{number}",
    response_model=deferred(SettlementAnswer | ReversalAnswer | CorrectionAnswer),
    responses=problems(401, 403, 404, 422, 503),
)
async def show_settlement(
    number: SettlementNumber, reading: LedgerReaderDep, query: Annotated[NoParameters, Query()]
) -> Response:
    """Show a settlement with its amounts now and how it stands, a reversal or a correction. The read is recorded."""
    language = negotiation.current.get()

    def read(connection: Connection, moment: Moment) -> SettlementAnswer | ReversalAnswer | CorrectionAnswer:
        found = find_settlement(connection, reading.caller, number)
        record_settlements(connection, moment, reading.caller, [found], reading.limits)
        its = corrections.of_settlements(connection, [number]).get(number, ())
        return settlement_answer(found, its, language)

    return json_response(await reading.read(read))


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

    409 while a later settlement of the person's year rests on it, whose number, institution, day and kind it names:
    reversed first, or, where it is another institution's, left in place by a rebooking of the person's county.
    """
    body = await request.json()

    def reverse(connection: Connection, moment: Moment) -> Reply:
        find_settlement(connection, Caller(hospital, address_of(request)), number)
        ledger.key.check(connection, writing=True)
        message = _message(ledger, hospital.institution, statement, body, number)
        reversal = ledger.reverse(connection, IncomingMessage(moment, message, hospital.id), number)
        # A repeated request has the first reply, also where the reversal itself has been taken back.
        content = reversal_answer(settlements.find(connection, reversal), "reversal")
        answer = with_ids(orjson.dumps(content), message_id=statement.message_id)
        return Reply(201, {"Location": f"/v1/settlements/{reversal}"}, answer)

    return reply_response(await store.write(reverse, WriteLock.PERSON))


@router.post(
    "/accounts/lookup", response_model=AccountAnswer, responses=problems(401, 403, 404, 413, 415, 422, 429, 503)
)
async def look_up_account(
    statement: Annotated[AccountLookupRequest, Body()], reading: LedgerReaderDep, ledger: LedgerDep
) -> Response:
    """Show a person's insurance year (年度累计): what the settlements that stand have counted and paid.

    Who may see it, what is put on record and what is counted is as with `POST /v1/persons/lookup`.
    """
    return await _show_account(reading, ledger, statement.person, statement.year)


@router.get(
    "/accounts/{person}/{year}",
    response_model=AccountAnswer,
    responses=problems(401, 403, 404, 422, 429, 503),
    deprecated=True,
)
async def show_account(
    person: PersonNumber,
    year: YearNumber,
    reading: LedgerReaderDep,
    query: Annotated[NoParameters, Query()],
    ledger: LedgerDep,
) -> Response:
    """Show a person's insurance year, as `POST /v1/accounts/lookup`, whose address holds no number."""
    return await _show_account(reading, ledger, person, year)


@router.get("/ledger/totals", response_model=TotalsAnswer, responses=problems(401, 403, 422, 503))
async def show_totals(query: Annotated[TotalsQuery, Query()], reading: LedgerReaderDep, store: StoreDep) -> Response:
    """Sum what was booked between two days by layer, with counts and reversals, for reconciliation (对账).

    A county's token sums what its institutions booked and what was booked for its persons, the city's everything.
    """

    def read(connection: Connection, _: Moment) -> TotalsAnswer:
        institution = _visible_institution(connection, reading.caller, query.institution)
        rows = settlements.totals(connection, query.from_, query.to, institution, county=reading.caller.county)
        return totals_answer(query.from_, query.to, rows)

    return json_response(await store.read(read))


async def _show_account(reading: LedgerReading, ledger: Ledger, person: str, year: int) -> Response:
    def read(connection: Connection, moment: Moment) -> AccountAnswer:
        ledger.key.check(connection, writing=False)
        number = ledger.identify_and_link(connection, moment, person).number
        person_id = read_person(connection, moment, reading.caller, number, reading.limits, year=year)
        guarantee = settlements.standing_sums(connection, person_id, year).amounts.guarantee
        return account_answer(year, accounts.find(connection, person_id, year), guarantee)

    return json_response(await reading.read(read))


@router.get("/ledger/head", response_model=LedgerHeadAnswer, responses=problems(422, 503))
async def show_ledger_head(query: Annotated[NoParameters, Query()], store: StoreDep) -> Response:
    """Show the newest event of the ledger's chain, for anyone to note: it also stands on the notice board."""

    def read(connection: Connection, _: Moment) -> LedgerHeadAnswer:
        return ledger_head_answer(events.day_head(connection))

    return json_response(await store.read(read))


def settling(
    ledger: Ledger, hospital: Hospital, statement: SettlementRequest, body: object
) -> Callable[[Connection, Moment], Reply]:
    """Return the write that settles a statement, sent as `body`, in the language of the request.

    ForbiddenError for another institution's; ProblemError for a day before the first policy.
    """
    if folded(statement.institution) != folded(hospital.institution):
        raise ForbiddenError
    if statement.service_date < ledger.parameters.first_day:
        raise no_policy(ledger.parameters.first_day, "/service_date")
    language = negotiation.current.get()

    def book(connection: Connection, moment: Moment) -> Reply:
        ledger.key.check(connection, writing=True)
        message = _message(ledger, hospital.institution, statement, body)
        incoming = IncomingMessage(moment, message, hospital.id, language)
        person = ledger.identify_and_link(connection, moment, statement.person)
        reply = ledger.settle(connection, incoming, _claim(ledger, person, statement))
        headers = {"Location": f"/v1/settlements/{reply.id}", "Content-Language": language}
        answer = with_ids(reply.answer, visit_id=statement.visit_id, message_id=statement.message_id)
        return Reply(201, headers, answer)

    return book


def _visible_institution(connection: Connection, caller: Caller, institution: str | None) -> str | None:
    """Return the institution whose bookings are asked for; None for all that an officer sees. ForbiddenError."""
    if not isinstance(caller.reader, Hospital):
        return institution and institutions.written_as(connection, institution)
    if institution is not None and folded(institution) != folded(caller.reader.institution):
        raise ForbiddenError
    return caller.reader.institution


def _message(
    ledger: Ledger, institution: str, statement: SettlementRequest | ReversalRequest, body: object, *of: object
) -> Message:
    """Return a message with its content in the two forms: what the statement says, and the body as it is sent.

    `of` is what else decides, as the number in the address.
    """
    said = statement.model_dump(exclude_defaults=True, exclude_none=True)
    content = [*of, {name: value for name, value in said.items() if value != {}}]
    sent = [*of, body] if of else body
    key = ledger.key
    return Message(
        institution,
        V1,
        key.stored_id(statement.message_id),
        key.content(json.dumps(content, sort_keys=True, default=str)),
        lambda: key.fingerprint(json.dumps(sent, sort_keys=True, default=str)),
    )


def _stored_id(ledger: Ledger, value: str | None) -> str | None:
    return None if value is None else ledger.key.stored_id(value)


def _claim(ledger: Ledger, person: IdentifiedPerson, request: SettlementRequest) -> SettlementClaim:
    patient = SettlementPatient() if request.patient is None else request.patient
    return SettlementClaim(
        person=person,
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
