"""A load client that sends different requests and measures latencies besides the rate.

Like `load.py` it writes HTTP/1.1 with keep-alive on raw bytes, on loopback only, and runs in its own process.
"""

import asyncio
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import NamedTuple, cast

import uvloop

from benchmarks.load import HOST, WrongAnswerError

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length: "


class LoadPlan(NamedTuple):
    """The requests to send, how an answer must begin, and for how long to send."""

    port: int
    requests: Sequence[bytes]
    begins: bytes
    """The first bytes of every answer's body."""
    status: int = 200
    connections: int = 1
    seconds: float = 1.5
    warm_up: float = 0.3
    only_once: bool = False
    """None of the requests may be sent a second time."""


class LoadResult(NamedTuple):
    """The answers a second after the warm-up, their latencies, and the count of all answers."""

    rate: float
    milliseconds: Sequence[float]
    """In rising order."""
    answers: int

    def percentile(self, percent: int) -> float:
        """Return the latency that this share of the answers did not exceed, in milliseconds."""
        return self.milliseconds[min(len(self.milliseconds) * percent // 100, len(self.milliseconds) - 1)]


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Write a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(plan: LoadPlan) -> LoadResult:
    """Send as fast as answers arrive, on every connection. WrongAnswerError for a wrong answer."""
    return uvloop.run(_drive(plan))


def measure_in_turn(ports: Sequence[int], requests: Sequence[bytes], begins: bytes, rounds: int) -> list[float]:
    """Send to several servers alternately, one request at a time; return the least milliseconds of each.

    Each has its own request for the same thing. A disturbance of the machine affects all of them.
    """
    took: list[list[float]] = [[] for _ in ports]
    connections = [socket.create_connection((HOST, port)) for port in ports]
    try:
        for number in range(rounds + 1):
            for which, (connection, request_bytes) in enumerate(zip(connections, requests, strict=True)):
                # Twice in a row; the first refills the caches that the others displaced, and does not count.
                _exchange(connection, request_bytes, begins)
                begun = time.perf_counter()
                _exchange(connection, request_bytes, begins)
                if number:
                    took[which].append((time.perf_counter() - begun) * 1_000)
    finally:
        for connection in connections:
            connection.close()
    return [min(each) for each in took]


def _exchange(connection: socket.socket, request_bytes: bytes, begins: bytes) -> None:
    connection.sendall(request_bytes)
    answer = bytearray()
    while (missing := _missing(answer)) is None or missing > 0:
        arrived = connection.recv(1 << 20)
        if not arrived:
            raise WrongAnswerError(f"{request_bytes[:60]!r}: the connection was closed")
        answer += arrived
    if wrong := _wrong(answer, 200, begins):
        raise WrongAnswerError(f"{request_bytes[:60]!r}: {wrong}")


def _missing(answer: bytearray) -> int | None:
    """Count the bytes still to come; None until the head is complete."""
    head = answer.find(_HEAD_ENDS)
    if head < 0:
        return None
    at = answer.find(_LENGTH, 0, head)
    if at < 0:
        return 0  # an answer without a length fails the check of its first bytes
    return head + len(_HEAD_ENDS) + int(answer[at + len(_LENGTH) : answer.index(b"\r", at)]) - len(answer)


def _wrong(answer: bytearray, status: int, begins: bytes) -> str | None:
    head = answer.find(_HEAD_ENDS)
    if answer.startswith(b"HTTP/1.1 %d " % status) and answer.startswith(begins, head + len(_HEAD_ENDS)):
        return None
    return f"answered {bytes(answer[:12])!r}, {bytes(answer[head + 4 :][:300])!r}"


class _Run:
    """The state shared by the connections: the next request, whether to go on, the latencies, the first error."""

    def __init__(self, plan: LoadPlan) -> None:
        self.plan = plan
        self.requests: Iterator[bytes] = iter(plan.requests) if plan.only_once else cycle(plan.requests)
        self.going = True
        self.took: list[float] = []
        self.wrong: str | None = None


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self.run = run
        self.answer = bytearray()
        self.missing: int | None = None
        self.begun = 0.0
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's in all but name.
        self.transport = cast("asyncio.Transport", transport)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self.answer += data
        self.missing = _missing(self.answer) if self.missing is None else self.missing - len(data)
        if self.missing is None or self.missing > 0:
            return
        wrong = _wrong(self.answer, self.run.plan.status, self.run.plan.begins)
        if wrong is not None:
            self.run.wrong = self.run.wrong or wrong
            self.transport.abort()
            return
        self.run.took.append(time.perf_counter() - self.begun)
        self.answer.clear()
        self.missing = None
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.run.going and self.run.wrong is None:
            self.run.wrong = f"closed the connection ({exc})"
        self.closed.set_result(None)

    def _go_on(self) -> None:
        if not self.run.going:
            self.transport.close()
            return
        following = next(self.run.requests, None)
        if following is None:
            self.run.wrong = self.run.wrong or "ran out of requests"
            self.transport.abort()
            return
        self.begun = time.perf_counter()
        self.transport.write(following)


async def _drive(plan: LoadPlan) -> LoadResult:
    run = _Run(plan)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), HOST, plan.port))[1] for _ in range(plan.connections)
    ]
    await asyncio.sleep(plan.warm_up)
    before, begun = len(run.took), time.perf_counter()
    await asyncio.sleep(plan.seconds)
    after, ended = len(run.took), time.perf_counter()
    run.going = False
    # Each connection takes its last answer and closes; a server that hangs is not waited for.
    _, hanging = await asyncio.wait([connection.closed for connection in connections], timeout=10)
    if run.wrong is not None or hanging or after == before:
        raise WrongAnswerError(f"{plan.requests[0][:60]!r}: the server {run.wrong or 'does not answer any more'}")
    took = sorted(seconds * 1_000 for seconds in run.took[before:after])
    return LoadResult((after - before) / (ended - begun), took, len(run.took))
