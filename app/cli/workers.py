"""Worker processes: a supervisor that gives up where none can start, and workers that end when it does."""

import logging
import multiprocessing
import os
import signal
import threading

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

MOST_DEATHS = 5
"""Workers that may die, one after the other, before any serves."""

log = logging.getLogger("uvicorn.error")


class Supervisor(Multiprocess):
    """Replaces workers that die. It gives up where they die again and again before one serves."""

    deaths = 0
    """Workers that have died since one last served."""

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have died."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        replaced = sum(1 for old, new in zip(before, self.processes, strict=True) if old is not new)
        self.deaths += replaced
        if self.deaths == 0:
            return
        if not replaced and any(each.is_ready(self.config.timeout_worker_healthcheck) for each in self.processes):
            self.deaths = 0
        elif self.deaths >= MOST_DEATHS:
            log.error(f"{self.deaths} workers died before one served; stopping.")
            self.should_exit.set()

    @property
    def failed(self) -> bool:
        """Whether it stopped because no worker could start."""
        return self.deaths >= MOST_DEATHS or any(each.exitcode == STARTUP_FAILURE for each in self.processes)


def supervise(config: uvicorn.Config) -> bool:
    """Serve with the workers of a configuration until a signal ends it; return False where no worker could start."""
    supervisor = Supervisor(config, sockets=[config.bind_socket()])
    supervisor.run()
    return not supervisor.failed


def end_with_the_parent() -> None:
    """Let this worker end when its supervisor is gone, and not keep the port; without a supervisor, do nothing."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-the-parent", daemon=True).start()
