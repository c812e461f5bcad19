"""Which settlements of one visit may stand beside each other."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from app.db import locks
from app.db.ledger.records import SettlementRecord, VisitSettlement
from app.errors import ConflictError, ConflictReason
from app.privacy.identity_numbers import folded


class VisitPart(NamedTuple):
    """A settlement of a visit that is to stand: a new one, or one that is to stand again. Fen."""

    person_id: int | None
    interim: bool
    """Whether it is one in the course of a stay (中途结算)."""
    batch: str | None
    batch_before: str | None
    """The hash of the batch of an older release."""
    service_date: dt.date
    total: int
    in_scope: int
    number: int | None = None
    """None for a new one, which comes after all that stand."""

    def is_as(self, other: VisitSettlement) -> bool:
        """Whether both are of the same day and the same amounts."""
        return (self.service_date, self.total, self.in_scope) == (other.service_date, other.total, other.in_scope)


def part_of(settlement: SettlementRecord) -> VisitPart:
    """Return what decides whether a settlement may stand again."""
    return VisitPart(
        person_id=settlement.person_id,
        interim=settlement.interim,
        batch=settlement.batch,
        batch_before=None,
        service_date=settlement.service_date,
        total=settlement.amounts.total,
        in_scope=settlement.amounts.in_scope,
        number=settlement.id,
    )


def lock_visit(connection: Connection, institution: str, visit_id: str) -> None:
    """Lock a visit where others write at the same time: which settlements of it stand, stands from here on."""
    locks.lock(connection, "visit", f"{institution} {folded(visit_id)}")


def check_beside(standing: Iterable[VisitSettlement], part: VisitPart) -> None:
    """Refuse a settlement of a visit beside those that stand. ConflictError.

    A visit belongs to one person. Any settlement may follow an interim one, unless it is the same part once more; none
    follows the final one, except that of another batch of charges.
    """
    for other in standing:
        if other.person_id != part.person_id:
            raise ConflictError(ConflictReason.VISIT_OF_ANOTHER, settlement=other.id)
        if part.batch is not None and other.batch not in {None, part.batch, part.batch_before}:
            continue
        if other.interim:
            if part.interim and part.is_as(other):
                raise ConflictError(ConflictReason.PART_SETTLED, settlement=other.id)
        elif not part.interim:
            raise ConflictError(ConflictReason.VISIT_SETTLED, settlement=other.id)
        elif part.number is None or other.id < part.number:
            raise ConflictError(ConflictReason.STAY_SETTLED, settlement=other.id)
