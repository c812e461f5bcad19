"""The machine: what it is, which core does what, and where a server may listen."""

import os
import platform
import socket
import sys
from pathlib import Path


def facts() -> str:
    """Describe the machine in one line."""
    cores = _cores()
    return (
        f"{platform.system()} {platform.machine()}, {_processor()}, {len(cores)} cores to use, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def pin(core: int) -> None:
    """Keep this process on one core, counted from 0, where the system can do that and there are as many."""
    cores = _cores()
    if sys.platform == "linux" and core < len(cores):
        os.sched_setaffinity(0, {cores[core]})


def seconds_of_cpu(process: int) -> float | None:
    """Return how long a process has had a core so far; None where the system does not say."""
    statistics = Path(f"/proc/{process}/schedstat")
    if not statistics.is_file():
        return None
    return int(statistics.read_text(encoding="ascii").split()[0]) / 1_000_000_000


def free_port() -> int:
    """Find a port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _cores() -> list[int]:
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "processor unknown"
