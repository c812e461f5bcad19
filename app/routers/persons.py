"""The register of persons (参保人员登记), which counties write: dated statuses under the insurer's number."""

from collections.abc import Callable
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger import joins
from app.db.ledger.reads import Reading
from app.db.locks import WriteLock
from app.db.tokens import Hospital, Officer
from app.errors import NotFoundError, Resource
from app.http.dependencies import CountyOfficerDep, LedgerDep, LedgerReaderDep, LedgerReading, StoreDep
from app.http.exact_json import ExactRoute
from app.http.problems import problems
from app.http.responses import json_response, reply_response
from app.ledger import joining, persons
from app.ledger.access import read_person, record
from app.ledger.identification import IdentifiedPerson
from app.ledger.ledger import Ledger
from app.presenters.persons import join_answer, person_answer
from app.routers.reference import NoParameters
from app.routers.settlements import TAG
from app.schemas.requests.persons import (
    DatedStatusRequest,
    JoinRequest,
    PersonLookupRequest,
    PersonRequest,
    PersonWriteRequest,
    TransferRequest,
)
from app.schemas.requests.settlements import PersonNumber
from app.schemas.responses.persons import JoinAnswer, PersonAnswer

READS = problems(401, 403, 404, 413, 415, 422, 429, 503)
WRITES = problems(401, 403, 404, 409, 413, 415, 422, 503)

router = APIRouter(route_class=ExactRoute, prefix="/v1/persons", tags=[TAG])


@router.post("/lookup", response_model=PersonAnswer, responses=READS)
async def look_up_person(
    statement: Annotated[PersonLookupRequest, Body()], reading: LedgerReaderDep, ledger: LedgerDep
) -> Response:
    """Show what the register knows of a person. The read is put on record.

    A county sees its own persons, and those that no county has registered; a hospital those for whom it has a visit,
    or whom it looked up by 1101. Persons without a settlement of the hospital's own that day are counted, and a 429
    ends the look-ups of others.
    """
    return await _show(reading, ledger, statement.person)


@router.put("", response_model=PersonAnswer, responses=WRITES)
async def write_person(
    officer: CountyOfficerDep,
    statement: Annotated[PersonWriteRequest, Body()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Write all that the register is to know of a person; the same again changes nothing.

    The person then belongs to the county. Another county's write is a 403, as is a change of the days before a
    transfer by the new county, and of those after it by the former one. The number itself is not stored, only its
    keyed hash. What was known before is kept as replaced; settlements that were made keep what they were made with.
    """
    return await _write(store, ledger, officer, statement.person, statement.statuses)


@router.post("/transfer", response_model=PersonAnswer, responses=WRITES)
async def transfer_person(
    officer: CountyOfficerDep,
    statement: Annotated[TransferRequest, Body()],
    reading: LedgerReaderDep,
    ledger: LedgerDep,
) -> Response:
    """Take a person over from another county (参保地转移), from a day on; the same again changes nothing.

    The statuses before that day stay the former county's. Both counties see the transfer.
    """

    def transfer(connection: Connection, moment: Moment, number: str) -> int:
        person = persons.transfer(connection, moment, officer, number, statement.from_)
        record(connection, moment, reading.caller.read_by, Reading("person", number), reading.limits)
        return person

    return await _change(reading.store, ledger, officer, statement.person, transfer)


@router.post("/transfer/reversal", response_model=PersonAnswer, responses=WRITES)
async def take_person_back(
    officer: CountyOfficerDep, statement: Annotated[PersonLookupRequest, Body()], store: StoreDep, ledger: LedgerDep
) -> Response:
    """Take a person back whom another county has taken over, within thirty days; the same again changes nothing.

    Statuses that the other county has written stay as they are until they are written anew.
    """

    def take_back(connection: Connection, moment: Moment, number: str) -> int:
        return persons.take_back(connection, moment, officer, number)

    return await _change(store, ledger, officer, statement.person, take_back)


@router.post("/join", response_model=JoinAnswer, responses=WRITES)
async def join_persons(
    officer: CountyOfficerDep, statement: Annotated[JoinRequest, Body()], reading: LedgerReaderDep, ledger: LedgerDep
) -> Response:
    """Join a person who stands in the ledger twice (合并); the same again changes nothing.

    What is settled stays as it is. The two years are added, and later settlements count on the sum. The entry of the
    person of `person` holds; that of the other where there is none. Both are the county's own or no county's: one of
    another county is taken over first. `anda verify` names who stands twice, and so does a warning of each settlement.
    The read of the person is put on record.
    """

    def write(connection: Connection, moment: Moment) -> Reply:
        ledger.key.check(connection, writing=True)
        person = _known(ledger.identify_and_link(connection, moment, statement.person))
        other = statement.other and _known(ledger.identify_and_link(connection, moment, statement.other))
        joining.join_by_officer(connection, moment, officer, person, other or None)
        number = ledger.identify(connection, statement.person).number
        record(connection, moment, reading.caller.read_by, Reading("person", number), reading.limits)
        shown = person_answer(*persons.entry_for(connection, person, officer.place))
        return Reply(200, {}, orjson.dumps(join_answer(shown, joins.list_of(connection, person))))

    return reply_response(await reading.store.write(write))


@router.put("/{person}", response_model=PersonAnswer, responses=WRITES, deprecated=True)
async def write_numbered_person(
    person: PersonNumber,
    officer: CountyOfficerDep,
    statement: Annotated[PersonRequest, Body()],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Write what the register is to know of a person, as `PUT /v1/persons`, whose address holds no number."""
    return await _write(store, ledger, officer, person, statement.statuses)


@router.get("/{person}", response_model=PersonAnswer, responses=problems(401, 403, 404, 422, 429, 503), deprecated=True)
async def show_person(
    person: PersonNumber, reading: LedgerReaderDep, query: Annotated[NoParameters, Query()], ledger: LedgerDep
) -> Response:
    """Show what the register knows of a person, as `POST /v1/persons/lookup`, whose address holds no number."""
    return await _show(reading, ledger, person)


def _known(person: IdentifiedPerson) -> int:
    if person.id is None:
        raise NotFoundError(Resource.PERSON)
    return person.id


async def _show(reading: LedgerReading, ledger: Ledger, person: str) -> Response:
    def read(connection: Connection, moment: Moment) -> PersonAnswer:
        ledger.key.check(connection, writing=False)
        number = ledger.identify_and_link(connection, moment, person).number
        person_id = read_person(connection, moment, reading.caller, number, reading.limits)
        entry = persons.entry_for(connection, person_id, reading.caller.county)
        of_hospital = isinstance(reading.caller.reader, Hospital)
        return person_answer(entry.statuses, entry.county, [] if of_hospital else entry.transfers)

    return json_response(await reading.read(read))


async def _write(
    store: StoreDep, ledger: Ledger, officer: Officer, person: str, statuses: list[DatedStatusRequest]
) -> Response:
    dated = [status.to_dated() for status in statuses]

    def write(connection: Connection, moment: Moment, number: str) -> int:
        return persons.write(connection, moment, officer, number, dated)

    return await _change(store, ledger, officer, person, write)


async def _change(
    store: StoreDep, ledger: Ledger, officer: Officer, person: str, change: Callable[[Connection, Moment, str], int]
) -> Response:
    """Change the register, and respond with what the county sees of the person then."""

    def write(connection: Connection, moment: Moment) -> Reply:
        ledger.key.check(connection, writing=True)
        number = ledger.identify_and_link(connection, moment, person).number
        entry = persons.entry_for(connection, change(connection, moment, number), officer.place)
        return Reply(200, {}, orjson.dumps(person_answer(*entry)))

    return reply_response(await store.write(write, WriteLock.PERSON))
