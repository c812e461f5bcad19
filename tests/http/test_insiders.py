"""Metrics and the figures' fingerprint are for inner addresses, and for whoever has a token."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from tests.support.county import County
from tests.support.grid import grid
from tests.support.stores import migrated_file


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return County(migrated_file(tmp_path_factory.mktemp("insiders")))


def ask(county: County, path: str, address: str, **headers: str) -> tuple[int, str]:
    client = TestClient(county.on("2018-02-09").app, client=(address, 50_000))
    answer = client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, answer.text


@grid(
    ("address", "headers", "inside"),
    [
        ("127.0.0.1", {}, True),
        ("10.9.8.7", {}, True),
        ("192.168.1.2", {}, True),
        ("::1", {}, True),
        ("203.0.113.9", {}, False),
        ("2001:db8::1", {}, False),
        ("testclient", {}, False),
        ("10.9.8.7", {"X_Forwarded_For": "203.0.113.9"}, False),
    ],
)
def test_only_an_inner_address_is_shown_metrics_and_fingerprint(
    county: County, address: str, headers: dict[str, str], inside: bool
) -> None:
    status, text = ask(county, "/metrics", address, **headers)
    assert (status, "anda_requests" in text) == ((200, True) if inside else (401, False))
    status, text = ask(county, "/readyz", address, **headers)
    assert (status, '"parameters"' in text) == (200, inside)
    assert ask(county, "/healthz", address, **headers)[0] == 200
    token = {"Authorization": f"Bearer {county.token('village')}"}
    for path, shown in (("/metrics", "anda_requests"), ("/readyz", '"parameters"')):
        status, text = ask(county, path, address, **headers, **token)
        assert status == 200 and shown in text, "whoever has a token is shown them from everywhere"
        if not inside:
            assert ask(county, path, address, Authorization="Bearer x", **headers)[0] == 401


def test_a_deployment_names_its_inner_networks(tmp_path: Path) -> None:
    with County(migrated_file(tmp_path), inner_networks="203.0.113.0/24") as county:
        assert ask(county, "/metrics", "203.0.113.9")[0] == 200
        assert ask(county, "/metrics", "127.0.0.1")[0] == 401
    assert Settings(inner_networks="").inner_networks == ()
