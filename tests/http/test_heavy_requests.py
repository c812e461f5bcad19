"""A few who have much calculated hold up nobody else."""

import asyncio
import json
import time
from collections.abc import Generator
from itertools import pairwise
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from app.http.problems import ProblemError
from app.http.sliced_work import MOST_WAITING, SlicedWork
from app.main import create_app
from app.schemas.json_pointer import MOST_CHARACTERS, pointer
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.grid import grid
from tests.support.wire import BILL

BILLS = [{**BILL, "member": "a"} for _ in range(500)]
HOUSEHOLD = {
    "registration": "registered",
    "members": [{"id": "a"}],
    "bills": [{name: bill[name] for name in ("member", "service_date", "visit", "bill")} for bill in BILLS],
}
LARGE_HOUSEHOLD = {
    "as_of": "2018-05-20",
    "household": {
        "registration": "registered",
        "members": [{"id": f"m{number}", "birth_date": f"19{number + 30}-01-02"} for number in range(50)],
    },
}


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


@grid(
    ("path", "body"),
    [
        ("/v1/reimbursements/household", HOUSEHOLD),
        ("/v1/reimbursements/batch", [BILL] * 1_000),
        ("/v1/entitlements", LARGE_HOUSEHOLD),
    ],
)
def test_no_heavy_request_keeps_the_loop_for_long(path: str, body: Any) -> None:
    app = create_app(Settings(access_log=False))
    content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}

    async def main() -> tuple[float, float]:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            started = time.perf_counter()
            heavy = asyncio.create_task(client.post(path, content=content, headers=headers))
            turns = 0
            while not heavy.done():
                await asyncio.sleep(0)
                turns += 1
            assert heavy.result().status_code == 200
            return turns, time.perf_counter() - started

    turns, seconds = asyncio.run(main())
    # A calculation of tens of milliseconds in slices of half a one; a busy machine makes fewer and longer ones.
    assert turns > min(20, seconds / 0.005)


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
