"""Whatever happens in whatever order: the year is the sum of what stands, and what stands rests on what stands."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import oracle
import pytest
from hypothesis import HealthCheck, Phase, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from library.lasting import DATABASES, store_for
from sqlalchemy import Connection, Engine, delete, select

from app.answers.ledger import year_answer
from app.answers.reimbursement import ReimbursementAnswers
from app.clock import Clock, Moment
from app.db import accounts, institutions, ledger_verification, messages, persons, settlements
from app.db.ledger_models import AMOUNTS, Account, Message, Person, Purse, Settlement, Standing
from app.db.persons import Dated
from app.db.refusals import ConflictError, KeyReusedError
from app.db.store import make_engine, migrate, writing
from app.ledger import Arrival, Claim, Ledger
from app.person_numbers import PersonNumbers
from app.rules.parameters import load, shipped_files
from app.rules.reimbursement.bill import Kind
from ledger.desk import HOSPITALS, LEVELS, SICK, TODAY, WRITTEN, Books, Desk, Json, amounts_in, amounts_of, status, stay
from ledger.serving import Served
from ledger.test_purse import overlay

BUDGET = 60_000_00
"""What the purse holds, where one is kept; fen."""

Settling = Callable[[Json], httpx.Response]

# ---- any sequence of acts, one after the other


STATUSES: tuple[tuple[Json, ...], ...] = (
    SICK,
    (status("registered", "2017-01-01", "2018-06-30"), status("exited_without_policy", "2018-07-01")),
    (),
)
"""Of the persons: one whom every layer serves, one who leaves the register in the middle of 2018, a stranger."""

KINDS: tuple[Kind, ...] = ("inpatient", "inpatient", "outpatient", "home_bed")
TOTALS = (100_00, 1_200_00, 30_000_00, 186_000_00, 400_000_00)
DAYS = ("2018-05-20", "2018-05-20", "2018-05-20", "2018-07-01", "2019-01-01")

choice = st.integers(0, 9_999)
OFTEN = {"settle": 5, "settle_again": 2, "reverse": 6, "take_back": 5, "repeat": 1, "settle_and_reverse": 1}
"""How often each act is tried, of twenty."""

acts = st.tuples(st.sampled_from([act for act, often in OFTEN.items() for _ in range(often)]), choice)


@dataclass
class Walk:
    """A ledger that acts are tried on; what was refused has changed nothing."""

    engine: Engine
    ledger: Ledger
    numbers: list[str] = field(default_factory=list)
    asked: list[tuple[Json, Claim]] = field(default_factory=list)
    """What has been settled: the body and the claim."""
    booked: list[tuple[str, int, bytes]] = field(default_factory=list)
    """The messages that booked: id, number, answer."""
    taken_back: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Empty the ledger, and write the register."""
        with writing(self.engine) as connection:
            for table in (Message, Settlement, Account, Purse, Standing, Person):
                connection.execute(delete(table))
            for at, statuses in enumerate(STATUSES):
                number = self.ledger.numbers.hashed(str(at))
                self.numbers.append(number)
                dated = [_dated(each) for each in statuses]
                if dated:
                    persons.write(connection, WRITTEN, number, dated, None)

    def act(self, act: str, chosen: int) -> bool:
        """Do one act; or be refused, which leaves all as it was, and return False."""
        before = self.all_rows()
        try:
            with writing(self.engine) as connection:
                getattr(self, act)(connection, random.Random(chosen))
        except (ConflictError, KeyReusedError):
            assert self.all_rows() == before
            return False
        return True

    def settle(self, connection: Connection, rng: random.Random, visit: str | None = None) -> None:
        """Settle something for somebody."""
        at = rng.choice([0, 0, 0, 0, 0, 1, 2])
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
        claim = Claim(
            person=self.numbers[at],
            institution=body["institution"],
            visit_id=body["visit_id"],
            service_date=dt.date.fromisoformat(day),
            kind=kind,
            total=total,
            in_scope=total,
            accident_disability=body["patient"]["accident_disability"],
        )
        made = self.ledger.settle(connection, _arrival(body["institution"], body["message_id"]), claim)
        self.asked.append((body, claim))
        self.booked.append((body["message_id"], made.id, made.answer))

    def settle_again(self, connection: Connection, rng: random.Random) -> None:
        """Settle a visit that was settled before, perhaps for somebody else or on another day."""
        if self.asked:
            self.settle(connection, rng, rng.choice(self.asked[-2:])[0]["visit_id"])

    def reverse(self, connection: Connection, rng: random.Random) -> None:
        """Reverse one of the settlements: of those that stand most often the last, which nothing rests on."""
        told = select(Settlement.id).where(settlements.STANDS).order_by(Settlement.id.desc())
        standing = list(connection.execute(told).scalars())
        if standing:
            number = standing[0] if rng.random() < 0.7 else rng.choice(standing)
            row = settlements.find(connection, number)
            message = stay("")["message_id"]
            made = self.ledger.reverse(connection, _arrival(row["institution"], message), number)
            self.booked.append((message, made, b""))

    def take_back(self, connection: Connection, rng: random.Random) -> None:
        """Take one of the messages back, a settlement's or more often a reversal's."""
        if self.booked:
            reversing = [booked for booked in self.booked if not booked[2]]
            message, number, _ = rng.choice(reversing if reversing and rng.random() < 0.7 else self.booked)
            row = settlements.find(connection, number)
            told = messages.Message(row["institution"], "v1", message, "")
            assert self.ledger.take_back(connection, Clock().now(), told) == number
            self.taken_back.add(message)

    def repeat(self, connection: Connection, rng: random.Random) -> None:
        """Send a settlement's message again."""
        if self.asked:
            body, claim = rng.choice(self.asked)
            arrival = _arrival(body["institution"], body["message_id"])
            if body["message_id"] in self.taken_back:
                with pytest.raises(ConflictError, match="message-taken-back"):
                    self.ledger.settle(connection, arrival, claim)
            else:
                again = self.ledger.settle(connection, arrival, claim)
                assert (body["message_id"], again.id, again.answer) in self.booked

    def settle_and_reverse(self, connection: Connection, rng: random.Random) -> None:
        """Settle and reverse at once, which leaves no trace in years, purses and what is booked net."""
        before = self.traces(connection)
        self.settle(connection, rng)
        message = stay("")["message_id"]
        _, number, _ = self.booked[-1]
        row = settlements.find(connection, number)
        made = self.ledger.reverse(connection, _arrival(row["institution"], message), number)
        self.booked.append((message, made, b""))
        assert self.traces(connection) == before

    def traces(self, connection: Connection) -> Any:
        """Return what a settlement leaves behind: years, purses, lump sums, what is booked net."""
        years = {
            (number, year): year_answer(*accounts.find(connection, person, year))
            for number in self.numbers
            if (person := persons.find(connection, number)) is not None
            for year in (2018, 2019)
        }
        # Nobody has a year before he is met.
        nothing = year_answer(*accounts.find(connection, 0, 2018))
        first, last = dt.date(2018, 1, 1), dt.date(2100, 1, 1)
        rows = settlements.totals(connection, first, last)
        net = {name: sum(row[name] for row in rows) for name in AMOUNTS}
        purses = {row.first_day: row.spent for row in connection.execute(select(Purse.first_day, Purse.spent))}
        compensated = {
            row.id: row.compensated_by for row in connection.execute(select(Person.id, Person.compensated_by))
        }
        return (
            {key: year for key, year in years.items() if year != nothing},
            net,
            {day: amount for day, amount in purses.items() if amount},
            {person: number for person, number in compensated.items() if number},
        )

    def all_rows(self) -> list[Any]:
        """Return all that is stored of the ledger."""
        with self.engine.connect() as connection:
            return [
                sorted(map(tuple, connection.execute(select(table.__table__))), key=repr)
                for table in (Message, Settlement, Account, Purse, Person)
            ]

    def check(self, purse: bool) -> None:
        """Hold the accounts, the purse and the amounts against what stands."""
        with self.engine.connect() as connection:
            assert list(ledger_verification.faults(connection)) == []
            told = select(Settlement.__table__).where(settlements.STANDS).order_by(Settlement.id)
            standing = [row._asdict() for row in connection.execute(told)]
            visits = [(row["institution"], row["visit_id"]) for row in standing]
            assert len(visits) == len(set(visits)), "a visit is settled once"
            assert not {row["message_id"] for row in standing} & self.taken_back
            if purse:
                spent = connection.execute(select(Purse.spent)).scalar_one_or_none() or 0
                assert spent == sum(row["major_disease_fund"] for row in standing)
                assert spent <= BUDGET
            else:
                self._check_amounts(standing)
            for at, number in enumerate(self.numbers):
                person = persons.find(connection, number)
                for year in (2018, 2019) if person is not None else ():
                    its = [row for row in standing if (row["person_id"], row["year"]) == (person, year)]
                    _check_account(connection, person or at, year, its)

    def _check_amounts(self, standing: list[Json]) -> None:
        """What stands is what the oracle gives for it one after the other, and nothing else ever was."""
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
    assert count == sums["count"] == len(standing)
    assert to_date.admissions == sums["admissions"] == len(admitted)
    assert {level: many for level, many in to_date.admissions_at.items() if many} == {
        level: admitted.count(level) for level in set(admitted)
    }
    for layer, paid in to_date.paid.items():
        assert paid == sums[layer] == sum(row[layer] for row in standing)
        assert to_date.counted[layer] == sum(row["counted"][layer] for row in standing)


def _arrival(institution: str, message: str) -> Arrival:
    at = Moment(Clock().now().at, dt.date.fromisoformat(TODAY))
    return Arrival(at, messages.Message(institution, "v1", message, message))


def _dated(written: Json) -> Dated:
    until = written["until"] and dt.date.fromisoformat(written["until"])
    return Dated(written["status"], dt.date.fromisoformat(written["from"]), until)


@pytest.fixture(scope="module", params=DATABASES)
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    """A store to walk in, and a folder for the key and the parameters."""
    folder = tmp_path_factory.mktemp("walk")
    engine = make_engine(store_for(request, tmp_path_factory, "ledger_walk"))
    migrate(engine)
    with writing(engine) as connection:
        for each in HOSPITALS.values():
            institutions.write(connection, WRITTEN, each)
    yield engine, folder
    engine.dispose()


@pytest.mark.parametrize("purse", [False, True], ids=["no_purse", "a_purse"])
def test_after_any_acts_the_year_is_the_sum_of_what_stands_and_what_stands_rests_on_what_stands(
    walked: tuple[Engine, Path], purse: bool
) -> None:
    engine, folder = walked
    own = overlay(folder, from_2018_01_01=f"{BUDGET // 100}.00") if purse else None
    parameters = load(shipped_files(), own)
    ledger = Ledger(parameters, ReimbursementAnswers(parameters), PersonNumbers(None, folder / "anda.key"))
    examples = 25 if engine.dialect.name == "sqlite" else 6

    # Without shrinking, which takes minutes: what failed is noted, and short enough.
    @hypothesis_settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if phase not in {Phase.shrink, Phase.explain}],
    )
    @given(st.lists(acts, min_size=12, max_size=24))
    def walk(sequence: list[tuple[str, int]]) -> None:
        note(str(sequence))
        own_walk = Walk(engine, ledger)
        own_walk.begin()
        for act, chosen in sequence:
            if own_walk.act(act, chosen):
                own_walk.check(purse)

    walk()


# ---- twenty desks at once


@dataclass
class Crowd:
    """Desks that settle and reverse at once for a few persons, and what they asked and were answered."""

    desk: Desk
    people: dict[str, tuple[Json, ...]]
    bodies: dict[str, Json] = field(default_factory=dict)
    """What was asked, by its message."""
    numbers: list[int] = field(default_factory=list)
    """What was acknowledged."""

    def work(self, seed: str, acts: int, post: Callable[[str, str, Json], httpx.Response]) -> None:
        """Settle at random, send again, reverse: what a desk does."""
        rng = random.Random(seed)
        mine: list[Json] = []
        for _ in range(acts):
            draw = rng.random()
            if mine and draw < 0.25:
                last = mine.pop()
                answer = post(
                    last["institution"], f"/v1/settlements/{last['id']}/reversal", {"message_id": _fresh(rng)}
                )
                assert answer.status_code in {201, 409}, answer.text
            else:
                level = rng.choice(LEVELS[1:4])
                body = stay(
                    rng.choice(list(self.people)),
                    level,
                    visit_id=_fresh(rng),
                    message_id=_fresh(rng),
                    bill={"total": f"{rng.randint(100, 150_000)}.{rng.randint(0, 99):02}", "in_scope": "99.99"},
                    patient={"accident_disability": rng.random() < 0.2},
                )
                body["bill"]["in_scope"] = body["bill"]["total"]
                self.bodies[body["message_id"]] = body
                answer = post(body["institution"], "/v1/settlements", body)
                assert answer.status_code == 201, answer.text
                mine.append(answer.json())
                if draw > 0.8:
                    assert post(body["institution"], "/v1/settlements", body).content == answer.content
            if answer.status_code == 201:
                self.numbers.append(answer.json()["id"])

    def replay(self, budget: int | None) -> None:
        """Book in the order of the numbers what was booked, by the oracle, and compare every amount."""
        books = {person: Books(statuses) for person, statuses in self.people.items()}
        left = budget
        with self.desk.engine.connect() as connection:
            told = select(Settlement.__table__).where(Settlement.id.in_(self.numbers)).order_by(Settlement.id)
            rows = {row.id: row._asdict() for row in connection.execute(told)}
            assert sorted(rows) == sorted(set(self.numbers)), "each acknowledged booking is there"
            every = select(Settlement.id).where(Settlement.message_id.in_(list(self.bodies)))
            assert set(connection.execute(every).scalars()) <= set(rows), "and no other"
        for row in rows.values():
            if row["kind"] == "reversal":
                undone = rows[row["reverses"]]
                books[self.bodies[undone["message_id"]]["person"]].fall(self.bodies[undone["message_id"]])
                assert all(row[name] == -undone[name] for name in AMOUNTS)
                left = None if left is None else left + undone["major_disease_fund"]
            else:
                body = self.bodies[row["message_id"]]
                with purse_of(left):
                    given = books[body["person"]].stand(body)
                assert amounts_in(row) == amounts_of(body, given), body
                left = None if left is None else left - row["major_disease_fund"]
        assert left is None or left >= 0
        for person, its in books.items():
            assert self.desk.account(person) == its.year(2018)
        with self.desk.engine.connect() as connection:
            assert list(ledger_verification.faults(connection)) == []


def purse_of(left: int | None) -> Any:
    """Let the oracle's fund pay no more than the purse still holds."""
    known = oracle.annual_limit_left

    def limited(case: oracle.Case, layer: str) -> int | None:
        return left if layer == oracle.FUND else known(case, layer)

    return patch.object(oracle, "annual_limit_left", limited)


def _fresh(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):016x}"


PEOPLE = (SICK, SICK, (*SICK, status("chronic_disease")), ())


def crowd_at(desk: Desk) -> Crowd:
    """Bring some people to a desk, whom all its hospitals' desks serve."""
    for each in HOSPITALS.values():
        desk.token(each.code)
    return Crowd(desk, {desk.person(*statuses): statuses for statuses in PEOPLE})


def test_twenty_desks_at_once_book_what_they_would_have_booked_one_after_the_other(
    empty_desk: Desk, tmp_path: Path
) -> None:
    budget = 100_000_00
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01=f"{budget // 100}.00")) as desk:
        crowd = crowd_at(desk)
        clients = [desk.on(TODAY) for _ in range(20)]

        def work(at: int) -> None:
            def post(who: str, path: str, body: Json) -> httpx.Response:
                answer: httpx.Response = clients[at].post(path, json=body, headers=desk.headers(who))
                return answer

            crowd.work(f"{TODAY} {at}", 8, post)

        with ThreadPoolExecutor(20) as threads:
            list(threads.map(work, range(20)))
        assert len(crowd.numbers) > 100
        crowd.replay(budget)


def test_two_processes_at_once_book_what_one_would_have_booked_alone(served: Served) -> None:
    crowd = crowd_at(served.desk)

    def work(at: int) -> None:
        def post(who: str, path: str, body: Json) -> httpx.Response:
            return served.clients[at % 2].post(path, json=body, headers=served.desk.headers(who))

        crowd.work(f"processes {at}", 4, post)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(work, range(20)))
    assert len(crowd.numbers) > 40
    crowd.replay(None)


def test_one_message_that_arrives_at_both_processes_at_once_is_booked_once(served: Served) -> None:
    desk = served.desk
    body = stay(desk.person(*SICK))
    headers = desk.headers(body["institution"])

    def post(at: int) -> bytes:
        answer = served.clients[at % 2].post("/v1/settlements", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.content

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(post, range(8)))
    assert len(answers) == 1
    assert desk.account(body["person"])["settlements"] == 1


def test_of_two_desks_that_settle_one_visit_at_once_one_is_told_of_the_other(served: Served) -> None:
    desk = served.desk
    person = desk.person(*SICK)
    first = stay(person)
    headers = desk.headers(first["institution"])
    bodies = [{**first, "message_id": stay(person)["message_id"]} for _ in range(6)]

    def post(at: int) -> httpx.Response:
        return served.clients[at % 2].post("/v1/settlements", json=bodies[at], headers=headers)

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(post, range(6)), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201] + [409] * 5
    number = answers[0].json()["id"]
    assert all(f"number {number};" in answer.json()["detail"] for answer in answers[1:])
