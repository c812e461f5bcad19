"""Whatever happens in whatever order: the year is the sum of what stands, and what stands rests on what stands."""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from app.db import sealing
from app.db.engine import make_engine, reading, writing
from app.db.ledger import institutions
from app.db.ledger.events import NOTES, EventNotes
from app.db.ledger.models import AMOUNTS, Settlement
from app.ledger import verification
from app.ledger.event_verification import verify_events
from app.ledger.ledger import Ledger
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.parameters import load, shipped_files
from tests.ledger.test_budget import overlay
from tests.support.grid import grid
from tests.support.lasting import store_for
from tests.support.ledger_desk import (
    HOSPITALS,
    LEVELS,
    SICK,
    TODAY,
    WRITTEN,
    Books,
    Desk,
    Json,
    amounts_in,
    amounts_of,
    status,
    stay,
)
from tests.support.ledger_processes import Served, serving
from tests.support.ledger_walk import Walk
from tests.support.reimbursement_oracle import settle
from tests.support.scale import scaled

pytestmark = pytest.mark.lengthy

SEED = int(os.environ.get("ANDA_TEST_SEED", "20180520"))
"""Of the walks, which are the same in every run; another one draws others."""

BUDGET = 12_000_00
"""What the budget holds, where one is kept: a stay or two; fen."""

STEPS = 20
"""Of each walk."""

# ---- any sequence of acts, one after the other


@pytest.fixture(scope="module")
def walked(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Path]]:
    """A store to walk in, and a folder for the key and the parameters."""
    folder = tmp_path_factory.mktemp("walk")
    engine = make_engine(store_for(request, tmp_path_factory, "ledger_walk", database))
    with writing(engine) as connection:
        for each in HOSPITALS.values():
            institutions.write(connection, WRITTEN, each)
    yield engine, folder
    engine.dispose()


@pytest.mark.slow
@pytest.mark.each_database
@grid("budget", [None, BUDGET])
def test_after_any_acts_the_year_is_the_sum_of_what_stands_and_what_stands_rests_on_what_stands(
    walked: tuple[Engine, Path], budget: int | None
) -> None:
    engine, folder = walked
    own = None if budget is None else overlay(folder, from_2018_01_01=f"{budget // 100}.00")
    parameters = load(shipped_files(), own)
    ledger = Ledger(parameters, ReimbursementPresenter(parameters), PersonPseudonyms(None, folder / "anda.key"))
    for example in range(scaled(6, 45) if engine.dialect.name == "sqlite" else scaled(2, 10)):
        with engine.connect().execution_options(**{NOTES: EventNotes()}) as connection:
            walk = Walk(connection, ledger, random.Random(f"{SEED} {budget} {example}"))
            try:
                for _ in range(STEPS):
                    if walk.act() == "take_back":
                        walk.check(budget)
                walk.check(budget)
            except AssertionError as error:
                raise AssertionError(f"walk {example}: {'; '.join(walk.trail)}") from error
            finally:
                connection.rollback()


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
                its = books[body["person"]]
                its.settled = partial(settle, fund_left=left)
                given = its.stand(body)
                assert amounts_in(row) == amounts_of(body, given), body
                left = None if left is None else left - row["major_disease_fund"]
        assert left is None or left >= 0
        for person, its in books.items():
            assert self.desk.account(person) == its.year(2018)
            assert self.desk.whole_account(person)["guarantee"] == its.guaranteed(2018)
        with self.desk.engine.connect() as connection:
            assert list(verification.faults(connection)) == []


def _fresh(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):016x}"


PEOPLE = (SICK, SICK, (*SICK, status("chronic_disease")), ())


def crowd_at(desk: Desk) -> Crowd:
    """Bring some people to a desk, whom all its hospitals' desks serve."""
    for each in HOSPITALS.values():
        desk.token(each.code)
    return Crowd(desk, {desk.person(*statuses): statuses for statuses in PEOPLE})


@pytest.mark.each_database
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


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_processes_that_spend_one_budget_at_once_book_what_one_would_have_booked_alone(
    empty_desk: Desk, tmp_path: Path
) -> None:
    budget = scaled(100_000_00, 2_000_000_00)
    own = overlay(tmp_path, from_2018_01_01=f"{budget // 100}.00")
    with (
        empty_desk.reopened(parameters=own) as desk,
        serving(desk, tmp_path, ANDA_PARAMETERS=str(own)) as served,
    ):
        crowd = crowd_at(desk)

        def work(at: int) -> None:
            def post(who: str, path: str, body: Json) -> httpx.Response:
                return served.clients[at % 2].post(path, json=body, headers=desk.headers(who))

            crowd.work(f"budget {at}", scaled(3, 65), post)

        with ThreadPoolExecutor(20) as threads:
            list(threads.map(work, range(20)))
        assert len(crowd.numbers) > scaled(30, 1_000)
        crowd.replay(budget)
        sealing.seal_events(desk.engine)
        with reading(desk.engine) as connection:
            assert verify_events(connection).faults == []


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
