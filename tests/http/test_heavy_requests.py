"""A few who have much calculated hold up nobody else."""

import asyncio
import json
import threading
import time
from collections.abc import Generator
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest
from starlette.types import ASGIApp, Message, Scope

from app.http.beside_loop import MOST_WAITING as MOST_BESIDE
from app.http.beside_loop import beside_loop
from app.http.problems import ProblemError
from app.http.responses import AT_ONCE, CHUNK_BYTES, ChunkedResponse, json_in_steps
from app.http.sliced_work import MOST_WAITING, SlicedWork
from app.i18n import negotiation
from app.main import create_app
from app.presenters.steps import Steps, finish
from app.schemas.json_pointer import MOST_CHARACTERS, pointer
from app.schemas.unknown_names import MOST_UNKNOWN, drop_excess, known_names
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.grid import grid
from tests.support.wire import BILL

pytestmark = pytest.mark.lengthy

BILLS: list[dict[str, Any]] = [{**BILL, "member": "a"} for _ in range(500)]
HOUSEHOLD: dict[str, Any] = {
    "registration": "registered",
    "members": [{"id": "a"}],
    "bills": [{name: bill[name] for name in ("member", "service_date", "visit", "bill")} for bill in BILLS],
}
LARGE_HOUSEHOLD: dict[str, Any] = {
    "as_of": "2018-05-20",
    "household": {
        "registration": "registered",
        "members": [{"id": f"m{number}", "birth_date": f"19{number + 30}-01-02"} for number in range(50)],
    },
}


UNKNOWN: dict[str, Any] = {f"x{number}": 1 for number in range(250)}


@pytest.fixture(scope="module")
def heavy_app() -> ASGIApp:
    return create_app(Settings(access_log=False))


def test_calculations_are_done_one_at_a_time_and_others_get_their_turn_between() -> None:
    calculations = SlicedWork()
    done: list[str] = []

    def steps(name: str) -> Generator[None, None, str]:
        for _ in range(5):
            time.sleep(0.001)
            done.append(name)
            yield
        return name

    async def short() -> str:
        while len(set(done) & {"a", "b"}) < 2:
            done.append("short")
            await asyncio.sleep(0)
        return "short"

    async def main() -> list[str]:
        return list(await asyncio.gather(calculations.run(steps("a")), calculations.run(steps("b")), short()))

    assert asyncio.run(main()) == ["a", "b", "short"]
    assert [name for name in done if name != "short"] == ["a"] * 5 + ["b"] * 5
    assert all("a" not in pair or "short" in pair for pair in pairwise(done))


def test_one_that_is_cut_off_or_fails_leaves_its_place() -> None:
    calculations = SlicedWork()

    def endless() -> Generator[None, None, None]:
        while True:
            time.sleep(0.001)
            yield

    def failing() -> Generator[None, None, None]:
        yield
        raise KeyError("failed")

    def short() -> Generator[None, None, int]:
        yield
        return 1

    async def main() -> int:
        cut_off = asyncio.create_task(calculations.run(endless()))
        waiting = [asyncio.create_task(calculations.run(short())) for _ in range(MOST_WAITING - 1)]
        await asyncio.sleep(0.01)
        with pytest.raises(ProblemError) as refused:
            await calculations.run(short())
        assert refused.value.slug == "overloaded"
        cut_off.cancel()
        assert sum(await asyncio.gather(*waiting)) == MOST_WAITING - 1
        with pytest.raises(KeyError):
            await calculations.run(failing())
        return await calculations.run(short())

    assert asyncio.run(main()) == 1


def scope_of(method: str, path: str, body: bytes) -> Scope:
    """Return the scope of a request whose body is JSON."""
    headers = [(b"host", b"test"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "client": ("testclient", 50_000),
        "server": ("test", 80),
        "state": {},
    }


class Turns(NamedTuple):
    """How often others got their turn while a request was answered, and the seconds of the loop's longest turn."""

    status: int
    content: bytes
    others: int
    longest: float


async def turns_of(app: ASGIApp, method: str, path: str, body: bytes) -> Turns:
    """Answer a request while another task takes every turn that it gets."""
    status, content = 0, []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        content.append(message.get("body", b""))

    answering = asyncio.ensure_future(app(scope_of(method, path, body), receive, send))
    count, longest, before = 0, 0.0, time.thread_time()
    while not answering.done():
        await asyncio.sleep(0.001)
        now = time.thread_time()  # of the loop's own work: what others do on the machine does not count
        count, longest, before = count + 1, max(longest, now - before), now
    await answering
    return Turns(status, b"".join(content), count, longest)


@grid(
    ("path", "body", "status"),
    [
        ("/openapi.json", None, 200),
        ("/policy", None, 200),
        ("/v1/reimbursements/household", HOUSEHOLD, 200),
        ("/v1/reimbursements/batch", [BILL] * 1_000, 200),
        ("/v1/entitlements", LARGE_HOUSEHOLD, 200),
        ("/v1/reimbursements/household", {**HOUSEHOLD, "bills": [UNKNOWN] * 500}, 422),
        ("/v1/reimbursements/batch", [UNKNOWN] * 100, 200),
    ],
)
def test_no_heavy_request_keeps_the_loop_for_long(heavy_app: ASGIApp, path: str, body: Any, status: int) -> None:
    method, content = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
    turns = asyncio.run(turns_of(heavy_app, method, path, content))
    assert turns.status == status
    assert turns.others >= 3
    assert turns.longest < 0.2, "one of a second held up all others"


def test_a_large_answer_in_chunks_is_the_answer_in_one_piece() -> None:
    chunked: list[int] = []
    contents: list[object] = [
        [],
        {},
        "a",
        [{"a": [1, 2], "b": None}] * 25,
        {"none": [], "numbers": list(range(AT_ONCE * 3)), "object": {"a": [1]}, "text": "文" * CHUNK_BYTES, "last": 1},
    ]
    for content in contents:

        def steps(content: object = content) -> Steps[object]:
            yield
            return content

        response = finish(json_in_steps(steps()))
        assert isinstance(response, ChunkedResponse)
        assert b"".join(response.chunks) == orjson.dumps(content)
        assert (b"content-length", b"%d" % len(orjson.dumps(content))) in response.raw_headers
        chunked.append(len(response.chunks))
    assert chunked == [1, 1, 1, 1, 2]


# ---- work beside the loop


def test_the_thread_beside_the_loop_works_in_the_context_of_the_request_and_refuses_what_is_too_much() -> None:
    go_on = threading.Event()

    async def main() -> list[str]:
        negotiation.current.set("en")
        first = asyncio.ensure_future(beside_loop(go_on.wait))
        waiting = [asyncio.ensure_future(beside_loop(negotiation.current.get)) for _ in range(MOST_BESIDE - 1)]
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as refused:
            await beside_loop(negotiation.current.get)
        assert refused.value.slug == "overloaded"
        go_on.set()
        await first
        return list(await asyncio.gather(*waiting))

    assert set(asyncio.run(main())) == {"en"}
    assert asyncio.run(beside_loop(int, "1")) == 1, "in another loop as well"


def test_a_failure_beside_the_loop_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(beside_loop(divmod, 1, 0))


# ---- names that no request has


def test_of_a_hundred_thousand_unknown_names_a_hundred_are_refused_and_known_ones_are_kept() -> None:
    body: dict[str, Any] = {**UNKNOWN, "bills": [{**UNKNOWN, "member": "a"}], **{f"y{n}": {"z": 1} for n in range(9)}}
    drop_excess(body)
    assert list(body) == [*list(UNKNOWN)[:MOST_UNKNOWN], "bills"]
    assert body["bills"] == [{"member": "a"}]
    bills: Any = {"bills": [{"member": "a"}, UNKNOWN.copy(), *({**UNKNOWN, "member": "b"} for _ in range(9))]}
    drop_excess(bills)
    assert bills["bills"] == [{"member": "a"}, dict.fromkeys(list(UNKNOWN)[:MOST_UNKNOWN], 1)], "no more are validated"
    deep: Any = []
    for _ in range(900):
        deep = [{"x": deep}]
    drop_excess(deep)
    assert {"from", "to", "service_date", "members", "critical_illness"} <= known_names()


def test_a_large_body_with_unknown_names_is_refused_as_a_small_one() -> None:
    few = dict.fromkeys((f"x{number}" for number in range(MOST_UNKNOWN - 1)), 1)
    with InProcessClient(create_app(Settings(access_log=False))) as client:
        for unknown in (few, dict.fromkeys((f"x{number}" for number in range(20_000)), 1)):
            answer = client.post("/v1/reimbursements", json={**BILL, **unknown, "patient": {}})
            errors = answer.json()["errors"]
            assert (answer.status_code, len(errors)) == (422, MOST_UNKNOWN)
            assert errors[0] == {**errors[0], "pointer": "/patient/registration", "code": "missing"}
            assert errors[1]["pointer"] == "/x0"
        filler = dict.fromkeys((f"x{number}" for number in range(3_000)), 1)
        batch = client.post("/v1/reimbursements/batch", json=[filler, {**BILL, "unknown": 1}, BILL]).json()
        assert [each.get("status") for each in batch] == [422, 422, None], "an item is refused for its own names"


def test_a_large_valid_body_is_read_as_a_small_one() -> None:
    with InProcessClient(create_app(Settings(access_log=False))) as client:
        bills = [{**bill, "bill": {"total": 1200.5, "in_scope": "1000.00"}} for bill in HOUSEHOLD["bills"]]
        both = [client.post("/v1/reimbursements/household", json={**HOUSEHOLD, "bills": bills[:n]}) for n in (2, 500)]
        assert [each.status_code for each in both] == [200, 200]
        assert both[0].json()["bills"] == both[1].json()["bills"][:2]
        broken = client.post("/v1/reimbursements/household", content=b"[" * 100_000)
        assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "json_invalid")


# ---- names that are too long


def test_the_name_of_an_unknown_field_is_cut_before_anything_reads_it() -> None:
    with InProcessClient(create_app(Settings(access_log=False))) as client:
        started = time.process_time()
        answer = client.post("/v1/reimbursements", json={**BILL, "1 " * 700_000: 1})
        assert time.process_time() - started < 1
        assert (answer.status_code, len(answer.text) < 2_000) == (422, True)
        names = {each["pointer"] for each in answer.json()["errors"]}
        assert names == {"/…"}
        address = client.get("/v1/" + "1/" * 30_000)
        assert (address.status_code, len(address.text) < 1_000) == (404, True)


@grid(
    ("name", "shown"),
    [
        ("a" * MOST_CHARACTERS, "/" + "a" * MOST_CHARACTERS),
        ("a" * (MOST_CHARACTERS + 1), "/" + "a" * MOST_CHARACTERS + "…"),
        ("名" * 2_000_000, "/" + "名" * MOST_CHARACTERS + "…"),
        ("a" * 85 + "15092319750101123X", "/" + "a" * 85 + "…"),
        ("a" * 80 + "1509 2319-7501 0112 3X", "/" + "a" * 80 + "…"),
        ("a" * 60 + "anda_" + "b" * 43, "/" + "a" * 60 + "…"),
        ("15092319750101123X" + "a" * 100, "/…" + "a" * (MOST_CHARACTERS - 18) + "…"),
    ],
)
def test_a_name_that_is_cut_ends_in_no_part_of_a_number(name: str, shown: str) -> None:
    assert pointer([name]) == shown
