"""The transactions by their number (infno): what carries each out, and whether it writes."""

from collections.abc import Callable
from typing import NamedTuple

from app.national import cancellation, inquiry, settlement
from app.national.context import TransactionContext, TransactionResult


class Transaction(NamedTuple):
    """A transaction: what carries it out, and whether it writes. One that writes is done once for each msgid."""

    perform: Callable[[TransactionContext], TransactionResult]
    writes: bool = False


TRANSACTIONS: dict[str, Transaction] = {
    "1101": Transaction(inquiry.look_up_person),
    "2206": Transaction(settlement.try_outpatient),
    "2207": Transaction(settlement.settle_outpatient, writes=True),
    "2208": Transaction(cancellation.cancel_outpatient, writes=True),
    "2303": Transaction(settlement.try_inpatient),
    "2304": Transaction(settlement.settle_inpatient, writes=True),
    "2305": Transaction(cancellation.cancel_inpatient, writes=True),
    "2601": Transaction(cancellation.take_back, writes=True),
    "3201": Transaction(inquiry.reconcile),
    "5203": Transaction(inquiry.look_up_settlement),
    "5206": Transaction(inquiry.sum_up_year),
    "9001": Transaction(inquiry.sign_in),
}
"""Every transaction that is served."""
