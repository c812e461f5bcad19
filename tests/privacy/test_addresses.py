"""The log has the address of who shows a token, and of everybody else the network alone."""

from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from app.db import tokens
from app.db.engine import make_engine, migrate, writing
from app.main import create_app
from app.privacy.addresses import coarse_address
from app.settings import Settings
from tests.support.county import LONG_AGO
from tests.support.grid import grid


@grid(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_cut_to_its_network(address: str, network: str) -> None:
    assert coarse_address(address) == network


def test_a_line_of_the_log_names_token_and_address_of_who_shows_a_token_and_the_network_of_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    engine = make_engine(settings.database_url)
    migrate(engine)
    with writing(engine) as connection:
        token = tokens.create(connection, "150923", "office", LONG_AGO, 36_500, person="某工作人员")
        (stored,) = [each for each in tokens.list_all(connection) if each.name == "office"]
    engine.dispose()
    assert stored.person == "某工作人员"
    shown: dict[str, dict[str, str]] = {
        "none": {},
        "valid": {"Authorization": f"Bearer {token}"},
        "invalid": {"Authorization": "Bearer nothing"},
        "apikey": {"apikey": "nothing"},
        "desk": {},
    }
    lines: dict[str, Any] = {}
    app = create_app(Settings(database_url=settings.database_url, access_log=True))
    with TestClient(app, client=("203.0.113.77", 50_000)) as client:
        for how, headers in shown.items():
            path = {"apikey": "/fsi/1101", "desk": "/desk"}.get(how, "/v1/projects")
            body = {"msgid": "M1", "fixmedins_code": "H1", "input": {}}
            if how == "desk":
                client.post("/desk/session", data={"token": token}, follow_redirects=False)
            client.request("POST" if how == "apikey" else "GET", path, headers=headers, json=body)
            call = logger.calls[-1].kwargs
            lines[how] = {name: call[name] for name in ("address", "token") if name in call}
    assert lines == {
        "none": {"address": "203.0.113.0/24"},
        "valid": {"address": "203.0.113.77", "token": stored.id},
        "invalid": {"address": "203.0.113.77", "token": None},
        "apikey": {"address": "203.0.113.77", "token": None},
        "desk": {"address": "203.0.113.77", "token": stored.id},
    }
    assert "某工作人员" not in repr(logger.calls)
    assert token not in repr(logger.calls)
