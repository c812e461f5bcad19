"""Processes that run the app, forked from one that has read all its modules.

Reading them is most of what the start of a service costs. `tests.cli` starts the command itself.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.support.preloaded"])


class Forked:
    """A function that runs in a process of its own; spoken of as `subprocess.Popen` is."""

    def __init__(
        self, log: Path, environment: Mapping[str, str], function: Callable[..., None], *arguments: Any, at: Path = ROOT
    ) -> None:
        # What a test has left running is ended with the tests.
        self._process = _FORKING.Process(
            target=_run, args=(log.absolute(), dict(environment), at, function, arguments), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return how it ended, the negative number of the signal where one ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait until it has ended, and return how. TimeoutExpired after as many seconds."""
        self._process.join(timeout)
        ended = self.poll()
        if ended is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout)
        return ended

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self._process.kill()

    def terminate(self) -> None:
        """Tell it to end, unless it has ended."""
        self._process.terminate()


def anda_command(*words: str) -> None:
    """Run the command `anda`, which a forked process is given as its function."""
    from app.cli.main import main  # noqa: PLC0415 - read in the process that forks

    sys.argv = ["anda", *words]
    main()


def _run(
    log: Path, environment: dict[str, str], folder: Path, function: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.umask(0o022)  # as usual, whatever the tests have
    function(*arguments)
