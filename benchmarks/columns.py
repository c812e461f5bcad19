"""Columns: a million mixed bills through every rule, in memory on one core and on two, and from file to file."""

import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from app.bulk.files import TableFile
from app.bulk.run import reimburse_file
from app.rules.parameters import Parameters, load, shipped_files
from app.rules.reimbursement.columns import KINDS, LEVELS, REGISTRATIONS, BillColumns, reimburse_columns

ROWS = 1_000_000
ROUNDS = 7
TARGET = 12_000_000


def mixed_bills(rows: int, seed: int = 1) -> BillColumns:
    """Generate the bills of a city's year: every status, level and kind of care, some with earlier bills."""
    rng = np.random.default_rng(seed)

    def codes(values: tuple[Any, ...], shares: list[float]) -> Any:
        return rng.choice(len(values), rows, p=shares).astype(np.int8)

    total = np.exp(rng.normal(np.log(600_000), 1.4, rows)).astype(np.int64) + 100
    readmitted = rng.random(rows) < 0.3
    return BillColumns(
        service_date=np.datetime64("2017-01-01") + rng.integers(0, 1_461, rows),
        registration=codes(REGISTRATIONS, [0.35, 0.35, 0.2, 0.1]),
        kind=codes(KINDS, [0.6, 0.35, 0.05]),
        facility_level=codes(LEVELS, [0.05, 0.25, 0.35, 0.2, 0.1, 0.05]),
        total=total,
        in_scope=(total * rng.uniform(0.6, 1, rows)).astype(np.int64),
        major_disease=rng.random(rows) < 0.15,
        chronic_disease=rng.random(rows) < 0.3,
        accident_disability=rng.random(rows) < 0.01,
        referred=rng.random(rows) < 0.8,
        emergency=rng.random(rows) < 0.1,
        readmitted=readmitted,
        readmitted_at_level=readmitted & (rng.random(rows) < 0.6),
        counted_before={
            "critical_illness": (total * rng.random(rows) * 0.3).astype(np.int64) * readmitted,
            "civil_relief": (total * rng.random(rows) * 0.2).astype(np.int64) * readmitted,
            "supplementary_insurance": (total * rng.random(rows) * 0.2).astype(np.int64) * readmitted,
        },
        paid_before={"basic_insurance": (total * rng.random(rows)).astype(np.int64) * readmitted},
    )


def run() -> None:
    """Measure and print."""
    parameters = load(shipped_files())
    bills = mixed_bills(ROWS)
    _in_memory(bills, parameters)
    _file_to_file(bills, parameters)


def _in_memory(bills: BillColumns, parameters: Parameters) -> None:
    """Measure one thread on one core and, where there is a second core, two threads on two, by turns."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    tried = (1, 2) if len(cores) > 1 else (1,)
    wall: dict[int, list[float]] = {threads: [] for threads in tried}
    processor: dict[int, list[float]] = {threads: [] for threads in tried}
    try:
        for _ in range(ROUNDS):
            for threads in tried:
                if cores:
                    os.sched_setaffinity(0, cores[:threads])
                begun, used = time.perf_counter(), time.process_time()
                reimburse_columns(bills, parameters, threads=threads)
                wall[threads].append(time.perf_counter() - begun)
                processor[threads].append(time.process_time() - used)
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    medians = {threads: statistics.median(times) for threads, times in wall.items()}
    busy = {threads: statistics.median(times) for threads, times in processor.items()}
    print(
        f"columns in memory, one core: {ROWS / medians[1] / 1e6:.1f} million rows/s (target {TARGET / 1e6:.0f}), "
        f"slowest of {ROUNDS} rounds {ROWS / max(wall[1]) / 1e6:.1f}; {ROWS / busy[1] / 1e6:.1f} by processor time; "
        f"peak memory {peak:.0f} MB"
    )
    if 2 in tried:
        print(
            f"columns in memory, two threads on two cores: {ROWS / medians[2] / 1e6:.1f} million rows/s, "
            f"{medians[1] / medians[2]:.2f} of one; {busy[2] / busy[1]:.2f} of its processor time"
        )


def _file_to_file(bills: BillColumns, parameters: Parameters) -> None:
    with tempfile.TemporaryDirectory() as folder:
        csv, parquet = Path(folder) / "bills.csv", Path(folder) / "bills.parquet"
        table = _table(bills)
        table.write_csv(csv)
        table.write_parquet(parquet)
        for source in (csv, parquet):
            output, refused = source.with_stem("output"), source.with_stem("refused")
            begun = time.perf_counter()
            outcome = reimburse_file(TableFile(source), output, refused, parameters)
            seconds = time.perf_counter() - begun
            assert outcome.reimbursed == ROWS
            print(
                f"columns, {source.suffix[1:]} to {source.suffix[1:]}: {seconds:.2f} s, "
                f"{ROWS / seconds / 1e6:.2f} million rows/s ({source.stat().st_size / 1e6:.0f} MB read, "
                f"{output.stat().st_size / 1e6:.0f} MB written)"
            )


def _table(bills: BillColumns) -> pl.DataFrame:
    def yuan(fen: Any) -> pl.Series:
        return (pl.Series(fen).cast(pl.Decimal(14, 2)) / pl.Series([100], dtype=pl.Decimal(14, 2))).cast(
            pl.Decimal(14, 2)
        )

    return pl.DataFrame(
        {
            "service_date": pl.Series(bills.service_date),
            "patient.registration": np.array(REGISTRATIONS)[bills.registration],
            "patient.major_disease": bills.major_disease,
            "patient.chronic_disease": bills.chronic_disease,
            "patient.accident_disability": bills.accident_disability,
            "visit.kind": np.array(KINDS)[bills.kind],
            "visit.facility_level": np.array(LEVELS)[bills.facility_level],
            "visit.referred": bills.referred,
            "visit.emergency": bills.emergency,
            "bill.total": yuan(bills.total),
            "bill.in_scope": yuan(bills.in_scope),
            **{f"year_to_date.layers.{layer}.base": yuan(fen) for layer, fen in bills.counted_before.items()},
            **{f"year_to_date.layers.{layer}.paid": yuan(fen) for layer, fen in bills.paid_before.items()},
        }
    )


if __name__ == "__main__":
    run()
