"""The rows of many numbers, a few hundred at a time: no statement has more parameters than a database takes."""

from collections.abc import Collection, Iterator
from itertools import islice

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

AT_ONCE = 500
"""Numbers that one query looks for."""


def portions(
    column: ColumnElement[int]
    | ColumnElement[int | None]
    | InstrumentedAttribute[int]
    | InstrumentedAttribute[int | None],
    numbers: Collection[int] | None,
) -> Iterator[ColumnElement[bool]]:
    """Iterate over conditions that together select the rows of some numbers, in their order; one without, for None."""
    if numbers is None:
        yield true()
        return
    left = iter(sorted(numbers))
    while some := list(islice(left, AT_ONCE)):
        yield column.in_(some)
