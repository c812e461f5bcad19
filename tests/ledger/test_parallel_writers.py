"""Many who write at once on PostgreSQL: who waits for whom, and that nothing is lost, doubled or out of order."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.clock import Clock
from app.db import locks, newest_instant, sealing
from app.db.engine import PERSON_THREADS, WAITING_THREADS, reading, writing
from app.db.ledger import events, persons
from app.db.ledger.messages import Message
from app.db.ledger.models import LedgerEvent, Person, Settlement, SpentBudget
from app.db.locks import Locked, WriteLock
from app.db.writer import Writer
from app.errors import StoreUnavailableError
from app.ledger import verification
from app.ledger.event_verification import verify_events
from tests.ledger.test_budget import FULL, overlay, paid
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, expect, new_id, stay
from tests.support.scale import scaled
from tests.support.waiting import PATIENCE, wait_until_somebody_waits

pytestmark = [pytest.mark.parametrize("database", ["postgresql"], indirect=True), pytest.mark.lengthy]


@pytest.fixture
def many() -> Iterator[ThreadPoolExecutor]:
    """Threads to ask from."""
    with ThreadPoolExecutor(40) as threads:
        yield threads


@pytest.fixture
def used(desk: Desk) -> Desk:
    """A desk at which everybody has a token and something was settled: the first settlement writes alone."""
    return in_use(desk)


def in_use(desk: Desk) -> Desk:
    for who in ("county", *(each.code for each in HOSPITALS.values())):
        desk.token(who)
    desk.settle(stay(desk.person()))
    return desk


@contextmanager
def holding(engine: Engine, kind: Locked, name: str) -> Iterator[Connection]:
    """Keep a transaction open that has locked something by name."""
    with writing(engine, WriteLock.PERSON) as connection:
        locks.lock(connection, kind, name)
        yield connection


def hash_of(desk: Desk, person: str) -> str:
    return desk.ledger().key.hashed(person)


def faults(engine: Engine) -> list[str]:
    """Return all that `anda verify` would say of the ledger once its events are linked."""
    sealing.seal_events(engine)
    with reading(engine) as connection:
        verified = verify_events(connection)
        return [*verified.faults, *verification.faults(connection)] + ["unsealed"] * verified.unsealed


# ---- who waits for whom


def test_nobody_waits_for_a_person_who_is_locked_but_the_writes_of_that_person(
    used: Desk, many: ThreadPoolExecutor
) -> None:
    locked, other = used.person(*SICK), used.person(*SICK)
    # More than a process has threads for: whoever waits must leave a thread to the others.
    bodies = [stay(locked) for _ in range(PERSON_THREADS + WAITING_THREADS + 4)]
    with holding(used.engine, "person", hash_of(used, locked)) as connection:
        # As every write does once a second, in a row that all share.
        newest_instant.note(connection, Clock().now().at + 2 * newest_instant.NOTED_EVERY)
        waiting = [many.submit(used.settle, body) for body in bodies]
        wait_until_somebody_waits(used.engine, WAITING_THREADS)
        settled = many.submit(used.settle, stay(other)).result(PATIENCE)
        many.submit(used.reverse, settled).result(PATIENCE)
        assert many.submit(used.account, other).result(PATIENCE)["settlements"] == 0
        many.submit(used.register, other).result(PATIENCE)
        query = {"message_id": settled["message_id"]}
        found = many.submit(used.ask, settled["institution"], "GET", "/v1/settlements", params=query).result(PATIENCE)
        assert [each["id"] for each in expect(200, found)["items"]] == [settled["id"]]
        assert many.submit(used.ask, None, "GET", "/readyz").result(PATIENCE).status_code == 200
        assert not any(each.done() for each in waiting)
    assert len({each.result(PATIENCE)["id"] for each in waiting}) == len(bodies)
    assert used.account(locked)["settlements"] == len(bodies)
    assert faults(used.engine) == []


def test_only_whom_the_fund_pays_waits_for_its_budget(
    empty_desk: Desk, many: ThreadPoolExecutor, tmp_path: Path
) -> None:
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="20000.00")) as its:
        in_use(its)
        sick, well = its.person(*SICK), its.person()
        first = its.settle(stay(its.person(*SICK)))
        assert paid(first) == (FULL, None)
        with holding(its.engine, "budget", "2018-01-01") as connection:
            waiting = many.submit(its.settle, stay(sick))
            wait_until_somebody_waits(its.engine)
            assert paid(many.submit(its.settle, stay(well)).result(PATIENCE)) == ("0.00", None)
            assert not waiting.done()
            # What is spent meanwhile is seen by whoever waits: of 20,000.00 a tenth is left.
            spent = connection.execute(select(SpentBudget.spent)).scalar_one()
            assert spent == 11_437_36
        assert paid(waiting.result(PATIENCE)) == ("8562.64", "fund_exhausted")
        assert faults(its.engine) == []


def test_a_visit_that_two_persons_are_settled_for_at_once_is_settled_once(used: Desk, many: ThreadPoolExecutor) -> None:
    one, other = stay(used.person(*SICK)), stay(used.person(*SICK))
    other["visit_id"] = one["visit_id"].lower()
    with holding(used.engine, "visit", f"{one['institution']} {one['visit_id']}"):
        answers = [many.submit(used.post, body) for body in (one, other)]
        wait_until_somebody_waits(used.engine, 2)
    assert sorted(each.result(PATIENCE).status_code for each in answers) == [201, 409]


def test_a_write_of_the_whole_store_waits_for_all_others_and_they_for_it(used: Desk, many: ThreadPoolExecutor) -> None:
    person = used.person(*SICK)
    done = threading.Event()

    def write_alone() -> None:
        with writing(used.engine):
            done.set()

    with holding(used.engine, "person", "nobody"):
        alone = many.submit(write_alone)
        wait_until_somebody_waits(used.engine)
        assert not done.is_set()
    alone.result(PATIENCE)
    with writing(used.engine):
        waiting = many.submit(used.settle, stay(person))
        wait_until_somebody_waits(used.engine)
        assert not waiting.done()
    waiting.result(PATIENCE)


# ---- one outcome of the two


def test_a_message_that_comes_for_two_persons_at_once_is_booked_for_one(used: Desk, many: ThreadPoolExecutor) -> None:
    for _ in range(5):
        one, other = stay(used.person(*SICK)), stay(used.person(*SICK))
        other["message_id"] = one["message_id"]
        with writing(used.engine):
            # Both begin at the same moment.
            answers = [many.submit(used.post, body) for body in (one, other)]
            wait_until_somebody_waits(used.engine, 2)
        statuses = sorted(each.result(PATIENCE).status_code for each in answers)
        assert statuses == [201, 422]
        refused = next(each.result() for each in answers if each.result().status_code == 422)
        assert refused.json()["type"] == "/problems/idempotency-key-reused"


def test_a_person_whom_nobody_knows_is_entered_once_by_all_who_come_at_once(
    used: Desk, many: ThreadPoolExecutor
) -> None:
    stranger = f"S{new_id()}"
    with writing(used.engine):
        answers = [many.submit(used.settle, stay(stranger)) for _ in range(6)]
        wait_until_somebody_waits(used.engine, PERSON_THREADS)
    assert sorted(each.result(PATIENCE)["year_to_date"]["before"]["settlements"] for each in answers) == [*range(6)]
    with reading(used.engine) as connection:
        its = Person.number == hash_of(used, stranger)
        assert len(connection.execute(select(Person.id).where(its)).all()) == 1


def test_whoever_meets_another_on_a_key_is_done_again_alone(store: Engine) -> None:
    writer = Writer(store)
    met: list[bool] = []

    def enter(connection: Connection) -> str:
        met.append(locks.locks_by_name(connection))
        if connection.execute(select(Person.id).where(Person.number == "same")).first() is not None:
            return "found"
        connection.execute(insert(Person).values(number="same"))
        return "entered"

    with writing(store, WriteLock.PERSON) as connection:
        enter(connection)
        answer = writer.submit(enter, WriteLock.PERSON)
        time.sleep(0.2)
    assert answer.result(PATIENCE) == "found"
    assert met == [True, True, False]
    writer.close()


def test_closing_does_what_waits_for_a_lock_and_what_waits_behind_it(store: Engine, many: ThreadPoolExecutor) -> None:
    writer = Writer(store)

    def enter(name: str, connection: Connection) -> str:
        locks.lock(connection, "person", "wanted by all")
        connection.execute(insert(Person).values(number=name))
        return name

    names = [f"{number:02}" for number in range(3 * (PERSON_THREADS + WAITING_THREADS))]
    with holding(store, "person", "wanted by all"):
        answers = [writer.submit(partial(enter, name), WriteLock.PERSON) for name in names]
        closing = many.submit(writer.close)
        wait_until_somebody_waits(store, WAITING_THREADS)
        assert not closing.done()
    closing.result(PATIENCE)
    assert [each.result(0) for each in answers] == names
    with reading(store) as connection:
        assert sorted(connection.execute(select(Person.number)).scalars()) == names
    assert writer.submit(lambda _: "again", WriteLock.PERSON).result(PATIENCE) == "again"
    writer.close()


def test_a_write_beside_others_fails_as_one_alone(store: Engine) -> None:
    writer = Writer(store)

    def submit(write: Callable[[Connection], object]) -> BaseException | None:
        return writer.submit(write, WriteLock.PERSON).exception(PATIENCE)

    def refuse(connection: Connection) -> None:
        connection.execute(insert(Person).values(number="half"))
        raise LookupError("no reason")

    def fail(_: object) -> None:
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    assert isinstance(submit(refuse), LookupError)
    broken = submit(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))
    assert isinstance(broken, StoreUnavailableError)
    assert broken.nothing_stored
    event.listen(store, "commit", fail)
    lost = submit(lambda connection: connection.execute(text("SELECT 1")).scalar_one())
    event.remove(store, "commit", fail)
    assert isinstance(lost, StoreUnavailableError)
    assert not lost.nothing_stored
    # What a write alone is refused for, it is refused for beside others: the key is there already.
    twice = insert(Person).values(number="twice")
    assert submit(lambda connection: connection.execute(twice).rowcount) is None
    assert isinstance(submit(lambda connection: connection.execute(twice).rowcount), IntegrityError)
    with reading(store) as connection:
        assert list(connection.execute(select(Person.number)).scalars()) == ["twice"]
    writer.close()


# ---- what is under way is missed by nobody


def test_events_that_are_committed_out_of_the_order_of_their_ids_are_all_linked(used: Desk) -> None:
    moment = Clock().now()
    with writing(used.engine, WriteLock.PERSON) as late:
        events.begin_act(late, moment.today)
        persons.insert_person(late, new_id())
        # Its event has a number in the table before the others, and is committed after them.
        events.append_noted(late)
        used.settle(stay(used.person(*SICK)))
        sealing.seal_events(used.engine)
        with reading(used.engine) as connection:
            before = events.head(connection)
    assert faults(used.engine) == []
    with reading(used.engine) as connection:
        order = select(LedgerEvent.id).where(LedgerEvent.number.is_not(None)).order_by(LedgerEvent.number)
        ids = list(connection.execute(order).scalars())
        assert events.head(connection).number > before.number
    assert ids != sorted(ids)


def test_whoever_asks_what_has_changed_waits_for_what_is_under_way(used: Desk, many: ThreadPoolExecutor) -> None:
    settled = used.settle(stay(used.person(*SICK)))
    asked: list[Future[list[int]]] = []
    ledger, moment = used.ledger(), Clock().now()
    query = {"changed_since": f"{moment.at:%Y-%m-%dT%H:%M:%SZ}"}

    def changed() -> list[int]:
        answer = used.ask(settled["institution"], "GET", "/v1/settlements", params=query)
        return [each["id"] for each in expect(200, answer)["items"]]

    with writing(used.engine, WriteLock.PERSON) as connection:
        events.begin_act(connection, moment.today)
        ledger.take_back(connection, moment, Message(settled["institution"], "v1", settled["message_id"], ""))
        asked.append(many.submit(changed))
        wait_until_somebody_waits(used.engine)
    assert [each.result(PATIENCE) for each in asked] == [[settled["id"]]]


# ---- in both orders


def settle(desk: Desk, person: str) -> httpx.Response:
    return desk.post(stay(person))


def rebook_first(desk: Desk, person: str) -> httpx.Response:
    with reading(desk.engine) as connection:
        its = select(Settlement.id).join(Person, Settlement.person_id == Person.id)
        first = its.where(Person.number == hash_of(desk, person)).order_by(Settlement.id).limit(1)
        number = connection.execute(first).scalar_one()
    return desk.ask("county", "POST", f"/v1/settlements/{number}/rebooking")


def register(desk: Desk, person: str) -> httpx.Response:
    return desk.ask("county", "PUT", "/v1/persons", json={"person": person, "statuses": list(SICK)})


def join(desk: Desk, person: str, other: str) -> httpx.Response:
    return desk.ask("county", "POST", "/v1/persons/join", json={"person": person, "other": other})


ACTS: dict[str, Callable[[Desk, str, str], httpx.Response]] = {
    "settle one": lambda desk, one, _: settle(desk, one),
    "settle other": lambda desk, _, other: settle(desk, other),
    "rebook one": lambda desk, one, _: rebook_first(desk, one),
    "rebook other": lambda desk, _, other: rebook_first(desk, other),
    "register one": lambda desk, one, _: register(desk, one),
    "join one and other": join,
    "join other and one": lambda desk, one, other: join(desk, other, one),
    "ask what has changed": lambda desk, *_: desk.ask(
        "county", "GET", "/v1/settlements", params={"changed_since": "2018-01-01T00:00:00Z"}
    ),
}


@pytest.mark.slow
def test_whatever_meets_in_whichever_order_nobody_waits_in_a_circle(
    empty_desk: Desk, many: ThreadPoolExecutor, tmp_path: Path
) -> None:
    rng = random.Random(20180520)
    with empty_desk.reopened(parameters=overlay(tmp_path, from_2018_01_01="500000.00")) as desk:
        in_use(desk)
        before = circles(desk.engine)
        for _ in range(scaled(6, 60)):
            one, other = desk.person(*SICK), desk.person(*SICK)
            for person in (one, one, other):
                desk.settle(stay(person))
            acts = rng.sample(list(ACTS), 4)
            with writing(desk.engine):
                # All begin at the same moment.
                answers = {act: many.submit(ACTS[act], desk, one, other) for act in acts}
                wait_until_somebody_waits(desk.engine)
            for act, answer in answers.items():
                status = answer.result(PATIENCE).status_code
                assert status in {200, 201, 404, 409}, (acts, act, answer.result().text)
        assert faults(desk.engine) == []
        assert circles(desk.engine) == before


def circles(engine: Engine) -> int:
    """Return how often PostgreSQL gave up a transaction since several waited for each other."""
    with engine.connect() as connection:
        statement = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(connection.execute(statement).scalar_one())
