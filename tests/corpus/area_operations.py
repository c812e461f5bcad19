"""What surrounds every request: health, metrics, ids, methods, addresses that lead nowhere, bodies of every fault."""

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import httpx
from sqlalchemy.exc import OperationalError

from tests.corpus.area import Area
from tests.corpus.area_registers import registers

Json = Any

_FILLED = {
    "number": "1",
    "name": "x",
    "slug": "not-found",
    "receipt": "none",
    "person": "1509230000012",
    "year": "2018",
    "infno": "2304",
    "which": "draft",
    "act": "actions",
}


_STORED = ("/v1/projects", "/v1/projects.csv", "/v1/notices/1", "/v1/persons/1", "/notices", "/desk", "/projects/1")


def operations(area: Area) -> None:
    """Whether it is alive and ready, before and after the store is migrated; metrics; request ids; wrong addresses."""
    with area.served():
        for url in ("/healthz", "/readyz"):
            area.both("GET", url)
        for url in _STORED:
            area.ask("GET", url, headers={"Authorization": "Bearer x"})
            area.ask("GET", url, en=True, headers={"Accept": "text/html"})
        area.ask("POST", "/desk/session", form={"token": "x"})
        area.ask("POST", "/fsi/1101", {"msgid": "1", "fixmedins_code": "H1", "input": {"psn_no": "1"}}, token="x")  # noqa: S106
        area.run("migrate")
        for url in ("/healthz", "/readyz"):
            area.both("GET", url)
        area.title("what nobody foresaw, and a store that is gone")
        for error in (RuntimeError("secret"), OperationalError("secret", None, Exception("secret"))):
            with patch("sqlalchemy.engine.Connection.execute", side_effect=error):
                for url in ("/readyz", *_STORED):
                    area.both("GET", url)
        area.both("GET", "/v1/persons/1", token="none")  # noqa: S106
    with area.served(person_key="another key of the corpus, long enough"):
        area.both("GET", "/readyz")
    with area.served() as client:
        before = _samples(client.get("/metrics"))
        for method, url in (("GET", "/healthz"), ("POST", "/v1/reimbursements"), ("GET", "/nowhere"), ("PURGE", "/")):
            client.request(method, url)
        client.get("/policy/none")
        found = client.get("/metrics")
        after = _samples(found)
        area.title("metrics: those that changed, without their values")
        changed = sorted(name for name, value in after.items() if before.get(name) != value)
        # Which of the other buckets count a request is a matter of how fast it was.
        area.lines += [name for name in changed if "_bucket{" not in name or 'le="+Inf"' in name]
        area.title("metrics: the buckets")
        area.lines += sorted({bound for name in after for bound in re.findall('le="[^"]+"', name)})
        area.title("metrics: what is told of them")
        area.lines += [f"content-type: {found.headers['content-type']}"]
        area.lines += sorted(line for line in found.text.splitlines() if line.startswith("#"))
        area.title("request ids")
        for sent in (
            "a-b_c.9",
            "x" * 128,
            "x" * 129,
            "with space",
            "",
            "150923198001011234",
        ):
            area.ask("GET", "/healthz", headers={"X-Request-ID": sent})
            area.ask("GET", "/v1/nowhere", headers={"X-Request-ID": sent})
        area.title("addresses that lead nowhere")
        for url in (
            "/nowhere",
            "/v1",
            "/v1/",
            "/v1/nowhere",
            "/v1/reimbursements/",
            "/fsi",
            "/pages/none.css",
            "/desk/x",
        ):
            area.both("GET", url)
            area.both("POST", url, {})
            area.ask("GET", f"{url}?lang=en", headers={"Accept": "text/html"})
            area.ask("GET", url, headers={"Accept": "text/html,application/xhtml+xml"})
        for method in ("HEAD", "OPTIONS", "TRACE", "PURGE"):
            for url in ("/", "/healthz", "/v1/reimbursements", "/nowhere"):
                area.ask(method, url, headers={"Accept": "text/html"})
        area.title("an address behind a proxy")
    with area.served(public_address="https://anda.example.cn:8443"):
        area.ask("GET", "/v1/projects.oc4ids.json")
        area.ask("GET", "/notices.atom")


def _samples(answer: httpx.Response) -> dict[str, str]:
    lines = [
        line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith(("#", "process_", "python_"))
    ]
    return {name: value for name, _, value in lines if "_created" not in name}


def faults(area: Area) -> None:
    """Every operation of the document with every fault that any request may have."""
    tokens = registers(area)
    with area.served(max_body_bytes=10_000):
        paths = {path: each for path, each in area.document()["paths"].items() if path != "/metrics"}
        for path, operations_ in paths.items():
            url = _filled(path)
            for method, operation in operations_.items():
                area.title(f"{method.upper()} {path}")
                _ask_with_faults(area, method.upper(), url, "requestBody" in operation, tokens)
            wrong = next(each for each in ("DELETE", "PUT") if each.lower() not in operations_)
            area.both(wrong, url)
            area.ask("HEAD", url)
            area.ask("OPTIONS", url)


def _ask_with_faults(area: Area, method: str, url: str, has_body: bool, tokens: dict[str, str]) -> None:
    for who in (None, "nonsense", "village", "county", "hospital"):
        token = tokens.get(who, "nonsense") if who else None
        if has_body:
            area.ask(method, url, {}, token=token)
        else:
            area.ask(method, url, token=token, en=who == "village")
    area.ask(method, url, {} if has_body else None, headers={"Authorization": "Basic eDp5"})
    token = tokens["hospital" if "settlements" in url else "county" if "persons" in url else "village"]
    area.both(method, f"{url}?unknown=1", {} if has_body else None, token=token)
    if not has_body:
        return
    for content in _broken():
        area.ask(method, url, content=content, token=token, headers={"Content-Type": "application/json"})
    area.ask(method, url, content=b"", token=token, en=True, headers={"Content-Type": "application/json"})
    area.both(method, url, {"unknown_field": 1}, token=token)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", ""):
        area.ask(method, url, content=b"{}", token=token, headers={"Content-Type": kind})
    area.ask(method, url, content=b"{}", token=token)
    area.both(method, url, content=b" " * 10_001, token=token, headers={"Content-Type": "application/json"})


def _broken() -> Iterator[bytes]:
    yield b"{"
    yield b"[]"
    yield b"null"
    yield b'"text"'
    yield b'{"a":NaN}'
    yield b'{"a":1,"a":2}'
    yield b'{"a":"\\ud800"}'
    yield b'{"a":1e999}'
    yield b"\xff\xfe"
    yield b"[" * 3_000


def _filled(path: str) -> str:
    for name, value in _FILLED.items():
        path = path.replace(f"{{{name}}}", value)
    return path
