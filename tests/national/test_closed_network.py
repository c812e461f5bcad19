"""The national interface without a token: named networks only, JSON only, no page of another site, no former token."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from sqlalchemy import update
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from app.db.engine import writing
from app.db.models import Token
from app.http import addresses
from app.settings import Settings
from tests.support.grid import grid
from tests.support.national_desk import ADDRESS, HOSPITAL, POOR, Desk, Json
from tests.support.stores import migrated_file

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk in a closed network, at which nothing has been settled."""
    settings = {"national_trusted": "10.20.0.0/16,2001:db8:7::/48", "trusted_proxies": "127.0.0.1,10.20.0.1"}
    with Desk(migrated_file(tmp_path_factory.mktemp("closed")), **settings) as desk:
        yield desk


def call(desk: Desk, headers: dict[str, str], address: str = ADDRESS) -> Json:
    client = TestClient(desk.client.app, client=(address, 50_000))
    client.portal = desk.client.portal
    body = desk.envelope("2303", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    answer = client.post("/fsi/callService", content=json.dumps(body).encode(), headers=headers)
    assert answer.status_code == 200
    result: Json = answer.json()
    return result


@grid(
    ("headers", "address"),
    [
        (JSON, ADDRESS),
        ({"Content-Type": "Application/JSON; charset=utf-8"}, "10.20.255.255"),
        (JSON, "::ffff:10.20.3.4"),
        (JSON, "2001:db8:7:1::5"),
        ({**JSON, "Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, ADDRESS),
        ({**JSON, "X-Forwarded-For": f"10.20.3.4, {ADDRESS}, 10.20.0.1"}, ADDRESS),
        ({**JSON, "apikey": "another gateway's"}, ADDRESS),
    ],
)
def test_a_system_in_a_named_network_needs_no_token(closed: Desk, headers: dict[str, str], address: str) -> None:
    assert call(closed, headers, address)["infcode"] == "0"


@grid(
    ("headers", "address", "told"),
    [
        ({"Content-Type": "text/plain"}, ADDRESS, "application/json"),
        ({}, ADDRESS, "application/json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, ADDRESS, "application/json"),
        ({"Content-Type": "application/vnd.x+json"}, ADDRESS, "application/json"),
        ({**JSON, "Sec-Fetch-Site": "cross-site"}, ADDRESS, "其他网站"),
        ({**JSON, "Sec-Fetch-Site": "same-site"}, ADDRESS, "其他网站"),
        ({**JSON, "Origin": "http://elsewhere.example"}, ADDRESS, "其他网站"),
        ({**JSON, "Origin": "null"}, ADDRESS, "其他网站"),
        (JSON, "10.21.0.1", "网络"),
        (JSON, "2001:db8:8::1", "网络"),
        (JSON, "testclient", "网络"),
        ({**JSON, "apikey": "another gateway's"}, "10.21.0.1", "网络"),
        # A proxy in the network that nobody named: whoever is behind it is unknown, whatever they write themselves.
        ({**JSON, "X-Forwarded-For": "203.0.113.9"}, "10.20.0.9", "网络"),
        ({**JSON, "X-Forwarded-For": "10.20.0.9, 203.0.113.9"}, "10.20.0.9", "网络"),
        ({**JSON, "Forwarded": "for=203.0.113.9"}, "10.20.0.9", "网络"),
    ],
)
def test_whoever_else_needs_a_token(closed: Desk, headers: dict[str, str], address: str, told: str) -> None:
    answer = call(closed, headers, address)
    assert answer["infcode"] == "-1" and told in answer["err_msg"]
    with_token = call(closed, {**headers, "apikey": closed.tokens[HOSPITAL]}, address)
    assert with_token["infcode"] == "0", "with a token it is read as it always was"


@grid(
    "change", [{"revoked": dt.datetime(2018, 1, 1, tzinfo=dt.UTC)}, {"expires": dt.datetime(2018, 1, 1, tzinfo=dt.UTC)}]
)
def test_a_token_that_is_revoked_or_expired_is_refused_in_a_closed_network_too(
    closed: Desk, change: dict[str, dt.datetime]
) -> None:
    with writing(closed.engine) as connection:
        former = {"revoked": None, "expires": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}
        of_hospital = Token.institution == HOSPITAL
        connection.execute(update(Token).where(of_hospital).values(**{**former, **change}))
    answer = call(closed, {**JSON, "apikey": closed.tokens[HOSPITAL]})
    with writing(closed.engine) as connection:
        connection.execute(update(Token).where(of_hospital).values(**former))
    assert answer["infcode"] == "-1" and "令牌无效、已过期或已注销" in answer["err_msg"]
    assert call(closed, {**JSON, "apikey": closed.officers_token})["infcode"] == "-1"


@grid("value", ["true", "True", "1", "yes", "10.20.0.0/8", "10.20.0.0/16;10.21.0.0/16", "hospital.example"])
def test_what_names_no_network_ends_the_start_and_says_what_to_write(value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(national_trusted=value)
    (fault,) = refused.value.errors()
    assert fault["loc"] == ("national_trusted",)
    assert "10.20.0.0/16,192.0.2.7" in fault["msg"] and "\n" not in fault["msg"]


def test_a_deployment_names_its_networks_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in (("10.20.0.0/16, 192.0.2.7", ["10.20.0.0/16", "192.0.2.7/32"]), ("false", []), ("", [])):
        monkeypatch.setenv("ANDA_NATIONAL_TRUSTED", value)
        assert [str(network) for network in Settings().national_trusted] == expected


def test_the_log_says_once_that_a_proxy_is_not_named(closed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr(addresses, "log", logger)
    with Desk(str(closed.engine.url), trusted_proxies="127.0.0.1") as desk:
        for forwarded in ({}, {"X-Forwarded-For": ADDRESS}, {"X-Forwarded-For": f"{ADDRESS}, 127.0.0.1"}):
            desk.client.get("/healthz", headers=forwarded)
        assert not logger.calls, "what a named proxy says"
        for _ in range(2):
            desk.client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.9"})
    (line,) = logger.calls
    assert line.kwargs["address"] == ADDRESS and "ANDA_TRUSTED_PROXIES" in line.kwargs["meaning"]
