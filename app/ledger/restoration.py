"""A settlement stands again when its reversal is taken back, where it would be calculated the same now."""

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import accounts, persons, settlements
from app.db.ledger.records import SettlementRecord
from app.errors import ConflictError, ConflictReason
from app.ledger.balances import Balances
from app.ledger.beside import check_beside, lock_visit, part_of
from app.ledger.corrections import find_corrected, mark_reversed
from app.ledger.dependence import check_independent, depended_on_by


def restore(connection: Connection, balances: Balances, moment: Moment, reversal: SettlementRecord) -> None:
    """Let the settlement of a reversal stand again. ConflictError where it would not be calculated the same now."""
    if reversal.annulled is not None or reversal.reverses is None:
        return
    settlement = find_corrected(connection, reversal.reverses)
    _check_restorable(connection, balances, settlement, reversal)
    settlements.annul(connection, reversal.id, moment)
    mark_reversed(connection, settlement.id, None)
    balances.add(connection, settlement)


def _check_restorable(
    connection: Connection, balances: Balances, settlement: SettlementRecord, reversal: SettlementRecord
) -> None:
    """Refuse what would be calculated otherwise now, and a reversal that later settlements depend on."""
    check_independent(connection, settlement, reversal.id)
    lock_visit(connection, settlement.institution, settlement.visit_id)
    beside = settlements.standing_of_visit(connection, settlement.institution, settlement.visit_id)
    check_beside(beside, part_of(settlement))
    year = accounts.find(connection, settlement.person_id, settlement.year)
    compensated = persons.compensated_by(connection, settlement.person_id)
    accident_as_then = not settlement.accident or (compensated is not None) == (settlement.amounts.lump_sum == 0)
    if year != settlement.year_before or not accident_as_then:
        raise ConflictError(ConflictReason.SETTLEMENT_YEAR_CHANGED, settlement=settlement.id)
    if settlement.accident and compensated is not None and compensated > settlement.id:
        # It would depend on a later settlement, which could be reversed.
        raise depended_on_by(connection, compensated)
    balances.budgets.lock_of(connection, [settlement])
    budget = balances.budgets.on(settlement.service_date)
    if budget is not None and settlement.amounts.major_disease_fund > balances.budgets.left(connection, budget):
        raise ConflictError(ConflictReason.BUDGET_EXHAUSTED, settlement=settlement.id)
