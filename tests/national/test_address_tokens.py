"""A token in the address: taken from its network alone, and seen by nothing behind the outermost middleware."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient
from starlette.types import Message
from structlog.testing import CapturingLogger
from uvicorn.protocols.utils import get_path_with_query_string

from app.db import tokens
from app.db.engine import writing
from app.db.store import Store
from app.errors import StoreUnavailableError
from app.http.address_tokens import mask_path
from app.main import create_app
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.grid import grid
from tests.support.national_desk import ADDRESS, HOSPITAL, KEY, LONG_AGO, POOR, Desk, Json
from tests.support.stores import migrated_file

NETWORK, OUTSIDE, PROXY = "10.20.0.0/16", "10.21.0.1", "10.20.0.1"
SPELLINGS = ("/fsi/{}/callService", "/fsi/{}/callService/", "/FSI/{}/CALLSERVICE", "/Fsi/{}/callservice/")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that others call without a token too, behind a named proxy."""
    settings = {"national_trusted": NETWORK, "trusted_proxies": f"127.0.0.1,{PROXY}"}
    with Desk(migrated_file(tmp_path_factory.mktemp("address")), **settings) as desk:
        yield desk


def make_token(desk: Desk, network: str | None = NETWORK, days: int = 36_500) -> str:
    with writing(desk.engine) as connection:
        return tokens.create_for_institution(connection, HOSPITAL, "旧系统", LONG_AGO, days, network=network)


def call(desk: Desk, path: str, address: str = ADDRESS, headers: dict[str, str] | None = None) -> Json:
    client = TestClient(desk.client.app, client=(address, 50_000))
    client.portal = desk.client.portal
    answer = client.post(path, content=json.dumps(trial(desk)).encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    result: Json = answer.json()
    return result


def trial(desk: Desk) -> Json:
    return desk.envelope("2303", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})


@grid("spelling", SPELLINGS)
@grid(
    ("headers", "address"),
    [
        ({}, ADDRESS),
        ({}, "::ffff:10.20.255.1"),
        ({"apikey": "compiled into the system", "Authorization": "Bearer another"}, ADDRESS),
        ({"X-Forwarded-For": f"10.20.3.4, {ADDRESS}, {PROXY}"}, ADDRESS),
    ],
)
def test_a_token_that_is_bound_to_a_network_may_stand_in_the_address(
    place: Desk, spelling: str, headers: dict[str, str], address: str
) -> None:
    answer = call(place, spelling.format(make_token(place)), address, headers)
    assert answer["infcode"] == "0", answer["err_msg"]


def test_any_other_token_is_refused_in_the_address_as_one_that_is_unknown(place: Desk) -> None:
    bound, revoked = make_token(place), make_token(place)
    with writing(place.engine) as connection:
        for record in tokens.list_all(connection)[-1:]:
            tokens.revoke(connection, record.id, dt.datetime(2018, 1, 1, tzinfo=dt.UTC))
        officers = [tokens.create(connection, each, "机关", LONG_AGO, 36_500) for each in ("1509", "150923100201")]
    hidden = {"X-Forwarded-For": "203.0.113.9"}
    refused: list[tuple[str, str, dict[str, str]]] = [
        *((token, ADDRESS, {}) for token in ("anda_unknown", "another gateway's", bound[:-1], bound.swapcase(), "…")),
        *((token, ADDRESS, {}) for token in ("callService", "2303", "fsi", revoked, make_token(place, days=30))),
        *((token, ADDRESS, {}) for token in (place.tokens[HOSPITAL], place.officers_token, *officers)),
        *((bound, address, {}) for address in (OUTSIDE, "2001:db8::1", "unknown")),
        (bound, ADDRESS, hidden),
        # Another token in a header helps nobody, who may call without one neither.
        ("anda_unknown", ADDRESS, {"apikey": place.tokens[HOSPITAL], "Content-Type": "application/json"}),
    ]
    answers = [call(place, f"/fsi/{token}/callService", address, headers) for token, address, headers in refused]
    for answer in answers:
        for name in ("inf_refmsgid", "refmsg_time", "respond_time"):
            del answer[name]
    assert answers == [answers[0]] * len(refused)
    assert (answers[0]["infcode"], answers[0]["err_msg"]) == ("-1", "机构令牌无效、已过期或已注销")


@grid(
    ("path", "masked"),
    [
        ("/fsi/{}/callService", "/fsi/…/callService"),
        ("/FSI/{}/CALLSERVICE/", "/fsi/…/callService"),
        ("/fsi/{}", "/fsi/…"),
        ("/fsi/{}/", "/fsi/…/"),
        ("/fsi/{}/2304", "/fsi/…/2304"),
        ("/fsi/{}/anything", "/fsi/…/…"),
        ("/fsi/callService/{}", "/fsi/callService/…"),
        ("/fsi//{}/callService", "/fsi//…/callService"),
        ("//fsi/{}/callService", "//fsi/…/callService"),
        ("/fis/{}/callService", "/…/…/callService"),
        ("/mbs-fsi/web/api/fsi/{}/callService", "/…/…/…/fsi/…/callService"),
        ("/{}/fsi/callService", "/…/fsi/callService"),
    ],
)
def test_a_mistyped_token_and_a_mistyped_address_are_masked_too(path: str, masked: str) -> None:
    for token in ("anda_" + "x" * 43, "nda_mistyped", "secret with a blank", "ABCDEFGHIJKL"):
        assert mask_path(path.format(token)) == masked, token


def test_a_token_is_masked_in_every_address_and_nothing_else_is() -> None:
    assert mask_path("/v1/anda_short/ANDA_x") == "/v1/…/…"
    for path in (
        "/fsi/callService",
        "/FSI/CALLSERVICE/",
        "/fsi/2304",
        "/fsi/2304A",
        "/fsi/D001",
        "/fsi/unknown",
        "/v1/fsix",
        "/",
        "",
    ):
        assert mask_path(path) == path


METHODS = ("POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "FSI")
PATHS = (
    *SPELLINGS,
    *("/fsi/{}", "/fsi/{}/", "/fsi/{}/2304", "/fsi/{}/callService/2304", "/fsi/callService/{}", "/fsi//{}/callService"),
    *("/fis/{}/callService", "/mbs-fsi/web/api/fsi/{}/callService", "/{}/fsi/callService"),
)
BODIES: tuple[dict[str, Any], ...] = (
    {"content": b"{"},
    {"content": b" " * 2_000},
    {"content": b"x", "headers": {"Content-Encoding": "gzip"}},
    {"content": b"x", "headers": {"Accept": "text/html", "Accept-Language": "en"}},
)


@pytest.mark.lengthy
def test_no_answer_log_metric_or_store_has_what_stood_in_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, logger = migrated_file(tmp_path), CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    statuses: set[int] = set()

    def ask(client: TestClient, method: str, path: str, **more: Any) -> httpx.Response:
        answer: httpx.Response = client.request(method, path, **more)
        statuses.add(answer.status_code)
        shown = [answer.text, *answer.headers.values()]
        assert not [secret for secret in secrets if any(secret in each for each in shown)], (method, path)
        if method in {"GET", "HEAD"}:
            assert answer.headers["cache-control"] == "no-store", path
        return answer

    with Desk(address) as desk:
        token = make_token(desk)
        secrets = [token, token[5:], token[1:], "mistyped-token"]
        settings = Settings(
            database_url=address,
            person_key=KEY,
            today=dt.date(2018, 5, 20),
            max_body_bytes=1_000,
        )
        with InProcessClient(create_app(settings), raise_server_exceptions=False, client=(ADDRESS, 1)) as client:
            for stay in ("2304", "2305"):
                envelope = desk.envelope(stay, {"psn_no": POOR, "mdtrt_id": "V1", "setl_id": "1"})
                envelope["input"] |= {"medfee_sumamt": 100, "inscp_scp_amt": 100}
                assert ask(client, "POST", f"/fsi/{token}/callService", json=envelope).json()["infcode"] == "0"
            for secret in (token, token[1:], "mistyped-token"):
                for path in PATHS:
                    for method in METHODS:
                        ask(client, method, path.format(secret))
                    for more in BODIES:
                        ask(client, "POST", path.format(secret), **more)
            _let_the_store_be_gone(monkeypatch)
            gone = ask(client, "POST", f"/fsi/{token}/callService", json=desk.envelope("2304", envelope["input"]))
            assert gone.json()["instance"] == "/fsi/…/callService"
            metrics = client.get("/metrics").text
        file = Path(str(make_url(address).database))
        stored = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*") if each.suffix != ".db-shm")
    assert statuses >= {200, 404, 405, 503}
    assert 'route="/fsi/{token}/callService"' in metrics
    (first, *_) = [each.kwargs for each in logger.calls if each.kwargs.get("status") == 200]
    assert (first["route"], first["address"], first["token"]) == ("/fsi/{token}/callService", ADDRESS, 6)
    for secret in secrets:
        assert secret not in repr(logger.calls) + metrics
        assert secret.encode() not in stored


def _let_the_store_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(Store, "write", gone)


def test_a_server_that_logs_paths_itself_logs_the_masked_one(place: Desk) -> None:
    token = make_token(place)
    path = f"/fsi/{token}/callService"
    scope: Any = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "query_string": b""}
    scope |= {"path": path, "raw_path": path.encode(), "root_path": "", "headers": [(b"host", b"test")]}
    scope |= {"client": (ADDRESS, 1), "server": ("test", 80), "state": {}}

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        assert get_path_with_query_string(scope) == "/fsi/%E2%80%A6/callService"  # as uvicorn does when it answers

    async def answer() -> None:
        await place.client.app(scope, receive, send)

    asyncio.run_coroutine_threadsafe(answer(), _loop_of(place.client)).result()
    assert token.encode() not in scope["raw_path"]


def _loop_of(client: InProcessClient) -> asyncio.AbstractEventLoop:
    assert client._loop is not None
    return client._loop
