"""Killed in the middle of many writes: what was acknowledged is there, nothing by half; all can be repeated."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from sqlalchemy import Engine

from app.db.engine import make_engine, writing
from tests.support.fault_load import DAY, WRITES, Found, Loaded, send
from tests.support.fault_processes import OwnPostgresql, Served
from tests.support.scale import LONG


class Round(NamedTuple):
    """What became of the writes of a round."""

    acknowledged: int
    unacknowledged: int
    kept: int
    """Of those that nobody acknowledged, how many were kept all the same."""


def found(engine: Engine) -> Found:
    # In turn with the writers: what the dead one still had under way is over by then.
    with writing(engine) as connection:
        return Found.by(connection)


def try_round(
    number: int, served: Served, engine: Engine, loaded: Loaded, kill: Callable[[], None], mend: Callable[[], None]
) -> Round:
    """Kill in the middle of the writes, mend, and hold what is there against what was answered."""
    writes = loaded.writes(engine, number)
    chance = Random(number)
    at, later = chance.randint(1, WRITES // 2), chance.uniform(0, 0.1)
    struck = False

    def strike() -> None:
        nonlocal struck
        struck = True
        kill()

    def look(acknowledged: int) -> None:
        # Some time later: answers come in bunches, each just after a commit.
        if acknowledged == at:
            asyncio.get_running_loop().call_later(later, strike)

    answers = send(served.port, writes, look)
    if not struck:
        kill()
    mend()
    assert {answer.status for answer in answers if answer is not None} <= {200, 201, 503}
    acknowledged = {place for place, answer in enumerate(answers) if answer is not None and answer.acknowledges}

    after = found(engine)
    assert after.faults == []
    for place, write in enumerate(writes):
        there = after.effects[write.effect]
        assert there == 1 if place in acknowledged else there in {0, 1}, write.effect
        assert after.keeps_answer_to(write) == bool(there), write.effect

    if not served.is_ready():
        served.start()
    again = send(served.port, writes)
    for place, (first, second) in enumerate(zip(answers, again, strict=True)):
        assert second is not None
        assert second.acknowledges, second.body
        assert place not in acknowledged or second == first
    at_last = found(engine)
    assert at_last.faults == []
    assert {at_last.effects[write.effect] for write in writes} == {1}
    kept = sum(after.effects[write.effect] for write in writes) - len(acknowledged)
    return Round(len(acknowledged), len(writes) - len(acknowledged), kept)


def told(what: str, tried: list[Round], begun: float) -> str:
    """Check that the kills came in the middle, and write down how they went."""
    acknowledged, unacknowledged, kept = (sum(column) for column in zip(*tried, strict=True))
    assert acknowledged > 0
    assert unacknowledged > 0
    assert acknowledged + unacknowledged == WRITES * len(tried)
    return (
        f"{what} killed: {len(tried)} rounds, {acknowledged} writes acknowledged, {unacknowledged} not, of which "
        f"{kept} were kept, in {time.monotonic() - begun:.0f} s"
    )


def test_all_that_was_acknowledged_is_there_once_and_whole_after_the_service_is_killed(
    database_url: str, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    loaded = Loaded(database_url)
    engine = make_engine(database_url)
    served = Served(database_url, tmp_path, today=DAY)

    def mend() -> None:
        assert served.ended() == -signal.SIGKILL

    # The first is killed by itself, at the one moment that chance seldom hits: after a commit, before the answers.
    served.launch(doomed=True)
    with served:
        tried = [try_round(0, served, engine, loaded, kill=lambda: None, mend=mend)]
        assert tried[0].kept > 0
        # In the small form one of each kind is enough: in the middle of a write on SQLite, after one on both.
        last = rounds if LONG or engine.dialect.name == "sqlite" else 1
        tried += [try_round(number, served, engine, loaded, served.kill, mend) for number in range(1, last)]
    figures.append(told(f"the service on {engine.dialect.name}", tried, begun))
    engine.dispose()


def test_all_that_was_acknowledged_is_there_once_and_whole_after_postgresql_is_killed(
    own_postgresql: OwnPostgresql, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    loaded = Loaded(own_postgresql.address)
    engine = make_engine(own_postgresql.address)
    with Served(own_postgresql.address, tmp_path, today=DAY) as served:

        def mend() -> None:
            assert not served.is_ready()
            own_postgresql.start()
            assert served.is_ready(), "it recovers by itself"

        # Once in the short form: each time it takes seconds to recover.
        numbers = range(rounds if rounds > 2 else 1)
        tried = [try_round(number, served, engine, loaded, own_postgresql.kill, mend) for number in numbers]
    figures.append(told("PostgreSQL", tried, begun))
    engine.dispose()
