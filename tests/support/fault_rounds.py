"""Rounds of many writes with harm done in the middle: what was acknowledged is there once; all can be repeated."""

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from sqlalchemy import Engine

from app.db.engine import reading, writing
from tests.support.fault_load import WRITES, Found, Loaded, send
from tests.support.fault_processes import Served


class Round(NamedTuple):
    """What became of the writes of a round."""

    acknowledged: int
    unacknowledged: int
    kept: int
    """Of those that nobody acknowledged, how many were kept all the same."""
    refusals: frozenset[str]
    """The problems with which writes were refused."""


def found(engine: Engine) -> Found:
    """Look at what is in the store."""
    # In turn with the writers: what the dead one still had under way is over by then.
    with writing(engine):
        pass
    # At one moment, as `anda verify`: on PostgreSQL the sealer waits for no turn and may link events meanwhile.
    with reading(engine) as connection:
        return Found.by(connection)


def try_round(
    number: int,
    served: Served,
    engine: Engine,
    loaded: Loaded,
    harm: Callable[[], None],
    mend: Callable[[], None],
    *,
    harmed: int = 0,
) -> Round:
    """Do harm in the middle of the writes, mend it, and hold what is there against what was answered.

    `harmed` is how many of the writes are sent only once the harm is done.
    """
    writes = loaded.writes(engine, number)
    chance = Random(number)
    early = WRITES - harmed
    at, later = chance.randint(1, early // 2), chance.uniform(0, WRITES / 2_000)
    struck = False

    def strike() -> None:
        nonlocal struck
        struck = True
        harm()

    def look(acknowledged: int) -> None:
        # Some time later: answers come in bunches, each just after a commit.
        if acknowledged == at:
            asyncio.get_running_loop().call_later(later, strike)

    answers = send(served.port, writes[:early], look)
    if not struck:
        harm()
    if harmed:
        answers += send(served.port, writes[early:])
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
    refusals = frozenset(answer.problem for answer in answers if answer is not None and not answer.acknowledges)
    return Round(len(acknowledged), len(writes) - len(acknowledged), kept, refusals)


def told(what: str, tried: list[Round], begun: float) -> str:
    """Check that the harm came in the middle, and write down how the rounds went."""
    acknowledged = sum(each.acknowledged for each in tried)
    unacknowledged = sum(each.unacknowledged for each in tried)
    kept = sum(each.kept for each in tried)
    assert acknowledged > 0
    assert unacknowledged > 0
    assert acknowledged + unacknowledged == WRITES * len(tried)
    return (
        f"{what}: {len(tried)} rounds, {acknowledged} writes acknowledged, {unacknowledged} not, of which "
        f"{kept} were kept, in {time.monotonic() - begun:.0f} s"
    )
