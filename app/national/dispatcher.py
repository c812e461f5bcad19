"""The dispatcher reads a request, checks whose it is, carries the transaction out once, and writes the envelope.

Every outcome but one is an answer with HTTP 200: infcode 0, or -1, which means that nothing was stored. Where a write
may or may not have been stored, the store's failure passes through as HTTP 503: the hospital's system then repeats the
message under the same msgid, or takes it back (2601).
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.clock import Moment
from app.db import tokens
from app.db.ledger import institutions, messages
from app.db.ledger.messages import Message
from app.db.ledger.reads import ReadBy
from app.db.locks import WriteLock
from app.db.store import Store
from app.db.tokens import Hospital
from app.errors import (
    ClockBehindError,
    ConflictError,
    FiguresDifferError,
    IdempotencyKeyReusedError,
    InvalidFieldError,
    PersonKeyUnusableError,
    RefusedError,
    SettlementDependedOnError,
    StoreUnavailableError,
    TooManyLookupsError,
)
from app.ledger import access
from app.ledger.access import ReadLimits
from app.ledger.ledger import Ledger
from app.national.codes import Codes
from app.national.context import TransactionContext, TransactionResult
from app.national.corrections import warnings_since
from app.national.envelope import (
    Envelope,
    Receipt,
    add_warnings,
    insert_echoes,
    insert_ids,
    make_receipt,
    read_request,
    write_refusal,
    write_success,
)
from app.national.identity import fill_identity, read_identity
from app.national.person import RequestedPerson
from app.national.stored_answers import as_data
from app.national.texts import TransactionRefusedError, say
from app.national.transactions import Transaction, find_transaction
from app.privacy.identity_numbers import folded
from app.privacy.redaction import REPLACEMENT
from app.rules.parameters import NoPolicyInForceError

_REFUSALS = (RefusedError, NoPolicyInForceError)

_STATE_DEPENDENT = {
    *("stay_settled", "part_settled", "message_of_another"),
    *("visit_settled", "visit_of_another", "settlement_unknown", "not_a_settlement", "person_differs", "visit_differs"),
    *("transaction_differs", "settlement_reversed", "settlement_depended_on", "settlement_annulled"),
    *("visit_settled_anew", "budget_exhausted", "settlement_year_changed", "day_ahead", "refused"),
    "day_before_visit",
    *("visit_unknown", "visit_cancelled", "visit_person_differs", "visit_care_differs", "visit_day_ahead"),
    *("visit_backwards", "visit_has_fees", "fees_settled", "fees_missing", "fees_do_not_add_up", "fees_negative"),
    *("fee_repeated", "fee_original_unknown", "fee_refunded", "fee_unknown", "fee_has_refund"),
    *("certificate_unknown", "numbers_of_two_persons"),
}
"""The refusals that depend on the state of the ledger or on the day, so that a repetition could end differently."""


@dataclass(slots=True)
class Sender:
    """Who sends a request: the token that it shows, and the address that it comes from."""

    token: str | None
    address: str
    tokenless: str | None = "no_key"
    """The code of the refusal of a request without a token; None where it needs none."""
    known_address: str | None = None
    """The address by which it is in the network of a token; None where a proxy hides it."""
    in_address: bool = False
    """Whether the token stands in the address, where only one that is bound to a network is taken."""
    token_id: int | None = None
    """The number of the token, once it is found valid."""


class Dispatcher:
    """Answers hospitals' systems from the ledger and the registers."""

    def __init__(self, store: Store, ledger: Ledger, codes: Codes, limits: ReadLimits, *, region: str) -> None:
        self._store = store
        self._ledger = ledger
        self._codes = codes
        self._limits = limits
        self._region = region

    async def authenticate(self, sender: Sender) -> Hospital | None:
        """Return the hospital that holds the token of a request, and note the token's number.

        None in a closed network, where a request needs no token and one that is unknown belongs to another gateway. A
        token of this service that is not a hospital's, expired or revoked is refused there too. TransactionRefusedError
        without a valid token elsewhere. In an address, one that may not stand there is as unknown.
        """
        token, tokenless = sender.token, sender.tokenless
        if token is None:
            if tokenless is not None:
                raise TransactionRefusedError(tokenless)
            return None
        try:
            holder = await self._store.holder(token, sender.known_address)
            # In an address any token but a bound one ends alike, after one look-up: the time, too, tells nothing.
            ours = (
                sender.in_address
                or holder is not None
                or await self._store.read(lambda connection, _: tokens.exists(connection, token))
            )
        except StoreUnavailableError:
            raise TransactionRefusedError("unavailable") from None
        if isinstance(holder, Hospital) and (holder.network is not None or not sender.in_address):
            sender.token_id = holder.id
            return holder
        if ours or tokenless == "no_key":
            raise TransactionRefusedError("key_unknown")
        if tokenless is not None:
            raise TransactionRefusedError(tokenless)
        return None

    async def answer(
        self, body: bytes, infno_of_path: str | None, sender: Sender, holder: Hospital | None, content_type: str = ""
    ) -> bytes:
        """Answer one request of a caller who was authenticated. The content type may declare a charset.

        StoreUnavailableError for a write that may or may not have been stored.
        """
        at = self._store.clock.now().at
        receipt = make_receipt(at, self._codes.division)
        try:
            request = read_request(body, infno_of_path, content_type)
            transaction = find_transaction(request.infno)
            _check_institution(holder, request)
            return await self._carry_out(receipt, request, transaction, sender)
        except _REFUSALS as error:
            return write_refusal(self._codes, receipt, self._store.clock.now().at, _as_refusal(error))

    def refuse_unread(self, refusal: TransactionRefusedError) -> bytes:
        """Refuse a request whose body was not read."""
        at = self._store.clock.now().at
        return write_refusal(self._codes, make_receipt(at, self._codes.division), at, refusal)

    async def _carry_out(self, receipt: Receipt, request: Envelope, transaction: Transaction, sender: Sender) -> bytes:
        def carry_out(connection: Connection, moment: Moment) -> bytes:
            context = self._make_context(connection, moment, request, sender.token_id, writes=transaction.writes)
            answer = self._answer_write if transaction.writes else self._answer_read
            return answer(context, receipt, transaction)

        try:
            if transaction.writes:
                return await self._store.write(carry_out, WriteLock.PERSON)
            try:
                answer = await self._store.read(carry_out)
            except _REFUSALS:
                # A refusal, too, can say whether a person is registered.
                await self._record(request, transaction, sender)
                raise
            await self._record(request, transaction, sender)
            return answer
        except PersonKeyUnusableError:
            raise TransactionRefusedError("key_unusable") from None
        except ClockBehindError:
            raise TransactionRefusedError("clock_behind") from None
        except FiguresDifferError:
            raise TransactionRefusedError("figures_differ") from None
        except StoreUnavailableError as error:
            if transaction.writes and not error.nothing_stored:
                raise
            raise TransactionRefusedError("unavailable") from None

    async def _record(self, request: Envelope, transaction: Transaction, sender: Sender) -> None:
        """Put on record what a transaction shows. TooManyLookupsError; StoreUnavailableError, and nothing is shown."""
        shows = transaction.reads
        if shows is None:
            return

        def record(connection: Connection, moment: Moment) -> None:
            try:
                context = self._make_context(connection, moment, request, sender.token_id, writes=False, links=True)
                reading = shows(context)
            except TransactionRefusedError:
                # It was refused for the same reason, before anything was read.
                return
            by = ReadBy(sender.token_id, context.institution.code, sender.address, request.infno)
            access.record(connection, moment, by, reading, self._limits)
            if reading.number is not None:
                # Of whoever else the request names, a refusal or a warning says that the register knows them.
                for other in context.person.others:
                    access.record(connection, moment, by, reading._replace(number=other.number), self._limits)

        await self._store.write(record, WriteLock.PERSON)

    def _make_context(
        self,
        connection: Connection,
        moment: Moment,
        request: Envelope,
        token_id: int | None,
        *,
        writes: bool,
        links: bool = False,
    ) -> TransactionContext:
        """Make the context of a request. `links`: the store may be written, though the transaction itself reads."""
        institution = institutions.find(connection, request.institution)
        if institution is None:
            raise TransactionRefusedError("institution_unknown")
        self._ledger.key.check(connection, writing=writes)
        key = self._ledger.key
        fingerprint = key.content(request.canonical)
        message_id = self._ledger.key.stored_id(request.message_id)
        message = Message(
            institution.code,
            request.infno,
            message_id,
            fingerprint,
            lambda: key.fingerprint(request.canonical_before),
        )
        person = RequestedPerson(self._ledger, connection, moment, request.fields, links=writes or links)
        return TransactionContext(
            connection,
            moment,
            request,
            message,
            institution,
            token_id,
            self._ledger,
            self._codes,
            person,
            self._region,
        )

    def _answer_read(self, context: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        """Carry out a transaction that writes nothing."""
        result = transaction.perform(context)
        return fill_identity(self._write_answer(context, receipt, result), read_identity(context.fields))

    def _answer_write(self, context: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        """Carry out a transaction that writes, or repeat the stored answer of the same message."""
        # Before the message is looked up: two copies of it have the same person.
        context.person.lock()
        stored = messages.find_repeated(context.connection, context.message)
        if stored is None:
            return self._carry_out_new(context, receipt, transaction)
        if stored.taken_back or stored.answer is None:
            raise TransactionRefusedError("message_taken_back")
        since = () if stored.settlement_id is None else warnings_since(context, stored.settlement_id)
        return add_warnings(_complete(stored.answer, context), since)

    def _carry_out_new(self, context: TransactionContext, receipt: Receipt, transaction: Transaction) -> bytes:
        """Carry out a message that is new.

        A refusal that depends on the state of the ledger is stored, so that a copy of the message that arrives late is
        refused too and not carried out when it is no longer expected. Nothing else of a refused message is kept.
        """
        refusal = context.message._replace(interface=f"{context.message.interface}{messages.REFUSED}")
        stored = messages.find(context.connection, refusal.institution, refusal.interface, refusal.id)
        if stored is not None and stored.answer is not None and refusal.has_content(stored.fingerprint):
            return stored.answer
        savepoint = context.connection.begin_nested()
        try:
            result = transaction.perform(context)
        except _REFUSALS as error:
            savepoint.rollback()
            known = _as_refusal(error)
            if known.code not in _STATE_DEPENDENT:
                raise known from None
            answer = write_refusal(context.codes, receipt, self._store.clock.now().at, known)
            if stored is None:
                messages.insert_answered(context.connection, context.moment, refusal, None, answer)
            return answer
        except StoreUnavailableError:
            savepoint.rollback()
            raise
        savepoint.commit()
        answer = self._write_answer(context, receipt, result)
        statement = None if result.statement is None else as_data(result.statement)
        messages.insert_answered(
            context.connection, context.moment, context.message, result.settlement_id, answer, statement=statement
        )
        return _complete(answer, context)

    def _write_answer(self, context: TransactionContext, receipt: Receipt, result: TransactionResult) -> bytes:
        at = self._store.clock.now().at
        return write_success(context.codes, receipt, at, result.output, result.warnings)


def _complete(answer: bytes, context: TransactionContext) -> bytes:
    """Put into an answer that is stored what is not: the person, the fields that are given back, and private ids."""
    answer = insert_echoes(fill_identity(answer, read_identity(context.fields)), context.request)
    if REPLACEMENT.encode() not in answer:
        return answer
    ids = {"mdtrt_id": context.fields.identifier("mdtrt_id"), "medins_setl_id": context.request.message_id}
    return insert_ids(answer, ids)


def _check_institution(holder: Hospital | None, request: Envelope) -> None:
    if holder is not None and folded(holder.institution) != folded(request.institution):
        raise TransactionRefusedError("institution_differs")


def _as_refusal(error: RefusedError | NoPolicyInForceError) -> TransactionRefusedError:
    """Return the interface's own refusal for an error of the ledger.

    The values of ConflictReason are the codes of the refusals.
    """
    code, operands = "refused", dict[str, object]()
    match error:
        case TransactionRefusedError():
            return error
        case NoPolicyInForceError():
            code, operands = "no_policy", {"first_day": error.first_day}
        case TooManyLookupsError():
            code = "too_many_lookups"
        case IdempotencyKeyReusedError(settlement=None):
            code = "message_reused"
        case IdempotencyKeyReusedError(settlement=number):
            code, operands = "message_reused_after_booking", {"settlement": number}
        case ConflictError():
            code, operands = error.reason, {**error.operands, **_names(error)}
        case InvalidFieldError(code="institution_unknown"):
            code = "institution_unknown"
    return TransactionRefusedError(code, **operands)


def _names(error: ConflictError) -> dict[str, object]:
    """Return what the refusal names beside numbers: where, when and for what care a later settlement was."""
    if not isinstance(error, SettlementDependedOnError):
        return {}
    return {"institution": error.institution, "day": error.day, "care": say("kinds", error.care)}
