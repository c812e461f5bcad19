"""The command `anda`, run as people run it: help, the service it starts, the curl it prints, how it stops."""

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from tests.support.fault_processes import Served as ServedForked
from tests.support.forked import Forked, anda_command
from tests.support.grid import grid
from tests.support.overlays import BROKEN_OVERLAYS, broken_overlay
from tests.support.scale import scaled
from tests.support.stores import migrated_file

pytestmark = pytest.mark.lengthy

ANDA = Path(sys.executable).parent / "anda"
PATIENCE = 120.0
"""Seconds that a busy machine may take for anything."""

STOPPED = {0, -signal.SIGTERM, 128 + signal.SIGTERM}


def environment(folder: Path) -> dict[str, str]:
    """The environment without any setting of the service, and with a temporary folder that can be looked into."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ANDA_", "PROMETHEUS_"))}
    return plain | {"TMPDIR": str(folder), "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}


@dataclass
class Served:
    """A service that runs: its process, its port, and what it has said."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    errors: Path
    temporary: Path

    def said(self) -> str:
        """Read all that stands on both outputs."""
        return self.output.read_text(encoding="utf-8") + self.errors.read_text(encoding="utf-8")

    def wait(self) -> None:
        """Wait until the service answers; one that has ended will not."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()
            with suppress(OSError):
                if self.get("/healthz")[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"no answer in {PATIENCE} s: {self.said()}")

    def wait_until_gone(self) -> None:
        """Wait until nobody listens at the address."""
        end = time.monotonic() + PATIENCE
        with suppress(ConnectionRefusedError):
            while time.monotonic() < end:
                socket.create_connection(("127.0.0.1", self.port)).close()
                time.sleep(0.05)
            raise AssertionError(f"it still listens after {PATIENCE} s: {self.said()}")

    def get(self, path: str) -> tuple[int, str]:
        """Ask over a new connection."""
        return self.ask("GET", path, None)

    def post(self, path: str, body: str) -> tuple[int, str]:
        """Post JSON over a new connection."""
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        """Ask over a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to end, and return how it did."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """Let `anda serve` run on a port that was free a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    temporary = folder / "tmp"
    temporary.mkdir()
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [ANDA, "serve", "--port", str(port), *options],
            stdout=out,
            stderr=err,
            cwd=folder,
            env=environment(temporary) | settings,
            start_new_session=True,
        )
    served = Served(process, port, output, errors, temporary)
    try:
        served.wait()
        yield served
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def printed_curl(served: Served) -> httpx.Request:
    """Read the one curl that the command prints, as the request that it makes."""
    (line,) = (line for line in served.said().splitlines() if line.startswith("curl "))
    words = shlex.split(line)
    headers: dict[str, str] = {}
    address = body = None
    options = iter(words[1:])
    for word in options:
        if word == "-H":
            name, _, value = next(options).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(options)
        elif word != "-s":
            assert address is None
            address = word
    assert address is not None
    assert body is not None
    return httpx.Request("POST", address, headers=headers, content=body)


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"})
    assert (told.exit_code, told.stderr) == (0, "")
    for command in ("serve", "migrate", "reimburse", "token"):
        assert re.search(rf"\b{command}\b", told.stdout)


def test_help_of_serving_names_its_options() -> None:
    told = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"})
    assert told.exit_code == 0
    for option in ("--host", "--port", "--workers"):
        assert option in told.output


@grid("wrong", [["serv"], ["serve", "--workers", "0"], ["serve", "--port", "eight"], ["--nothing"]])
def test_a_misspelt_command_or_option_is_refused_in_words(wrong: list[str]) -> None:
    told = CliRunner().invoke(app, wrong)
    assert told.exit_code == 2
    assert "Error" in told.output
    assert "Traceback" not in told.output


def test_the_curl_that_is_printed_works_and_sigterm_stops_the_service_in_silence(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        request = printed_curl(served)
        assert request.url.port == served.port
        with httpx.Client(trust_env=False) as client:
            answer = client.send(request)
        assert answer.status_code == 200
        assert [layer["outcome"] for layer in answer.json()["layers"]] == ["paid"] * 5
        assert answer.headers["Content-Language"] == "en"
        assert served.stop() in STOPPED
        said = served.said()
    assert "Traceback" not in said
    assert list(served.temporary.iterdir()) == []
    logged = [json.loads(line) for line in served.output.read_text(encoding="utf-8").splitlines()]
    assert {"event", "level", "timestamp"} <= set(logged[0])
    (line,) = (line for line in logged if line.get("route") == "/v1/reimbursements")
    assert (line["event"], line["method"], line["status"]) == ("request", "POST", 200)
    assert "186000" not in served.output.read_text(encoding="utf-8")  # no body in any log


@grid(
    ("trusted", "scheme", "ended_by"),
    [("127.0.0.0/8", "https", signal.SIGTERM), ("10.0.0.0/8", "http", signal.SIGINT)],
)
def test_what_a_trusted_proxy_says_is_believed_and_an_interrupt_stops_the_service_without_a_traceback(
    tmp_path: Path, trusted: str, scheme: str, ended_by: signal.Signals
) -> None:
    folder = tmp_path / scheme
    folder.mkdir()
    with ServedForked(migrated_file(folder), folder, trusted_proxies=trusted) as served:
        with httpx.Client(trust_env=False, headers={"X-Forwarded-Proto": "https"}) as client:
            feed = client.get(f"{served.address}/notices.atom").text
        assert set(re.findall(rf"(https?)://127.0.0.1:{served.port}", feed)) == {scheme}
        assert served.pid is not None
        os.kill(served.pid, ended_by)
        served.ended()
        assert "Traceback" not in served.said()


def test_a_service_does_not_start_over_a_doubtful_overlay(tmp_path: Path) -> None:
    path, line = broken_overlay(tmp_path, "a falling band")
    log = tmp_path / "log"
    given = environment(tmp_path) | {"ANDA_PARAMETERS": str(path)}
    assert Forked(log, given, anda_command, "serve", "--port", "1", at=tmp_path).wait(PATIENCE) == 2
    said = log.read_text(encoding="utf-8")
    assert f"county.yaml:{line}: " in said
    assert BROKEN_OVERLAYS["a falling band"][2] in said
    assert "Traceback" not in said
    assert "curl" not in said


def test_a_port_in_use_is_told_in_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = str(listening.getsockname()[1])
        ended = Forked(log, environment(tmp_path), anda_command, "serve", "--port", port, at=tmp_path).wait(PATIENCE)
    assert ended not in STOPPED
    said = log.read_text(encoding="utf-8")
    assert "address already in use" in said
    assert "Traceback" not in said


def counted(metrics: str, route: str) -> int:
    """Add up how many requests of a route the metrics count."""
    samples = re.findall(
        rf'^anda_requests_total{{[^}}]*route="{re.escape(route)}"[^}}]*}} ([0-9.]+)$', metrics, re.MULTILINE
    )
    return sum(int(float(sample)) for sample in samples)


@pytest.mark.slow
def test_two_workers_serve_and_the_metrics_of_either_count_the_requests_of_both(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as served:
        body = printed_curl(served).content.decode()
        sent = 0

        def workers() -> int:
            """Count the workers that have counted something: each does so in files of its own."""
            return len({path.name for path in served.temporary.glob("anda-metrics-*/counter_*.db")})

        with ThreadPoolExecutor(8) as pool:
            end = time.monotonic() + PATIENCE
            while sent < scaled(50, 2_000) or (workers() < 2 and time.monotonic() < end):
                answers = list(pool.map(lambda _: served.post("/v1/reimbursements", body), range(50)))
                sent += len(answers)
                assert {status for status, _ in answers} == {200}
                assert len({content for _, content in answers}) == 1
        assert workers() == 2
        assert len(list(served.temporary.iterdir())) == 1
        # The last requests of a worker are counted after their answers were sent.
        end = time.monotonic() + PATIENCE
        while counted(served.get("/metrics")[1], "/v1/reimbursements") < sent and time.monotonic() < end:
            time.sleep(0.05)
        for _ in range(10):
            assert counted(served.get("/metrics")[1], "/v1/reimbursements") == sent
        assert served.stop() in STOPPED
        assert "Traceback" not in served.said()
        with pytest.raises(OSError, match=r"[Rr]efused"):
            served.get("/healthz")
        assert list(served.temporary.iterdir()) == [], "workers leave nothing behind"
