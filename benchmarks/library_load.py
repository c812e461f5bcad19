"""A load client whose every request is another and whose every answer takes its time: latencies besides the rate.

As `load.py` it writes HTTP/1.1 with keep-alive on raw bytes, on loopback only, and is run in a process of its own.
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


class Asking(NamedTuple):
    """What is asked, how an answer must begin, and for how long."""

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


class Answered(NamedTuple):
    """The answers a second once it was warm, how long they took, and all answers from first to last."""

    rate: float
    milliseconds: Sequence[float]
    """In rising order."""
    answers: int

    def percentile(self, percent: int) -> float:
        """Return how long this share of the answers took at most."""
        return self.milliseconds[min(len(self.milliseconds) * percent // 100, len(self.milliseconds) - 1)]


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Write a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(asking: Asking) -> Answered:
    """Ask as fast as is answered, on every connection. WrongAnswerError for a wrong answer."""
    return uvloop.run(_drive(asking))


def by_turns(ports: Sequence[int], asked: Sequence[bytes], begins: bytes, rounds: int) -> list[float]:
    """Ask several servers by turns, one request at a time; return each one's least milliseconds.

    Each has its own request for the same thing. What disturbs the machine disturbs them all.
    """
    took: list[list[float]] = [[] for _ in ports]
    connections = [socket.create_connection((HOST, port)) for port in ports]
    try:
        for number in range(rounds + 1):
            for which, (connection, wanted) in enumerate(zip(connections, asked, strict=True)):
                # Twice in a row; the first fills again what the others have emptied, and does not count.
                _ask(connection, wanted, begins)
                begun = time.perf_counter()
                _ask(connection, wanted, begins)
                if number:
                    took[which].append((time.perf_counter() - begun) * 1_000)
    finally:
        for connection in connections:
            connection.close()
    return [min(each) for each in took]


def _ask(connection: socket.socket, wanted: bytes, begins: bytes) -> None:
    connection.sendall(wanted)
    answer = bytearray()
    while (missing := _missing(answer)) is None or missing > 0:
        arrived = connection.recv(1 << 20)
        if not arrived:
            raise WrongAnswerError(f"{wanted[:60]!r}: the connection was closed")
        answer += arrived
    if wrong := _wrong(answer, 200, begins):
        raise WrongAnswerError(f"{wanted[:60]!r}: {wrong}")


def _missing(answer: bytearray) -> int | None:
    """Count the bytes that are still to come; None as long as nobody knows."""
    head = answer.find(_HEAD_ENDS)
    if head < 0:
        return None
    at = answer.find(_LENGTH, 0, head)
    if at < 0:
        return 0  # which the check of what it begins with refuses
    return head + len(_HEAD_ENDS) + int(answer[at + len(_LENGTH) : answer.index(b"\r", at)]) - len(answer)


def _wrong(answer: bytearray, status: int, begins: bytes) -> str | None:
    head = answer.find(_HEAD_ENDS)
    if answer.startswith(b"HTTP/1.1 %d " % status) and answer.startswith(begins, head + len(_HEAD_ENDS)):
        return None
    return f"answered {bytes(answer[:12])!r}, {bytes(answer[head + 4 :][:300])!r}"


class _Run:
    """What the connections share: what is asked next, whether to go on, what was answered, what went wrong."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.requests: Iterator[bytes] = iter(asking.requests) if asking.only_once else cycle(asking.requests)
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
        wrong = _wrong(self.answer, self.run.asking.status, self.run.asking.begins)
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
            self.run.wrong = self.run.wrong or "had nothing left to be asked"
            self.transport.abort()
            return
        self.begun = time.perf_counter()
        self.transport.write(following)


async def _drive(asking: Asking) -> Answered:
    run = _Run(asking)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), HOST, asking.port))[1]
        for _ in range(asking.connections)
    ]
    await asyncio.sleep(asking.warm_up)
    before, begun = len(run.took), time.perf_counter()
    await asyncio.sleep(asking.seconds)
    after, ended = len(run.took), time.perf_counter()
    run.going = False
    # Each connection takes its last answer and closes; a server that hangs is not waited for.
    _, hanging = await asyncio.wait([connection.closed for connection in connections], timeout=10)
    if run.wrong is not None or hanging or after == before:
        raise WrongAnswerError(f"{asking.requests[0][:60]!r}: the server {run.wrong or 'does not answer any more'}")
    took = sorted(seconds * 1_000 for seconds in run.took[before:after])
    return Answered((after - before) / (ended - begun), took, len(run.took))
