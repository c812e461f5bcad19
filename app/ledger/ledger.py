"""The settlement ledger (结算台账): a stay is settled once, and the year's totals come from what was really settled.

Everything here runs inside one transaction of whoever calls; writers take turns, so what is read stands.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import orjson
from sqlalchemy import Connection, RootTransaction, insert, select

from app.clock import Moment, instant
from app.db.ledger import accounts, budgets, institutions, messages, persons, settlements
from app.db.ledger.budgets import BudgetPeriod
from app.db.ledger.messages import Message
from app.db.ledger.models import AMOUNTS, LedgerKey
from app.errors import ConflictError, ConflictReason, InvalidFieldError, PersonKeyUnusableError
from app.i18n import LANGUAGES, Language, text
from app.ledger.claims import (
    Calculation,
    Explanation,
    FundBudget,
    IncomingMessage,
    LedgerWarning,
    SettlementClaim,
    bill_of,
    warnings_of,
)
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.settlements import known_answer, year_answer
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.parameters import Parameters
from app.rules.reimbursement.layers import reimburse
from app.rules.reimbursement.year import YearToDate

Json = dict[str, Any]
Result = TypeVar("Result")

PURSE = "major_disease_fund.purse"


class Booked(NamedTuple):
    """A settlement that is booked: its number, and its answer in the language of who asked."""

    id: int
    answer: bytes


class Ledger:
    """Settles, reverses, takes back and restores, under one body of parameters and one key."""

    def __init__(self, parameters: Parameters, answers: ReimbursementPresenter, numbers: PersonPseudonyms) -> None:
        self.parameters = parameters
        self.numbers = numbers
        self._answers = answers
        self._key_fits = False
        self._key_begun: RootTransaction | None = None
        """The transaction that wrote down which key the store is begun with: it may still be rolled back."""

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a person's number. PersonKeyUnusableError."""
        return self._keyed(lambda: self.numbers.hashed(number))

    def fingerprint(self, asked: str) -> str:
        """Return the keyed hash of what was asked. PersonKeyUnusableError."""
        return self._keyed(lambda: self.numbers.fingerprint(asked))

    def _keyed(self, used: Callable[[], Result]) -> Result:
        try:
            return used()
        except FileNotFoundError:
            raise PersonKeyUnusableError(
                "there is no key of the persons' numbers where ANDA_PERSON_KEY_FILE says"
            ) from None
        except OSError as error:
            raise PersonKeyUnusableError(
                f"the key of the persons' numbers cannot be used ({type(error).__name__})"
            ) from None

    def check_key(self, connection: Connection, *, writing: bool) -> None:
        """Refuse to work with another key than the store was begun with. PersonKeyUnusableError."""
        if self._key_fits:
            return
        found = connection.execute(select(LedgerKey.check)).scalar_one_or_none()
        if found is None:
            self._keyed(self.numbers.check_usable)
            if writing:
                connection.execute(insert(LedgerKey).values(id=1, check=self._keyed(self.numbers.check)))
                self._key_begun = connection.get_transaction()
        elif found != self._keyed(lambda: self.numbers.check(make=False)):
            raise PersonKeyUnusableError("the key of the persons' numbers is not the one that the store was begun with")
        elif connection.get_transaction() is not self._key_begun:
            self._key_fits, self._key_begun = True, None

    def calculate(self, connection: Connection, claim: SettlementClaim) -> Calculation:
        """Calculate a claim, and write nothing.

        InvalidFieldError for an unknown institution, ConflictError for a visit that is settled; NoPolicyInForceError.
        """
        institution = institutions.find(connection, claim.institution)
        if institution is None:
            raise InvalidFieldError("/institution", "institution_unknown")
        figures = self.parameters.on(claim.service_date)
        person = persons.find(connection, claim.person)
        beside = settlements.standing_of_visit(connection, claim.institution, claim.visit_id)
        settlements.check_beside(beside, person, interim=claim.interim, batch=claim.batch)
        dated = [] if person is None else persons.dated_of(connection, person)
        known = persons.known_on(dated, claim.service_date)
        year, standing = (
            (YearToDate(), 0) if person is None else accounts.find(connection, person, claim.service_date.year)
        )
        compensated = person is not None and persons.compensated_by(connection, person) is not None
        bill = bill_of(claim, institution, known, compensated=compensated)
        budget = self._purse_on(claim.service_date)
        if budget is not None:
            bill.fund_left = self._held(connection, budget)
        before = _copy(year)
        year.apply_to(bill)
        settlement = reimburse(bill, figures)
        year.add(bill, settlement)
        warnings = warnings_of(claim, institution, known)
        if beside and claim.kind != "outpatient":
            warnings.append(LedgerWarning("admission_counted_again", []))
        return Calculation(claim, institution, known, bill, settlement, before, year, standing, budget, warnings)

    def explain(self, calculated: Calculation, language: Language) -> Explanation:
        """Say in words how a claim was calculated."""
        claim, bill, settlement = calculated.claim, calculated.bill, calculated.settlement
        warnings = [
            {"code": code, "text": text("warnings", code, language), "fields": fields}
            for code, fields in calculated.warnings
        ]
        return Explanation(self._answers.explain(claim.service_date, bill, settlement, language), warnings)

    def settle(self, connection: Connection, arrival: IncomingMessage, claim: SettlementClaim) -> Booked:
        """Settle a claim, once for each message. IdempotencyKeyReusedError, ConflictError, InvalidFieldError."""
        kept = self.kept(connection, arrival.message)
        if kept is not None:
            return Booked(kept, settlements.find(connection, kept)["answers"][arrival.language])
        booked = self.book(connection, arrival, claim)
        messages.keep(connection, arrival.moment, arrival.message, booked.id)
        return booked

    def reverse(self, connection: Connection, arrival: IncomingMessage, number: int) -> int:
        """Reverse a settlement, once; return the reversal's number.

        NotFoundError, ConflictError, IdempotencyKeyReusedError.
        """
        kept = self.kept(connection, arrival.message)
        if kept is not None:
            return kept
        made = self.book_reversal(connection, arrival, number)
        messages.keep(connection, arrival.moment, arrival.message, made)
        return made

    def kept(self, connection: Connection, message: Message) -> int | None:
        """Return what this very message has booked already; None where it is new.

        IdempotencyKeyReusedError, ConflictError.
        """
        self.check_key(connection, writing=True)
        kept = messages.repeated(connection, message)
        if kept is not None and (kept.taken_back or kept.settlement_id is None):
            raise ConflictError(ConflictReason.MESSAGE_TAKEN_BACK)
        return None if kept is None else kept.settlement_id

    def book(self, connection: Connection, arrival: IncomingMessage, claim: SettlementClaim) -> Booked:
        """Book a claim whose message is new and is kept by the caller. ConflictError, InvalidFieldError."""
        self.check_key(connection, writing=True)
        if claim.service_date > arrival.moment.today:
            raise InvalidFieldError("/service_date", "day_ahead")
        calculated = self.calculate(connection, claim)
        row = self._row(calculated, persons.of(connection, claim.person), arrival)
        number = settlements.put_in(connection, row)
        answers = {language: self._answer(number, calculated, arrival, language) for language in LANGUAGES}
        settlements.write_answers(connection, number, answers)
        self._carry(connection, {**row, "id": number}, calculated.after, calculated.standing + 1, booked=True)
        return Booked(number, answers[arrival.language])

    def book_reversal(self, connection: Connection, arrival: IncomingMessage, number: int) -> int:
        """Book a reversal whose message is new and is kept by the caller. NotFoundError, ConflictError."""
        row = settlements.find(connection, number)
        self._check_reversible(connection, row)
        reversal = {
            **{name: value for name, value in row.items() if name not in {"id", "answers"}},
            **{name: -row[name] for name in AMOUNTS},
            "kind": "reversal",
            "reverses": number,
            "reversed_by": None,
            "message_id": arrival.message.id,
            "made": arrival.moment.at,
            "day": arrival.moment.today,
            "token_id": arrival.token_id,
        }
        made = settlements.put_in(connection, reversal)
        settlements.mark_reversed(connection, number, made)
        self._uncarry(connection, row)
        return made

    def take_back(self, connection: Connection, moment: Moment, message: Message) -> int | None:
        """Take a message back as if it had never arrived (冲正), as often as asked; return what it had booked.

        A settlement is annulled, a reversal's settlement stands again. One that never arrived is refused when it comes
        later. ConflictError where a later settlement rests on it.
        """
        self.check_key(connection, writing=True)
        kept = messages.find(connection, message.institution, message.interface, message.id)
        booked = None if kept is None else kept.settlement_id
        if booked is not None and kept is not None and not kept.taken_back:
            row = settlements.find(connection, booked)
            if row["kind"] == "reversal":
                self._restore(connection, moment, row)
            elif row["reversed_by"] is None:
                self._check_reversible(connection, row)
                settlements.annul(connection, booked, moment)
                self._uncarry(connection, row)
            else:
                # Undone already: neither of the two counts any more, and it never stands again.
                settlements.annul(connection, booked, moment)
                settlements.annul(connection, row["reversed_by"], moment)
        messages.take_back(connection, moment, message)
        return booked

    def _restore(self, connection: Connection, moment: Moment, reversal: Json) -> None:
        """Let a settlement stand again whose reversal is taken back, where it would be calculated the same now."""
        if reversal["annulled"] is not None:
            return
        row = settlements.find(connection, reversal["reverses"])
        self._check_restorable(connection, row, reversal)
        settlements.annul(connection, reversal["id"], moment)
        settlements.mark_reversed(connection, row["id"], None)
        to_date, standing = accounts.find(connection, row["person_id"], row["year"])
        accounts.add(to_date, row, 1)
        self._carry(connection, row, to_date, standing + 1, booked=True)

    def _check_restorable(self, connection: Connection, row: Json, reversal: Json) -> None:
        """Refuse what would not be settled the same now, or what later settlements rest on having been undone."""
        if (later := settlements.depending_on(connection, row, reversal["id"])) is not None:
            raise ConflictError(ConflictReason.SETTLEMENT_DEPENDED_ON, settlement=later)
        beside = settlements.standing_of_visit(connection, row["institution"], row["visit_id"])
        settlements.check_beside(beside, row["person_id"], interim=row["interim"], batch=row["batch"])
        met = orjson.loads(row["answers"]["zh"])["year_to_date"]["before"]
        now = year_answer(*accounts.find(connection, row["person_id"], row["year"]))
        compensated = persons.compensated_by(connection, row["person_id"])
        accident_as_then = not row["accident"] or (compensated is not None) == (row["lump_sum"] == 0)
        if now != met or not accident_as_then:
            raise ConflictError(ConflictReason.SETTLEMENT_YEAR_CHANGED, settlement=row["id"])
        if row["accident"] and compensated is not None and compensated > row["id"]:
            # It would rest on a later one, which could be reversed beneath it.
            raise ConflictError(ConflictReason.SETTLEMENT_DEPENDED_ON, settlement=compensated)
        budget = self._purse_on(row["service_date"])
        if budget is not None and row["major_disease_fund"] > self._held(connection, budget):
            raise ConflictError(ConflictReason.BUDGET_EXHAUSTED, settlement=row["id"])

    def _check_reversible(self, connection: Connection, row: Json) -> None:
        if row["kind"] != "settlement" or row["annulled"] is not None:
            raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=row["id"])
        if row["reversed_by"] is not None:
            raise ConflictError(ConflictReason.SETTLEMENT_REVERSED, settlement=row["reversed_by"])
        if (later := settlements.depending_on(connection, row, row["id"])) is not None:
            raise ConflictError(ConflictReason.SETTLEMENT_DEPENDED_ON, settlement=later)

    def _uncarry(self, connection: Connection, row: Json) -> None:
        """Take a settlement out of the person's year, the purse and the lump sum."""
        to_date, standing = accounts.find(connection, row["person_id"], row["year"])
        accounts.add(to_date, row, -1)
        self._carry(connection, row, to_date, standing - 1, booked=False)

    def _carry(self, connection: Connection, row: Json, to_date: YearToDate, standing: int, *, booked: bool) -> None:
        accounts.write(connection, row["person_id"], row["year"], to_date, standing)
        fund = row["major_disease_fund"]
        self._carry_fund(connection, row["service_date"], fund if booked else -fund)
        if row["lump_sum"]:
            persons.compensate(connection, row["person_id"], row["id"] if booked else None)

    def _carry_fund(self, connection: Connection, day: dt.date, amount: int) -> None:
        """Take what the fund pays for a day out of its purse, fen; without one, a former is forgotten."""
        budget = self._purse_on(day)
        if budget is not None:
            budgets.spend_from(connection, budget.days, amount)
        elif amount:
            budgets.forget(connection, BudgetPeriod(day, day))

    def _purse_on(self, day: dt.date) -> FundBudget | None:
        """Return the fund's purse that a day belongs to; None where the deployment keeps none then."""
        dated = self.parameters.on(day).in_force[PURSE]
        if dated.value is None:
            return None
        return FundBudget(BudgetPeriod(dated.effective_from, dated.until), cast("int", dated.value))

    def _held(self, connection: Connection, budget: FundBudget) -> int:
        """Return what a purse still holds, fen."""
        return max(budget.budget - budgets.spent_from(connection, budget.days), 0)

    def _row(self, calculated: Calculation, person: int, arrival: IncomingMessage) -> Json:
        claim, settlement = calculated.claim, calculated.settlement
        return {
            "kind": "settlement",
            "institution": claim.institution,
            "person_id": person,
            "visit_id": claim.visit_id,
            "message_id": arrival.message.id,
            "service_date": claim.service_date,
            "year": claim.service_date.year,
            "made": arrival.moment.at,
            "day": arrival.moment.today,
            "token_id": arrival.token_id,
            "level": calculated.institution.level,
            "care": claim.kind,
            "insurance": claim.insurance,
            "total": claim.total,
            "in_scope": claim.in_scope,
            **{working.layer: working.paid for working in settlement.layers},
            "guarantee": settlement.guarantee or 0,
            "lump_sum": settlement.lump_sum,
            "out_of_pocket": settlement.out_of_pocket,
            "counted": {working.layer: working.base for working in settlement.layers},
            # Only to the registered is a lump sum paid, so that only theirs rests on an earlier one.
            "accident": bool(claim.accident_disability and calculated.bill.poor),
            "interim": claim.interim,
            "batch": claim.batch,
            "purse": None if calculated.budget is None else calculated.budget.days.first_day,
            "edition": self.parameters.edition,
            "fingerprint": self.parameters.fingerprint,
        }

    def _answer(self, number: int, calculated: Calculation, arrival: IncomingMessage, language: Language) -> bytes:
        claim, explained = calculated.claim, self.explain(calculated, language)
        told = {
            "id": number,
            "institution": claim.institution,
            "visit_id": claim.visit_id,
            "message_id": arrival.message.id,
            "service_date": claim.service_date.isoformat(),
            "made": instant(arrival.moment.at),
            "person": known_answer(calculated.known),
            "visit": {"kind": claim.kind, "facility_level": calculated.institution.level},
            "reimbursement": explained.reimbursement,
            "year_to_date": {
                "year": claim.service_date.year,
                "before": year_answer(calculated.before, calculated.standing),
                "after": year_answer(calculated.after, calculated.standing + 1),
            },
            "parameters": {"edition": self.parameters.edition, "fingerprint": self.parameters.fingerprint},
            "warnings": explained.warnings,
        }
        return orjson.dumps(told)


def _copy(year: YearToDate) -> YearToDate:
    return YearToDate(year.admissions, dict(year.admissions_at), dict(year.counted), dict(year.paid))
