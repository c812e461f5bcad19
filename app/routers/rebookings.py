"""Rebookings (重算): a county's officer reverses a settlement that later ones depend on, and undoes that again."""

from collections.abc import Callable
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from sqlalchemy import Connection
from starlette.responses import Response

from app.clock import Moment
from app.db.idempotency import Reply
from app.db.ledger.corrections import RebookingRecord
from app.db.locks import WriteLock
from app.http.dependencies import CountyOfficerDep, IdempotentWriterDep, LedgerDep, LedgerReaderDep, LedgerReading
from app.http.exact_json import ExactRoute
from app.http.idempotency import scope_of
from app.http.pagination import SettlementNumber
from app.http.problems import problems
from app.http.responses import json_response
from app.ledger.access import record_settlements
from app.ledger.rebooking import check_county, find_rebooking
from app.presenters.rebookings import rebooking_answer
from app.routers.reference import NoParameters
from app.routers.settlements import TAG
from app.schemas.responses.settlements import RebookingAnswer

WRITES = problems(401, 403, 404, 409, 422, 503)

router = APIRouter(route_class=ExactRoute, prefix="/v1/settlements/{number}/rebooking", tags=[TAG])


@router.post("", status_code=201, response_model=RebookingAnswer, responses=WRITES)
async def rebook_settlement(
    number: SettlementNumber,
    officer: CountyOfficerDep,
    reading: LedgerReaderDep,
    ledger: LedgerDep,
    writer: IdempotentWriterDep,
) -> Response:
    """Reverse a settlement although later ones depend on it (重算), as the county of the person.

    Nothing that is booked changes: each later settlement of the person's year is corrected by the difference, today.
    The answer lists it by institution; who pays it is not decided here. 409 where the fund's budget lacks the money,
    and nothing is done.
    """

    def rebook(connection: Connection, moment: Moment) -> RebookingRecord:
        ledger.key.check(connection, writing=True)
        check_county(connection, officer, number)
        return ledger.rebookings.book(connection, moment, officer.id, number)

    job = _reply(reading, rebook, 201, {"Location": f"/v1/settlements/{number}/rebooking"})
    return await writer.write(scope_of(officer), job, WriteLock.PERSON)


@router.get("", response_model=RebookingAnswer, responses=problems(401, 403, 404, 422, 503))
async def show_rebooking(
    number: SettlementNumber,
    officer: CountyOfficerDep,
    reading: LedgerReaderDep,
    query: Annotated[NoParameters, Query()],
) -> Response:
    """Show the newest rebooking of a settlement, as the county of the person. The read is put on record."""

    def read(connection: Connection, moment: Moment) -> RebookingAnswer:
        check_county(connection, officer, number)
        return _answer(connection, moment, reading, find_rebooking(connection, number))

    return json_response(await reading.read(read))


@router.delete("", response_model=RebookingAnswer, responses=WRITES)
async def undo_rebooking(
    number: SettlementNumber,
    officer: CountyOfficerDep,
    reading: LedgerReaderDep,
    ledger: LedgerDep,
    writer: IdempotentWriterDep,
) -> Response:
    """Undo a rebooking as if it had never been: the newest one of the person, while nothing was booked after it."""

    def undo(connection: Connection, moment: Moment) -> RebookingRecord:
        ledger.key.check(connection, writing=True)
        check_county(connection, officer, number)
        return ledger.rebookings.undo(connection, moment, officer.id, number)

    return await writer.write(scope_of(officer), _reply(reading, undo, 200, {}), WriteLock.PERSON)


def _reply(
    reading: LedgerReading,
    act: Callable[[Connection, Moment], RebookingRecord],
    status: int,
    headers: dict[str, str],
) -> Callable[[Connection, Moment], Reply]:
    """Return what acts, puts on record what its answer shows, and replies with that."""

    def job(connection: Connection, moment: Moment) -> Reply:
        answer = _answer(connection, moment, reading, act(connection, moment))
        return Reply(status, headers, orjson.dumps(answer))

    return job


def _answer(
    connection: Connection, moment: Moment, reading: LedgerReading, rebooking: RebookingRecord
) -> RebookingAnswer:
    shown = [rebooking.reversal, *rebooking.corrections]
    record_settlements(connection, moment, reading.caller, shown, reading.limits)
    return rebooking_answer(rebooking)
