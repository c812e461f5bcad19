"""The settlement ledger (结算台账): a stay is settled once, and the year's totals come from what was really settled.

Everything here runs inside one transaction of whoever calls; writers take turns, so what is read stands.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import Connection, insert, select

from app.answers.instants import instant
from app.answers.ledger import known_answer, year_answer
from app.answers.reimbursement import ReimbursementAnswers
from app.clock import Moment
from app.db import accounts, institutions, messages, persons, settlements
from app.db.institutions import Institution
from app.db.ledger_models import AMOUNTS, LedgerKey
from app.db.messages import Message
from app.db.persons import Known
from app.db.refusals import ConflictError, FieldRefusedError, UnavailableError
from app.person_numbers import PersonNumbers
from app.rules.parameters import Figures, Parameters
from app.rules.readings import DEFAULT, Readings
from app.rules.reimbursement.bill import AWAY, Bill, Kind, Layer
from app.rules.reimbursement.layers import Settlement
from app.rules.reimbursement.year import Year
from app.wording import Language, text

Json = dict[str, Any]

PURSE = "major_disease_fund.purse"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an institution asks to be settled. Money in fen."""

    person: str
    """The keyed hash of the insurer's number."""
    institution: str
    visit_id: str
    service_date: dt.date
    kind: Kind
    total: int
    in_scope: int
    referred: bool = True
    emergency: bool = False
    accident_disability: bool = False
    adjudicated: Mapping[Layer, tuple[bool, int]] = field(default_factory=dict)
    readings: Readings = DEFAULT
    interim: bool = False
    """A settlement in the course of a stay: others of the same visit may stand beside it."""
    insurance: str | None = None
    """Kind of insurance, as the national interface names it."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What the institution believes of the person and itself; the registers decide, and a difference is warned of."""


class Arrival(NamedTuple):
    """A message that has come in: when, which, by whose token, in which language it is answered."""

    moment: Moment
    message: Message
    token_id: int | None = None
    language: Language = "zh"


class Calculated(NamedTuple):
    """A claim calculated on what the ledger and the registers hold, booked or not."""

    claim: Claim
    institution: Institution
    known: Known
    bill: Bill
    settlement: Settlement
    answer: Json
    """The reimbursement's whole working, as the stateless endpoint answers it."""
    before: Year
    after: Year
    standing: int
    """How many settlements stood in the year before this one."""
    purse: dt.date | None
    """First day of the purse that the fund's part comes from; None where none is kept."""
    warnings: list[Json]


class Booked(NamedTuple):
    """A settlement that is booked: its number, its answer, what was calculated (None where it is answered again)."""

    id: int
    answer: bytes
    calculated: Calculated | None


class Ledger:
    """Settles, reverses, takes back and restores, under one body of parameters and one key."""

    def __init__(self, parameters: Parameters, answers: ReimbursementAnswers, numbers: PersonNumbers) -> None:
        self.parameters = parameters
        self.numbers = numbers
        self._answers = answers
        self._key_fits = False

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a person's number. UnavailableError where the key cannot be used."""
        return self._keyed(lambda: self.numbers.hashed(number))

    def fingerprint(self, asked: str) -> str:
        """Return the keyed hash of what was asked. UnavailableError where the key cannot be used."""
        return self._keyed(lambda: self.numbers.fingerprint(asked))

    def _keyed(self, hashed: Callable[[], str]) -> str:
        try:
            return hashed()
        except OSError as error:
            raise UnavailableError(f"the key of the persons' numbers cannot be used ({type(error).__name__})") from None

    def check_key(self, connection: Connection, *, writing: bool) -> None:
        """Refuse to work with another key than the store was begun with. UnavailableError."""
        if self._key_fits:
            return
        check = self._keyed(self.numbers.check)
        found = connection.execute(select(LedgerKey.check)).scalar_one_or_none()
        if found is None and writing:
            connection.execute(insert(LedgerKey).values(id=1, check=check))
        elif found is not None and found != check:
            raise UnavailableError("the key of the persons' numbers is not the one that the store was begun with")
        elif found == check:
            self._key_fits = True

    def calculate(self, connection: Connection, claim: Claim, language: Language) -> Calculated:
        """Calculate a claim, and write nothing. FieldRefusedError for an unknown institution; NoPolicyInForceError."""
        institution = institutions.find(connection, claim.institution)
        if institution is None:
            raise FieldRefusedError("/institution", "institution_unknown")
        figures = self.parameters.on(claim.service_date)
        person = persons.find(connection, claim.person)
        dated = [] if person is None else persons.dated_of(connection, person)
        known = persons.known_on(dated, claim.service_date)
        year, standing = (Year(), 0) if person is None else accounts.find(connection, person, claim.service_date.year)
        compensated = person is not None and persons.compensated_by(connection, person) is not None
        bill = _bill(claim, institution, known, compensated)
        purse = self._open_purse(connection, figures, bill)
        before = _copy(year)
        year.meet(bill)
        settlement, answer = self._answers.settle(claim.service_date, bill, language)
        year.take(bill, settlement)
        warnings = _warnings(claim, institution, known, language)
        return Calculated(claim, institution, known, bill, settlement, answer, before, year, standing, purse, warnings)

    def settle(self, connection: Connection, arrival: Arrival, claim: Claim) -> Booked:
        """Settle a claim, once for each message. KeyReusedError, ConflictError, FieldRefusedError."""
        kept = self.kept(connection, arrival.message)
        if kept is not None:
            return Booked(kept, settlements.find(connection, kept)["answer"], None)
        booked = self.book(connection, arrival, claim)
        messages.keep(connection, arrival.moment, arrival.message, booked.id)
        return booked

    def reverse(self, connection: Connection, arrival: Arrival, number: int) -> int:
        """Reverse a settlement, once; return the reversal's number. NotThereError, ConflictError, KeyReusedError."""
        kept = self.kept(connection, arrival.message)
        if kept is not None:
            return kept
        made = self.book_reversal(connection, arrival, number)
        messages.keep(connection, arrival.moment, arrival.message, made)
        return made

    def kept(self, connection: Connection, message: Message) -> int | None:
        """Return what this very message has booked already; None where it is new. KeyReusedError, ConflictError."""
        self.check_key(connection, writing=True)
        kept = messages.repeated(connection, message)
        if kept is not None and (kept.taken_back or kept.settlement_id is None):
            raise ConflictError("message-taken-back")
        return None if kept is None else kept.settlement_id

    def book(self, connection: Connection, arrival: Arrival, claim: Claim) -> Booked:
        """Book a claim whose message is new and is kept by the caller. ConflictError, FieldRefusedError."""
        self.check_key(connection, writing=True)
        calculated = self.calculate(connection, claim, arrival.language)
        visit = settlements.standing_of_visit(connection, claim.institution, claim.visit_id)
        if visit is not None and not claim.interim:
            raise ConflictError("visit-settled", settlement=visit)
        row = self._row(calculated, persons.of(connection, claim.person), arrival)
        number = settlements.put_in(connection, row, b"")
        answer = orjson.dumps(self._answer(number, calculated, arrival))
        settlements.write_answer(connection, number, answer)
        self._carry(connection, {**row, "id": number}, calculated.after, calculated.standing + 1, booked=True)
        return Booked(number, answer, calculated)

    def book_reversal(self, connection: Connection, arrival: Arrival, number: int) -> int:
        """Book a reversal whose message is new and is kept by the caller. NotThereError, ConflictError."""
        row = settlements.find(connection, number)
        self._check_reversible(connection, row)
        reversal = {
            **{name: value for name, value in row.items() if name not in {"id", "answer"}},
            **{name: -row[name] for name in AMOUNTS},
            "kind": "reversal",
            "reverses": number,
            "reversed_by": None,
            "message_id": arrival.message.id,
            "made": arrival.moment.at,
            "day": arrival.moment.today,
            "token_id": arrival.token_id,
        }
        made = settlements.put_in(connection, reversal, b"")
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
            raise ConflictError("settlement-depended-on", settlement=later)
        beside = settlements.standing_of_visit(connection, row["institution"], row["visit_id"])
        if beside is not None and not row["interim"]:
            raise ConflictError("visit-settled", settlement=beside)
        met = orjson.loads(row["answer"])["year_to_date"]["before"]
        now = year_answer(*accounts.find(connection, row["person_id"], row["year"]))
        compensated = persons.compensated_by(connection, row["person_id"])
        accident_as_then = not row["accident"] or (compensated is not None) == (row["lump_sum"] == 0)
        if now != met or not accident_as_then:
            raise ConflictError("settlement-year-changed", settlement=row["id"])
        if row["accident"] and compensated is not None and compensated > row["id"]:
            # It would rest on a later one, which could be reversed beneath it.
            raise ConflictError("settlement-depended-on", settlement=compensated)
        if row["purse"] is not None and row["major_disease_fund"] > self._held(connection, row["purse"]):
            raise ConflictError("purse-exhausted", settlement=row["id"])

    def _check_reversible(self, connection: Connection, row: Json) -> None:
        if row["kind"] != "settlement" or row["annulled"] is not None:
            raise ConflictError("settlement-reversed", settlement=row["id"])
        if row["reversed_by"] is not None:
            raise ConflictError("settlement-reversed", settlement=row["reversed_by"])
        if (later := settlements.depending_on(connection, row, row["id"])) is not None:
            raise ConflictError("settlement-depended-on", settlement=later)

    def _uncarry(self, connection: Connection, row: Json) -> None:
        """Take a settlement out of the person's year, the purse and the lump sum."""
        to_date, standing = accounts.find(connection, row["person_id"], row["year"])
        accounts.add(to_date, row, -1)
        self._carry(connection, row, to_date, standing - 1, booked=False)

    def _carry(self, connection: Connection, row: Json, to_date: Year, standing: int, *, booked: bool) -> None:
        accounts.write(connection, row["person_id"], row["year"], to_date, standing)
        if row["purse"] is not None:
            fund = row["major_disease_fund"]
            accounts.spend_from(connection, row["purse"], fund if booked else -fund)
        if row["lump_sum"]:
            persons.compensate(connection, row["person_id"], row["id"] if booked else None)

    def _open_purse(self, connection: Connection, figures: Figures, bill: Bill) -> dt.date | None:
        """Let the bill know what the fund's purse still holds, where the deployment keeps one."""
        dated = figures.in_force[PURSE]
        if dated.value is None:
            return None
        bill.fund_left = self._held(connection, dated.effective_from)
        return dated.effective_from

    def _held(self, connection: Connection, purse: dt.date) -> int:
        """Return what the purse that begins on a day still holds, fen; nothing where no purse begins there any more."""
        budgets = {dated.effective_from: dated.value for dated in self.parameters.by_name[PURSE].values}
        budget = cast("int | None", budgets.get(purse)) or 0
        return max(budget - accounts.spent_from(connection, purse), 0)

    def _row(self, calculated: Calculated, person: int, arrival: Arrival) -> Json:
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
            "purse": calculated.purse,
            "edition": self.parameters.edition,
            "fingerprint": self.parameters.fingerprint,
        }

    def _answer(self, number: int, calculated: Calculated, arrival: Arrival) -> Json:
        claim = calculated.claim
        return {
            "id": number,
            "institution": claim.institution,
            "visit_id": claim.visit_id,
            "message_id": arrival.message.id,
            "service_date": claim.service_date.isoformat(),
            "made": instant(arrival.moment.at),
            "person": known_answer(calculated.known),
            "visit": {"kind": claim.kind, "facility_level": calculated.institution.level},
            "reimbursement": calculated.answer,
            "year_to_date": {
                "year": claim.service_date.year,
                "before": year_answer(calculated.before, calculated.standing),
                "after": year_answer(calculated.after, calculated.standing + 1),
            },
            "parameters": {"edition": self.parameters.edition, "fingerprint": self.parameters.fingerprint},
            "warnings": calculated.warnings,
        }


def _bill(claim: Claim, institution: Institution, known: Known, compensated: bool) -> Bill:
    bill = Bill(
        registration=known.registration,
        kind=claim.kind,
        facility_level=institution.level,
        total=claim.total,
        in_scope=claim.in_scope,
        major_disease=known.major_disease,
        chronic_disease=known.chronic_disease,
        # An accident is paid for once.
        accident_disability=claim.accident_disability and not compensated,
        unreferred=institution.level in AWAY and not claim.referred and not claim.emergency,
        readings=claim.readings,
    )
    bill.adjudicated = claim.adjudicated
    return bill


def _warnings(claim: Claim, institution: Institution, known: Known, language: Language) -> list[Json]:
    """Warn of a person whom the register does not know, and of what the institution believes otherwise."""
    found = [] if known.in_register else ["person_unknown"]
    held: dict[str, Any] = {
        "registration": known.registration,
        "major_disease": known.major_disease,
        "chronic_disease": known.chronic_disease,
        "facility_level": institution.level,
    }
    differing = [name for name, said in claim.said.items() if said is not None and said != held[name]]
    found += ["register_differs"] * bool(differing)
    return [
        {"code": code, "text": text("warnings", code, language), "fields": differing if "differs" in code else []}
        for code in found
    ]


def _copy(year: Year) -> Year:
    return Year(year.admissions, dict(year.admissions_at), dict(year.counted), dict(year.paid))
