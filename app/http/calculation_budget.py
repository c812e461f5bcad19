"""How much an address may have calculated a minute without a token. Each worker counts in memory; nothing is stored."""

import math
import time
from collections.abc import Iterable
from contextvars import ContextVar
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request
from starlette.types import Scope

from app.db.store import Store
from app.errors import StoreUnavailableError
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

    def __init__(self, a_minute: int, unlimited: str | None, store: Store) -> None:
        self._a_minute = a_minute
        self._unlimited = read_networks(unlimited)
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
        client = scope.get("client")
        if client is None or is_local_name(client[0]) or is_within(client[0], self._unlimited):
            return True
        token = bearer_token(Request(scope))
        try:
            return token is not None and await self._store.holder(token) is not None
        except StoreUnavailableError:
            return False


def place_of(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the network of 64 bits of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped) if parsed.ipv4_mapped else parsed.packed[:8].hex()


def read_networks(listed: str | None) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks, by commas. ValueError where one is none."""
    return tuple([ip_network(each.strip()) for each in (listed or "").split(",") if each.strip()])


def is_local_name(client: str) -> bool:
    """Whether a client has no address, since it does not come over a network."""
    try:
        ip_address(client)
    except ValueError:
        return True
    return False


def is_within(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address lies in one of the networks. ValueError where it is none."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
