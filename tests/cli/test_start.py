"""What a start loads: a command only what it does, a service nothing that a single page or route needs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect

from app.db.engine import make_engine
from tests.cli.test_commands import PATIENCE, Served, serving
from tests.support.grid import grid
from tests.support.scale import chosen, scaled
from tests.support.stores import migrated_file

pytestmark = pytest.mark.lengthy

ROOT = Path(__file__).parents[2]

FOR_ONE_PAGE = {"alembic", "chinese_calendar", "feedgenerator", "icalendar", "polars", "pygal", "segno"}
"""Packages that a page, a route or a command needs, and a service as it starts does not."""

BUSY = scaled(0, 3)
"""Processes that keep the one processor of the service busy."""


def run(program: str) -> object:
    """Run a program in a process of its own, and return what it prints, as JSON."""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT), "ANDA_DATABASE_URL": "sqlite://"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def started() -> object:
    """What a process says of itself that starts the service as tests do, and then as `anda serve` does."""
    program = f"""
import gc, json, sys
from app.main import create_app, serve_app
fields = [
    field
    for route in create_app().routes
    for field in (getattr(route, "response_field", None), *getattr(route, "response_fields", {{}}).values())
    if field is not None
]
assert len(fields) > 40
said = {{
    "loaded": sorted({FOR_ONE_PAGE!r} & set(sys.modules)),
    "built": [str(field.field_info.annotation) for field in fields if field._type_adapter.pydantic_complete],
}}
from starlette.testclient import TestClient
with TestClient(create_app()):
    said["frozen among others"] = gc.get_freeze_count()
with TestClient(serve_app()):
    said["frozen alone"] = gc.get_freeze_count() > 10_000
print(json.dumps(said))
"""
    return run(program)


def test_a_service_that_starts_loads_no_package_for_one_page_and_builds_no_schema_of_an_answer(
    started: dict[str, object],
) -> None:
    assert (started["loaded"], started["built"]) == ([], [])


def test_only_a_process_that_serves_one_application_freezes_what_stands_at_its_start(
    started: dict[str, object],
) -> None:
    assert (started["frozen among others"], started["frozen alone"]) == (0, True)


def test_the_command_line_loads_nothing_before_a_command_runs() -> None:
    loaded = run("import app.cli.main, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert isinstance(loaded, list)
    assert {"app.cli.main", "typer"} <= set(loaded)
    assert set(loaded) & {"fastapi", "numpy", "sqlalchemy", "uvicorn", "yaml", "app.cli.serve", "app.rules"} == set()


def test_a_command_that_opens_a_store_knows_every_table_of_it(tmp_path: Path) -> None:
    engine = make_engine(migrated_file(tmp_path))
    stored = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    program = (
        "import app.cli.environment, json; from app.db.models import Base; print(json.dumps([*Base.metadata.tables]))"
    )
    known = run(program)
    assert isinstance(known, list)
    assert set(known) == stored


def children(parent: int) -> set[int]:
    """List the workers of a process; multiprocessing's own tracker of resources is none."""
    found = set()
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            found.add(int(pid))
    return found


def wait_for_two_workers(served: Served, without: int) -> None:
    """Wait until two workers are there, none of them a certain one."""
    end = time.monotonic() + PATIENCE
    while len(workers := children(served.process.pid)) != 2 or without in workers:
        assert time.monotonic() < end, served.said()
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
def test_on_a_quarter_of_a_processor_workers_start_and_are_replaced_and_none_outlives_its_supervisor(
    tmp_path: Path,
) -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})  # what is started here inherits it
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        with serving(tmp_path, "--workers", "2", ANDA_ACCESS_LOG="false") as served:
            first = min(children(served.process.pid))
            os.kill(first, signal.SIGKILL)
            wait_for_two_workers(served, without=first)
            assert served.get("/healthz")[0] == 200
            logged = [json.loads(line)["event"] for line in served.output.read_text(encoding="utf-8").splitlines()]
            assert any(line.startswith("Started parent process") for line in logged)
            assert [line for line in logged if line.endswith(" died")] == [f"Child process [{first}] died"]
            served.process.kill()
            served.process.wait(PATIENCE)
            served.wait_until_gone()
    finally:
        os.sched_setaffinity(0, allowed)
        for each in busy:
            each.kill()
            each.wait()


_FAILURES = [
    ("sys:exit", "workers died before one served; stopping."),
    ("app.nowhere:build", "failed to start, stopping"),
]


@pytest.mark.slow
@grid(("factory", "said"), chosen(_FAILURES[:1], _FAILURES))
def test_a_service_none_of_whose_workers_can_start_ends_and_says_so(tmp_path: Path, factory: str, said: str) -> None:
    program = f"""
import logging, sys
import uvicorn
from app.cli.workers import supervise
logging.basicConfig(stream=sys.stderr)
if __name__ == "__main__":
    print(supervise(uvicorn.Config({factory!r}, factory=True, port=0, workers=2, log_config=None)))
"""
    path = tmp_path / "start.py"
    path.write_text(program)
    ended = subprocess.run(
        [sys.executable, path],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.stdout == "False\n", ended.stderr
    assert said in ended.stderr
