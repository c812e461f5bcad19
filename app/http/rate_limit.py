"""How often an address may do something (防止刷屏). Each worker counts in memory; nothing is stored."""

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from app.http.addresses import client_of
from app.http.problems import ProblemError

SECONDS = 60
DESK_GUESSES_A_MINUTE = 10
"""Wrong tokens that an address may try at the desk."""


class RateLimit:
    """Counts what each address does in a moving minute. An IPv6 /64 is one address."""

    def __init__(self, a_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = parse(f"{a_minute}/minute")

    def count(self, request: Request) -> None:
        """Count one more. ProblemError (429) where the address has done too many."""
        if not self._limiter.hit(self._rate, client_of(request)):
            raise ProblemError("too-many-requests", headers={"Retry-After": str(SECONDS)})

    def is_reached(self, request: Request) -> bool:
        """Whether the address may do no more for now. Counts nothing."""
        return not self._limiter.test(self._rate, client_of(request))
