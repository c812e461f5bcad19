"""POST /v1/ledger/differences: an institution's books against the ledger (对账), settlement by settlement."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.responses import Response

from app.clock import Moment
from app.db.ledger import institutions
from app.db.ledger.differences import SettlementLine, lines_between, lines_named
from app.db.tokens import Hospital
from app.errors import ForbiddenError, InvalidFieldError
from app.http.beside_loop import beside_loop
from app.http.dependencies import LedgerDep, LedgerReaderDep, LedgerReading
from app.http.exact_json import ExactRoute
from app.http.problems import problems
from app.http.responses import json_in_steps
from app.ledger.access import Caller, record_shown
from app.ledger.differences import BookRow, compare, stored_forms, unmatched
from app.ledger.person_key import PersonKey
from app.presenters.differences import Comparison, differences_answer
from app.presenters.steps import Steps, finish
from app.routers.settlements import TAG
from app.schemas.examples import DIFFERENCES
from app.schemas.requests.differences import MOST_ROWS, DifferencesRequest
from app.schemas.responses.differences import DifferencesAnswer
from app.schemas.validation import Unread, validated

_RECORDED_AT_ONCE = 500
"""Reads that are put on record in one transaction, so that other writes get their turn."""

_REQUEST: TypeAdapter[DifferencesRequest] = TypeAdapter(DifferencesRequest)

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])


@router.post("/ledger/differences", response_model=DifferencesAnswer, responses=problems(401, 403, 413, 415, 422, 503))
async def find_differences(
    content: Annotated[object, Unread(DifferencesRequest), Body(openapi_examples=DIFFERENCES)],
    reading: LedgerReaderDep,
    ledger: LedgerDep,
) -> Response:
    """Compare an institution's settlements of a period with the ledger's (对明细账): by how much, and which visits.

    A row names a settlement by `setl_id`, or by the message that settled it. It is compared with the settlement as it
    stands now. Up to 10,000 rows; nothing of them is stored. A hospital compares its own books. An officer names the
    institution: a county's one of its own, the city's any. Each settlement that the answer shows is put on record.
    """
    statement, rows = await beside_loop(_read_books, content, ledger.key)
    institution = _institution(reading.caller, statement.institution)
    period = (statement.from_, statement.to)

    def read(connection: Connection, _: Moment) -> tuple[list[SettlementLine], list[SettlementLine]]:
        _check_visible(connection, reading.caller, institution)
        ledger.key.check(connection, writing=False)
        lines = lines_between(connection, institution, period, MOST_ROWS + 1)
        if len(lines) > MOST_ROWS:
            raise InvalidFieldError("/to", "too_many_settlements")
        return lines, lines_named(connection, institution, *unmatched(rows, lines), period)

    lines, elsewhere = await reading.store.read(read)
    comparison = await beside_loop(compare, rows, lines, elsewhere)
    await _record(reading, comparison)
    return await beside_loop(_write, statement, institution, comparison)


def _read_books(content: object, key: PersonKey) -> tuple[DifferencesRequest, list[BookRow]]:
    """Validate the request, and read its rows. RequestValidationError, PersonKeyUnusableError."""
    statement = validated(_REQUEST, content)
    rows = [
        BookRow(
            number=each.number,
            message_ids=stored_forms(key, each.message_id),
            visit_ids=stored_forms(key, each.visit_id),
            total=each.total,
            reimbursed=each.reimbursed,
            reversed=each.reversed,
        )
        for each in statement.settlements
    ]
    return statement, rows


def _institution(caller: Caller, named: str | None) -> str:
    """Return the institution whose books these are. ForbiddenError for another's; an officer must name one."""
    if isinstance(caller.reader, Hospital):
        if named not in {None, caller.reader.institution}:
            raise ForbiddenError
        return caller.reader.institution
    if named is None:
        raise InvalidFieldError("/institution", "missing")
    return named


def _check_visible(connection: Connection, caller: Caller, institution: str) -> None:
    """Refuse a county the books of an institution that is not its own: of those it sees a part alone."""
    found = institutions.find(connection, institution)
    if caller.county is not None and (found is None or found.place != caller.county):
        raise ForbiddenError
    if found is None:
        raise InvalidFieldError("/institution", "institution_unknown")


async def _record(reading: LedgerReading, comparison: Comparison) -> None:
    """Put on record which settlements the answer shows."""
    shown = list(dict.fromkeys(each.line.id for each in comparison.differences if each.line is not None))
    for start in range(0, len(shown), _RECORDED_AT_ONCE):
        some = shown[start : start + _RECORDED_AT_ONCE]

        def record(connection: Connection, moment: Moment, some: list[int] = some) -> None:
            record_shown(connection, moment, reading.caller, some, reading.limits)

        await reading.read(record)


def _write(statement: DifferencesRequest, institution: str, comparison: Comparison) -> Response:
    def steps() -> Steps[DifferencesAnswer]:
        yield
        return differences_answer(statement, institution, comparison)

    return finish(json_in_steps(steps()))
