"""Operations: alive, ready, metrics, request ids, problem pages, pages without another host, logs that hold no body."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError
from starlette.testclient import TestClient
from structlog.testing import CapturedCall, CapturingLogger

from app.db.engine import make_engine, migrate
from app.http.problems import STATUS
from app.main import create_app
from app.settings import Settings
from tests.support.grid import grid
from tests.support.stores import migrated_file

Json = dict[str, Any]

BILL: Json = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}
MARKER = "marker-77319284"
ROOT = Path(__file__).parents[2]


def expect_problem(response: httpx.Response, status: int, slug: str) -> Json:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert (problem["type"], problem["status"]) == (f"/problems/{slug}", status)
    return problem


# Alive and ready -----------------------------------------------------------------------------------


def test_the_process_says_that_it_is_alive(client: TestClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_the_service_is_ready_once_its_store_is_migrated_and_not_before(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'anda.db'}", access_log=False)
    with TestClient(create_app(settings)) as client:
        problem = expect_problem(client.get("/readyz"), 503, "not-ready")
        assert str(tmp_path) not in json.dumps(problem)
        assert client.get("/healthz").status_code == 200
        engine = make_engine(settings.database_url)
        migrate(engine)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        migrate(engine, "base")
        engine.dispose()
        expect_problem(client.get("/readyz"), 503, "not-ready")


def test_the_service_is_not_ready_where_its_store_cannot_be_reached(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'no such folder' / 'anda.db'}"
    with TestClient(create_app(Settings(database_url=address, access_log=False))) as client:
        response = client.get("/readyz")
        expect_problem(response, 503, "not-ready")
        assert "no such folder" not in response.text and "sqlite" not in response.text.lower()
        assert client.post("/v1/reimbursements", json=BILL).status_code == 200, "no bill needs the store"


def _addresses(client: TestClient) -> set[str]:
    """The scheme and host of every address that the feed names."""
    return set(re.findall(r"(https?://[^/\"<]+)/", client.get("/notices.atom").text)) - {"http://www.w3.org"}


def test_every_address_is_the_public_one_where_that_is_set(tmp_path: Path) -> None:
    database_url = migrated_file(tmp_path)
    for public, told in ((None, "http://testserver"), ("https://anda.example", "https://anda.example")):
        settings = Settings(database_url=database_url, access_log=False, public_address=public)
        with TestClient(create_app(settings)) as client:
            assert _addresses(client) == {told}


@grid(
    "address",
    [
        "anda.example",
        "ftp://anda.example",
        "https://anda.example/",
        "https://a b",
        "https://甲.cn",
        "https://a.b:",
        "https://a.b:99999",
        "https://a.b:x",
    ],
)
def test_a_public_address_that_is_none_is_refused_by_the_settings(address: str) -> None:
    with pytest.raises(ValidationError, match="public_address"):
        Settings(public_address=address)


# Metrics -------------------------------------------------------------------------------------------


def counted(client: TestClient) -> dict[str, float]:
    """Requests counted so far, by method, route and status: `GET /healthz 200`."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    # Reading all of it takes ten times as long.
    told = "".join(re.findall(r"^(?:# TYPE )?anda_requests_total\b.*\n", response.text, re.MULTILINE))
    return {
        "{method} {route} {status}".format(**sample.labels): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "anda_requests_total"
    }


@pytest.mark.lengthy
@grid(
    ("called", "body", "counted_as"),
    [
        ("POST /v1/reimbursements", BILL, "POST /v1/reimbursements 200"),
        ("POST /v1/reimbursements", {}, "POST /v1/reimbursements 422"),
        ("GET /v1/reimbursements", None, "GET /v1/reimbursements 405"),
        ("POST /v1/reimbursements/range", BILL, "POST /v1/reimbursements/range 200"),
        ("POST /v1/reimbursements/batch", [BILL], "POST /v1/reimbursements/batch 200"),
        ("GET /v1/parameters/civil_relief.bands", None, "GET /v1/parameters/{name} 200"),
        (f"GET /v1/parameters/{MARKER}", None, "GET /v1/parameters/{name} 404"),
        (f"GET /{MARKER}", None, "GET unmatched 404"),
        ("GET /healthz", None, "GET /healthz 200"),
        ("BREW /healthz", None, "OTHER /healthz 405"),
    ],
)
def test_a_request_is_counted_by_its_route_and_never_by_its_address(
    client: TestClient, called: str, body: object, counted_as: str
) -> None:
    before = counted(client)
    response = client.request(*called.split(), json=body)
    assert str(response.status_code) == counted_as.rsplit(maxsplit=1)[-1]
    after = counted(client)
    assert after[counted_as] == before.get(counted_as, 0) + 1
    changed = {key for key in after if after[key] != before.get(key, 0)}
    assert changed - {"GET /metrics 200"} == {counted_as}
    assert MARKER not in client.get("/metrics").text


def test_a_body_that_is_too_large_is_counted_too(client: TestClient) -> None:
    before = sum(value for key, value in counted(client).items() if key.endswith(" 413"))
    client.post("/v1/reimbursements", content=b" " * 2_000_000, headers={"Content-Type": "application/json"})
    after = sum(value for key, value in counted(client).items() if key.endswith(" 413"))
    assert after == before + 1


def test_the_time_to_answer_is_measured(client: TestClient) -> None:
    client.post("/v1/reimbursements", json=BILL)
    samples = [
        sample
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "anda_request_seconds_count"
        and sample.labels == {"method": "POST", "route": "/v1/reimbursements"}
    ]
    assert len(samples) == 1
    assert samples[0].value >= 1


# Request ids ---------------------------------------------------------------------------------------


@grid("given", ["a", "settlement-desk_4.2018", "A" * 128])
@grid("path", ["/healthz", "/nowhere", "/v1/parameters?x=1"])
def test_a_request_id_is_echoed(client: TestClient, path: str, given: str) -> None:
    response = client.get(path, headers={"X-Request-ID": given})
    assert response.headers.get_list("x-request-id") == [given]
    if response.status_code >= 400:
        assert response.json()["request_id"] == given


@grid("given", ["", " ", "a b", "a\tb", "A" * 129, "a;b", '"a"', "<script>", "ä", "${jndi}", "a/b"])
def test_a_request_id_that_is_ill_formed_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/nowhere", headers={"X-Request-ID": given.encode()})
    (made_up,) = response.headers.get_list("x-request-id")
    assert re.fullmatch(r"[0-9a-f]{32}", made_up)
    assert response.json()["request_id"] == made_up


def test_a_request_id_is_made_up_where_none_is_sent_and_never_twice(client: TestClient) -> None:
    made_up = {client.post("/v1/reimbursements", json=BILL).headers["x-request-id"] for _ in range(20)}
    assert len(made_up) == 20
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made_up)


# Problems ------------------------------------------------------------------------------------------


@grid(("language", "spoken"), [("zh", True), ("en", False)])
@grid("slug", STATUS)
def test_every_problem_has_a_page_in_both_languages(client: TestClient, slug: str, language: str, spoken: bool) -> None:
    response = client.get(f"/problems/{slug}", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert f'lang="{language}"' in response.text
    assert f"/problems/{slug}" in response.text
    assert str(STATUS[slug]) in response.text
    text = re.sub(r"<style>.*?</style>|<[^>]+>", "", response.text)
    assert any("一" <= character <= "鿿" for character in text) == spoken
    assert "{" not in text, "no operand is left open"
    assert not re.findall(r"(?:https?:)?//", response.text)


def test_a_page_of_no_problem_is_not_found(client: TestClient) -> None:
    expect_problem(client.get("/problems/marker"), 404, "not-found")


@grid("path", ["/nowhere", "/v1", "/v1/", "/v1/reimbursements/", "/v1/parameters/", "/v2/x"])
@grid("method", ["GET", "POST"])
def test_an_address_that_does_not_exist_is_a_problem(client: TestClient, method: str, path: str) -> None:
    problem = expect_problem(client.request(method, path), 404, "not-found")
    assert problem["instance"] == path


@grid(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/reimbursements", "POST"),
        ("OPTIONS", "/v1/reimbursements", "POST"),
        ("GET", "/v1/reimbursements/range", "POST"),
        ("DELETE", "/v1/reimbursements/batch", "POST"),
        ("POST", "/v1/parameters", "GET"),
        ("PUT", "/v1/parameters/civil_relief.bands", "GET"),
        ("PATCH", "/v1/readings", "GET"),
        ("POST", "/healthz", "GET"),
        ("POST", "/docs", "GET"),
        ("DELETE", "/problems/not-found", "GET"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_takes(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    expect_problem(response, 405, "method-not-allowed")
    assert allowed in re.split(r",\s*", response.headers["allow"])
    assert method not in re.split(r",\s*", response.headers["allow"])


@grid(("language", "title"), [("zh", "没有这个地址"), ("en", "Nothing is found here")])
def test_a_problem_speaks_the_language_asked_for(client: TestClient, language: str, title: str) -> None:
    response = client.get("/nowhere", headers={"Accept-Language": language})
    assert expect_problem(response, 404, "not-found")["title"] == title
    assert response.headers["content-language"] == language
    assert response.headers["vary"] == "Accept-Language"


@pytest.fixture
def failing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, CapturingLogger]]:
    """A service one of whose endpoints fails, and the log that it writes."""
    logger = CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    app = create_app(Settings(database_url=settings.database_url, access_log=True))

    @app.get("/failing")
    async def fail() -> None:
        raise RuntimeError(MARKER)

    @app.get("/leaking")
    async def leak() -> None:
        try:
            raise KeyError(MARKER)
        except KeyError as error:
            raise ValueError(f"SELECT {MARKER}") from error

    with TestClient(app) as client:
        yield client, logger


@grid("path", ["/failing", "/leaking"])
def test_a_failure_inside_an_endpoint_answers_a_problem_without_its_text(
    failing: tuple[TestClient, CapturingLogger], path: str
) -> None:
    client, _ = failing
    response = client.get(path, headers={"X-Request-ID": "desk-4", "Accept-Language": "en"})
    problem = expect_problem(response, 500, "internal-error")
    assert problem["request_id"] == response.headers["x-request-id"] == "desk-4"
    assert set(problem) == {"type", "title", "status", "detail", "instance", "request_id"}
    for secret in (MARKER, "RuntimeError", "ValueError", "Traceback", "SELECT", ".py"):
        assert secret not in response.text


def test_a_failure_is_logged_with_its_place_and_its_request_id_and_without_its_text(
    failing: tuple[TestClient, CapturingLogger],
) -> None:
    client, logger = failing
    client.get("/failing", headers={"X-Request-ID": "desk-4"})
    failure, request = logger.calls
    assert isinstance(failure, CapturedCall)
    assert (failure.method_name, failure.args) == ("error", ("failure",))
    assert (failure.kwargs["request_id"], failure.kwargs["failure"]) == ("desk-4", "RuntimeError")
    assert any("test_operations.py" in frame for frame in failure.kwargs["frames"])
    assert (request.kwargs["route"], request.kwargs["status"]) == ("/failing", 500)
    assert MARKER not in repr(logger.calls)


# Pages with no asset from another host -------------------------------------------------------------


class References(HTMLParser):
    """Collects what a page loads or links to, and the script that stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.extend(value or "" for name, value in attrs if name in {"src", "href", "spec-url", "action"})

    def handle_data(self, data: str) -> None:
        self.data.append(data)


@grid(("page", "least"), [("/docs", 3), ("/redoc", 3)])
def test_the_documentation_loads_nothing_from_another_host(client: TestClient, page: str, least: int) -> None:
    response = client.get(page)
    assert response.status_code == 200
    references = References()
    references.feed(response.text)
    assert len(references.found) >= least
    assert all(re.match(r"/(?!/)", reference) for reference in references.found), references.found
    assert not re.findall(r"https?://|[\"'(]//", response.text)
    policy = dict(
        directive.strip().split(" ", 1) for directive in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    hosts = {source for sources in policy.values() for source in sources.split() if "'nonce-" not in source}
    assert hosts <= {"'self'", "'none'", "data:", "blob:"}


@grid("page", ["/docs", "/redoc"])
def test_the_assets_of_the_documentation_are_served(client: TestClient, page: str) -> None:
    references = References()
    html = client.get(page).text
    references.feed(html)
    scripts = "".join(client.get(each).text for each in references.found if each.startswith("/pages/"))
    assert "/openapi.json" in html + scripts
    for reference in (*references.found, "/openapi.json"):
        response = client.get(reference)
        assert response.status_code == 200, reference
        assert len(response.content) > 100
        kind = response.headers["content-type"]
        expected = {".js": "javascript", ".css": "css", ".png": "image/", "json": "json"}
        ending = reference[reference.rindex(".") :].partition("?")[0]
        assert expected[ending.replace(".json", "json")] in kind


def test_an_asset_that_does_not_exist_is_a_problem(client: TestClient) -> None:
    expect_problem(client.get("/documentation-assets/nothing.js"), 404, "not-found")
    expect_problem(client.get("/documentation-assets/%2e%2e/__init__.py"), 404, "not-found")


# Logs ----------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """Run `anda serve`, speak to it, and collect what it has written once it has stopped."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
    environment["ANDA_DATABASE_URL"] = f"sqlite:///{folder / 'anda.db'}"
    written: dict[str, str] = {}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=err,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
                _wait_for(client, process)
                yield client, written
        finally:
            process.terminate()
            process.wait(timeout=20)
    written["out"] = (folder / "out").read_text()
    written["err"] = (folder / "err").read_text()


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, "the service stopped"
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service did not answer within 30 seconds")


@pytest.mark.lengthy
def test_a_served_request_leaves_a_line_in_the_log_and_nothing_of_its_body_or_its_address(tmp_path: Path) -> None:
    with serving(tmp_path) as (client, written):
        spoiled = BILL | {"visit": {"kind": MARKER, "facility_level": MARKER}, MARKER: MARKER}
        answers = [
            client.post("/v1/reimbursements", json=spoiled, headers={"X-Request-ID": "desk-4"}),
            client.post("/v1/reimbursements", content=f'{{"{MARKER}', headers={"Content-Type": "application/json"}),
            client.post("/v1/reimbursements/batch", json=[spoiled]),
            client.get(f"/v1/parameters/{MARKER}"),
            client.get("/v1/parameters", params={MARKER: MARKER}),
            client.get("/healthz", headers={"X-Request-ID": f"<{MARKER}>", "Authorization": MARKER}),
            client.post("/v1/reimbursements", json=BILL),
        ]
    assert [answer.status_code for answer in answers] == [422, 422, 200, 404, 422, 200, 200]
    assert MARKER not in written["out"] + written["err"]
    assert "1200.00" not in written["out"]
    lines = [json.loads(line) for line in written["out"].splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    told = [(line["method"], line["route"], line["status"]) for line in requests]
    assert told[-7:] == [
        ("POST", "/v1/reimbursements", 422),
        ("POST", "/v1/reimbursements", 422),
        ("POST", "/v1/reimbursements/batch", 200),
        ("GET", "/v1/parameters/{name}", 404),
        ("GET", "/v1/parameters", 422),
        ("GET", "/healthz", 200),
        ("POST", "/v1/reimbursements", 200),
    ]
    assert [line["request_id"] for line in requests[-7:]] == [answer.headers["x-request-id"] for answer in answers]
    assert requests[-7]["request_id"] == "desk-4"
    for line in requests:
        assert set(line) == {
            "event",
            "level",
            "timestamp",
            "request_id",
            "method",
            "route",
            "status",
            "milliseconds",
            "address",
        }
        assert line["address"] == "127.0.0.0/24"
    assert "Traceback" not in written["err"]
