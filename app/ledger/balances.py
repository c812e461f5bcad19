"""What a settlement changes beside its own row: the person's year, the fund's budget, the lump sum."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.db.ledger import accounts, persons, settlements
from app.db.ledger.records import AccountRecord, Booking, SettlementRecord, YearShare
from app.errors import ConflictError, ConflictReason
from app.ledger.budget import FundBudget, FundBudgets
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.year import YearToDate


class Balances:
    """Keeps the years, the fund's budgets and the lump sums in step with the settlements."""

    def __init__(self, budgets: FundBudgets) -> None:
        self.budgets = budgets

    def add(self, connection: Connection, settlement: SettlementRecord) -> None:
        """Count a settlement that stands again."""
        to_date, count = accounts.find(connection, settlement.person_id, settlement.year)
        add_share(to_date, settlement.year_share, 1)
        self.write(connection, settlement, settlement.id, AccountRecord(to_date, count + 1))

    def subtract(self, connection: Connection, settlement: SettlementRecord) -> None:
        """Count a settlement no more."""
        to_date, count = accounts.find(connection, settlement.person_id, settlement.year)
        add_share(to_date, settlement.year_share, -1)
        accounts.write(connection, settlement.person_id, settlement.year, AccountRecord(to_date, count - 1))
        self.budgets.spend(connection, settlement.service_date, -settlement.amounts.major_disease_fund)
        if settlement.amounts.lump_sum:
            # Two persons who were joined may each have been paid one.
            other = settlements.lump_sum_paid_to(connection, settlement.person_id)
            persons.write_compensated_by(connection, settlement.person_id, other)

    def correct(self, connection: Connection, correction: Booking) -> None:
        """Count a correction that is booked, and note the lump sum that it pays."""
        to_date, settlements = accounts.find(connection, correction.person_id, correction.year)
        add_share(to_date, correction.year_share, 1)
        accounts.write(connection, correction.person_id, correction.year, AccountRecord(to_date, settlements))
        self.budgets.spend(connection, correction.service_date, correction.amounts.major_disease_fund)
        if correction.amounts.lump_sum > 0:
            persons.write_compensated_by(connection, correction.person_id, correction.corrects)

    def exchange(
        self, connection: Connection, corrections: Sequence[SettlementRecord], settlement: SettlementRecord
    ) -> None:
        """Count corrections no more, and a settlement again. ConflictError where a budget holds too little for that."""
        shares = [(each, -1) for each in corrections] + [(settlement, 1)]
        spent: dict[FundBudget | None, tuple[SettlementRecord, int]] = {}
        for each, sign in shares:
            to_date, settlements = accounts.find(connection, each.person_id, each.year)
            add_share(to_date, each.year_share, sign)
            account = AccountRecord(to_date, settlements + each.year_share.settlements)
            accounts.write(connection, each.person_id, each.year, account)
            budget = self.budgets.on(each.service_date)
            _, before = spent.get(budget, (each, 0))
            spent[budget] = (each, before + sign * each.amounts.major_disease_fund)
        for budget, (each, amount) in spent.items():
            self.budgets.spend(connection, each.service_date, amount)
            if budget is not None and amount > 0 and self.budgets.is_overdrawn(connection, budget):
                raise ConflictError(ConflictReason.BUDGET_EXHAUSTED, settlement=settlement.id)
        if settlement.amounts.lump_sum:
            persons.write_compensated_by(connection, settlement.person_id, settlement.id)

    def write(self, connection: Connection, settlement: Booking, number: int, account: AccountRecord) -> None:
        """Store the person's year with a settlement in it, its part of the budget, and its lump sum."""
        accounts.write(connection, settlement.person_id, settlement.year, account)
        self.budgets.spend(connection, settlement.service_date, settlement.amounts.major_disease_fund)
        if settlement.amounts.lump_sum:
            persons.write_compensated_by(connection, settlement.person_id, number)


def add_share(to_date: YearToDate, share: YearShare, sign: int) -> None:
    """Add what a settlement counts and pays to a year to date, or take it away with a sign of -1."""
    if share.admission:
        to_date.admissions += sign
        to_date.admissions_at[share.level] = to_date.admissions_at.get(share.level, 0) + sign
    for layer in LAYERS:
        to_date.counted[layer] += sign * share.counted[layer]
        to_date.paid[layer] += sign * share.paid[layer]
