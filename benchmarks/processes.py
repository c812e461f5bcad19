"""Server processes to measure: started, awaited, and always stopped."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import HOST

ROOT = Path(__file__).parent.parent
PATH = "/v1/reimbursements"
ANDA = str(Path(sys.executable).with_name("anda"))
LONGEST_START = 30.0
"""Seconds."""


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server and yield its process id; its log is discarded, its files lie in a temporary folder.

    Settings in the environment (`ANDA_ACCESS_LOG=off`) apply, except that of the store.
    """
    with tempfile.TemporaryDirectory(prefix="anda-benchmark-") as folder:
        own = {
            "ANDA_DATABASE_URL": f"sqlite:///{folder}/anda.db",
            "ANDA_UNLIMITED_NETWORKS": "127.0.0.0/8",
            **(environment or {}),
        }
        if "--workers" in command:
            metrics = Path(folder, "metrics")
            metrics.mkdir()
            own["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            _stop(process)


def post(port: int, path: str, body: bytes) -> bytes:
    """Send once and return the answer. ValueError where it is not 200; ConnectionError where nothing listens."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise ValueError(f"{path} answered {response.status}: {content[:500]!r}")
    return content


def first_answer(port: int, path: str, body: bytes) -> bytes:
    """Send until the server answers. TimeoutError where it does not."""
    deadline = time.perf_counter() + LONGEST_START
    while time.perf_counter() < deadline:
        try:
            return post(port, path, body)
        except ConnectionError:
            time.sleep(0.005)
    raise TimeoutError(f"no server on port {port} after {LONGEST_START:.0f} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server and its workers, first with SIGTERM, then with SIGKILL."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait(1)
