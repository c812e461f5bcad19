"""Nothing tells who a person is: not an answer, a problem, a log line, a metric, nor the files of the database.

Planted are an insurer's number, an identity-card number, a bank card's and a name, wherever a request has room. What
the hospitals themselves number, visits and messages, is kept as they send it, unless it is a person's own number. Every
number here is made up.
"""

import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import inspect, make_url, text
from structlog.testing import CapturingLogger

from app.main import create_app
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.lasting import DATABASES, store_for
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, new_id, status, stay
from tests.support.ledger_processes import Served, serving
from tests.support.scale import scaled

pytestmark = pytest.mark.lengthy

CITY = HOSPITALS["city"].code
IDENTITY = "110101199001011234"
CARD = "6222021234567890123"
NAME = "欧阳青山"
LATIN_NAME = "OuyangQingshan"
KNOWN = "150923777000111"
"""The number of a person who is registered and settled."""
STRANGER = "150923777000222"
PLANTED = (KNOWN, STRANGER, IDENTITY, CARD, NAME, LATIN_NAME)


class Asked(NamedTuple):
    """A request with something planted in it."""

    who: str | None
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List the places of a body at which a value stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*place, at))
    else:
        yield place


def with_value(body: Json, place: tuple[str | int, ...], value: Any) -> Json:
    """Put a value at a place of a body."""
    copied: Json = json.loads(json.dumps(body))
    inner: Any = copied
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return copied


def full() -> Json:
    """Write a settlement that leaves no field out."""
    health = dict.fromkeys(("major_disease", "chronic_disease", "accident_disability"), False)
    return {
        **stay(KNOWN),
        "patient": {"registration": "none", **health},
        "visit": {"kind": "inpatient", "facility_level": "city", "referred": True, "emergency": False},
        "adjudicated": {"basic_insurance": "1.00", "critical_illness": "1.00"},
        "readings": {"ceiling": "none"},
        "interim": False,
    }


OWN_IDS = {("visit_id",), ("message_id",)}
"""What a hospital numbers as it likes."""


def settling() -> Iterator[Asked]:
    """Plant in every field of a settlement, and in fields that there are none of."""
    for planted in PLANTED:
        for place in leaves(full()):
            if place not in OWN_IDS:
                yield Asked(CITY, "POST", "/v1/settlements", with_value(full(), place, planted))
        for inside in ((), ("patient",), ("visit",), ("bill",), ("adjudicated",), ("readings",)):
            yield Asked(CITY, "POST", "/v1/settlements", with_value(full(), (*inside, "name"), planted))
    # A field that there is none of is named to whoever sent it, but never by a number that is private to look at.
    for private in (IDENTITY, CARD):
        yield Asked(CITY, "POST", "/v1/settlements", with_value(full(), (private,), private))
        yield Asked("county", "PUT", f"/v1/persons/{KNOWN}", {"statuses": [], private: private})
        yield Asked(CITY, "POST", "/v1/settlements/1/reversal", {"message_id": new_id(), private: private})
        yield Asked(CITY, "GET", f"/v1/settlements?visit_id=x&{private}=x")
    for body in (f'{{"person": "{KNOWN}', f'"{KNOWN}"', f'["{KNOWN}"]', KNOWN, ""):
        yield Asked(CITY, "POST", "/v1/settlements", body.encode())


def registering() -> Iterator[Asked]:
    """Plant in every field of what a county writes."""
    body = {"statuses": [status("registered")]}
    for planted in PLANTED:
        for place in leaves(body):
            yield Asked("county", "PUT", f"/v1/persons/{KNOWN}", with_value(body, place, planted))
        for inside in ((), ("statuses", 0)):
            yield Asked("county", "PUT", f"/v1/persons/{KNOWN}", with_value(body, (*inside, "name"), planted))
        yield Asked("county", "PUT", f"/v1/persons/{KNOWN}", planted.encode())
    yield Asked("village", "PUT", f"/v1/persons/{KNOWN}", body)
    yield Asked(None, "PUT", f"/v1/persons/{KNOWN}", body)
    yield Asked("county", "PUT", f"/v1/persons/{KNOWN}", b"x" * 2_000_000)


def addressing() -> Iterator[Asked]:
    """Plant in every address that takes a number, in those beside it, and in what is asked of them."""
    paths = (
        "/v1/persons/{}",
        "/v1/persons/{}/",
        "/v1/persons/{}/statuses",
        "/v1/persons/{}%20",
        "/v1/accounts/{}/2018",
        "/v1/accounts/{}/2019",
        "/v1/accounts/{}",
        "/v1/accounts/{}/",
        "/v1/accounts/{}/year",
        "/v1/accounts/{}/2018/layers",
        "/v1/accounts/2018/{}",
        "/v1/settlements/{}",
        "/v1/settlements/{}/reversal",
    )
    asking = (
        "/v1/persons/{0}?number={0}",
        "/v1/accounts/{0}/2018?name={0}",
        "/v1/settlements?visit_id=x&person={0}",
        "/v1/settlements?visit_id={0}",
        "/v1/settlements?message_id={0}",
        "/v1/ledger/totals?from=2018-01-01&to=2018-01-01&person={0}",
        "/v1/ledger/totals?from={0}&to={0}&institution={0}",
    )
    for planted in PLANTED:
        encoded = quote(planted)
        for path in (*paths, *asking):
            for who in ("county", CITY):
                yield Asked(who, "GET", path.format(encoded))
        for path in paths:
            yield Asked("township", "GET", path.format(encoded))
            yield Asked(None, "GET", path.format(encoded))
            for method in ("POST", "PATCH"):
                yield Asked("county", method, path.format(encoded), {"message_id": new_id()})


def reversing() -> Iterator[Asked]:
    """Plant in a reversal."""
    for planted in PLANTED:
        yield Asked(CITY, "POST", "/v1/settlements/1/reversal", {"message_id": new_id(), "name": planted})
        yield Asked(CITY, "POST", "/v1/settlements/1/reversal", {"message_id": {planted: planted}})


def heading() -> Iterator[Asked]:
    """Plant in headers."""
    for planted in PLANTED:
        told = planted.encode("utf-8").decode("latin-1")
        for name in (
            "Authorization",
            "Accept-Language",
            "User-Agent",
            "Cookie",
            "Referer",
            "If-Match",
            "Idempotency-Key",
        ):
            yield Asked("county", "GET", f"/v1/persons/{KNOWN}", None, {name: told})
            yield Asked(CITY, "POST", "/v1/settlements", full(), {name: told})
        yield Asked("county", "GET", f"/v1/persons/{KNOWN}", None, {"Authorization": f"Bearer {told}"})
        yield Asked("county", "GET", f"/v1/persons/{KNOWN}", None, {"Content-Type": told})
    for private in (IDENTITY, CARD):
        yield Asked("county", "GET", f"/v1/persons/{KNOWN}", None, {"X-Request-ID": private})


def ask(client: httpx.Client, desk: Desk, asked: Asked) -> httpx.Response:
    """Ask with what is planted; header values go out as the bytes that they are."""
    content = asked.body if isinstance(asked.body, bytes) else None
    body = json.dumps(asked.body).encode() if content is None and asked.body is not None else content
    headers = {**desk.headers(asked.who), "Content-Type": "application/json", **asked.headers}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return client.request(asked.method, asked.path, content=body, headers=encoded)


def found_in(content: bytes) -> list[str]:
    """Name what is planted and stands in what came out, whole or as it goes into addresses and JSON."""
    told = []
    for planted in PLANTED:
        forms = {planted, quote(planted), json.dumps(planted)[1:-1], json.dumps(planted)[1:-1].replace("\\", "\\\\")}
        if any(form.encode() in content for form in forms):
            told.append(planted)
    return told


def said(answer: httpx.Response) -> bytes:
    """Return all that an answer says."""
    return answer.content + b"\n" + b"\n".join(name + b": " + value for name, value in answer.headers.raw)


@pytest.fixture(scope="module", params=DATABASES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk, and one process that serves its store: each takes seconds to start."""
    folder = tmp_path_factory.mktemp("served")
    address = store_for(request, tmp_path_factory, "ledger_privacy", request.param)
    with Desk(address, folder / "anda.key") as desk, serving(desk, folder, processes=1) as running:
        yield running


@pytest.fixture(scope="module")
def asked(served: Served) -> list[tuple[Asked, httpx.Response]]:
    """All that was asked of a served process, with its answers; the known person is registered and settled."""
    desk, (client,) = served.desk, served.clients
    desk.register(KNOWN, *SICK)
    desk.reverse(desk.settle(stay(KNOWN)))
    desk.settle(stay(KNOWN))
    # Which addresses are asked is the same on each database: in the small form some of them on PostgreSQL.
    every = 1 if desk.engine.dialect.name == "sqlite" else scaled(5, 1)
    questions = [*settling(), *registering(), *islice(addressing(), 0, None, every), *reversing(), *heading()]
    return [(each, ask(client, desk, each)) for each in questions]


def test_no_answer_and_no_problem_tells_who_a_person_is(asked: list[tuple[Asked, httpx.Response]]) -> None:
    leaking = sorted(
        {
            (each.method, each.path, str(each.headers), answer.status_code)
            for each, answer in asked
            if found_in(said(answer))
        }
    )
    assert leaking == []


def test_what_is_planted_is_refused_and_some_of_it_settled(asked: list[tuple[Asked, httpx.Response]]) -> None:
    told = [answer.status_code for _, answer in asked]
    assert len(told) > scaled(300, 600)
    assert {200, 201, 401, 403, 404, 405, 409, 413, 415, 422} >= set(told) >= {200, 201, 401, 403, 404, 405, 413, 422}
    settled = {each.body["person"] for each, answer in asked if answer.status_code == 201 and "person" in each.body}
    assert settled >= {KNOWN, STRANGER, IDENTITY, CARD}, "any of them may be an insurer's number"


def test_the_instance_of_a_problem_is_the_form_of_an_address_that_holds_a_number(
    asked: list[tuple[Asked, httpx.Response]],
) -> None:
    instances = {
        answer.json()["instance"]
        for each, answer in asked
        if each.path.startswith(("/v1/persons/", "/v1/accounts/")) and answer.status_code >= 400
    }
    assert instances == {"/v1/persons/…", "/v1/accounts/…"}


def test_no_line_of_the_log_and_no_metric_tells_who_a_person_is(
    served: Served, asked: list[tuple[Asked, httpx.Response]]
) -> None:
    metrics = [client.get("/metrics") for client in served.clients]
    for answer in metrics:
        assert answer.status_code == 200
        assert found_in(said(answer)) == []
    assert b'route="/v1/persons/{person}"' in metrics[0].content
    written = served.written()
    assert written.count('"event":"request"') > len(asked)
    assert found_in(written.encode()) == []
    assert "Traceback" not in written and '"event":"failure"' not in written


def test_nothing_that_is_stored_tells_who_a_person_is(
    served: Served, asked: list[tuple[Asked, httpx.Response]]
) -> None:
    assert asked
    everything = list(stored(served.desk))
    assert len(everything) > 500
    assert [value for value in everything if found_in(value)] == []


def stored(desk: Desk) -> Iterator[bytes]:
    """Give every value of every table as text, what is compressed as it was before."""
    with desk.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - the store's own names
                for value in row:
                    if isinstance(value, (bytes, memoryview)):
                        yield bytes(value)
                        yield zlib.decompress(bytes(value))
                    else:
                        yield json.dumps(str(value), ensure_ascii=False).encode()


def test_the_files_of_the_store_hold_no_number(served: Served, asked: list[tuple[Asked, httpx.Response]]) -> None:
    assert asked
    address = make_url(served.desk.database_url)
    if address.get_backend_name() != "sqlite":
        with served.desk.engine.connect() as connection:
            # The pages as the server wrote them, its log of what it wrote among them.
            connection.execute(text("CHECKPOINT"))
            folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
            own = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            files = [*folder.glob(f"base/{own.scalar_one()}/*"), *folder.glob("pg_wal/0*")]
    else:
        database = Path(str(address.database))
        files = [each for each in database.parent.glob(f"{database.name}*") if each.suffix != ".db-shm"]
    visit = next(each.body["visit_id"] for each, answer in asked if answer.status_code == 201)
    contents = [each.read_bytes() for each in files]
    assert any(visit.encode() in content for content in contents), "what is stored is found where it is looked for"
    assert [found for content in contents if (found := found_in(content))] == []


def test_a_failure_that_nobody_foresaw_is_logged_and_answered_without_the_number(
    empty_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError(f"person {KNOWN} {NAME}")

    logger = CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    monkeypatch.setattr("app.ledger.ledger.Ledger.calculate", failing)
    monkeypatch.setattr("app.db.ledger.persons.statuses_of", failing)
    with InProcessClient(
        create_app(Settings(database_url=empty_desk.database_url, person_key_file=empty_desk.key, access_log=True)),
        raise_server_exceptions=False,
    ) as client:
        for each in (
            Asked(CITY, "POST", "/v1/settlements", stay(KNOWN)),
            Asked("county", "PUT", f"/v1/persons/{KNOWN}", {"statuses": [status("none")]}),
        ):
            answer = ask(client, empty_desk, each)
            assert answer.status_code == 500
            assert found_in(said(answer)) == []
    assert [call.args for call in logger.calls].count(("failure",)) == 2
    assert found_in(repr(logger.calls).encode()) == []


def test_a_store_that_fails_is_logged_without_what_was_to_be_written(
    empty_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr("app.db.store.log", logger)
    with empty_desk.engine.begin() as connection:
        connection.execute(text("ALTER TABLE persons RENAME TO gone"))
    for each in (
        Asked(CITY, "POST", "/v1/settlements", stay(KNOWN)),
        Asked("county", "PUT", f"/v1/persons/{KNOWN}", {"statuses": [status("none")]}),
        Asked("county", "GET", f"/v1/accounts/{KNOWN}/2018"),
    ):
        refused = empty_desk.ask(each.who, each.method, each.path, json=each.body)
        assert refused.status_code == 503
        assert found_in(said(refused)) == []
    assert [call.args for call in logger.calls] == [("store unavailable",)] * 3
    assert found_in(repr(logger.calls).encode()) == []
