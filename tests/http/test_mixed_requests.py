"""Requests of every kind with ever new inputs: nothing of them stays in the service."""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.fault_processes import Served
from tests.support.random_bills import random_household_bills, random_request
from tests.support.random_households import random_household
from tests.support.scale import scaled
from tests.support.stores import migrated_file
from tests.support.wire import connect, read_answer, request

REQUESTS = scaled(1_500, 200_000)
WARMING = scaled(750, 20_000)
"""Requests after which little may grow any more."""

MOST_GROWTH = 1.1 if WARMING == 20_000 else 1.12
"""Of the memory after the first requests; what is kept within bounds is not full after a thousand."""

SPARE_FILES = 3
"""A reader of the store and a connection that is just closing come and go."""

RENEWED = 100
"""Requests after which a connection is closed and a new one opened."""

LONG = 64_000
"""Characters of what is long."""


def word(rng: random.Random, length: int = 12) -> str:
    """Return a word that never comes again."""
    return f"{rng.getrandbits(64):016x}".ljust(length, "a")


def get(path: str, *headers: bytes) -> bytes:
    """Write a GET."""
    return request(path, b"", *headers, method="GET")


def post(path: str, body: object, *headers: bytes) -> bytes:
    """Write a POST of JSON."""
    return request(path, json.dumps(body, default=str).encode(), *headers)


def form(path: str, **fields: str) -> bytes:
    """Write the POST of a form."""
    body = "&".join(f"{name}={quote(value)}" for name, value in fields.items()).encode()
    return request(path, body).replace(
        b"Content-Type: application/json", b"Content-Type: application/x-www-form-urlencoded"
    )


def day(rng: random.Random) -> str:
    """Return a day of the policy."""
    return f"201{rng.choice('78')}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    lambda rng: post(
        "/v1/reimbursements", random_request(rng), b"X-Forwarded-For: 10.%d.%d.%d" % tuple(rng.randbytes(3))
    ),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: post("/v1/entitlements", random_household(rng)),
    lambda rng: get("/healthz", b"Accept-Language: en," + word(rng, LONG).encode()),
    lambda rng: post("/v1/reimbursements/household", random_household_bills(rng)),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: post("/v1/reimbursements", {**random_request(rng), word(rng, LONG): 1}),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: post("/v1/entitlements", random_household(rng)),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: post("/v1/reimbursements/batch", [random_request(rng), {word(rng): 1}]),
    lambda rng: get(f"/documentation-assets/{word(rng)}.js"),
    lambda rng: get(f"/v1/parameters?on={day(rng)}&{word(rng)}=1"),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: get(f"/pages/{word(rng, LONG)}"),
    lambda rng: get(f"/v1/objections/{word(rng)}"),
    lambda rng: get(f"/{word(rng)}/{word(rng)}?lang={word(rng)}"),
    lambda rng: form(
        "/household", as_of=day(rng), registration="registered", members=f"{word(rng)}\n{word(rng)}", again=word(rng)
    ),
    lambda rng: get(f"/bill?service_date={day(rng)}&patient.registration=registered&bill.total={rng.random():.2f}"),
    lambda rng: request("/fsi/callService", word(rng).encode(), b"apikey: anda_" + word(rng, 43).encode()),
    lambda rng: get("/readyz", b"X-Request-ID: " + word(rng).encode()),
    lambda rng: get(f"/policy?on={day(rng)}"),
    lambda rng: get(f"/v1/projects?place=150923{rng.randrange(1_000_000):06}"),
)


class Held:
    """What a process holds: its memory and its open files, of which the connections are some."""

    def __init__(self, process: int) -> None:
        self._folder = Path(f"/proc/{process}")

    def memory(self) -> int:
        """Return the bytes of memory that the process has resident."""
        return int((self._folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def files(self) -> int:
        """Count the open files."""
        return len(list((self._folder / "fd").iterdir()))


def send_all(port: int, requests: Iterator[bytes]) -> set[int]:
    """Send requests, a hundred on each connection, and return the statuses of their answers."""
    statuses = set()
    while some := list(islice(requests, RENEWED)):
        with connect(port) as connection:
            for each in some:
                connection.sendall(each)
                answer = read_answer(connection)
                assert answer is not None, each[:200]
                statuses.add(answer.status)
    return statuses


@pytest.mark.slow
def test_after_ever_new_requests_memory_files_and_connections_are_those_of_before(tmp_path: Path) -> None:
    rng = random.Random("mixed requests")
    requests = (kind(rng) for kind in cycle(KINDS))
    settings = {"bills_a_minute": str(10**9), "connections": "200"}
    with Served(migrated_file(tmp_path), tmp_path, **settings) as service:
        assert service.pid is not None
        held = Held(service.pid)
        statuses = send_all(service.port, islice(requests, WARMING))
        assert statuses == {200, 404, 422}
        memory, files = held.memory(), held.files()
        statuses = send_all(service.port, islice(requests, REQUESTS - WARMING))
        time.sleep(0.1)
        assert statuses == {200, 404, 422}
        assert held.files() <= files + SPARE_FILES
        assert held.memory() < memory * MOST_GROWTH
