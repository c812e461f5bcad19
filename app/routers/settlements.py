"""The settlement ledger (结算台账): a stay is settled once, reversed at most once, and summed for reconciliation."""

import json
from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger import accounts, persons, settlements
from app.db.ledger.messages import V1, Message
from app.db.store import Store
from app.db.tokens import Hospital, Officer
from app.errors import ForbiddenError, NotFoundError, Resource
from app.http.authentication import Officers, county_or_hospital, hospital_only
from app.http.exact_json import ExactRoute
from app.http.pagination import SettlementNumber, YearNumber, cursor, place_in
from app.http.problems import no_policy, problems
from app.http.responses import answer, sent
from app.i18n import negotiation
from app.ledger.claims import IncomingMessage, SettlementClaim
from app.ledger.ledger import Ledger
from app.presenters.settlements import account_answer, settlement_answer, totals_answer
from app.routers.reference import NoParameters
from app.rules.reimbursement.bill import Layer
from app.schemas.examples import SETTLEMENTS
from app.schemas.requests.reimbursements import readings_of
from app.schemas.requests.settlements import (
    PersonNumber,
    ReversalRequest,
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

Json = dict[str, Any]


def router(store: Store, ledger: Ledger) -> APIRouter:
    """Build the router of the ledger."""
    router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])
    officers = Officers(store)

    @router.post(
        "/settlements",
        status_code=201,
        response_model=SettlementMade,
        responses=problems(401, 403, 409, 413, 415, 422, 503),
    )
    async def settle(
        request: Request,
        hospital: Annotated[Hospital, hospital_only(officers)],
        asked: Annotated[SettlementRequest, Body(openapi_examples=SETTLEMENTS)],
    ) -> Response:
        """Settle a stay or a visit (结算), once: the year to date, the statuses, the level come from the ledger.

        The same `message_id` with the same body is answered the same again; with another body it is refused. A visit
        that has a settlement is not settled again, unless one of the two is `interim`. The person's number is never
        stored.
        """
        if asked.institution != hospital.institution:
            raise ForbiddenError
        if asked.service_date < ledger.parameters.first_day:
            raise no_policy(ledger.parameters.first_day, "/service_date")
        language = negotiation.current.get()
        body = await request.json()

        def book(connection: Connection, moment: Moment) -> Reply:
            ledger.check_key(connection, writing=True)
            message = _message(ledger, asked.institution, asked.message_id, body)
            arrival = IncomingMessage(moment, message, hospital.id, language)
            booked = ledger.settle(connection, arrival, _claim(ledger, asked))
            headers = {"Location": f"/v1/settlements/{booked.id}", "Content-Language": language}
            return Reply(201, headers, booked.answer)

        return sent(await store.write(book))

    @router.get("/settlements", response_model=SettlementsAnswer, responses=problems(401, 403, 422, 503))
    async def find_settlements(
        query: Annotated[SettlementsQuery, Query()],
        holder: Annotated[Officer | Hospital, county_or_hospital(officers)],
    ) -> Response:
        """Find settlements and reversals by visit or by message, as after an answer that was lost."""
        language = negotiation.current.get()
        wanted = query.model_dump(include={"message_id", "visit_id"}, exclude_none=True)
        institution = _own(holder, query.institution)
        (after,) = place_in(query.cursor, 1) or (0,)

        def read(connection: Connection, _: Moment) -> Json:
            found = settlements.found_by(connection, institution, after, limit=ON_A_PAGE + 1, **wanted)
            items = [settlement_answer(row, language) for row in found[:ON_A_PAGE]]
            return {"items": items, "next": cursor(items[-1]["id"]) if len(found) > ON_A_PAGE else None}

        return answer(await store.read(read))

    @router.get(
        "/settlements/{number}",
        response_model=SettlementAnswer | ReversalAnswer,
        responses=problems(401, 403, 404, 422, 503),
    )
    async def show_settlement(
        number: SettlementNumber,
        holder: Annotated[Officer | Hospital, county_or_hospital(officers)],
        query: Annotated[NoParameters, Query()],
    ) -> Response:
        """Show a settlement as it was answered, and how it stands now."""
        language = negotiation.current.get()

        def read(connection: Connection, _: Moment) -> Json:
            return settlement_answer(_visible(connection, number, holder), language)

        return answer(await store.read(read))

    @router.post(
        "/settlements/{number}/reversal",
        status_code=201,
        response_model=ReversalAnswer,
        responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
    )
    async def reverse_settlement(
        request: Request,
        number: SettlementNumber,
        hospital: Annotated[Hospital, hospital_only(officers)],
        asked: Annotated[ReversalRequest, Body()],
    ) -> Response:
        """Reverse a settlement (撤销), once; the year to date is undone with it.

        409 while a later settlement of the person's year rests on it, whose number it names.
        """
        body = [number, await request.json()]
        language = negotiation.current.get()

        def reverse(connection: Connection, moment: Moment) -> Reply:
            _visible(connection, number, hospital)
            ledger.check_key(connection, writing=True)
            message = _message(ledger, hospital.institution, asked.message_id, body)
            made = ledger.reverse(connection, IncomingMessage(moment, message, hospital.id), number)
            content = settlement_answer({**settlements.find(connection, made), "annulled": None}, language)
            return Reply(201, {"Location": f"/v1/settlements/{made}"}, orjson.dumps(content))

        return sent(await store.write(reverse))

    @router.get("/accounts/{person}/{year}", response_model=AccountAnswer, responses=problems(401, 403, 404, 422, 503))
    async def show_account(
        person: PersonNumber,
        year: YearNumber,
        holder: Annotated[Officer | Hospital, county_or_hospital(officers)],
        query: Annotated[NoParameters, Query()],
    ) -> Response:
        """Show a person's insurance year (年度累计): what the settlements that stand have counted and paid."""

        def read(connection: Connection, _: Moment) -> Json:
            ledger.check_key(connection, writing=False)
            known = persons.find(connection, ledger.hashed(person))
            if known is None:
                raise NotFoundError(Resource.PERSON)
            guaranteed = settlements.standing_sums(connection, known, year)["guarantee"]
            return account_answer(year, *accounts.find(connection, known, year), guaranteed)

        return answer(await store.read(read))

    @router.get("/ledger/totals", response_model=TotalsAnswer, responses=problems(401, 403, 422, 503))
    async def show_totals(
        query: Annotated[TotalsQuery, Query()], holder: Annotated[Officer | Hospital, county_or_hospital(officers)]
    ) -> Response:
        """Sum what was booked between two days by layer, with counts and reversals, for reconciliation (对账)."""
        institution = _own(holder, query.institution)

        def read(connection: Connection, _: Moment) -> Json:
            rows = settlements.totals(connection, query.from_, query.to, institution)
            return {"from": query.from_.isoformat(), "to": query.to.isoformat(), **totals_answer(rows)}

        return answer(await store.read(read))

    return router


def _own(holder: Officer | Hospital, institution: str | None) -> str | None:
    """Say whose bookings may be seen: a hospital's own, for the county all. ForbiddenError."""
    if isinstance(holder, Officer):
        return institution
    if institution not in {None, holder.institution}:
        raise ForbiddenError
    return holder.institution


def _visible(connection: Connection, number: int, holder: Officer | Hospital) -> Json:
    row = settlements.find(connection, number)
    if isinstance(holder, Hospital) and row["institution"] != holder.institution:
        raise NotFoundError(Resource.SETTLEMENT)
    return row


def _message(ledger: Ledger, institution: str, message_id: str, body: Any) -> Message:
    told = json.dumps(body, sort_keys=True, default=str)
    return Message(institution, V1, message_id, ledger.fingerprint(told))


def _claim(ledger: Ledger, asked: SettlementRequest) -> SettlementClaim:
    patient, settled = asked.patient, asked.adjudicated
    given = {} if settled is None else settled.model_dump(exclude_none=True)
    said = {} if patient is None else patient.model_dump(exclude={"accident_disability"}, exclude_none=True)
    return SettlementClaim(
        person=ledger.hashed(asked.person),
        institution=asked.institution,
        visit_id=asked.visit_id,
        service_date=asked.service_date,
        kind=asked.visit.kind,
        total=asked.bill.total,
        in_scope=asked.bill.in_scope,
        referred=asked.visit.referred,
        emergency=asked.visit.emergency,
        accident_disability=patient is not None and patient.accident_disability,
        adjudicated={cast("Layer", layer): (True, amount) for layer, amount in given.items()},
        readings=readings_of(asked.readings),
        interim=asked.interim,
        said={**said, "facility_level": asked.visit.facility_level},
    )
