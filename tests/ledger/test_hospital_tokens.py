"""Who may do what: a hospital settles and sees its own alone, counties see all, nobody else sees anything."""

import datetime as dt

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Moment
from app.db import tokens
from app.db.engine import reading, writing
from app.db.ledger import institutions
from app.db.ledger.institutions import Institution
from tests.support.county import LONG_AGO
from tests.support.grid import grid
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, new_id, problem, stay

CITY = HOSPITALS["city"].code
COUNTY = HOSPITALS["county"].code
NOW = dt.datetime(2018, 6, 1, 4, tzinfo=dt.UTC)
OFFICERS = ("township", "village", "other_village")


# ---- over HTTP


def asked_of(settlement: Json, person: str) -> list[tuple[str, str, Json | None]]:
    """List every question about settlements and accounts, and what writes them."""
    number = settlement["id"]
    return [
        ("GET", f"/v1/settlements/{number}", None),
        ("GET", f"/v1/settlements?visit_id={settlement['visit_id']}", None),
        ("GET", f"/v1/accounts/{person}/2018", None),
        ("GET", f"/v1/persons/{person}", None),
        ("GET", "/v1/ledger/totals?from=2018-01-01&to=2018-12-31", None),
        ("POST", "/v1/settlements", stay(person)),
        ("POST", f"/v1/settlements/{number}/reversal", {"message_id": new_id()}),
    ]


def test_a_hospital_sees_and_reverses_its_own_settlements_alone(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    problem(404, "unknown-settlement", desk.ask(COUNTY, "GET", f"/v1/settlements/{made['id']}"))
    refused = desk.ask(COUNTY, "POST", f"/v1/settlements/{made['id']}/reversal", json={"message_id": new_id()})
    problem(404, "unknown-settlement", refused)
    found = desk.ask(COUNTY, "GET", "/v1/settlements", params={"visit_id": made["visit_id"]})
    assert found.json() == {"items": [], "next": None}
    assert desk.ask(CITY, "GET", f"/v1/settlements/{made['id']}").status_code == 200
    assert desk.reread(made)["status"] == "standing"


def test_a_token_that_is_bound_to_a_network_is_none_from_elsewhere(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        token = tokens.create_for_institution(connection, CITY, "内网", LONG_AGO, 36_500, network="10.20.0.0/16")
    app, bearer = desk.on("2018-06-01").app, {"Authorization": f"Bearer {token}"}

    def status(address: str, **more: str) -> int:
        client = TestClient(app, client=(address, 50_000))
        return int(client.get("/v1/settlements?visit_id=x", headers={**bearer, **more}).status_code)

    assert status("10.20.3.4") == 200
    assert status("10.21.3.4") == 401
    assert status("10.20.3.4", **{"X-Forwarded-For": "203.0.113.9"}) == 401, "a proxy that nobody named hides who asks"


@grid(
    "path",
    ["/v1/settlements?visit_id=x&institution={}", "/v1/ledger/totals?from=2018-01-01&to=2018-01-01&institution={}"],
)
def test_a_hospital_that_asks_for_another_ones_bookings_is_refused(desk: Desk, path: str) -> None:
    problem(403, "forbidden", desk.ask(CITY, "GET", path.format(COUNTY)))
    for who, code in ((CITY, CITY), ("county", COUNTY), ("county", CITY)):
        assert desk.ask(who, "GET", path.format(code)).status_code == 200


def test_a_hospital_settles_for_itself_alone(desk: Desk) -> None:
    person = desk.person(*SICK)
    problem(403, "forbidden", desk.ask(CITY, "POST", "/v1/settlements", json=stay(person, "county")))
    problem(403, "forbidden", desk.ask(CITY, "POST", "/v1/settlements", json=stay(person, institution="H1")))
    assert desk.account(person)["settlements"] == 0


def test_what_one_hospital_settled_counts_at_the_next_and_is_in_the_account_that_both_see(desk: Desk) -> None:
    person = desk.person(*SICK)
    desk.settle(stay(person))
    second = desk.settle(stay(person, "county"))
    for who in (CITY, COUNTY, "county", "1509"):
        account = desk.ask(who, "GET", f"/v1/accounts/{person}/2018").json()
        assert account == {"year": 2018, **second["year_to_date"]["after"], "guarantee": "0.00"}


def test_officers_of_townships_and_villages_see_nothing_of_the_ledger(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    for who in OFFICERS:
        for method, path, body in asked_of(made, person):
            problem(403, "forbidden", desk.ask(who, method, path, json=body))
    assert desk.reread(made)["status"] == "standing"


def test_officers_of_the_county_and_the_city_see_all_and_settle_nothing(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    for who in ("county", "1509"):
        for method, path, body in asked_of(made, person):
            answer = desk.ask(who, method, path, json=body)
            if method == "GET":
                assert answer.status_code == 200, answer.text
            else:
                problem(403, "forbidden", answer)
    assert desk.account(person)["settlements"] == 1


def test_a_message_belongs_to_the_institution_whichever_of_its_tokens_is_sent(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    made = desk.settle(body)
    with writing(desk.engine) as connection:
        renewed = tokens.create_for_institution(connection, CITY, "renewed", LONG_AGO, 36_500)
    again = desk.ask(None, "POST", "/v1/settlements", json=body, headers={"Authorization": f"Bearer {renewed}"})
    assert (again.status_code, again.json()) == (201, made)


@grid("header", [None, "", "Bearer", "Bearer nothing", "Basic {}", "Bearer {}x", "{}"])
def test_without_a_valid_token_nothing_is_told_and_nothing_done(desk: Desk, header: str | None) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    headers = {} if header is None else {"Authorization": header.format(desk.token(CITY))}
    asked: list[tuple[str, str, Json | None]] = [*asked_of(made, person)]
    asked += [("PUT", f"/v1/persons/{person}", {"statuses": []})]
    for method, path, body in asked:
        refused = desk.ask(None, method, path, json=body, headers=headers)
        problem(401, "unauthorized", refused)
        assert refused.headers["www-authenticate"] == "Bearer"
    assert desk.account(person)["settlements"] == 1


@pytest.mark.lengthy
def test_a_token_of_a_hospital_opens_no_part_of_the_project_library(desk: Desk) -> None:
    paths = desk.ask(None, "GET", "/openapi.json").json()["paths"]
    addresses = [
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "Project library" in operation["tags"]
    ]
    assert len(addresses) > 12
    opened = []
    for method, path in addresses:
        concrete = path.replace("{number}", "1").replace("{receipt}", "x")
        anyone = desk.ask(None, method, concrete, json={} if method != "GET" else None)
        hospital = desk.ask(CITY, method, concrete, json={} if method != "GET" else None)
        # What asks nobody who he is asks no hospital either: it answers the same as to anyone.
        if hospital.status_code not in {403, anyone.status_code}:
            opened.append((method, path, hospital.status_code))
        if anyone.status_code == 401:
            problem(403, "forbidden", hospital)
    assert opened == []


def test_a_hospital_declares_no_project_and_sees_no_draft(desk: Desk) -> None:
    number = desk.declare()
    problem(404, "unknown-project", desk.ask(CITY, "GET", f"/v1/projects/{number}"))
    assert number not in [each["id"] for each in desk.ask(CITY, "GET", "/v1/projects").json()["items"]]
    problem(403, "forbidden", desk.ask(CITY, "POST", "/v1/projects", json={}))
    problem(403, "forbidden", desk.ask(CITY, "POST", f"/v1/projects/{number}/actions", json={"action": "withdraw"}))


def test_a_hospitals_token_that_is_revoked_or_expired_opens_nothing(desk: Desk) -> None:
    code = "H1509900002"
    desk.place(code, "county")
    now = dt.datetime.now(dt.UTC)
    with writing(desk.engine) as connection:
        short = tokens.create_for_institution(connection, code, "short", now, 1)
        expired = tokens.create_for_institution(connection, code, "expired", now - dt.timedelta(days=1), 1)

    def status_with(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return desk.ask(None, "GET", "/v1/settlements?visit_id=x", headers=headers).status_code

    assert (status_with(short), status_with(expired)) == (200, 401)
    with writing(desk.engine) as connection:
        found = tokens.find(connection, short, now)
        assert found is not None
        tokens.revoke(connection, found.id, now)
    assert status_with(short) == 401


# ---- the command


@pytest.fixture(name="store")
def _store(store: Engine) -> Engine:
    """A migrated store whose register holds one institution."""
    with writing(store) as connection:
        institutions.write(connection, Moment(NOW, NOW.date()), Institution(CITY, "市中心医院", "city"))
    return store


def command(database_url: str, *words: str) -> tuple[int, str, str]:
    """Run `anda token …`: how it ended and what it said on either output."""
    ended = CliRunner().invoke(app, ["token", *words], env={"ANDA_DATABASE_URL": database_url, "COLUMNS": "100"})
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.stdout, ended.stderr


def test_a_token_for_an_institution_is_created_listed_and_revoked(store: Engine, database_url: str) -> None:
    status, token, told = command(database_url, "create", "--institution", CITY, "--name", "结算窗口", "--days", "9")
    assert status == 0, told
    assert f"the institution {CITY}, valid for 9 days" in told
    now = dt.datetime.now(dt.UTC)
    with reading(store) as connection:
        holder = tokens.find(connection, token.strip(), now)
        (kept,) = tokens.list_all(connection)
    assert holder == tokens.Hospital(kept.id, CITY)
    assert (kept.place, kept.institution, kept.name) == (None, CITY, "结算窗口")
    status, listed, _ = command(database_url, "list")
    assert listed.splitlines()[1].split("\t")[:3] == [str(kept.id), CITY, "结算窗口"]
    assert command(database_url, "revoke", str(kept.id))[0] == 0
    with reading(store) as connection:
        assert tokens.find(connection, token.strip(), now) is None


@grid(
    ("words", "told"),
    [
        (["--name", "x"], "--place or --institution"),
        (["--name", "x", "--place", "150923", "--institution", CITY], "--place or --institution"),
        (["--name", "x", "--institution", "H0"], "no such institution"),
        (["--name", "x", "--institution", ""], "no such institution"),
        (["--name", " ", "--institution", CITY], "--name"),
        (["--institution", CITY], "--name"),
    ],
)
def test_a_token_that_would_be_nobodys_or_two_peoples_is_not_made(
    store: Engine, database_url: str, words: list[str], told: str
) -> None:
    status, said, why = command(database_url, "create", *words)
    assert (status, said) == (2, "")
    assert told in why
    with reading(store) as connection:
        assert tokens.list_all(connection) == []


def test_an_officers_token_is_no_hospitals_and_the_other_way_round(store: Engine) -> None:
    with writing(store) as connection:
        officer = tokens.create(connection, "150923", "x", NOW, 1)
        hospital = tokens.create_for_institution(connection, CITY, "x", NOW, 1)
        assert isinstance(tokens.find(connection, officer, NOW), tokens.Officer)
        assert isinstance(tokens.find(connection, hospital, NOW), tokens.Hospital)
