"""How long a health check and a single bill wait while others have much calculated.

One process asks in turn for both, another keeps four clients busy with one heavy request.
"""

import http.client
import os
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from statistics import median
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from app.schemas.examples import BILLS
from benchmarks.bills import NAMES, request_body
from benchmarks.load import HOST, load_process
from benchmarks.machine import free_port
from benchmarks.pages import flat_fields
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import against, heading, table

CLIENTS = 4
SECONDS = 3.0
ROUNDS = 3
PAUSE = 0.002
"""Seconds between two requests of those that wait."""

TARGET = 5.0
"""Times the quiet wait, at the ninety-ninth of a hundred."""


class SentRequest(NamedTuple):
    """A request and the status of its answer."""

    method: str
    path: str
    body: bytes = b""
    status: int = 200


class Waits(NamedTuple):
    """Milliseconds that the ninety-ninth of a hundred requests waited."""

    health: float
    bill: float


def heavy_requests() -> dict[str, SentRequest]:
    """Return the largest request of each kind, and one that is refused."""
    bill = orjson.loads(request_body(NAMES[0]))
    in_household = {name: bill[name] for name in ("service_date", "visit", "bill")}
    household = {
        "registration": "registered",
        "members": [{"id": f"m{number}"} for number in range(50)],
        "bills": [{**in_household, "member": f"m{number % 50}"} for number in range(500)],
    }
    members = [{"id": f"m{number}", "birth_date": f"{1930 + number}-01-02"} for number in range(50)]
    claim = {"as_of": "2018-05-20", "household": {"registration": "registered", "members": members}}
    unknown = {**household, "bills": [dict.fromkeys((f"x{number}" for number in range(250)), 1)] * 500}
    page = f"/bill?{urlencode(flat_fields(BILLS['registered_major_disease']['value'], ''))}"
    return {
        "household of 500 bills": SentRequest("POST", f"{PATH}/household", orjson.dumps(household)),
        "batch of 1,000 bills": SentRequest("POST", f"{PATH}/batch", orjson.dumps([bill] * 1_000)),
        "range of a bill": SentRequest("POST", f"{PATH}/range", request_body(NAMES[0])),
        "entitlements of 50 members": SentRequest("POST", "/v1/entitlements", orjson.dumps(claim)),
        "125,000 unknown fields": SentRequest("POST", f"{PATH}/household", orjson.dumps(unknown), 422),
        "page of a bill": SentRequest("GET", page),
        "charts of a bill": SentRequest("GET", page.replace("/bill?", "/bill/range.svg?")),
        "OpenAPI document": SentRequest("GET", "/openapi.json"),
    }


def run() -> None:
    """Measure the waits alone and beside each heavy request, in each round."""
    heading(
        f"Beside {CLIENTS} clients of a heavy request: what the ninety-ninth of a hundred waits, milliseconds",
        f"`anda serve`, one worker; {ROUNDS} rounds of {SECONDS:.0f} s each; medians",
        f"target: at most {TARGET:.0f} times the quiet wait of the same service",
    )
    port = free_port()
    rows = []
    with (
        load_process(core=1) as busy,
        load_process() as waiting,
        running([ANDA, "serve", "--port", str(port)]),
    ):
        first_answer(port, PATH, request_body(NAMES[0]))
        quiet = median_waits([waiting.submit(measure_waits, port).result() for _ in range(ROUNDS)])
        rows.append(["alone", *_cells(quiet.health), "", *_cells(quiet.bill), ""])
        for name, heavy in heavy_requests().items():
            beside = median_waits([_beside(port, heavy, busy, waiting) for _ in range(ROUNDS)])
            rows.append([name, *_compared(beside.health, quiet.health), *_compared(beside.bill, quiet.bill)])
    table(["beside", "/healthz", "times", "", "a bill", "times", ""], rows)


def _beside(port: int, heavy: SentRequest, busy: Executor, waiting: Executor) -> Waits:
    load = busy.submit(keep_busy, port, heavy, SECONDS + 1)
    time.sleep(0.5)
    waits = waiting.submit(measure_waits, port).result()
    load.result()
    return waits


def _cells(wait: float) -> list[str]:
    return [f"{wait:.2f}", ""]


def _compared(wait: float, quiet: float) -> list[str]:
    times = wait / quiet
    return [f"{wait:.2f}", f"{times:.1f}", against(-times, -TARGET, "")]


def median_waits(rounds: list[Waits]) -> Waits:
    """Return the median of each wait."""
    return Waits(median(each.health for each in rounds), median(each.bill for each in rounds))


def keep_busy(port: int, heavy: SentRequest, seconds: float) -> None:
    """Repeat a heavy request on four connections. ValueError for another status."""
    os.nice(5)  # those who wait read their answers first

    def repeat() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            send(connection, heavy)
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        for each in [clients.submit(repeat) for _ in range(CLIENTS)]:
            each.result()


def measure_waits(port: int) -> Waits:
    """Ask for a health check and a bill in turn, on one connection."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    requests = (SentRequest("GET", "/healthz"), SentRequest("POST", PATH, request_body(NAMES[0])))
    waits: tuple[list[float], list[float]] = ([], [])
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for request, waited in zip(requests, waits, strict=True):
            begun = time.perf_counter()
            send(connection, request)
            waited.append((time.perf_counter() - begun) * 1_000)
            time.sleep(PAUSE)
    connection.close()
    return Waits(*(sorted(waited)[len(waited) * 99 // 100] for waited in waits))


def send(connection: http.client.HTTPConnection, request: SentRequest) -> None:
    """Send a request and read the answer. ValueError for another status."""
    headers = {"Content-Type": "application/json"} if request.body else {}
    connection.request(request.method, request.path, request.body or None, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != request.status:
        raise ValueError(f"{request.path} answered {response.status}: {content[:500]!r}")
