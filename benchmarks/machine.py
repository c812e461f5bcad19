"""The machine: its description, its cores, and a free port."""

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
    """Pin this process to one core, counted from 0, where the system can and has that many."""
    cores = _cores()
    if sys.platform == "linux" and core < len(cores):
        os.sched_setaffinity(0, {cores[core]})


def seconds_of_cpu(process: int) -> float | None:
    """Return the CPU seconds of a process so far; None where the system does not tell."""
    statistics = Path(f"/proc/{process}/schedstat")
    if not statistics.is_file():
        return None
    return int(statistics.read_text(encoding="ascii").split()[0]) / 1_000_000_000


def free_port() -> int:
    """Find a free port of the loopback interface."""
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
