"""A settlement as it is corrected (更正): its corrections are added up, and reversed and taken back with it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import corrections, settlements
from app.db.ledger.records import SettlementRecord, sum_of
from app.rules.reimbursement.bill import LAYERS


def find_corrected(connection: Connection, number: int) -> SettlementRecord:
    """Return a booking, a settlement as it is corrected. NotFoundError."""
    found = settlements.find(connection, number)
    return corrected(found, corrections.of_settlements(connection, [number]).get(number, ()))


def corrected(settlement: SettlementRecord, its: Sequence[SettlementRecord]) -> SettlementRecord:
    """Return a settlement with its corrections, the oldest first: the amounts now, on the year that it finds now."""
    if not its:
        return settlement
    newest = its[-1]
    return replace(
        settlement,
        amounts=sum_of((settlement.amounts, *(each.amounts for each in its))),
        counted={layer: settlement.counted[layer] + sum(each.counted[layer] for each in its) for layer in LAYERS},
        year_before=newest.year_before,
        budget_first_day=newest.budget_first_day,
        edition=newest.edition,
        fingerprint=newest.fingerprint,
    )


def mark_reversed(connection: Connection, settlement: int, reversal: int | None) -> None:
    """Write the reversal of a settlement to it and its corrections; None where they stand again."""
    settlements.mark_reversed(connection, settlement, reversal)
    corrections.mark_reversed(connection, settlement, reversal)


def annul(connection: Connection, settlement: int, moment: Moment) -> None:
    """Mark a settlement and its corrections as taken back (冲正)."""
    settlements.annul(connection, settlement, moment)
    corrections.annul(connection, settlement, moment)
