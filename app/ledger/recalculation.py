"""A settlement is calculated again from its columns: the same facts, on another year to date."""

from collections.abc import Mapping
from typing import NamedTuple

from app.db.ledger.records import Amounts, SettledFacts, SettlementRecord
from app.errors import ConflictError, ConflictReason
from app.ledger.claims import amounts_of
from app.rules.parameters import Figures
from app.rules.readings import with_chosen
from app.rules.reimbursement.bill import Bill, Layer
from app.rules.reimbursement.layers import Reimbursement, reimburse
from app.rules.reimbursement.outcome import limited_by
from app.rules.reimbursement.year import YearToDate


class Recalculation(NamedTuple):
    """A settlement, calculated again. Amounts in fen."""

    bill: Bill
    reimbursement: Reimbursement
    amounts: Amounts
    counted: Mapping[Layer, int]

    @property
    def fund_exhausted(self) -> bool:
        """Whether the fund pays less than it owes because its budget holds no more."""
        return any(limited_by(working) == "fund_exhausted" for working in self.reimbursement.layers)


def facts_of(settlement: SettlementRecord) -> SettledFacts:
    """Return what a settlement was calculated from. ConflictError where that is not known."""
    if settlement.facts is None:
        raise ConflictError(ConflictReason.SETTLEMENT_FIGURES_DIFFER, settlement=settlement.id)
    return settlement.facts


def recalculate(
    settlement: SettlementRecord, figures: Figures, before: YearToDate, *, accident: bool, fund_left: int | None
) -> Recalculation:
    """Calculate a settlement again, under the figures of its day and on a year to date.

    `accident` says whether the lump sum for an accident can be paid; `fund_left` is what the fund can pay, fen, None
    where it has no budget. ConflictError where the facts are not known.
    """
    facts = facts_of(settlement)
    bill = Bill(
        registration=facts.registration,
        kind=settlement.care,
        facility_level=settlement.level,
        total=settlement.amounts.total,
        in_scope=settlement.amounts.in_scope,
        readings=with_chosen(figures.readings, facts.readings),
        major_disease=facts.major_disease,
        chronic_disease=facts.chronic_disease,
        accident_disability=accident,
        unreferred=facts.unreferred,
        adjudicated={layer: (True, amount) for layer, amount in facts.adjudicated.items()},
        fund_left=fund_left,
    )
    before.apply_to(bill)
    reimbursement = reimburse(bill, figures)
    amounts = amounts_of(settlement.amounts.total, settlement.amounts.in_scope, reimbursement)
    counted = {working.layer: int(working.base) for working in reimbursement.layers}
    return Recalculation(bill, reimbursement, amounts, counted)


def was_limited_by_budget(settlement: SettlementRecord, figures: Figures) -> bool:
    """Whether the budget of the fund had limited a settlement.

    ConflictError where the figures of today do not give the amounts that it has: what it would be paid on another year
    cannot be told.
    """
    budgeted = settlement.budget_first_day is not None
    if _gives(settlement, figures, settlement.amounts.total if budgeted else None):
        return False
    if budgeted and _gives(settlement, figures, settlement.amounts.major_disease_fund):
        return True
    raise ConflictError(ConflictReason.SETTLEMENT_FIGURES_DIFFER, settlement=settlement.id)


def _gives(settlement: SettlementRecord, figures: Figures, fund_left: int | None) -> bool:
    """Whether the calculation on the year that the settlement found gives the amounts that it has."""
    if settlement.year_before is None:
        return False
    again = recalculate(
        settlement,
        figures,
        settlement.year_before.to_date,
        accident=settlement.amounts.lump_sum > 0,
        fund_left=fund_left,
    )
    return again.amounts == settlement.amounts and again.counted == settlement.counted
