"""How many objections an address may send (防止刷屏). Each worker counts in memory; nothing is stored."""

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from app.http.problems import ProblemError

SECONDS = 60


class RateLimit:
    """Counts the objections of each address in a moving minute."""

    def __init__(self, a_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = parse(f"{a_minute}/minute")

    def count(self, request: Request) -> None:
        """Count an objection. ProblemError (429) where the address has sent too many."""
        address = request.client.host if request.client else "unknown"
        if not self._limiter.hit(self._rate, address):
            raise ProblemError("too-many-requests", headers={"Retry-After": str(SECONDS)})
