"""Settlements in a batch, for a hospital that was cut off for a day: each by itself, in the order of the list."""

from typing import Annotated

import orjson
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.db.locks import WriteLock
from app.db.store import Store
from app.db.tokens import Hospital
from app.errors import RefusedError, StoreUnavailableError
from app.http.dependencies import HospitalDep, LedgerDep, StoreDep
from app.http.exact_json import ExactRoute
from app.http.problems import ProblemError, described, problem, problems
from app.http.responses import JSON, ChunkedResponse
from app.i18n import negotiation
from app.ledger.ledger import Ledger
from app.routers.settlements import TAG, settling
from app.schemas.fields import deferred
from app.schemas.requests.settlements import SettlementRequest
from app.schemas.responses.problems import Problem
from app.schemas.responses.settlements import SettlementMade
from app.schemas.validation import validated

MOST_IN_A_BATCH = 500
"""Settlements of one request: a county hospital's day."""

_REQUEST: TypeAdapter[SettlementRequest] = TypeAdapter(SettlementRequest)

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])


@router.post(
    "/settlements/batch",
    summary="Settle many stays",
    response_model=deferred(list[SettlementMade | Problem]),
    responses=problems(401, 403, 413, 415, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "maxItems": MOST_IN_A_BATCH,
                        "items": {"$ref": "#/components/schemas/SettlementRequest"},
                    }
                }
            },
        }
    },
)
async def settle_batch(
    request: Request,
    hospital: HospitalDep,
    statements: Annotated[list[object], Field(max_length=MOST_IN_A_BATCH)],
    store: StoreDep,
    ledger: LedgerDep,
) -> Response:
    """Settle up to 500 stays or visits (结算), each by itself and in their order; the answers come in the same order.

    The items of the body are those of `POST /v1/settlements`. One that is refused has its problem in its place and
    leaves the others unharmed; what an earlier one booked, a later one finds. Each is stored before the next is
    begun: where no answer arrives, the same batch is sent again, and what was booked is answered the same.
    """
    instance, request_id = request.url.path, request.scope["anda.request_id"]
    chunks = []
    unavailable: bytes | None = None
    for statement in statements:
        if unavailable is not None:
            chunks.append(unavailable)
            continue
        try:
            chunks.append(await _settle(store, ledger, hospital, statement))
        except (ProblemError, RequestValidationError, RefusedError, StoreUnavailableError) as error:
            refused = described(error, request.method)
            if refused is None:
                raise
            chunks.append(orjson.dumps(problem(refused, instance, request_id)))
            if isinstance(error, StoreUnavailableError):
                # The others are not kept waiting for a store that is gone.
                unavailable = chunks[-1]
    return ChunkedResponse(_array(chunks), _headers())


async def _settle(store: Store, ledger: Ledger, hospital: Hospital, content: object) -> bytes:
    statement = validated(_REQUEST, content)
    reply = await store.write(settling(ledger, hospital, statement, content), WriteLock.PERSON)
    return reply.body


def _array(items: list[bytes]) -> list[bytes]:
    """Return the parts of a JSON array."""
    if not items:
        return [b"[]"]
    return [*((b"," if place else b"[") + item for place, item in enumerate(items)), b"]"]


def _headers() -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", JSON.encode()),
        (b"content-language", negotiation.current.get().encode()),
        (b"vary", b"Accept-Language"),
        (b"cache-control", b"no-store"),
    ]
