"""The desk's session: a secret of its own, ended by leaving, by rest, by age and with the token; guesses are slowed."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from app.db import tokens
from app.db.engine import make_engine, writing
from app.db.models import DeskSession, Token
from app.main import create_app
from app.routers.pages import desk_session
from tests.support.demo_store import Demo, demo_in
from tests.support.markup import read

LOGIN = 'name="token"'
WRONG = "anda_" + "x" * 43


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo_in(tmp_path_factory.mktemp("sessions"))


@pytest.fixture(scope="module")
def running(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(demo.settings)) as client:
        yield client


def browser(running: TestClient, address: str = "203.0.113.7") -> TestClient:
    client = TestClient(running.app, follow_redirects=False, client=(address, 50_000))
    client.portal = running.portal
    return client


def enter(site: TestClient, token: str) -> str:
    answer = site.post("/desk/session", data={"token": token})
    assert answer.status_code == 303
    cookie = str(answer.cookies["anda_officer"])
    assert cookie
    return cookie


def is_inside(running: TestClient, cookie: str) -> bool:
    return LOGIN not in browser(running).get("/desk", headers={"Cookie": f"anda_officer={cookie}"}).text


def store_as_used(demo: Demo, **ago: dt.timedelta) -> None:
    """Let the sessions have begun, or have been used last, some time ago."""
    engine = make_engine(demo.settings.database_url)
    with writing(engine) as connection:
        for name, time in ago.items():
            column = DeskSession.__table__.c[name]
            for hash_, at in connection.execute(select(DeskSession.hash, column)).all():
                connection.execute(update(DeskSession).where(DeskSession.hash == hash_).values({name: at - time}))
    engine.dispose()


def test_the_cookie_holds_a_secret_of_its_own_that_the_store_does_not_know(running: TestClient, demo: Demo) -> None:
    token = demo.token("county")
    first, second = enter(browser(running), token), enter(browser(running), token)
    assert len({first, second, token}) == 3
    engine = make_engine(demo.settings.database_url)
    with engine.connect() as connection:
        stored = str(connection.execute(select(DeskSession.__table__)).all())
    engine.dispose()
    assert first not in stored and token not in stored
    assert is_inside(running, first) and is_inside(running, second)
    assert not is_inside(running, token), "the token itself opens no desk"


def test_over_tls_the_cookie_has_the_name_that_only_this_host_can_set(running: TestClient, demo: Demo) -> None:
    site = browser(running)
    answer = site.post("https://testserver/desk/session", data={"token": demo.token("county")})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-anda_officer=")
    assert all(part in cookie.lower() for part in ("; path=/;", "secure", "httponly", "samesite=strict"))
    secret = cookie.partition("=")[2].partition(";")[0]
    for name, inside in (("__Host-anda_officer", True), ("anda_officer", False)):
        page = browser(running).get("https://testserver/desk", headers={"Cookie": f"{name}={secret}"})
        assert (LOGIN not in page.text) is inside, name


def test_leaving_ends_the_session_and_not_only_its_cookie(running: TestClient, demo: Demo) -> None:
    site = browser(running)
    copied, other = enter(site, demo.token("county")), enter(browser(running), demo.token("county"))
    leaving = read(site.get("/desk").text).one("form", action="/desk/leave")
    form = {each.attributes["name"]: each.attributes["value"] for each in leaving.all("input")}
    assert site.post("/desk/leave", data=form).status_code == 303
    assert not is_inside(running, copied)
    assert is_inside(running, other), "leaving one browser leaves no other"


def test_entering_anew_ends_the_session_that_the_browser_had(running: TestClient, demo: Demo) -> None:
    site = browser(running)
    former = enter(site, demo.token("village"))
    assert is_inside(running, enter(site, demo.token("county")))
    assert not is_inside(running, former)


def test_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours(running: TestClient, demo: Demo) -> None:
    cookie = enter(browser(running), demo.token("county"))
    for _ in range(24):
        store_as_used(demo, used=dt.timedelta(minutes=28), begun=dt.timedelta(minutes=28))
        assert is_inside(running, cookie), "whoever works is not sent away"
    store_as_used(demo, begun=dt.timedelta(minutes=50))
    assert not is_inside(running, cookie)
    cookie = enter(browser(running), demo.token("county"))
    store_as_used(demo, used=dt.timedelta(minutes=31))
    assert not is_inside(running, cookie)


def test_a_session_ends_with_its_token(running: TestClient, demo: Demo) -> None:
    engine = make_engine(demo.settings.database_url)
    now = dt.datetime.now(dt.UTC)
    with writing(engine) as connection:
        token = tokens.create(connection, demo.place("county"), "for a while", now - dt.timedelta(days=2), 365)
        number = connection.execute(select(Token.id).order_by(Token.id.desc()).limit(1)).scalar_one()
    cookie = enter(browser(running), token)
    assert is_inside(running, cookie)
    with writing(engine) as connection:
        tokens.revoke(connection, number, now)
    engine.dispose()
    assert not is_inside(running, cookie)


def test_whoever_guesses_tokens_is_slowed_and_logged_and_nobody_else_is(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr(desk_session, "log", logger)
    with TestClient(create_app(demo.settings)) as running:
        for guess in range(10):
            site = browser(running, f"2001:db8:0:7::{guess:x}")
            assert site.post("/desk/session", data={"token": WRONG}).status_code == 401
        slowed = browser(running, "2001:db8:0:7:ffff::1").post("/desk/session", data={"token": demo.token("county")})
        assert slowed.status_code == 429 and "set-cookie" not in slowed.headers
        assert demo.token("county") not in slowed.text
        enter(browser(running, "2001:db8:0:8::1"), demo.token("county"))
    guesses = [call.kwargs for call in logger.calls]
    assert [line["outcome"] for line in guesses] == ["refused"] * 10 + ["slowed"]
    assert guesses[3]["address"] == "2001:db8:0:7::3"
    assert WRONG not in str(guesses)
