"""The village project library over HTTP, with 100,000 projects, on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager

from app.db.engine import reading
from app.db.projects.models import Event, Notice, Project
from app.projects import verification
from benchmarks.library_load import LoadPlan, LoadResult, load
from benchmarks.library_requests import RequestSeries, reads, writes
from benchmarks.library_seed import count
from benchmarks.library_stores import Addresses, Store, filled, megabytes, postgresql, sqlite, transactions_a_second
from benchmarks.load import load_process
from benchmarks.report import heading, table

PROJECTS = 100_000
READERS = (1, 8)
WRITERS = (1, 8, 32)
"""Connections."""

SECONDS = 1.2
WARM_UP = 0.2
MOST = 8_000
"""Writes a second that are prepared: more than can be done."""

NOTES = (
    "by number of connections: answers/s, p50 and p99 in ms; the service on one core, the load on another",
    "CPU: µs of all the service's threads for an answer with the most connections, and how many times GET /healthz",
)


def run() -> None:
    """Measure one database after the other."""
    for name, database in (("SQLite", sqlite()), ("PostgreSQL", postgresql())):
        _measure(name, database)


def _measure(name: str, database: AbstractContextManager[Addresses]) -> None:
    with load_process(core=1) as executor, database as addresses, filled(addresses, [PROJECTS]) as (store,):
        heading(f"The project library on {name}: filled in s; nothing is analysed by hand")
        table(["projects", "notices", "events", "MB", "seconds", "projects/s"], [_filling(store)])
        heading(f"{name}: reads with {PROJECTS:,} projects", *NOTES)
        _print_measured(store, executor, READERS, reads(store))
        heading(
            f"{name}: writes with {PROJECTS:,} projects, each acknowledged after it is stored",
            *NOTES,
            f"transactions of one row and nothing else: {transactions_a_second(addresses('plain')):,.0f}/s",
        )
        before = count(store.engine, Event)
        acknowledged = _print_measured(store, executor, WRITERS, writes(store))
        assert count(store.engine, Event) - before == acknowledged, "a write was acknowledged and is not there"
        print(f"  {acknowledged:,} acknowledged, all of them there; {_verified(store)}")


def _filling(store: Store) -> list[str]:
    projects, *others = (count(store.engine, each) for each in (Project, Notice, Event))
    return [
        *(f"{each:,}" for each in (projects, *others)),
        f"{megabytes(store.engine):,.0f}",
        f"{store.seconds:.1f}",
        f"{projects / store.seconds:,.0f}",
    ]


def _print_measured(
    store: Store, executor: Executor, connections: Sequence[int], all_series: Iterable[RequestSeries]
) -> int:
    """Measure and print; the first series shows the cost of HTTP alone. Return how many writes were acknowledged."""
    rows: list[list[str]] = []
    idle_cpu, written = 0.0, 0
    for series in all_series:
        row, sent = [series.name], 0
        cpu = 0.0
        for each in connections:
            measured, cpu = _run(store, executor, series, sent, each)
            row += [f"{measured.rate:,.0f}", f"{measured.percentile(50):.1f}", f"{measured.percentile(99):.1f}"]
            sent += measured.answers
        idle_cpu = idle_cpu or cpu
        rows.append([*row, f"{cpu:,.0f}", f"{cpu / idle_cpu:.1f}" if idle_cpu else ""])
        written += sent if series.only_once else 0
    figures = [f"{each}: {figure}" for each in connections for figure in ("/s", "p50", "p99")]
    table(["request", *figures, "CPU", "times"], rows)
    return written


def _run(
    store: Store, executor: Executor, series: RequestSeries, sent: int, connections: int
) -> tuple[LoadResult, float]:
    """Run a series from the first request not sent yet; return the result and the CPU microseconds of an answer."""
    requests = series.requests(sent, sent + int(MOST * (SECONDS + WARM_UP)))
    plan = LoadPlan(store.port, requests, series.begins, series.status, connections, SECONDS, WARM_UP)
    before = store.seconds_of_cpu()
    measured = executor.submit(load, plan._replace(only_once=series.only_once)).result()
    return measured, (store.seconds_of_cpu() - before) / measured.answers * 1_000_000


def _verified(store: Store) -> str:
    begun = time.perf_counter()
    with reading(store.engine) as connection:
        report = verification.verify(connection)
    seconds = time.perf_counter() - begun
    assert not report.faults, report.faults[0]
    return f"`anda verify` finds {report.head.number:,} events unbroken, in {seconds:.0f} s"
