"""Killed in the middle of many writes: what was acknowledged is there, nothing by half; all can be repeated."""

import signal
import time
from pathlib import Path

from tests.support import doomed_process
from tests.support.fault_load import DAY, Loaded
from tests.support.fault_processes import OwnPostgresql, Served
from tests.support.fault_rounds import told, try_round
from tests.support.scale import LONG
from tests.support.stores import opened


def test_all_that_was_acknowledged_is_there_once_and_whole_after_the_service_is_killed(
    database_url: str, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    loaded = Loaded(database_url)
    served = Served(database_url, tmp_path, today=DAY)

    def mend() -> None:
        assert served.ended() == -signal.SIGKILL

    # The first is killed by itself, at the one moment that chance seldom hits: after a commit, before the answers.
    served.launch(doomed_process.main)
    with served, opened(database_url) as engine:
        tried = [try_round(0, served, engine, loaded, harm=lambda: None, mend=mend)]
        assert tried[0].kept > 0
        # In the small form one of each kind is enough: in the middle of a write on SQLite, after one on both.
        last = rounds if LONG or engine.dialect.name == "sqlite" else 1
        tried += [try_round(number, served, engine, loaded, served.kill, mend) for number in range(1, last)]
    figures.append(told(f"the service on {engine.dialect.name} killed", tried, begun))


def test_all_that_was_acknowledged_is_there_once_and_whole_after_postgresql_is_killed(
    own_postgresql: OwnPostgresql, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    loaded = Loaded(own_postgresql.address)
    with Served(own_postgresql.address, tmp_path, today=DAY) as served, opened(own_postgresql.address) as engine:

        def mend() -> None:
            assert not served.is_ready()
            own_postgresql.start()
            assert served.is_ready(), "it recovers by itself"

        # Once in the short form: each time it takes seconds to recover.
        numbers = range(rounds if rounds > 2 else 1)
        tried = [try_round(number, served, engine, loaded, own_postgresql.kill, mend) for number in numbers]
    figures.append(told("PostgreSQL killed", tried, begun))
