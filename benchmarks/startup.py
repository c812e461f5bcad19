"""Start-up: from starting `anda serve` to its first answer."""

import time
from statistics import median

from benchmarks.bills import NAMES, request_body
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import heading

STARTS = 5


def run() -> None:
    """Start the service and send a request, several times."""
    heading(f"Start-up: from starting `anda serve` to the first 200 of POST {PATH}")
    body = request_body(NAMES[0])
    seconds = []
    for _ in range(STARTS):
        port = free_port()
        begun = time.perf_counter()
        with running([ANDA, "serve", "--port", str(port)]):
            first_answer(port, PATH, body)
            seconds.append(time.perf_counter() - begun)
    print(f"  median of {STARTS}: {median(seconds):.2f} s, from {min(seconds):.2f} to {max(seconds):.2f}")
