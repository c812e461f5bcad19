"""How much an address may have calculated a minute without a token. Each worker counts in memory; nothing is stored."""

import math
import time
from collections.abc import Sequence
from contextvars import ContextVar

from starlette.requests import Request
from starlette.types import Scope

from app.db.store import Store
from app.errors import StoreUnavailableError
from app.http.addresses import Network, host_of, is_local_name, lies_in, place_of
from app.http.authentication import bearer_token
from app.http.problems import ProblemError

SECONDS = 60

RANGE_COST = 10
"""Bills as which the range of a bill over the readings counts."""

MOST_ADDRESSES = 50_000
"""That are counted apart within a minute; all others share one count."""

_OTHERS = "others"

current: ContextVar[Scope] = ContextVar("request")
"""The request that is being answered."""


class CalculationBudget:
    """Counts the bills and members that each address has had calculated within the minute."""

    def __init__(self, a_minute: int, unlimited: Sequence[Network], store: Store) -> None:
        self._a_minute = a_minute
        self._unlimited = unlimited
        self._store = store
        self._spent: dict[str, int] = {}
        self._ends = 0.0

    async def charge(self, cost: int) -> None:
        """Count the bills or members of a request. ProblemError (429) where its address has had too many.

        Valid tokens and the unlimited networks are free. Who calls is looked up only where the budget is spent.
        """
        scope = current.get()
        client = scope.get("client")
        now = time.monotonic()
        if now >= self._ends:
            self._spent.clear()
            self._ends = now + SECONDS
        place = place_of(client[0]) if client else ""
        spent = self._spent.get(place)
        if spent is None:
            spent, place = self._first(place)
        spent += cost
        if spent <= self._a_minute:
            self._spent[place] = spent
        elif not await self._is_free(scope):
            raise ProblemError("too-many-calculations", headers={"Retry-After": str(math.ceil(self._ends - now))})

    def _first(self, place: str) -> tuple[int, str]:
        """Return what is spent of an address that is not counted yet, and where it is counted."""
        if len(self._spent) >= MOST_ADDRESSES:
            return self._spent.get(_OTHERS, 0), _OTHERS
        return 0, place

    async def _is_free(self, scope: Scope) -> bool:
        host = host_of(scope)
        if is_local_name(host) or lies_in(host, self._unlimited):
            return True
        token = bearer_token(Request(scope))
        try:
            return token is not None and await self._store.holder(token, host) is not None
        except StoreUnavailableError:
            return False
