"""What `anda verify` reads of the settlements: what each insurance year adds up to, and rows that contradict others."""

from collections.abc import Collection, Iterator
from itertools import groupby

from sqlalchemy import Connection, RowMapping, func, or_, select

from app.db.ledger.models import AMOUNTS, Settlement
from app.db.ledger.records import YearShare, year_share
from app.db.ledger.settlements import COUNTS, LUMP_SUMS
from app.db.portions import portions
from app.rules.reimbursement.bill import LAYERS

_SETTLEMENTS = Settlement.__table__


def persons_of(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return the persons of some bookings."""
    persons: set[int] = set()
    for condition in portions(Settlement.id, numbers):
        persons.update(connection.execute(select(Settlement.person_id).where(condition).distinct()).scalars())
    return persons


def standing_years(
    connection: Connection, persons: Collection[int] | None = None
) -> Iterator[tuple[int, int, Iterator[YearShare]]]:
    """Iterate over the insurance years, each with the shares of its standing settlements; a thousand rows at a time.

    Of some persons, or of all.
    """
    names = ("kind", "person_id", "year", "care", "level", "counted", *LAYERS)
    statement = select(*(_SETTLEMENTS.c[name] for name in names)).where(COUNTS)
    statement = statement.order_by(_SETTLEMENTS.c.person_id, _SETTLEMENTS.c.year)
    for condition in portions(_SETTLEMENTS.c.person_id, persons):
        rows = connection.execute(statement.where(condition), execution_options={"yield_per": 1_000}).mappings()
        for (person, year), group in groupby(rows, key=lambda row: (row["person_id"], row["year"])):
            yield person, year, (_share_of(row) for row in group)


def _share_of(row: RowMapping) -> YearShare:
    paid = {name: row[name] for name in LAYERS}
    return year_share(row["kind"], row["care"], row["level"], row["counted"], paid)


def wrong_reversals(connection: Connection, numbers: Collection[int] | None = None) -> list[int]:
    """List the reversals in force whose amounts are not those of their settlements negated, in their order.

    A settlement is reversed with its corrections. Of some bookings, or of all.
    """
    reversal, settlement, correction = (_SETTLEMENTS.alias() for _ in range(3))
    wrong = (settlement.c.reversed_by != reversal.c.id) | settlement.c.reversed_by.is_(None)
    for name in AMOUNTS:
        corrected = select(func.coalesce(func.sum(correction.c[name]), 0)).where(
            correction.c.corrects == settlement.c.id, correction.c.reversed_by == reversal.c.id
        )
        wrong |= reversal.c[name] != -settlement.c[name] - corrected.scalar_subquery()
    joined = select(reversal.c.id).join(settlement, settlement.c.id == reversal.c.reverses)
    statement = joined.where(reversal.c.annulled.is_(None), wrong).order_by(reversal.c.id)
    found: list[int] = []
    for condition in portions(reversal.c.id, numbers):
        found.extend(connection.execute(statement.where(condition)).scalars())
    return found


def wrong_visit_keys(connection: Connection, numbers: Collection[int] | None = None) -> list[int]:
    """List the bookings, of some or of all, whose visit is compared under another key than its number in capitals."""
    wrong = or_(Settlement.visit_key.is_(None), Settlement.visit_key != func.upper(Settlement.visit_id))
    statement = select(Settlement.id).where(wrong).order_by(Settlement.id)
    found: list[int] = []
    for condition in portions(Settlement.id, numbers):
        found.extend(connection.execute(statement.where(condition)).scalars())
    return found


def lump_sums_paid(connection: Connection, persons: Collection[int] | None = None) -> list[tuple[int, int]]:
    """List the persons whose lump sum a standing settlement pays as it is corrected, each with its number."""
    found: list[tuple[int, int]] = []
    for condition in portions(Settlement.person_id, persons):
        found.extend((person, number) for person, number in connection.execute(LUMP_SUMS.where(condition)))
    return found
