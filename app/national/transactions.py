"""The transactions by their number (infno): where each is carried out, and which of them write."""

from collections.abc import Callable
from typing import NamedTuple

from app.national import inquiring, settling, undoing
from app.national.calling import Call, Done


class Transaction(NamedTuple):
    """A transaction: what it does, and whether it writes; one that writes is done once for each msgid."""

    perform: Callable[[Call], Done]
    writes: bool = False


TRANSACTIONS: dict[str, Transaction] = {
    "1101": Transaction(inquiring.person),
    "2206": Transaction(settling.try_outpatient),
    "2207": Transaction(settling.settle_outpatient, writes=True),
    "2208": Transaction(undoing.cancel_outpatient, writes=True),
    "2303": Transaction(settling.try_inpatient),
    "2304": Transaction(settling.settle_inpatient, writes=True),
    "2305": Transaction(undoing.cancel_inpatient, writes=True),
    "2601": Transaction(undoing.take_back, writes=True),
    "3201": Transaction(inquiring.reconcile),
    "5203": Transaction(inquiring.settlement),
    "5206": Transaction(inquiring.accumulated),
    "9001": Transaction(inquiring.sign_in),
}
"""Every transaction that is served."""
