"""A full disk: what is written is refused for the time being, what is read goes on, and space is all that it takes."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import Engine, event

from app.db.engine import make_engine, reading
from app.projects.verification import verify
from tests.support.county import County, project

DAY = "2018-03-14"
SIZE = 16 * 1024 * 1024
"""Bytes that the small disk holds."""


class Disk(NamedTuple):
    """Where a store lies, and how its disk is filled to the last byte and freed again."""

    county: County
    fill: Callable[[], None]
    free: Callable[[], None]
    is_full: Callable[[], bool]
    """Whether the operating system says so."""


def mounted(folder: Path) -> bool:
    """Whether a small file system of its own could be mounted; only root may."""
    if os.geteuid() != 0:
        return False
    asked = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "anda-full-disk", str(folder)]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_file_system(tmp_path: Path) -> Iterator[Disk]:
    """A store on a file system that a file beside it fills."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder):
        pytest.skip("no file system can be mounted here; the limit of pages is tried in any case")
    ballast = folder / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    try:
        with County(f"sqlite:///{folder / 'anda.db'}") as county:
            yield Disk(county, fill, ballast.unlink, lambda: True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def limit_of_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A store that SQLite itself lets grow no further: the same error, on a machine where nobody is root."""
    limited = False

    def limit(connection: Any, *_: object) -> None:
        # SQLite never takes fewer pages than there are: 1 is as many as now.
        connection.execute(f"PRAGMA max_page_count = {1 if limited else 1_000_000}").close()

    def make_limited(database_url: str, **more: int) -> Engine:
        engine = make_engine(database_url, **more)
        event.listen(engine, "checkout", limit)
        return engine

    def put(on: bool) -> Callable[[], None]:
        def put_it() -> None:
            nonlocal limited
            limited = on

        return put_it

    monkeypatch.setattr("app.main.make_engine", make_limited)
    with County(f"sqlite:///{tmp_path / 'anda.db'}") as county:
        yield Disk(county, put(True), put(False), lambda: False)


@pytest.fixture(params=["small_file_system", "limit_of_pages"])
def disk(request: pytest.FixtureRequest) -> Disk:
    fixture: Disk = request.getfixturevalue(request.param)
    return fixture


def declare(county: County, mark: str) -> httpx.Response:
    whole = project(name=mark, tasks="管" * 4_000)
    headers = county.headers("village", Idempotency_Key=mark)
    answer: httpx.Response = county.on(DAY).post("/v1/projects", json=whole, headers=headers)
    return answer


def test_a_full_disk_refuses_writes_for_the_time_being_lets_reads_go_on_and_needs_nothing_but_space(disk: Disk) -> None:
    county, on_the_day = disk.county, disk.county.on(DAY)
    number = county.walk_to("in_library")
    kept = [declare(county, "first")]
    disk.fill()
    # What the disk had set aside already may take a few more.
    more = [declare(county, f"{each}") for each in range(60)]
    kept += [answer for answer in more if answer.status_code == 201]
    refused = [answer for answer in more if answer.status_code != 201]
    assert len(refused) > 30
    for answer in refused:
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "disk" not in answer.text and "sqlite" not in answer.text.lower()

    assert on_the_day.get(f"/v1/projects/{number}").status_code == 200
    assert on_the_day.get("/v1/notices?status=open").status_code == 200
    # The limit of pages leaves room for a small write within them; a full disk leaves none that counts on.
    assert on_the_day.get("/readyz").status_code == (503 if disk.is_full() else 200)
    listed = on_the_day.get("/v1/projects?limit=200", headers=county.headers("village"))
    assert len(listed.json()["items"]) == len(kept) + 1, "what was acknowledged, and nothing else"

    disk.free()
    assert on_the_day.get("/readyz").status_code == 200
    again = [declare(county, f"{each}") for each in range(60)]
    assert {answer.status_code for answer in again} == {201}
    for first, second in zip(more, again, strict=True):
        assert first.status_code == 503 or first.content == second.content
    with reading(county.engine) as connection:
        verified = verify(connection)
    assert verified.faults == []
    assert on_the_day.get(f"/v1/projects/{number}/events").status_code == 200
    assert county.act("county", number, {"action": "remove", "note": "水源不足。"}, DAY).status_code == 200
