"""One worker over HTTP: the real endpoint against endpoints of the same stack that answer constant bytes."""

import sys
from concurrent.futures import Executor
from statistics import median
from typing import NamedTuple

from app.settings import Settings
from benchmarks.constant_app import FAST, STOCK
from benchmarks.load import Load, load_process, measure
from benchmarks.machine import free_port, seconds_of_cpu
from benchmarks.processes import first_answer, running
from benchmarks.report import against, heading, table
from benchmarks.requests import REQUESTS

ROUNDS = 6
SECONDS = 2.5


class Round(NamedTuple):
    """One round of the real, the stock and the fast endpoint: requests a second, and CPU µs of the server for each."""

    rates: tuple[float, ...]
    cpu: tuple[float, ...] | None


def run() -> None:
    """Measure each request in turn, the three endpoints alternately within each round."""
    log = "on" if Settings().access_log else "off"
    heading(
        f"HTTP, one worker: whole answers with their explanation, request ids and metrics on, access log {log}",
        f"server on one core, load on another; {ROUNDS} rounds of {SECONDS} s each, alternating; medians",
        "stock, fast: the same body validated by FastAPI's own route, by FastRoute; constant bytes of the same length",
        "CPU: µs of the server's own time for a request; other work on its core disturbs this less",
    )
    rows: list[list[str]] = []
    with load_process(core=1) as executor:
        for name, request in REQUESTS.items():
            size, rounds = _measure(name, executor)
            real = [each.rates for each in rounds]
            rows.append([f"{name}, {size:,} B", "requests/s", *_compared(real, request.target)])
            times = [each.cpu for each in rounds if each.cpu is not None]
            if times:
                rows.append(["", "CPU µs", *_compared(times)])
    table(["request, answer", "figure", "real", "stock", "fast", "real/stock", "target", "real/fast"], rows)


def _compared(rounds: list[tuple[float, ...]], target: float | None = None) -> list[str]:
    """Write the medians, and the ratios of speed within each round: of rates with a target, of times without one."""
    real, stock, fast = (median(figures) for figures in zip(*rounds, strict=True))
    ratios = [(a / b, a / c) if target else (b / a, c / a) for a, b, c in rounds]
    to_stock, to_fast = (median(figures) for figures in zip(*ratios, strict=True))
    reached = against(to_stock, target, f"{target:.2f}") if target else ""
    return [f"{real:,.0f}", f"{stock:,.0f}", f"{fast:,.0f}", f"{to_stock:.3f}", reached, f"{to_fast:.3f}"]


def _measure(name: str, executor: Executor) -> tuple[int, list[Round]]:
    """Return the answer's size, and the rounds."""
    port, request = free_port(), REQUESTS[name]
    with running([sys.executable, "-m", "benchmarks.constant_app", str(port), name]) as server:
        paths = (request.path, STOCK, FAST)
        loads = [Load(port, path, request.body, first_answer(port, path, request.body), SECONDS) for path in paths]
        assert len({load.expected for load in loads}) == 1, "the constants must be the real answer"
        return len(loads[0].expected), [_round(loads, number, server, executor) for number in range(ROUNDS)]


def _round(loads: list[Load], number: int, server: int, executor: Executor) -> Round:
    """Measure each endpoint once; each is first equally often, so that a drift of the machine favours none."""
    first = number % len(loads)
    rates, cpu = [0.0] * len(loads), [0.0] * len(loads)
    for which in [*range(first, len(loads)), *range(first)]:
        before = seconds_of_cpu(server)
        measured = executor.submit(measure, loads[which]).result()
        after = seconds_of_cpu(server)
        rates[which] = measured.rate
        if before is not None and after is not None:
            cpu[which] = (after - before) / measured.answers * 1_000_000
    return Round(tuple(rates), tuple(cpu) if all(cpu) else None)
