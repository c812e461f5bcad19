"""The requests that measure the service over HTTP, and how fast it must answer them."""

from typing import NamedTuple

import orjson
from pydantic import BaseModel

from app.schemas.examples import THREE_GENERATIONS
from app.schemas.requests.entitlements import EntitlementsRequest
from app.schemas.requests.reimbursements import ReimbursementRequest
from benchmarks.bills import NAMES, request_body
from benchmarks.processes import PATH


class MeasuredRequest(NamedTuple):
    """A request, and the share of a constant answer's requests a second that it must reach."""

    path: str
    body: bytes
    model: type[BaseModel]
    target: float
    without_cache: bool = False
    """Sent to a service that caches no member's findings, as if every household were new."""


def _household_of_five() -> bytes:
    """Build the documentation's household with a son about whom little is known."""
    household = THREE_GENERATIONS["household"]
    son = {"id": "son", "birth_date": "1978-06-01", "can_work": True, "student": "none"}
    return orjson.dumps({**THREE_GENERATIONS, "household": {**household, "members": [*household["members"], son]}})


_FIVE = MeasuredRequest("/v1/entitlements", _household_of_five(), EntitlementsRequest, 0.60)

REQUESTS = {
    **{name: MeasuredRequest(PATH, request_body(name), ReimbursementRequest, 0.90) for name in NAMES},
    "household_of_five": _FIVE,
    "household_of_five, new": _FIVE._replace(without_cache=True, target=0.50),
}
"""The measured requests by name."""
