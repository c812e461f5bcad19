"""Whether later settlements of a person depend on a settlement: then it is neither reversed nor taken back alone."""

from sqlalchemy import Connection

from app.db.ledger import institutions, settlements
from app.db.ledger.records import SettlementRecord
from app.errors import SettlementDependedOnError

_LONGEST_NAME = 40
"""Characters of an institution's name in a refusal, which has 200 in all."""


def check_independent(connection: Connection, settlement: SettlementRecord, after: int) -> None:
    """Refuse a settlement on which one after a number depends. SettlementDependedOnError names that one."""
    later = settlements.depending_on(connection, settlement, after)
    if later is not None:
        raise depended_on_by(connection, later)


def depended_on_by(connection: Connection, number: int) -> SettlementDependedOnError:
    """Return the refusal that names a later settlement: its number, its institution, its day and its kind of care."""
    later = settlements.find(connection, number)
    institution = institutions.find(connection, later.institution)
    name = later.institution if institution is None else institution.name
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return SettlementDependedOnError(number, short, later.service_date, later.care)
