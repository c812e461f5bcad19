"""The register of persons (参保人员登记), which counties write: dated statuses under the insurer's number."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger import persons
from app.errors import NotFoundError, Resource
from app.http.dependencies import CountyOfficerDep, CountyOrHospitalDep, LedgerDep, StoreDep
from app.http.exact_json import ExactRoute
from app.http.problems import problems
from app.http.responses import json_response, reply_response
from app.presenters.persons import person_answer
from app.routers.reference import NoParameters
from app.routers.settlements import TAG
from app.schemas.requests.persons import PersonRequest
from app.schemas.requests.settlements import PersonNumber
from app.schemas.responses.persons import PersonAnswer

router = APIRouter(route_class=ExactRoute, prefix="/v1/persons", tags=[TAG])


@router.put("/{person}", response_model=PersonAnswer, responses=problems(401, 403, 404, 413, 415, 422, 503))
async def write_person(
    person: PersonNumber,
    officer: CountyOfficerDep,
    statement: Annotated[PersonRequest, Body()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Write all that the register is to know of a person; the same again changes nothing.

    The number itself is not stored, only its keyed hash. What was known before is kept as replaced; settlements
    that were made keep what they were made with.
    """
    dated = [status.to_dated() for status in statement.statuses]
    by_day = sorted(dated, key=lambda status: status.first_day)

    def write(connection: Connection, moment: Moment) -> Reply:
        ledger.key.check(connection, writing=True)
        number = ledger.key.hashed(person)
        person_id = persons.find(connection, number)
        if person_id is None or persons.statuses_of(connection, person_id) != by_day:
            persons.write(connection, moment, number, dated, officer.id)
        statuses = persons.statuses_of(connection, persons.get_or_create(connection, number))
        return Reply(200, {}, orjson.dumps(person_answer(statuses)))

    return reply_response(await store.write(write))


@router.get("/{person}", response_model=PersonAnswer, responses=problems(401, 403, 404, 422, 503))
async def show_person(
    person: PersonNumber,
    holder: CountyOrHospitalDep,
    query: Annotated[NoParameters, Query()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Show what the register knows of a person."""

    def read(connection: Connection, _: Moment) -> PersonAnswer:
        ledger.key.check(connection, writing=False)
        person_id = persons.find(connection, ledger.key.hashed(person))
        if person_id is None:
            raise NotFoundError(Resource.PERSON)
        return person_answer(persons.statuses_of(connection, person_id))

    return json_response(await store.read(read))
