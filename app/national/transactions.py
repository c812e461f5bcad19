"""The transactions by their number (infno): what carries each out, and whether it writes."""

from collections.abc import Callable
from typing import NamedTuple

from app.db.ledger.reads import Reading
from app.national import cancellation, inquiry, reconciliation, settlement
from app.national.context import TransactionContext, TransactionResult


class Transaction(NamedTuple):
    """A transaction: what carries it out, and whether it writes. One that writes is done once for each msgid."""

    perform: Callable[[TransactionContext], TransactionResult]
    writes: bool = False
    reads: Callable[[TransactionContext], Reading] | None = None
    """What it shows of a person, an account or a settlement, which goes on record; None where it shows none."""


TRANSACTIONS: dict[str, Transaction] = {
    "1101": Transaction(inquiry.look_up_person, reads=inquiry.person_read),
    "2206": Transaction(settlement.try_outpatient, reads=inquiry.trial_read),
    "2207": Transaction(settlement.settle_outpatient, writes=True),
    "2208": Transaction(cancellation.cancel_outpatient, writes=True),
    "2303": Transaction(settlement.try_inpatient, reads=inquiry.trial_read),
    "2304": Transaction(settlement.settle_inpatient, writes=True),
    "2305": Transaction(cancellation.cancel_inpatient, writes=True),
    "2601": Transaction(cancellation.take_back, writes=True),
    "3201": Transaction(reconciliation.reconcile),
    "5203": Transaction(inquiry.look_up_settlement, reads=inquiry.settlement_read),
    "5206": Transaction(inquiry.sum_up_year, reads=inquiry.account_read),
    "9001": Transaction(inquiry.sign_in),
}
"""Every transaction that is served."""
