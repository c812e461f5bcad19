"""A load client: connections that repeat one request as fast as it is answered, and check every answer.

HTTP/1.1 with keep-alive, on raw bytes: it must cost much less than the server under test. Loopback only.
"""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple, cast

import uvloop

from benchmarks.machine import pin

HOST = "127.0.0.1"


class Load(NamedTuple):
    """The request, the answer it must get, and for how long to repeat it."""

    port: int
    path: str
    body: bytes
    expected: bytes
    """The body of every answer, byte for byte."""
    seconds: float = 3.0
    warm_up: float = 0.4
    connections: int = 32

    def request(self) -> bytes:
        """Write the request."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class Measured(NamedTuple):
    """The result of a load: the requests a second after the warm-up, and the count of all answers."""

    rate: float
    answers: int


class WrongAnswerError(Exception):
    """An answer is not the expected one; the measurement is void."""


@contextmanager
def load_process(core: int | None = None) -> Iterator[Executor]:
    """Keep a process that makes the load, on a core of its own: `submit(measure, load)`."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=partial(_begin, core)) as executor:
        yield executor


def measure(load: Load) -> Measured:
    """Measure how many requests are answered. WrongAnswerError for a wrong answer."""
    return uvloop.run(_drive(load))


def _begin(core: int | None) -> None:
    # The parent process handles Ctrl-C; a measurement ends by itself in a few seconds.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if core is not None:
        pin(core)


class _Run:
    """The state shared by the connections: whether to go on, the count of answers, the first error."""

    def __init__(self, load: Load) -> None:
        self.request = load.request()
        self.expected = load.expected
        self.going = True
        self.answers = 0
        self.wrong: str | None = None


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self.run = run
        self.buffer = b""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface of asyncio's, but do not derive from them.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.run.request)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        expected = self.run.expected
        missing = head_end + 4 + len(expected) - len(self.buffer)
        if missing > 0 and self.buffer.startswith(b"HTTP/1.1 200 "):
            return
        if missing < 0 or not self.buffer.startswith(b"HTTP/1.1 200 ") or not self.buffer.endswith(expected):
            self.run.wrong = self.run.wrong or f"answered {self.buffer[:200]!r}…"
            self.transport.abort()
            return
        self.buffer = b""
        self.run.answers += 1
        if self.run.going:
            self.transport.write(self.run.request)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.run.going and self.run.wrong is None:
            self.run.wrong = f"closed the connection ({exc})"
        self.closed.set_result(None)


async def _drive(load: Load) -> Measured:
    run = _Run(load)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), HOST, load.port))[1] for _ in range(load.connections)
    ]
    await asyncio.sleep(load.warm_up)
    answers, begun = run.answers, time.perf_counter()
    await asyncio.sleep(load.seconds)
    rate = (run.answers - answers) / (time.perf_counter() - begun)
    run.going = False
    # Each connection reads its last answer and closes; a server that hangs is not waited for.
    _, hanging = await asyncio.wait([connection.closed for connection in connections], timeout=5)
    if run.wrong is not None or hanging:
        raise WrongAnswerError(f"{load.path}: the server {run.wrong or 'does not answer any more'}")
    return Measured(rate, run.answers)
