"""The open connections of a process: how many there may be, and the deadlines by which each must make progress."""

import asyncio
import math
import resource
from typing import NamedTuple, Protocol

from app.http.metrics import Metrics
from app.settings import Settings

RESERVED_FILES = 200
"""Open files that a process keeps for its store, its log and its own work."""

LEAST_TAKEN = 65_536
"""Bytes of an answer that a client must take in each answer deadline, unless it takes all that is left."""

NEVER = math.inf
"""The deadline of what may last."""

_SWEEP_SECONDS = 1.0
"""Between two looks at the deadlines; a deadline is exact to this."""


class ConnectionLimits(NamedTuple):
    """The bound on the connections of a process, and the deadlines of each in seconds."""

    connections: int
    head: float
    """From the first byte of a head, or from the beginning of the connection, to the end of the head."""
    body: float
    """From the end of the head to the end of the body."""
    answer: float
    """In which a client takes `LEAST_TAKEN` of an answer that waits for it."""


class Connection(Protocol):
    """A connection as this module sees it."""

    @property
    def in_request(self) -> bool:
        """Whether a request is being received or answered."""

    @property
    def waiting_since(self) -> float:
        """When the connection began to wait for a request, on the loop's clock."""

    def check_deadlines(self, now: float) -> None:
        """Close the connection where it is over its time."""

    def drop(self) -> None:
        """Close the connection at once."""


class Connections:
    """The open connections of one process."""

    def __init__(self, limits: ConnectionLimits, metrics: Metrics) -> None:
        self.limits = limits
        self.now = 0.0
        """The time of the last sweep, on the loop's clock. To read the clock for each request would cost more."""
        self._metrics = metrics
        self._open: dict[Connection, None] = {}
        self._sweeping = False

    def admit(self, connection: Connection) -> bool:
        """Take in a new connection; False where every place is taken by a request.

        Where all places are taken, the connection that has waited longest for a request gives up its place: whoever
        opens connections and sends nothing loses them to those who do.
        """
        if not self._sweeping:
            self._sweeping = True
            self._sweep()
        if len(self._open) >= self.limits.connections:
            waiting = [each for each in self._open if not each.in_request]
            if not waiting:
                return False
            longest = min(waiting, key=lambda each: each.waiting_since)
            self.leave(longest)
            longest.drop()
        self._open[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._open.pop(connection, None)

    def count_refusal(self, status: int) -> None:
        """Count a request that was refused before it was read."""
        self._metrics.observe("OTHER", "unmatched", status, 0.0)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        for connection in list(self._open):
            connection.check_deadlines(self.now)
        loop.call_later(_SWEEP_SECONDS, self._sweep)


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Return the limits of a deployment, with no more connections than the process may open files for."""
    return ConnectionLimits(
        allow_open_files(settings.connections), settings.head_seconds, settings.body_seconds, settings.answer_seconds
    )


def allow_open_files(connections: int) -> int:
    """Let the process open as many files as its connections need. Return for how many connections they suffice."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + RESERVED_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        soft = needed
    return max(soft - RESERVED_FILES, 1)
