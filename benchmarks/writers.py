"""Settlements of different persons at once on PostgreSQL: locks by person against one lock, beside a slow commit."""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from itertools import count, product
from statistics import median

from sqlalchemy import text

from app.db.engine import make_engine, reading
from app.ledger import verification
from app.schemas.examples import BILLS
from benchmarks.ledger import prepared, settlement
from benchmarks.library_load import LoadPlan, load
from benchmarks.library_stores import Addresses, postgresql
from benchmarks.load import load_process
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import against, heading, table

WORKERS = 2
CONNECTIONS = 16
"""Of each worker."""
SECONDS = 2.0
TURNS = 3
MOST = 4_000
"""Settlements that are prepared for each worker: more than can be booked in a measurement."""
TARGET = 3.0
"""Times what one lock serves."""

ONE_LOCK = [sys.executable, "-m", "benchmarks.one_lock"]
LOCKS = {
    "one lock, a commit for each": ("1",),
    "one lock, 32 share a commit": ("32",),
    "a lock for each person": None,
}

SLOW_COMMIT = (
    # Once in a transaction, at its end, while it holds its locks: as a standby that is waited for.
    "CREATE FUNCTION commit_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF current_setting('anda.waited', true) IS DISTINCT FROM pg_current_xact_id()::text THEN "
    "PERFORM pg_sleep(0.005); PERFORM set_config('anda.waited', pg_current_xact_id()::text, true); "
    "END IF; RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER commit_slowly AFTER INSERT ON ledger_events "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_slowly()",
)


def run() -> None:
    """Measure each way beside an ordinary commit and beside a slow one."""
    heading(
        f"PostgreSQL: settlements a second, {WORKERS} workers, {CONNECTIONS} connections each",
        "each for another person; a slow commit takes 5 ms longer, as one that waits for a standby",
        f"medians of {TURNS} turns",
    )
    with postgresql() as addresses, ExitStack() as stack:
        executors = [stack.enter_context(load_process(core=1)) for _ in range(WORKERS)]
        found: dict[tuple[str, bool], list[float]] = defaultdict(list)
        # In turns: the machine's noise is in all of them.
        for turn, (number, (name, together)), slow in product(range(TURNS), enumerate(LOCKS.items()), (False, True)):
            store = f"writers_{turn}_{number}_{slow}".lower()
            found[name, slow].append(_measure(addresses, store, together, executors, slow=slow))
    rates = {way: median(several) for way, several in found.items()}
    table(
        ["", "ordinary commit", "slow commit"],
        [[name, *(f"{rates[name, slow]:,.0f}" for slow in (False, True))] for name in LOCKS],
    )
    alone, shared, by_person = LOCKS
    ratio = rates[by_person, True] / rates[alone, True]
    print(f"  beside a slow commit {against(ratio, TARGET, f'{ratio:.1f} times one lock')} ({TARGET:.0f}),", end=" ")
    print(f"{rates[by_person, True] / rates[shared, True]:.1f} times one lock whose writers share commits")


def _measure(
    addresses: Addresses, name: str, together: Sequence[str] | None, executors: Sequence[Executor], *, slow: bool
) -> float:
    """Return the settlements a second of all workers over a store of their own."""
    address = addresses(name)
    token = prepared(address)
    engine = make_engine(address)
    if slow:
        with engine.begin() as connection:
            for statement in SLOW_COMMIT:
                connection.execute(text(statement))
    numbers = count()
    with ExitStack() as stack:
        plans = []
        for _ in executors:
            port = free_port()
            command = [ANDA, "serve", "--port", str(port)] if together is None else [*ONE_LOCK, str(port), *together]
            settings = {"ANDA_DATABASE_URL": address, "ANDA_PERSON_KEY": "a secret of the benchmarks alone"}
            stack.enter_context(running(command, settings))
            first_answer(port, PATH, json.dumps(BILLS["registered_major_disease"]["value"]).encode())
            settlements = [settlement(token, f"{number:08}", f"v{number}") for number in _some(numbers, MOST)]
            plans.append(LoadPlan(port, settlements, b"{", 201, CONNECTIONS, SECONDS, only_once=True))
        measured = [executor.submit(load, plan) for executor, plan in zip(executors, plans, strict=True)]
        rate = sum(each.result().rate for each in measured)
    with reading(engine) as connection:
        assert list(verification.faults(connection)) == []
    engine.dispose()
    return rate


def _some(numbers: "count[int]", many: int) -> list[int]:
    return [next(numbers) for _ in range(many)]
