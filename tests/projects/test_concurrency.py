"""Many at once: two processes of the service over one store, two officers at one project, and the one who writes."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.clock import Clock
from app.db import tokens
from app.db.engine import make_engine, migrate, reading, writing
from app.db.models import Token
from app.db.projects.events import OPERATOR
from app.db.projects.models import Project
from app.db.writer import MOST_TOGETHER, Writer
from app.errors import StoreUnavailableError
from app.projects import procedure
from app.projects.verification import verify
from app.schemas.requests.projects import ProjectRequest
from tests.support.county import LONG_AGO, County, project, taking
from tests.support.fault_processes import PERSON_KEY, Served
from tests.support.grid import grid
from tests.support.lasting import store_for
from tests.support.scale import scaled

pytestmark = [pytest.mark.each_database, pytest.mark.lengthy]

DAY = "2018-03-14"
"""The day of both processes: that on which the usual project comes into the library."""

Json = dict[str, Any]


# ---- two processes over one store


class Asked(NamedTuple):
    """A request: who asks, for what."""

    who: str
    method: str
    path: str
    body: Json
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


class Pair:
    """Two processes of the service over one store, and the county's officers."""

    def __init__(self, county: County, served: Sequence[Served]) -> None:
        self.county = county
        self.port = served[0].port
        """Where the first of the two is spoken to."""
        self._clients = [httpx.Client(base_url=each.address, timeout=60) for each in served]
        if len(served) == 1:
            # The process of the tests is the other.
            self._clients.append(county.on(DAY))
        self.first, self.second = self._clients

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def together(self, *asked: Asked) -> list[httpx.Response]:
        """Ask all at the same moment, by turns of one process and the other."""
        ready = threading.Barrier(len(asked))
        headers = [self.county.headers(each.who) for each in asked]

        def ask(number: int) -> httpx.Response:
            each = asked[number]
            client = self._clients[number % 2]
            ready.wait(60)
            return client.request(each.method, each.path, json=each.body, headers=headers[number] | each.headers)

        with ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(ask, range(len(asked))))

    def events(self, number: int) -> list[str]:
        answer = self._clients[0].get(f"/v1/projects/{number}/events", headers=self.county.headers("county"))
        return [event["action"] for event in answer.json()["items"]]

    def faults(self) -> list[str]:
        with reading(self.county.engine) as connection:
            return verify(connection).faults


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two processes over a store of their own, for all tests here: each has projects of its own."""
    folder = tmp_path_factory.mktemp("pair")
    address = store_for(request, tmp_path_factory, "anda_pair", database)
    with County(address, person_key=PERSON_KEY) as county:
        # In the small form the process of the tests is one of the two: it serves the county as well.
        served = [Served(address, folder, today=DAY) for _ in range(scaled(1, 2))]
        for each in served:
            each.launch()
        with ExitStack() as running:
            for each in served:
                running.enter_context(each)
            pair = Pair(county, served)
            yield pair
            pair.close()


def step(action: str) -> tuple[str, str, Json]:
    return "POST", "/actions", taking(action, DAY)


def patch(**changes: Any) -> tuple[str, str, Json]:
    return "PATCH", "", changes


TIMES = scaled(1, 4)
"""How often each two meet; in the long form each begins as often as the other."""

MEETINGS = {
    "the same step in a township": ("township_review", ("township", step("approve_in_township")), None, False),
    "the same step in the county": ("county_notice", ("county", step("enter_library")), None, False),
    "entering and withdrawing": (
        "county_notice",
        ("county", step("enter_library")),
        ("village", step("withdraw")),
        False,
    ),
    "entering and returning": ("county_notice", ("county", step("enter_library")), ("county", step("return")), False),
    "completing and removing": ("under_way", ("township", step("complete")), ("county", step("remove")), False),
    "approving and withdrawing what both have seen": (
        "township_review",
        ("township", step("approve_in_township")),
        ("village", step("withdraw")),
        True,
    ),
    "two changes of what both have seen": (
        "draft",
        ("village", patch(tasks="打深井一眼。")),
        ("village", patch(tasks="打深井两眼。")),
        True,
    ),
    "a change and a step on what both have seen": (
        "county_notice",
        ("county", patch(tasks="打深井一眼。")),
        ("county", step("enter_library")),
        True,
    ),
}
"""From which status; one officer's act; the other's, or the same; whether they say which version they have seen."""


@pytest.mark.slow
@grid("meeting", MEETINGS)
def test_of_two_who_act_on_a_project_at_once_one_succeeds_and_the_other_is_refused(pair: Pair, meeting: str) -> None:
    status, one, other, both_have_seen = MEETINGS[meeting]
    for turn in range(TIMES):
        number = pair.county.walk_to(status)
        before = pair.county.show(number, DAY)["version"]
        seen = {"If-Match": f'"{number}-{before}"'} if both_have_seen else {}
        asked = [
            Asked(who, method, f"/v1/projects/{number}{path}", body, seen)
            for who, (method, path, body) in (one, other or one)
        ]
        answers = pair.together(*(asked if turn % 2 else asked[::-1]))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [200, 412 if both_have_seen else 409], [answer.text for answer in answers]
        refused = next(answer for answer in answers if answer.status_code != 200)
        slug = "precondition-failed" if both_have_seen else "conditions-unmet"
        assert refused.json()["type"] == f"/problems/{slug}"
        after = pair.county.show(number, DAY)
        assert after["version"] == before + 1, "one act, not two"
        assert len(pair.events(number)) == after["version"]
        succeeded = next(answer for answer in answers if answer.status_code == 200)
        assert (after["status"], after["tasks"]) == (succeeded.json()["status"], succeeded.json()["tasks"])
    assert pair.faults() == []


@pytest.mark.slow
def test_an_objection_that_two_decide_at_once_is_decided_once(pair: Pair) -> None:
    for _ in range(TIMES):
        number = pair.county.declare(DAY)
        notice = pair.county.take(number, "post_village_notice", DAY)["notice"]["id"]
        made = pair.county.on(DAY).post(f"/v1/notices/{notice}/objections", json={"content": "没有经过村东头。"})
        path = f"/v1/objections/{made.json()['id']}/decision"
        outcomes = ("upheld", "dismissed")
        answers = pair.together(
            *(Asked("village", "POST", path, {"outcome": outcome, "answer": outcome}) for outcome in outcomes)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        outcome = next(answer.json()["outcome"] for answer in answers if answer.status_code == 200)
        expected = {"upheld": "returned", "dismissed": "village_notice"}[outcome]
        assert pair.county.show(number, DAY)["status"] == expected
        assert pair.events(number).count("decide") == 1
    assert pair.faults() == []


def named(pair: Pair, name: str) -> list[int]:
    """Find the projects of a name."""
    with reading(pair.county.engine) as connection:
        return list(connection.scalars(select(Project.id).where(Project.name == name)))


def test_twenty_who_declare_at_once_under_one_key_declare_one_project_and_hear_the_same(pair: Pair) -> None:
    asked = Asked("village", "POST", "/v1/projects", project(name="二十次"), {"Idempotency-Key": "twenty"})
    answers = pair.together(*[asked] * 20)
    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.content, answer.headers["etag"], answer.headers["location"]) for answer in answers}) == 1
    assert named(pair, "二十次") == [answers[0].json()["id"]]
    assert pair.events(answers[0].json()["id"]) == ["declare"]


@pytest.mark.slow
def test_of_two_bodies_under_one_key_at_once_one_is_written_and_the_other_refused(pair: Pair) -> None:
    for turn in range(TIMES):
        names = [f"同键 {turn}-{each}" for each in range(2)]
        key = {"Idempotency-Key": f"two-{turn}"}
        answers = pair.together(*(Asked("village", "POST", "/v1/projects", project(name=name), key) for name in names))
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        refused = next(answer for answer in answers if answer.status_code == 422)
        assert refused.json()["type"] == "/problems/idempotency-key-reused"
        assert sum(len(named(pair, name)) for name in names) == 1


def test_allocations_at_once_never_exceed_the_source(pair: Pair) -> None:
    number = pair.county.walk_to("in_library")
    path = f"/v1/projects/{number}/allocations"
    given = {"fund": "县级配套资金", "amount": "9000.00", "document": "乌财农〔2018〕1号"}
    answers = pair.together(*[Asked("county", "POST", path, given)] * 20)
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 11 + [409] * 9, "eleven times 9,000 of 100,000"
    for answer in answers:
        if answer.status_code == 409:
            assert [each["code"] for each in answer.json()["unmet"]] == ["above_budget"]
    (fund,) = [each for each in pair.county.show(number, DAY)["funds"] if each["fund"] == given["fund"]]
    assert (fund["allocated"], fund["left"]) == ("99000.00", "1000.00")
    assert pair.faults() == []


@pytest.mark.slow
def test_what_is_read_while_others_write_is_of_one_moment(pair: Pair) -> None:
    number = pair.county.walk_to("in_library")
    one = {"total": "500000.00", "sources": [{"fund": "中央财政专项扶贫资金", "amount": "500000.00"}]}
    other = {"total": "3.00", "sources": [{"fund": "甲", "amount": "1.00"}, {"fund": "乙", "amount": "2.00"}]}
    headers = pair.county.headers("county", If_Match="*")
    written = threading.Event()

    def write() -> None:
        for turn in range(scaled(20, 40)):
            budget = other if turn % 2 else one
            answer = pair.first.patch(f"/v1/projects/{number}", json={"budget": budget}, headers=headers)
            assert answer.status_code == 200, answer.text
        written.set()

    seen = set()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not written.is_set() and not writing.done():
            shown = pair.second.get(f"/v1/projects/{number}").json()
            assert shown["budget"] in (one, other, project()["budget"])
            assert [fund["fund"] for fund in shown["funds"]] == [each["fund"] for each in shown["budget"]["sources"]]
            seen.add(shown["version"])
            assert pair.faults() == [], "nor does the check of the history take a write in between for a fault"
        writing.result()
    assert len(seen) > 3


def test_who_goes_away_in_the_middle_harms_nothing_and_may_ask_again(pair: Pair) -> None:
    address = ("127.0.0.1", pair.port)
    wanted = [project(name=f"走了 {each}") for each in range(20)]
    headers = [pair.county.headers("village", Idempotency_Key=f"gone-{each}") for each in range(20)]
    for each, (whole, given) in enumerate(zip(wanted, headers, strict=True)):
        body = json.dumps(whole).encode()
        lines = {**given, "Host": "anda", "Content-Type": "application/json", "Content-Length": str(len(body))}
        head = "POST /v1/projects HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        # Every other one goes before he has said all.
        sent = body if each % 2 else body[: len(body) // 2]
        with socket.create_connection(address) as gone:
            gone.sendall(head.encode() + b"\r\n" + sent)
    for whole, given in zip(wanted, headers, strict=True):
        answer = pair.second.post("/v1/projects", json=whole, headers=given)
        assert answer.status_code == 201, answer.text
    # The first process may still have had one of them before it.
    assert pair.first.get("/readyz").status_code == 200
    assert [len(named(pair, whole["name"])) for whole in wanted] == [1] * 20
    assert pair.faults() == []


# ---- inside one process


def test_a_request_that_is_cancelled_is_done_once_or_not_at_all_and_may_be_asked_again(county: County) -> None:
    app = county.on(DAY).app
    headers = [county.headers("village", Idempotency_Key=f"cancelled-{each}") for each in range(30)]
    wanted = [project(name=f"取消 {each}") for each in range(30)]
    answered = []

    async def declare(client: httpx.AsyncClient, each: int) -> httpx.Response:
        return await client.post("/v1/projects", json=wanted[each], headers=headers[each])

    async def cancel_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://anda") as client:
            asked = [asyncio.create_task(declare(client, each)) for each in range(30)]
            for task in asked:
                await asyncio.sleep(0.001)
                task.cancel()
            answered.extend(await asyncio.gather(*asked, return_exceptions=True))
            return await asyncio.gather(*(declare(client, each) for each in range(30)))

    again = asyncio.run(cancel_all())
    assert any(isinstance(each, asyncio.CancelledError) for each in answered)
    assert {answer.status_code for answer in again} == {201}
    with reading(county.engine) as connection:
        assert sorted(connection.scalars(select(Project.name))) == sorted(whole["name"] for whole in wanted)
        assert verify(connection).faults == []


@pytest.fixture
def writer(store: Engine) -> Iterator[Writer]:
    """A writer over a store of its own."""
    writer = Writer(store)
    yield writer
    writer.close()


def put(name: str) -> Callable[[Connection], str]:
    """Write a token of a name, once."""

    def job(connection: Connection) -> str:
        row = {"hash": name, "place": "150923", "name": name, "created": LONG_AGO, "expires": LONG_AGO}
        connection.execute(insert(Token).values(row))
        return name

    return job


def kept(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(each.name for each in tokens.list_all(connection))


class Held:
    """Holds the writer up with one write, so that what is handed in meanwhile is written together."""

    def __init__(self, writer: Writer) -> None:
        self._begun, self._released = threading.Event(), threading.Event()
        self.answer = writer.submit(self._hold)
        assert self._begun.wait(60)

    def _hold(self, connection: Connection) -> str:
        self.thread = threading.current_thread()
        self._begun.set()
        assert self._released.wait(60)
        return put("held")(connection)

    def release(self) -> None:
        self._released.set()


def test_who_goes_away_before_his_turn_is_left_out_and_who_goes_in_it_is_not(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    gone, there = writer.submit(put("gone")), writer.submit(put("there"))
    assert gone.cancel()
    assert not held.answer.cancel(), "it has begun"
    held.release()
    assert (held.answer.result(60), there.result(60)) == ("held", "there")
    assert kept(engine) == ["held", "there"]


def test_one_that_is_refused_leaves_nothing_behind_and_disturbs_no_other(writer: Writer, engine: Engine) -> None:
    def fail(connection: Connection) -> str:
        put("half")(connection)
        raise LookupError("no reason")

    held = Held(writer)
    answers = [writer.submit(job) for job in (put("one"), fail, put("one"), put("two"))]
    held.release()
    assert (answers[0].result(60), answers[3].result(60)) == ("one", "two")
    assert isinstance(answers[1].exception(60), LookupError)
    assert isinstance(answers[2].exception(60), IntegrityError)
    assert kept(engine) == ["held", "one", "two"]
    assert writer.submit(put("three")).result(60) == "three"


def test_where_the_database_fails_nobody_is_told_yes_and_the_next_are_written(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    jobs = (put("one"), lambda connection: connection.execute(text("SELECT nothing FROM nowhere")), put("two"))
    answers: list[Future[Any]] = [writer.submit(job) for job in jobs]
    held.release()
    assert held.answer.result(60) == "held", "it was written alone, before them"
    assert {type(answer.exception(60)) for answer in answers} == {StoreUnavailableError}
    assert kept(engine) == ["held"]
    assert [writer.submit(put(name)).result(60) for name in ("one", "two")] == ["one", "two"]
    assert kept(engine) == ["held", "one", "two"]


def test_only_where_the_commit_had_begun_can_a_write_have_been_stored(writer: Writer, engine: Engine) -> None:
    def fail(_: object) -> None:
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    event.listen(engine, "commit", fail)
    error = writer.submit(put("one")).exception(60)
    event.remove(engine, "commit", fail)
    assert isinstance(error, StoreUnavailableError)
    assert not error.nothing_stored
    broken = writer.submit(lambda connection: connection.execute(text("SELECT nothing FROM nowhere"))).exception(60)
    assert isinstance(broken, StoreUnavailableError)
    assert broken.nothing_stored


def test_a_store_that_cannot_be_reached_is_told_to_each_and_tried_again() -> None:
    engine = make_engine("sqlite:////nonexistent/folder/anda.db")
    writer = Writer(engine)
    for _ in range(2):
        error = writer.submit(put("one")).exception(60)
        assert isinstance(error, StoreUnavailableError)
        assert error.nothing_stored
    writer.close()
    engine.dispose()


def test_closing_does_what_waits_first(writer: Writer, engine: Engine) -> None:
    held = Held(writer)
    names = [f"{number:03}" for number in range(3 * MOST_TOGETHER)]
    answers = [writer.submit(put(name)) for name in names]
    closing = threading.Thread(target=writer.close)
    closing.start()
    held.release()
    closing.join(60)
    assert not closing.is_alive()
    assert all(answer.done() for answer in answers)
    assert [answer.result() for answer in answers] == names
    assert kept(engine) == [*names, "held"]
    assert not held.thread.is_alive()


def test_whoever_hands_in_while_another_closes_is_answered_all_the_same(engine: Engine) -> None:
    migrate(engine)
    for _ in range(10):
        writer = Writer(engine)
        answers: list[Future[Any]] = []
        closing = threading.Event()

        def hand_in(
            writer: Writer = writer, answers: list[Future[Any]] = answers, closing: threading.Event = closing
        ) -> None:
            while not closing.is_set():
                answers.append(writer.submit(lambda connection: connection.execute(text("SELECT 1")).scalar_one()))
                time.sleep(0.0002)

        hands = [threading.Thread(target=hand_in) for _ in range(3)]
        for each in hands:
            each.start()
        time.sleep(0.01)
        # In a thread that ends with the process: one that waits for ever would keep it from ending.
        first = threading.Thread(target=writer.close, daemon=True)
        first.start()
        first.join(10)
        closing.set()
        for each in hands:
            each.join()
        assert not first.is_alive()
        writer.close()
        assert {answer.result(0) for answer in answers} == {1}


def test_writers_take_turns_whatever_the_isolation_that_the_server_gives_by_itself(postgresql: str) -> None:
    shared = make_engine(postgresql)
    with shared.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE anda_strict"))
        connection.execute(text("ALTER DATABASE anda_strict SET default_transaction_isolation = 'repeatable read'"))
    engine = make_engine(shared.url.set(database="anda_strict").render_as_string(hide_password=False))
    shared.dispose()
    migrate(engine)
    content = ProjectRequest(**project()).to_content()

    def declare(_: int) -> None:
        for _ in range(5):
            with writing(engine) as connection:
                procedure.declare(connection, Clock().now(), OPERATOR, content)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(declare, range(4)))
    with reading(engine) as connection:
        found = verify(connection)
    engine.dispose()
    assert (found.head.number, found.faults) == (20, [])
