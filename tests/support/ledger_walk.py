"""A walk at random through all that can be done with the ledger, and what must hold after each step of it."""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from app.clock import Clock, Moment
from app.db import tokens
from app.db.ledger import accounts, messages, persons, settlements
from app.db.ledger.models import AMOUNTS, Person, Settlement, SpentBudget
from app.db.ledger.persons import DatedStatus
from app.db.models import Token
from app.errors import ConflictError, IdempotencyKeyReusedError, NotFoundError
from app.ledger import verification
from app.ledger.claims import IncomingMessage, SettlementClaim
from app.ledger.corrections import find_corrected
from app.ledger.ledger import Ledger
from app.presenters.settlements import year_answer
from app.rules.reimbursement.bill import Kind
from tests.support.ledger_desk import (
    LEVELS,
    SICK,
    TODAY,
    WRITTEN,
    Books,
    Json,
    amounts_in,
    amounts_of,
    new_id,
    status,
    stay,
)

OFTEN = {
    "settle": 6,
    "settle_again": 2,
    "reverse": 4,
    "unwind": 2,
    "take_back": 6,
    "repeat": 1,
    "rebook": 3,
    "undo_rebooking": 2,
    "rebook_and_undo": 1,
    "settle_and_reverse": 1,
}
"""How often each act is tried, of some twenty."""

STATUSES: tuple[tuple[Json, ...], ...] = (
    SICK,
    (
        status("registered", "2017-01-01", "2018-06-30"),
        status("exited_without_policy", "2018-07-01"),
        status("major_disease"),
    ),
    (),
)
"""Of the persons: one whom every layer serves, one who leaves the register in the middle of 2018, a stranger."""

YEARS = (2018, 2019)
DAYS = ("2018-05-20", "2018-05-20", "2018-05-20", "2018-07-01", "2019-01-01")
KINDS: tuple[Kind, ...] = ("inpatient", "inpatient", "outpatient", "home_bed")
TOTALS = (100_00, 1_200_00, 30_000_00, 186_000_00, 400_000_00)


@dataclass
class Walk:
    """A ledger on which acts are tried, in one transaction that nobody keeps."""

    connection: Connection
    ledger: Ledger
    rng: random.Random
    numbers: list[str] = field(default_factory=list)
    """The persons, by the hashes of their numbers."""
    asked: list[tuple[Json, SettlementClaim]] = field(default_factory=list)
    """What has been settled: the body and the claim."""
    booked: list[tuple[str, int, bytes]] = field(default_factory=list)
    """The messages that booked: id, number, answer; a reversal's answer is not kept."""
    rebooked: list[int] = field(default_factory=list)
    """The settlements that were rebooked, undone or not."""
    taken_back: set[str] = field(default_factory=set)
    trail: list[str] = field(default_factory=list)
    """What was done so far, for whoever reads why it failed."""

    def __post_init__(self) -> None:
        """Write the register, and give an officer a token."""
        tokens.create(self.connection, "150923", "旗县", WRITTEN.at, 36_500)
        self.officer = self.connection.execute(select(func.max(Token.id))).scalar_one()
        for at, statuses in enumerate(STATUSES):
            self.numbers.append(self.ledger.key.hashed(str(at)))
            if statuses:
                persons.write(self.connection, WRITTEN, self.numbers[at], [_dated(each) for each in statuses], None)

    def act(self) -> str | None:
        """Do something, and say what; or be refused, and return None."""
        act = self.rng.choices(list(OFTEN), list(OFTEN.values()))[0]
        held = (list(self.asked), list(self.booked), set(self.taken_back), list(self.rebooked))
        savepoint = self.connection.begin_nested()
        try:
            told = getattr(self, act)()
        except (ConflictError, IdempotencyKeyReusedError, NotFoundError) as refused:
            savepoint.rollback()
            self.asked, self.booked, self.taken_back, self.rebooked = held
            self.trail.append(f"{act} refused: {refused}")
            return None
        savepoint.commit()
        self.trail.append(f"{act} {told}")
        return act

    # ---- the acts; each says of which settlement it was

    def settle(self, visit: str | None = None) -> int:
        """Settle something for somebody."""
        rng = self.rng
        at = rng.choice([0, 0, 0, 0, 1, 1, 2])
        day, level, kind = rng.choice(DAYS), rng.choice(LEVELS[1:4]), rng.choice(KINDS)
        total = rng.choice(TOTALS)
        body = stay(
            str(at),
            level,
            kind,
            service_date=day,
            bill={"total": f"{total // 100}.00", "in_scope": f"{total // 100}.00"},
            patient={"accident_disability": rng.random() < 0.4},
        )
        if visit is not None:
            body["visit_id"] = visit
        claim = SettlementClaim(
            person=self.ledger.identify(self.connection, str(at)),
            institution=body["institution"],
            visit_id=body["visit_id"],
            service_date=dt.date.fromisoformat(day),
            kind=kind,
            total=total,
            in_scope=total,
            accident_disability=body["patient"]["accident_disability"],
        )
        made = self.ledger.settle(self.connection, _arrival(body["institution"], body["message_id"]), claim)
        self.asked.append((body, claim))
        self.booked.append((body["message_id"], made.id, made.answer))
        return made.id

    def settle_again(self) -> int | None:
        """Settle a visit that was settled before, perhaps for somebody else or on another day."""
        return self.settle(self.rng.choice(self.asked[-3:])[0]["visit_id"]) if self.asked else None

    def reverse(self) -> int | None:
        """Reverse one of the settlements: of those that stand most often the last, which nothing rests on."""
        told = select(Settlement.id).where(settlements.STANDS).order_by(Settlement.id.desc())
        standing = list(self.connection.execute(told).scalars())
        if not standing:
            return None
        return self._undo(standing[0] if self.rng.random() < 0.7 else self.rng.choice(standing))

    def unwind(self) -> list[int | None]:
        """Reverse several."""
        return [self.reverse() for _ in range(self.rng.choice([2, 2, 3]))]

    def take_back(self) -> int | None:
        """Take one of the messages back, a settlement's or more often a reversal's."""
        waiting = [booked for booked in self.booked if booked[0] not in self.taken_back]
        reversing = [booked for booked in waiting if not booked[2]]
        if not self.booked:
            return None
        several = reversing if reversing and self.rng.random() < 0.7 else waiting or self.booked
        message, number, _ = self.rng.choice(several)
        row = settlements.find(self.connection, number)
        told = messages.Message(row.institution, "v1", message, "")
        assert self.ledger.take_back(self.connection, Clock().now(), told) == number
        self.taken_back.add(message)
        return number

    def repeat(self) -> int | None:
        """Send a settlement's message again."""
        if not self.asked:
            return None
        body, claim = self.rng.choice(self.asked)
        again = self.ledger.settle(self.connection, _arrival(body["institution"], body["message_id"]), claim)
        assert body["message_id"] not in self.taken_back
        key = (body["message_id"], again.id)
        of_message = (answer for message, number, answer in self.booked if (message, number) == key)
        # A warning may have come to its end: that it was reversed or corrected since.
        assert again.answer.startswith(next(of_message).removesuffix(b"]}"))
        return again.id

    def rebook(self) -> int | None:
        """Rebook one of the settlements that stand."""
        standing = list(self.connection.execute(select(Settlement.id).where(settlements.STANDS)).scalars())
        if not standing:
            return None
        number = self.rng.choice(sorted(standing))
        self.ledger.rebookings.book(self.connection, Clock().now(), self.officer, number)
        self.rebooked.append(number)
        return number

    def undo_rebooking(self) -> int | None:
        """Undo one of the rebookings, most often the last."""
        if not self.rebooked:
            return None
        number = self.rebooked[-1] if self.rng.random() < 0.8 else self.rng.choice(self.rebooked)
        self.ledger.rebookings.undo(self.connection, Clock().now(), self.officer, number)
        self.rebooked.remove(number)
        return number

    def rebook_and_undo(self) -> int | None:
        """Rebook and undo it at once, which leaves everything as it was."""
        before = self.traces()
        if (number := self.rebook()) is not None:
            self.rebooked.remove(number)
            self.ledger.rebookings.undo(self.connection, Clock().now(), self.officer, number)
            assert self.traces() == before
        return number

    def settle_and_reverse(self) -> int:
        """Settle and reverse at once, which leaves no trace in years, budgets and what is booked net."""
        before = self.traces()
        number = self._undo(self.settle())
        assert self.traces() == before
        return number

    def _undo(self, number: int) -> int:
        row = settlements.find(self.connection, number)
        message = new_id()
        made = self.ledger.reverse(self.connection, _arrival(row.institution, message), number)
        self.booked.append((message, made, b""))
        return number

    # ---- what must hold

    def traces(self) -> Any:
        """Return what a settlement leaves behind: years, budgets, lump sums, what is booked net."""
        connection = self.connection
        # Nobody has a year before he is met.
        nothing = year_answer(accounts.find(connection, 0, YEARS[0]))
        years = {
            (number, year): told
            for number in self.numbers
            if (person := persons.find(connection, number)) is not None
            for year in YEARS
            if (told := year_answer(accounts.find(connection, person, year))) != nothing
        }
        rows = settlements.totals(connection, dt.date(2018, 1, 1), dt.date(2100, 1, 1))
        net = {name: sum(getattr(row.amounts, name) for row in rows) for name in AMOUNTS}
        spent = connection.execute(select(SpentBudget.first_day, SpentBudget.spent).where(SpentBudget.spent != 0)).all()
        paid = select(Person.id, Person.compensated_by).where(Person.compensated_by.is_not(None))
        return years, net, spent, connection.execute(paid).all()

    def check(self, budget: int | None) -> None:
        """Hold the accounts, the budget and the amounts against what stands."""
        connection = self.connection
        assert list(verification.faults(connection)) == []
        told = select(Settlement.__table__).where(settlements.STANDS).order_by(Settlement.id)
        standing = [self._corrected(row._asdict()) for row in connection.execute(told)]
        visits = [(row["institution"], row["visit_id"]) for row in standing]
        assert len(visits) == len(set(visits)), "a visit is settled once"
        assert not {row["message_id"] for row in standing} & self.taken_back
        if budget is None:
            self._check_amounts(standing)
        else:
            spent = connection.execute(select(SpentBudget.spent)).scalar_one_or_none() or 0
            assert spent == sum(row["major_disease_fund"] for row in standing if row["purse"] is not None)
            assert spent <= budget
        for number in self.numbers:
            person = persons.find(connection, number)
            for year in YEARS if person is not None else ():
                its = [row for row in standing if (row["person_id"], row["year"]) == (person, year)]
                _check_account(connection, person or 0, year, its)

    def _corrected(self, row: Json) -> Json:
        """Return a settlement's row with the amounts that it has now."""
        now = find_corrected(self.connection, row["id"])
        return {**row, **now.amounts._asdict(), "counted": now.counted, "purse": now.budget_first_day}

    def _check_amounts(self, standing: list[Json]) -> None:
        """What stands is what the oracle gives for it one after the other, as if nothing else had ever been."""
        bodies = {body["message_id"]: body for body, _ in self.asked}
        books = [Books(statuses) for statuses in STATUSES]
        for row in standing:
            body = bodies[row["message_id"]]
            given = books[int(body["person"])].stand(body)
            assert amounts_in(row) == amounts_of(body, given)


def _check_account(connection: Connection, person: int, year: int, standing: list[Json]) -> None:
    """Hold a year against the sums of what stands in it."""
    sums = settlements.standing_sums(connection, person, year)
    to_date, count = accounts.find(connection, person, year)
    admitted = [row["level"] for row in standing if row["care"] != "outpatient"]
    assert count == sums.bookings == len(standing)
    assert to_date.admissions == sums.admissions == len(admitted)
    assert {level: many for level, many in to_date.admissions_at.items() if many} == {
        level: admitted.count(level) for level in set(admitted)
    }
    for layer, paid in to_date.paid.items():
        assert paid == sums.amounts.paid[layer] == sum(row[layer] for row in standing)
        assert to_date.counted[layer] == sum(row["counted"][layer] for row in standing)


def _arrival(institution: str, message: str) -> IncomingMessage:
    at = Moment(Clock().now().at, dt.date.fromisoformat(TODAY))
    return IncomingMessage(at, messages.Message(institution, "v1", message, message))


def _dated(written: Json) -> DatedStatus:
    until = written["until"] and dt.date.fromisoformat(written["until"])
    return DatedStatus(written["status"], dt.date.fromisoformat(written["from"]), until)
