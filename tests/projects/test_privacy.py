"""Privacy: numbers, tokens, names and contacts planted wherever they fit, and all that comes out searched for them.

Every number here is made up: 110101 and a first of January, 6222 and digits that count up.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count, cycle, islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from app.cli.main import app
from app.db.engine import reading, writing
from app.db.models import Base, Token
from tests.support.county import LONG_AGO, PLACES, County, Json
from tests.support.every_request import DAY, EVERY_FIELD, FIELDS, REQUESTS, Prepared, prepare, put, written
from tests.support.lasting import store_for
from tests.support.scale import LONG, scaled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
IDENTITY, CARD = "110101199001011234", "6222021234567890123"
NAME, CONTACT = "欧阳青山", "13904741118"
NUMBERS = (IDENTITY, CARD)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(address: str, folder: Path) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """Run `anda serve` over a store, speak to it, and collect all that it has written once it has stopped."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    environment |= {"ANDA_DATABASE_URL": address, "ANDA_TODAY": DAY, "ANDA_OBJECTIONS_A_MINUTE": "100000"}
    written: dict[str, str] = {}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        command = [sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                until = time.monotonic() + 30
                while True:
                    assert process.poll() is None and time.monotonic() < until, "the service does not answer"
                    try:
                        client.get("/healthz")
                        break
                    except httpx.TransportError:
                        time.sleep(0.1)
                yield client, written
        finally:
            process.terminate()
            process.wait(timeout=20)
    written["out"] = (folder / "out").read_text()
    written["err"] = (folder / "err").read_text()


class Planted(NamedTuple):
    """All that came out after everything had been planted."""

    county: County
    there: Prepared
    tokens: dict[str, str]
    answers: list[httpx.Response]
    refused: list[httpx.Response]
    """Those among the answers whose request had a number or a token in a text."""
    written: dict[str, str]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give every text that came out, and where."""
        for answer in self.answers:
            where = f"{answer.request.method} {answer.request.url} {answer.status_code}"
            body = answer.text
            if "json" in answer.headers.get("content-type", ""):
                body += json.dumps(answer.json(), ensure_ascii=False)
            yield where, f"{answer.headers} {body}"
        yield from self.written.items()


FEW = 4
"""Headers that the small form sends with each address, by turns."""


def headers_of(secrets: Iterator[str]) -> Iterator[dict[str, str]]:
    """Give the headers that anybody may send, with a secret planted in each."""
    for form in ("{}", "Bearer {}", "Basic {}"):
        yield {"Authorization": form.format(next(secrets))}
    for form in ("{}", '"{}-1"'):
        yield {"If-Match": form.format(next(secrets))}
    for name in ("Idempotency-Key", "X-Request-ID", "User-Agent", "Referer", "Cookie", "Accept-Language"):
        yield {name: next(secrets)}
    for name in ("X-Forwarded-For", "Content-Type", "Accept", "Origin", "X-Anything"):
        yield {name: next(secrets)}


def paths_of_the_library(client: httpx.Client) -> dict[str, Json]:
    document: Json = client.get("/openapi.json").json()
    return {
        path: operations
        for path, operations in document["paths"].items()
        if any("Project library" in operation["tags"] for operation in operations.values())
    }


def plant(client: httpx.Client, county: County, there: Prepared) -> Iterator[tuple[bool, httpx.Response]]:
    """Send secrets in everything that is sent; give every answer, and whether a text held the secret."""
    tokens = {who: county.token(who) for who in PLACES}
    secrets = (*NUMBERS, tokens["county"])

    def send(method: str, address: str, who: str | None, content: str | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        whose = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
        kind = {"Content-Type": "application/json"} if content is not None else {}
        return client.request(method, address, content=content, headers={**kind, **whose, "If-Match": "*", **named})

    # One secret after the other, so that each place meets each kind without a request for every pair of them.
    turn = cycle(secrets)
    many = chain.from_iterable(headers_of(turn) for _ in count())

    def planted_here() -> Sequence[str]:
        return secrets if LONG else (next(turn),)

    # In every field of every request.
    for name, pointer in EVERY_FIELD:
        asked, field = REQUESTS[name], FIELDS[name][pointer]
        for secret in planted_here():
            in_a_text = field.kind in {"line", "lines"}
            for value in (secret, f"户主 {secret}，已核实") if in_a_text else (secret,):
                yield (
                    in_a_text,
                    send(asked.method, asked.at(there), asked.who, written(put(asked.body, pointer, value))),
                )
        secret = next(turn)
        others: list[Any] = [{secret: secret}, [secret], *([int(secret)] if secret.isdigit() else [])]
        for value in others:
            yield False, send(asked.method, asked.at(there), asked.who, written(put(asked.body, pointer, value)))
    for asked in REQUESTS.values():
        for secret in planted_here():
            for content in (json.dumps({**asked.body, secret: 1}), secret, f'{{"{secret}', json.dumps([secret])):
                yield False, send(asked.method, asked.at(there), asked.who, content)
        for headers in headers_of(turn):
            # What is wrong with the body keeps it from being done.
            yield False, send(asked.method, asked.at(there), asked.who, '{"x": 1}', **headers)

    # In every address, query and header.
    for path, operations in paths_of_the_library(client).items():
        for method in operations:
            nothing = None if method == "get" else "{}"
            there_is = re.sub(r"\{\w+\}", str(there.notice), path)
            for secret in planted_here():
                planted = re.sub(r"\{\w+\}", secret, path)
                for address in (
                    planted,
                    f"{planted}/{secret}",
                    f"{planted}?{secret}={secret}",
                    f"{there_is}?{secret}=1",
                ):
                    yield False, send(method.upper(), address, "county", nothing)
                yield False, send("DELETE", planted, "county")
            for name in ("status", "place", "category", "limit", "cursor", "x"):
                yield False, send(method.upper(), f"{there_is}?{name}={next(turn)}", "county", nothing)
            for headers in headers_of(turn) if LONG else islice(many, FEW):
                yield False, send(method.upper(), there_is, "county", nothing, **headers)
    for secret in secrets:
        for address in (f"/{secret}", f"/v1/{secret}", f"/problems/{secret}", f"/documentation-assets/{secret}"):
            yield False, send("GET", address, None)
        yield False, send("GET", f"/v1/notices/{quote('户' + secret)}", None)

    # A name and a contact where they are asked for, on time and late, and an answer.
    objection = json.dumps({"content": "村西头的水井没有列入。", "name": NAME, "contact": CONTACT})
    for _ in range(2):
        yield False, send("POST", f"/v1/notices/{there.notice}/objections", None, objection, Idempotency_Key=IDENTITY)
    made = send("POST", f"/v1/notices/{there.notice + 1}/objections", None, objection)
    yield False, made
    yield False, client.get(made.headers["location"])
    # All that can be done is done once, with numbers in the headers that are not looked into.
    for number, asked in enumerate(REQUESTS.values()):
        more = {"Idempotency_Key": f"{CARD}-{number}", "X_Request_ID": IDENTITY, "User_Agent": CARD}
        done = send(asked.method, asked.at(there), asked.who, written(asked.body), **more)
        assert done.status_code == asked.done, done.text
        yield False, done
        yield False, send(asked.method, asked.at(there), asked.who, written(asked.body), **more)
        if asked.who and asked.at(there) != asked.address:
            stale = {"If_Match": f'"{IDENTITY}-{CARD}", "{tokens["county"]}"'}
            yield False, send(asked.method, asked.at(there), asked.who, written(asked.body), **stale)
            yield False, send(asked.method, asked.at(there), asked.who, written(asked.body))


def read(client: httpx.Client, county: County, there: Prepared) -> Iterator[httpx.Response]:
    """Read all that can be read, as anyone and as every officer."""
    pages = [path for path, operations in paths_of_the_library(client).items() if "get" in operations]
    for who in (None, *PLACES):
        headers = {} if who is None else {"Authorization": f"Bearer {county.token(who)}"}
        for page in pages:
            for number in {*there} if "{" in page else {0}:
                yield client.get(re.sub(r"\{\w+\}", str(number), page), headers=headers)
    yield from (client.get(page) for page in ("/metrics", "/openapi.json", "/readyz", "/healthz"))


def speak_badly(client: httpx.Client, token: str) -> None:
    """Send what is no HTTP at all: the server itself answers, and may log."""
    for line in (f"GET /{IDENTITY}", f"{CARD} / HTTP/1.1\r\n{IDENTITY}", f"GET / HTTP/9.{token}\r\nX: {token}"):
        with socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=5) as speaking:
            speaking.sendall(f"{line}\r\n\r\n".encode())
            speaking.recv(4_096)


@pytest.fixture(scope="module")
def planted(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """A county in which everything was planted, and all that came out of its service."""
    address = store_for(request, tmp_path_factory, "privacy", database)
    with County(address) as county:
        there = prepare(county)
        tokens = {who: county.token(who) for who in PLACES}
        answers: list[httpx.Response] = []
        refused: list[httpx.Response] = []
        with serving(address, tmp_path_factory.mktemp("served")) as (client, written_by):
            for in_a_text, answer in plant(client, county, there):
                answers.append(answer)
                refused += [answer] if in_a_text else []
            speak_badly(client, tokens["county"])
            answers += read(client, county, there)
            # A store that fails while somebody writes: what is logged then?
            _rename(county, "objections", "elsewhere")
            objection = {"content": "管线。", "name": NAME, "contact": CONTACT}
            failed = client.post(f"/v1/notices/{there.notice}/objections", json=objection)
            headers = {"Authorization": f"Bearer {tokens['county']}"}
            listed = client.get(f"/v1/notices/{there.notice}/objections", headers=headers)
            assert (failed.status_code, listed.status_code) == (503, 503)
            answers += [failed, listed]
            _rename(county, "elsewhere", "objections")
        yield Planted(county, there, tokens, answers, refused, written_by)


def _rename(county: County, table: str, to: str) -> None:
    with writing(county.engine) as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


# ---- what comes out


def test_everything_was_planted_and_answered_in_every_way(planted: Planted) -> None:
    statuses = {answer.status_code for answer in planted.answers}
    assert {200, 201, 401, 403, 404, 405, 409, 412, 415, 422, 503} <= statuses
    assert not {status for status in statuses if status >= 500} - {503}
    assert [answer.status_code for answer in planted.answers].count(503) == 2
    assert len(planted.answers) > scaled(500, 1_500)


def test_a_text_with_a_number_or_a_token_in_it_is_refused_by_its_field(planted: Planted) -> None:
    assert len(planted.refused) > scaled(40, 150)
    for answer in planted.refused:
        assert answer.status_code == 422, answer.request.content
        assert [error["code"] for error in answer.json()["errors"]] == ["private_number"]


def test_no_answer_no_log_line_and_no_metric_holds_a_number_or_a_token(planted: Planted) -> None:
    for where, told in planted.texts():
        for secret in (*NUMBERS, *planted.tokens.values()):
            assert secret not in told, where[:200]


def test_no_answer_no_log_line_and_no_metric_holds_the_name_or_the_contact_of_who_objects(planted: Planted) -> None:
    hidden = (NAME, CONTACT, json.dumps(NAME).strip('"'), quote(NAME))
    for where, told in planted.texts():
        assert not any(secret in told for secret in hidden), where[:200]


def test_the_log_has_a_line_for_each_request_and_each_line_is_one_of_few_kinds(planted: Planted) -> None:
    lines = [json.loads(line) for line in planted.written["out"].splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= len(planted.answers)
    routes = {line["route"] for line in requests}
    assert "/v1/notices/{number}/objections" in routes and "unmatched" in routes
    assert not any(re.search(r"\d{3}", route) for route in routes)
    failures = {line.get("failure") for line in lines if line["event"] == "store unavailable"}
    assert failures and all(re.fullmatch(r"\w+", str(failure)) for failure in failures)
    assert "Traceback" not in planted.written["out"] + planted.written["err"]


def test_what_is_objected_is_for_the_officers_of_the_place_and_whoever_holds_the_receipt(planted: Planted) -> None:
    for answer in planted.answers:
        sent = answer.request.headers.get("authorization")
        if sent is None and "/v1/objections/" not in str(answer.request.url):
            assert "村西头的水井没有列入" not in answer.text, answer.request.url


# ---- what is kept


def test_the_store_keeps_no_number_and_no_token_and_who_objected_only_with_the_objection(planted: Planted) -> None:
    with reading(planted.county.engine) as connection:
        kept = {name: str(connection.execute(select(table)).all()) for name, table in Base.metadata.tables.items()}
    assert {"tokens", "replies", "events", "objections"} <= set(kept)
    for name, rows in kept.items():
        for secret in (*NUMBERS, *planted.tokens.values()):
            assert secret not in rows, name
            assert secret.removeprefix("anda_")[:20] not in rows, name
        assert (NAME in rows, CONTACT in rows) == (name == "objections", name == "objections"), name


def test_the_files_of_the_store_hold_no_number_and_no_token(planted: Planted) -> None:
    if planted.county.engine.dialect.name != "sqlite":
        # PostgreSQL keeps its files for all databases together; what was refused never reached it: see above.
        assert len(planted.refused) > scaled(40, 150)
        return
    database = Path(str(planted.county.engine.url.database))
    files = [path for path in database.parent.iterdir() if path.name.startswith(database.name)]
    held = b"".join(path.read_bytes() for path in files)
    assert NAME.encode() in held or json.dumps(NAME).strip('"').encode() in held, "this is where it all is"
    for secret in (*NUMBERS, *planted.tokens.values()):
        assert secret.encode() not in held


def test_the_command_line_tells_none_of_it(planted: Planted) -> None:
    environment = {"ANDA_DATABASE_URL": planted.county.database_url}
    for words in (["verify"], ["token", "list"], ["token", "revoke", "9999"], ["verify", "--including", IDENTITY]):
        ended = CliRunner().invoke(app, words, env=environment)
        told = ended.output
        assert told
        for secret in (*NUMBERS, *planted.tokens.values(), NAME, CONTACT):
            assert secret not in told, words


def test_tokens_are_kept_as_hashes_alone(planted: Planted) -> None:
    with reading(planted.county.engine) as connection:
        rows = connection.execute(select(Token.hash, Token.created)).all()
    assert len(rows) >= len(PLACES)
    assert all(re.fullmatch(r"[0-9a-f]{64}", row.hash) and row.created == LONG_AGO for row in rows)
