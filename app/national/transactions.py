"""The transactions by their number (infno): what carries each out, and whether it writes."""

import re
from collections.abc import Callable
from typing import NamedTuple

from app.db.ledger.reads import Reading
from app.national import cancellation, fees, inquiry, sessions, settlement, treatment, visit_inquiry, visits
from app.national.context import TransactionContext, TransactionResult
from app.national.texts import TransactionRefusedError, sentences


class Transaction(NamedTuple):
    """A transaction: what carries it out, and whether it writes. One that writes is done once for each msgid."""

    perform: Callable[[TransactionContext], TransactionResult]
    writes: bool = False
    reads: Callable[[TransactionContext], Reading] | None = None
    """What it shows of a person, an account or a settlement, which goes on record; None where it shows none."""


_NUMBER = re.compile(r"[0-9D][0-9]{3}[A-Z]?", re.ASCII)
"""The form of a transaction's number: another text is not repeated."""

TRANSACTIONS: dict[str, Transaction] = {
    "1101": Transaction(inquiry.look_up_person, reads=inquiry.person_read),
    "2001": Transaction(treatment.check_treatment, reads=visit_inquiry.person_read),
    "2201": Transaction(visits.register, writes=True),
    "2202": Transaction(visits.cancel_registration, writes=True),
    "2203": Transaction(visits.describe, writes=True),
    "2204": Transaction(fees.upload_outpatient, writes=True),
    "2205": Transaction(fees.cancel_outpatient, writes=True),
    "2206": Transaction(settlement.try_outpatient, reads=inquiry.trial_read),
    "2207": Transaction(settlement.settle_outpatient, writes=True),
    "2208": Transaction(cancellation.cancel_outpatient, writes=True),
    "2301": Transaction(fees.upload_inpatient, writes=True),
    "2302": Transaction(fees.cancel_inpatient, writes=True),
    "2303": Transaction(settlement.try_inpatient, reads=inquiry.trial_read),
    "2304": Transaction(settlement.settle_inpatient, writes=True),
    "2305": Transaction(cancellation.cancel_inpatient, writes=True),
    "2401": Transaction(visits.admit, writes=True),
    "2402": Transaction(visits.discharge, writes=True),
    "2403": Transaction(visits.change, writes=True),
    "2404": Transaction(visits.cancel_admission, writes=True),
    "2405": Transaction(visits.undo_discharge, writes=True),
    "2601": Transaction(cancellation.take_back, writes=True),
    "3201": Transaction(inquiry.reconcile),
    "5201": Transaction(visit_inquiry.list_visits, reads=visit_inquiry.person_read),
    "5203": Transaction(inquiry.look_up_settlement, reads=inquiry.settlement_read),
    "5204": Transaction(visit_inquiry.list_fees, reads=visit_inquiry.person_read),
    "5206": Transaction(inquiry.sum_up_year, reads=inquiry.account_read),
    "5301": Transaction(treatment.list_filings, reads=visit_inquiry.person_read),
    "9001": Transaction(sessions.sign_in),
    "9002": Transaction(sessions.sign_out),
}
"""Every transaction that is served."""


def find_transaction(infno: str) -> Transaction:
    """Return the transaction of a number. TransactionRefusedError, which names one that is served elsewhere."""
    transaction = TRANSACTIONS.get(infno)
    if transaction is not None:
        return transaction
    names = sentences()
    if name := names.get(("otherwise", infno)):
        raise TransactionRefusedError("differences_elsewhere", infno=infno, name=name)
    beginnings = (infno[:length] for length in range(len(infno), 0, -1))
    name = next((names["elsewhere", each] for each in beginnings if ("elsewhere", each) in names), None)
    if name is None or _NUMBER.fullmatch(infno) is None:
        raise TransactionRefusedError("infno_unknown", known="、".join(TRANSACTIONS))
    raise TransactionRefusedError("not_served", infno=infno, name=name)
