"""Which settlements have changed since an instant: a page of their numbers, by what changed them."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.db.ledger.models import Settlement

FEW = 1_000
"""Reversals and corrections since an instant that are all looked at for a page."""

_ITS = func.coalesce(Settlement.reverses, Settlement.corrects, Settlement.id).label("number")
_BOOKED_SINCE = select(_ITS).where(Settlement.kind != "settlement")
_CHANGE = aliased(Settlement)


def changed_since(
    connection: Connection, at: dt.datetime, conditions: Sequence[ColumnElement[bool]], after: int, limit: int
) -> list[int]:
    """List the settlements that were reversed, corrected or taken back, or stand again, since an instant, by number.

    The conditions select among the settlements; the list begins after a number.
    """
    taken_back = select(_ITS).where(Settlement.annulled.is_not(None), Settlement.annulled >= at)
    booked = _BOOKED_SINCE.where(Settlement.made >= at)
    few = select(func.count()).select_from(booked.limit(FEW + 1).subquery())
    if connection.execute(few).scalar_one() <= FEW:
        # What has changed is found first, and not while the settlements are read in their order.
        changed = union(booked, taken_back).cte("changed")
    else:
        # So much that a page of it is read in the order of the settlements.
        walks = [_walk(column, at, conditions, after, limit) for column in (_CHANGE.reverses, _CHANGE.corrects)]
        changed = union(*walks, taken_back).cte("changed")
    number = changed.c.number
    its = select(number).join(Settlement, Settlement.id == number).where(*conditions, number > after)
    return list(connection.execute(its.order_by(number).limit(limit)).scalars())


def _walk(
    column: InstrumentedAttribute[int | None],
    at: dt.datetime,
    conditions: Sequence[ColumnElement[bool]],
    after: int,
    limit: int,
) -> Select[int]:
    """Select the first settlements after a number that a booking since an instant reverses, or corrects."""
    walk = select(column.label("number")).join(Settlement, Settlement.id == column)
    walk = walk.where(column > after, _CHANGE.made >= at, *conditions).distinct().order_by(column).limit(limit)
    first = walk.subquery()
    return select(first.c.number)
