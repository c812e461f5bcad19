"""The settlement ledger (结算台账): a visit is settled once, and the year to date is the sum of what was settled.

Every method runs inside one transaction of the caller. What is read to decide is locked first where others write at the
same time (`app/db/locks.py`): the person when the number is looked up, the visit and the fund's budget here.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import corrections, institutions, messages, person_years, persons, settlements
from app.db.ledger.messages import Message
from app.db.ledger.records import AccountRecord, Booking, SettledFacts, SettlementRecord
from app.db.ledger.settlement_answers import numbered, without_number
from app.errors import ConflictError, ConflictReason, InvalidFieldError
from app.i18n import LANGUAGES, Language
from app.ledger import reversing
from app.ledger.balances import Balances
from app.ledger.beside import VisitPart, check_beside, lock_visit
from app.ledger.budget import FundBudget, FundBudgets
from app.ledger.claims import (
    Calculation,
    IncomingMessage,
    LedgerWarning,
    SettlementClaim,
    amounts_of,
    bill_of,
    warnings_of,
)
from app.ledger.figures import FiguresInForce
from app.ledger.identification import IdentifiedPerson, identify, identify_all, identify_and_link
from app.ledger.person_key import PersonKey
from app.ledger.rebooking import Rebookings
from app.ledger.workings import working_of
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.settlements import Explanation, settlement_made, warning_answer, warning_since, with_warnings
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.parameters import Figures, Parameters
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import Reimbursement, reimburse
from app.schemas.responses.settlements import LedgerWarningAnswer


class Booked(NamedTuple):
    """A settlement that is booked."""

    id: int
    """Its number."""
    calculation: Calculation
    answers: Mapping[Language, bytes]
    """The answers of `/v1` in JSON, as they are stored, without the number: to be sent, never to be read back."""


class SettlementReply(NamedTuple):
    """The number of a settlement, and its answer in the language of the message: made now, or repeated."""

    id: int
    answer: bytes


class Ledger:
    """Settles, reverses and takes back, with one set of parameters and one key."""

    def __init__(self, parameters: Parameters, presenter: ReimbursementPresenter, pseudonyms: PersonPseudonyms) -> None:
        self.parameters = parameters
        self.key = PersonKey(pseudonyms)
        self.figures = FiguresInForce(parameters)
        self._presenter = presenter
        self._budgets = FundBudgets(parameters)
        self._balances = Balances(self._budgets)
        self.rebookings = Rebookings(self.figures, parameters, presenter, self._balances)

    def identify(self, connection: Connection, number: str) -> IdentifiedPerson:
        """Return the person whom a number names, and write nothing. PersonKeyUnusableError."""
        return identify(connection, self.key, number)

    def identify_all(self, connection: Connection, numbers: Sequence[str]) -> list[IdentifiedPerson]:
        """Return the person whom each number names, and write nothing. PersonKeyUnusableError."""
        return identify_all(connection, self.key, numbers)

    def identify_and_link(self, connection: Connection, moment: Moment, number: str) -> IdentifiedPerson:
        """Return the person whom a number names, and link what older releases kept under another spelling."""
        return identify_and_link(connection, moment, self.key, number)

    def calculate(self, connection: Connection, claim: SettlementClaim) -> Calculation:
        """Calculate a claim, and write nothing.

        InvalidFieldError for an unknown institution, ConflictError for a visit that is settled; NoPolicyInForceError.
        """
        institution = institutions.find(connection, claim.institution)
        if institution is None:
            raise InvalidFieldError("/institution", "institution_unknown")
        figures = self.parameters.on(claim.service_date)
        lock_visit(connection, institution.code, claim.visit_id)
        beside = settlements.standing_of_visit(connection, institution.code, claim.visit_id)
        check_beside(beside, _part(claim))
        statuses, before, compensated_by = person_years.find(connection, claim.person.id, claim.service_date.year)
        entry = persons.entry_on(statuses, claim.service_date)
        bill = bill_of(claim, institution, entry, figures.readings, compensated=compensated_by is not None)
        budget = self._budgets.on(claim.service_date)
        before.to_date.apply_to(bill)
        reimbursement = self._reimburse(connection, bill, figures, budget)
        after = AccountRecord(before.to_date.copy(), before.settlements + 1)
        after.to_date.add(bill, reimbursement)
        warnings = warnings_of(claim, institution, entry)
        if beside and claim.kind != "outpatient":
            warnings.append(LedgerWarning("admission_counted_again", []))
        return Calculation(claim, institution, entry, bill, reimbursement, before, after, budget, warnings)

    def _reimburse(
        self, connection: Connection, bill: Bill, figures: Figures, budget: FundBudget | None
    ) -> Reimbursement:
        """Reimburse a bill within what is left of the fund's budget, which a write locks where the fund pays."""
        # As much as it can pay of the bill: where it pays nothing then, what is left decides nothing.
        bill.fund_left = None if budget is None else bill.total
        reimbursement = reimburse(bill, figures)
        if budget is None or not any(each.paid for each in reimbursement.layers if each.layer == "major_disease_fund"):
            return reimbursement
        self._budgets.lock(connection, [budget])
        bill.fund_left = self._budgets.left(connection, budget)
        return reimburse(bill, figures)

    def explain(self, calculation: Calculation, language: Language) -> Explanation:
        """Explain how a claim is calculated, in words of one language."""
        reimbursement = self._presenter.explain(
            calculation.claim.service_date, calculation.bill, calculation.reimbursement, language
        )
        return Explanation(
            reimbursement, [warning_answer(code, fields, language) for code, fields in calculation.warnings]
        )

    def settle(self, connection: Connection, incoming: IncomingMessage, claim: SettlementClaim) -> SettlementReply:
        """Settle a claim, once for each message. IdempotencyKeyReusedError, ConflictError, InvalidFieldError."""
        number = self._find_booked(connection, incoming.message)
        if number is not None:
            settlement = settlements.find(connection, number)
            since = _warnings_since(connection, settlement, incoming.language)
            return SettlementReply(number, with_warnings(settlement.answers[incoming.language], since))
        booked = self.book(connection, incoming, claim)
        working = working_of(booked.calculation.reimbursement, self.parameters.on(claim.service_date))
        messages.insert_answered(connection, incoming.moment, incoming.message, booked.id, working=working.as_data())
        return SettlementReply(booked.id, numbered(booked.answers[incoming.language], booked.id))

    def book(self, connection: Connection, incoming: IncomingMessage, claim: SettlementClaim) -> Booked:
        """Book a claim whose message is new and is stored by the caller. ConflictError, InvalidFieldError.

        The caller has checked the key in the same transaction: whose message is new is known by the key.
        """
        self.figures.check(connection, writing=True)
        if claim.service_date > incoming.moment.today:
            raise InvalidFieldError("/service_date", "day_ahead")
        calculation = self.calculate(connection, claim)
        person = claim.person.id
        if person is None:
            person = persons.insert_person(connection, claim.person.number)
        booking = self._booking(calculation, person, incoming)
        answers = {language: self._answer(booking, calculation, language) for language in LANGUAGES}
        number = settlements.insert_booking(connection, booking, answers)
        self._balances.write(connection, booking, number, calculation.after)
        return Booked(number, calculation, answers)

    def reverse(self, connection: Connection, incoming: IncomingMessage, number: int) -> int:
        """Reverse a settlement, once for each message; return the reversal's number.

        NotFoundError, ConflictError, IdempotencyKeyReusedError.
        """
        reversal = self._find_booked(connection, incoming.message)
        if reversal is None:
            reversal = self.book_reversal(connection, incoming, number)
            messages.insert_answered(connection, incoming.moment, incoming.message, reversal)
        return reversal

    def book_reversal(self, connection: Connection, incoming: IncomingMessage, number: int) -> int:
        """Book a reversal whose message is new and is stored by the caller. NotFoundError, ConflictError."""
        self.figures.check(connection, writing=True)
        return reversing.book_reversal(connection, self._balances, incoming, number)

    def take_back(self, connection: Connection, moment: Moment, message: Message) -> int | None:
        """Take a message back as if it had never arrived (冲正); a repetition changes nothing.

        Return the number that it had booked; None without one. A message that has not arrived yet is refused when it
        does. ConflictError where a later settlement depends on the booking.
        """
        self.key.check(connection, writing=True)
        self.figures.check(connection, writing=True)
        return reversing.take_back(connection, self._balances, moment, message)

    def _find_booked(self, connection: Connection, message: Message) -> int | None:
        """Return the number that this message has already booked; None where the message is new.

        IdempotencyKeyReusedError, ConflictError.
        """
        self.key.check(connection, writing=True)
        stored = messages.find_repeated(connection, message)
        if stored is None:
            return None
        if stored.taken_back or stored.settlement_id is None:
            raise ConflictError(ConflictReason.MESSAGE_TAKEN_BACK)
        return stored.settlement_id

    def _booking(self, calculation: Calculation, person: int, incoming: IncomingMessage) -> Booking:
        claim, reimbursement, budget = calculation.claim, calculation.reimbursement, calculation.budget
        return Booking(
            kind="settlement",
            institution=calculation.institution.code,
            person_id=person,
            visit_id=claim.visit_id,
            message_id=incoming.message.id,
            service_date=claim.service_date,
            made=incoming.moment.at,
            day=incoming.moment.today,
            token_id=incoming.token_id,
            level=calculation.institution.level,
            care=claim.kind,
            insurance=claim.insurance,
            amounts=amounts_of(claim.total, claim.in_scope, reimbursement),
            counted={working.layer: int(working.base) for working in reimbursement.layers},
            year_before=calculation.before,
            facts=_facts(calculation),
            # Only a registered person is paid a lump sum, so only such a settlement depends on an earlier one.
            accident=bool(claim.accident_disability and calculation.bill.poor),
            interim=claim.interim,
            batch=claim.batch,
            budget_first_day=None if budget is None else budget.period.first_day,
            edition=self.parameters.edition,
            fingerprint=self.parameters.fingerprint,
        )

    def _answer(self, booking: Booking, calculation: Calculation, language: Language) -> bytes:
        explanation = self.explain(calculation, language)
        answer = settlement_made(
            0,
            booking,
            calculation.register_entry,
            explanation,
            before=calculation.before,
            after=calculation.after,
        )
        return without_number(orjson.dumps(answer))


def _part(claim: SettlementClaim) -> VisitPart:
    return VisitPart(
        person_id=claim.person.id,
        interim=claim.interim,
        batch=claim.batch,
        batch_before=claim.batch_before,
        service_date=claim.service_date,
        total=claim.total,
        in_scope=claim.in_scope,
    )


def _warnings_since(
    connection: Connection, settlement: SettlementRecord, language: Language
) -> list[LedgerWarningAnswer]:
    """Say what became of a settlement since it was answered: that it was reversed and when, or corrected."""
    if settlement.reversed_by is not None:
        reversal = settlements.find(connection, settlement.reversed_by)
        return [warning_since("reversed_since", language, number=reversal.id, day=reversal.day)]
    its = corrections.of_settlements(connection, [settlement.id]).get(settlement.id, ())
    return [warning_since("corrected_since", language, number=each.id, day=each.day) for each in its[-1:]]


def _facts(calculation: Calculation) -> SettledFacts:
    claim, entry = calculation.claim, calculation.register_entry
    return SettledFacts(
        in_register=entry.in_register,
        registration=entry.registration,
        major_disease=entry.major_disease,
        chronic_disease=entry.chronic_disease,
        unreferred=calculation.bill.unreferred,
        adjudicated={layer: amount for layer, (_, amount) in claim.adjudicated.items()},
        readings={name: value for name, value in claim.readings.items() if value is not None},
    )
