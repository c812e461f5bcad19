"""A migration that is killed in the middle: the store stays as it was, and migrating again loses nothing of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy import Engine, event, inspect, text

from app.db.engine import OF_THE_CHAIN, migrate, reading
from tests.support import doomed_migration
from tests.support.fault_load import faults_of
from tests.support.fault_processes import LONGEST_START
from tests.support.forked import Forked
from tests.support.ledger_desk import SICK, Desk, Json, stay
from tests.support.stores import move_to

Rows = dict[str, list[str]]

BEFORE = "0009"
"""The revision before the chain of the ledger: migrating from it takes all that a store holds into the chain."""


def rows_of(engine: Engine) -> Rows:
    """Return all that a store holds, by table, at whichever revision it is."""
    with reading(engine) as connection:
        return {
            table: sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608
            for table in inspect(connection).get_table_names()
        }


def entered(rows: Rows) -> Rows:
    """Leave out what each migration makes anew: the events of what it finds."""
    return {table: each for table, each in rows.items() if table not in OF_THE_CHAIN}


def statements_of(engine: Engine, migrating: Callable[[], None]) -> int:
    """Count the statements of a migration."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    event.listen(engine, "before_cursor_execute", count)
    migrating()
    event.remove(engine, "before_cursor_execute", count)
    return counted


def test_a_migration_that_is_killed_changes_nothing_and_is_completed_by_migrating_again(
    slow_database_url: str, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    with Desk(slow_database_url, tmp_path / "anda.key") as desk:
        desk.walk_to("in_library")
        bodies = [stay(desk.person(*SICK)) for _ in range(4)]
        made: list[Json] = [desk.settle(body) for body in bodies]
        desk.reverse(made.pop())
        bodies.pop()
        # Once there and back: what an earlier revision does not keep is gone.
        move_to(desk.engine, BEFORE)
        total = statements_of(desk.engine, lambda: migrate(desk.engine))
        migrated = entered(rows_of(desk.engine))
        with reading(desk.engine) as connection:
            left = faults_of(connection)
        assert all(each.startswith("event 1: ") for each in left), "only the salts of its texts are gone"
        assert total > 50
        for number in range(rounds):
            move_to(desk.engine, BEFORE)
            before = rows_of(desk.engine)
            desk.engine.dispose()
            # The first before its commit.
            last = Random(number).randrange(total) if number else total
            log = tmp_path / "migration.log"
            killed = Forked(log, os.environ, doomed_migration.main, slow_database_url, last)
            assert killed.wait(LONGEST_START) == -signal.SIGKILL, log.read_text()
            assert rows_of(desk.engine) == before, f"killed before statement {last} of {total}"
            migrate(desk.engine)
            assert entered(rows_of(desk.engine)) == migrated
            with reading(desk.engine) as connection:
                assert faults_of(connection) == left
        again = [desk.settle(body) for body in bodies]
        assert again == made
    kept = sum(map(len, migrated.values()))
    name = desk.engine.dialect.name
    figures.append(f"migrations on {name} killed: {rounds} rounds among {total} statements, {kept} rows, none lost")
