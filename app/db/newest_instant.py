"""The newest real instant at which the store was written to: a clock that is behind it writes nothing.

What a clock that was set back would write stands before what it follows: a token that is expired holds again, a notice
that is over is open again. The instants that earlier releases wrote are not compared: their day could be set.
"""

import datetime as dt

from sqlalchemy import Connection, insert, select, update

from app.db import locks
from app.db.models import NewestInstant
from app.errors import ClockBehindError

MOST_BEHIND = dt.timedelta(seconds=60)
"""How far a clock may be behind: the clocks of a deployment's machines differ a little."""

NOTED_EVERY = dt.timedelta(seconds=1)
"""How far the noted instant may lie before the newest write, so that few writes note it."""

_NEWEST = select(NewestInstant.at)


def check(connection: Connection, at: dt.datetime) -> None:
    """Refuse an instant that is more than a minute before the newest. ClockBehindError."""
    _check(connection.execute(_NEWEST).scalar_one_or_none(), at)


def note(connection: Connection, at: dt.datetime) -> None:
    """Note the instant of a write as the newest, where it is. ClockBehindError.

    Where another writer is noting its own, that one is not waited for; the next write notes a later one.
    """
    newest = connection.execute(_NEWEST).scalar_one_or_none()
    _check(newest, at)
    if newest is None:
        locks.require_store(connection)
        connection.execute(insert(NewestInstant).values(id=1, at=at))
    elif at >= newest + NOTED_EVERY:
        earlier = select(NewestInstant.id).where(NewestInstant.at < at).with_for_update(skip_locked=True)
        connection.execute(update(NewestInstant).where(NewestInstant.id.in_(earlier)).values(at=at))


def _check(newest: dt.datetime | None, at: dt.datetime) -> None:
    if newest is not None and at < newest - MOST_BEHIND:
        raise ClockBehindError("the clock is more than a minute behind the newest write")
