"""Processes of the service over one store, as a deployment runs them."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.forked import Forked, anda_command
from tests.support.ledger_desk import TODAY, Desk

PATIENCE = 60.0
"""Seconds that a busy machine may take for anything."""


@dataclass(frozen=True)
class Served:
    """A desk in this process, and processes that serve the same store."""

    desk: Desk
    clients: tuple[httpx.Client, ...]
    logs: tuple[Path, ...]

    def written(self) -> str:
        """Return all that the processes have written so far."""
        return "".join(log.read_text(encoding="utf-8") for log in self.logs)


@contextmanager
def serving(desk: Desk, folder: Path, processes: int = 2, **settings: str) -> Iterator[Served]:
    """Let some processes serve a desk's store."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    environment = {
        **plain,
        "ANDA_DATABASE_URL": desk.database_url,
        "ANDA_PERSON_KEY_FILE": str(desk.key),
        "ANDA_TODAY": TODAY,
        **settings,
    }
    logs = tuple(folder / f"{number}.log" for number in range(processes))
    with ExitStack() as stack:
        clients = []
        for log in logs:
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                port = listening.getsockname()[1]
            process = Forked(log, environment, anda_command, "serve", "--port", str(port))
            stack.callback(process.wait, PATIENCE)
            stack.callback(process.terminate)
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
            clients.append((stack.enter_context(client), process, log))
        for client, process, log in clients:
            _wait_for(client, process, log)
        yield Served(desk, tuple(client for client, _, _ in clients), logs)


def _wait_for(client: httpx.Client, process: Forked, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))
