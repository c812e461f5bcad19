"""The platform: reads a request, finds out whose it is, carries the transaction out once, answers in the envelope.

Every outcome but one is an answer with HTTP 200: infcode 0, or -1, which says that nothing was stored. Where nobody can
know whether something was stored, the store's failure goes through as HTTP 503, and the hospital's system asks again
with the same msgid or takes the message back.
"""

from typing import Any

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import institutions, messages
from app.db.ledger.messages import Message
from app.db.store import Store
from app.db.tokens import Hospital
from app.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    InvalidFieldError,
    PersonKeyUnusableError,
    RefusedError,
    StoreUnavailableError,
)
from app.ledger.ledger import Ledger
from app.national.codes import Codes
from app.national.context import TransactionContext, TransactionResult
from app.national.envelope import Envelope, Receipt, put_back, read, received, refused, succeeded
from app.national.texts import TransactionRefusedError
from app.national.transactions import TRANSACTIONS, Transaction
from app.rules.parameters import NoPolicyInForceError

Json = dict[str, Any]


_REFUSALS = (TransactionRefusedError, RefusedError, NoPolicyInForceError)

_REFUSED = "-"
"""What marks the interface of a message that was refused, beside the one that was carried out under the same number."""

_HANGING_ON_STATE = {
    *("visit_settled", "visit_of_another", "settlement_unknown", "not_a_settlement", "person_differs", "visit_differs"),
    *("transaction_differs", "settlement_reversed", "settlement_depended_on", "settlement_annulled"),
    *("visit_settled_anew", "budget_exhausted", "settlement_year_changed", "day_ahead", "refused"),
}
"""The refusals that another time could have turned out otherwise."""


class Dispatcher:
    """Answers hospitals' systems, with the ledger and the registers behind it."""

    def __init__(self, store: Store, ledger: Ledger, codes: Codes, trusted: bool) -> None:
        self._store = store
        self._ledger = ledger
        self._codes = codes
        self._trusted = trusted

    async def answer(self, body: bytes, infno_of_path: str | None, token: str | None) -> bytes:
        """Answer one request. StoreUnavailableError where it wrote and nobody knows whether that is kept."""
        at = self._store.clock.now().at
        receipt = received(at, self._codes.division)
        try:
            request = read(body, infno_of_path)
            transaction = TRANSACTIONS.get(request.infno)
            if transaction is None:
                raise TransactionRefusedError("infno_unknown", known="、".join(TRANSACTIONS))
            holder = await self._holder(token)
            _check_institution(holder, request)
            return await self._carry_out(receipt, request, transaction, None if holder is None else holder.id)
        except _REFUSALS as error:
            return refused(self._codes, receipt, self._store.clock.now().at, _as_refusal(error))

    def unreadable(self, code: str) -> bytes:
        """Answer a request whose body could not even be received."""
        at = self._store.clock.now().at
        return refused(self._codes, received(at, self._codes.division), at, TransactionRefusedError(code))

    async def _carry_out(
        self, receipt: Receipt, request: Envelope, transaction: Transaction, token_id: int | None
    ) -> bytes:
        def carry_out(connection: Connection, moment: Moment) -> bytes:
            call = self._call(connection, moment, request, token_id, writes=transaction.writes)
            return (
                self._once(call, receipt, transaction) if transaction.writes else self._told(call, receipt, transaction)
            )

        try:
            if transaction.writes:
                return await self._store.write(carry_out)
            return await self._store.read(carry_out)
        except PersonKeyUnusableError:
            raise TransactionRefusedError("key_unusable") from None
        except StoreUnavailableError:
            if transaction.writes:
                raise
            raise TransactionRefusedError("unavailable") from None

    def _call(
        self, connection: Connection, moment: Moment, request: Envelope, token_id: int | None, *, writes: bool
    ) -> TransactionContext:
        institution = institutions.find(connection, request.institution)
        if institution is None:
            raise TransactionRefusedError("institution_unknown")
        self._ledger.key.check(connection, writing=writes)
        fingerprint = self._ledger.key.fingerprint(request.asked)
        message = Message(institution.code, request.infno, request.message_id, fingerprint)
        return TransactionContext(
            connection, moment, request, message, institution, token_id, self._ledger, self._codes
        )

    def _once(self, call: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        """Carry out a transaction that writes, or answer the same message as it was answered before."""
        kept = messages.find_repeated(call.connection, call.message)
        if kept is None:
            return self._attempted(call, receipt, transaction)
        if kept.taken_back or kept.answer is None:
            raise TransactionRefusedError("message_taken_back")
        return put_back(kept.answer, call.fields.person())

    def _attempted(self, call: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        """Carry out a message that is new.

        What is refused for what stands in the ledger stays refused for the same message: a copy of it that arrives
        late would otherwise be carried out after all, when nobody expects it any more. Nothing else of it is kept.
        """
        refusal = call.message._replace(interface=f"{call.message.interface}{_REFUSED}")
        kept = messages.find(call.connection, refusal.institution, refusal.interface, refusal.id)
        if kept is not None and kept.answer is not None and kept.fingerprint == refusal.fingerprint:
            return kept.answer
        savepoint = call.connection.begin_nested()
        try:
            done = transaction.perform(call)
        except _REFUSALS as error:
            savepoint.rollback()
            known = _as_refusal(error)
            if known.code not in _HANGING_ON_STATE:
                raise known from None
            answer = refused(call.codes, receipt, self._store.clock.now().at, known)
            if kept is None:
                messages.insert_answered(call.connection, call.moment, refusal, None, answer)
            return answer
        savepoint.commit()
        answer = self._written(call, receipt, done)
        messages.insert_answered(call.connection, call.moment, call.message, done.settlement_id, answer)
        return put_back(answer, call.fields.person())

    def _told(self, call: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        done = transaction.perform(call)
        return put_back(self._written(call, receipt, done), done.person or call.fields.number("psn_no") or "")

    def _written(self, call: TransactionContext, receipt: Receipt, done: TransactionResult) -> bytes:
        at = self._store.clock.now().at
        return succeeded(call.codes, receipt, at, done.output, done.warnings)

    async def _holder(self, token: str | None) -> Hospital | None:
        """Return whose token it is. In a closed network a key that is nobody's token is that of another gateway."""
        holder = None
        if token is not None:
            try:
                holder = await self._store.holder(token)
            except StoreUnavailableError:
                raise TransactionRefusedError("unavailable") from None
        if isinstance(holder, Hospital):
            return holder
        if not self._trusted:
            raise TransactionRefusedError("no_key" if token is None else "key_unknown")
        return None


def _check_institution(holder: Hospital | None, request: Envelope) -> None:
    if holder is not None and holder.institution != request.institution:
        raise TransactionRefusedError("institution_differs")


def _as_refusal(error: TransactionRefusedError | RefusedError | NoPolicyInForceError) -> TransactionRefusedError:
    """Say in the interface's words what the ledger refused."""
    match error:
        case TransactionRefusedError():
            return error
        case NoPolicyInForceError():
            return TransactionRefusedError("no_policy", first_day=error.first_day)
        case IdempotencyKeyReusedError():
            return TransactionRefusedError("message_reused")
        case ConflictError():
            return TransactionRefusedError(error.reason, **error.operands)
        case InvalidFieldError(code="institution_unknown"):
            return TransactionRefusedError("institution_unknown")
    return TransactionRefusedError("refused")
