"""An area of the corpus: asks the service or runs its commands at times that are set, and writes down what comes back.

Time stands still but for one second with each request or command; what the service draws at random follows a count.
"""

import datetime as dt
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx
import time_machine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.corpus.html_tree import tree
from tests.corpus.service import Settings, command_line, create_app
from tests.support.client import InProcessClient

Json = Any

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_REQUEST_ID = "corpus"
_NOT_SHOWN = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "x-request-id"}
"""Headers of a request that the client sends by itself."""
_NOT_COMPARED = {"text/html": {"content-length"}, "text/css": {"content-length"}, "text/javascript": {"content-length"}}
_STATIC = ("text/css", "text/javascript", "image/png", "image/x-icon")
_REFERENCE = re.compile(r'("inf_refmsgid":"[0-9]{20})([0-9A-Za-z]{10})"')
_LONG_HEADER = 60
_LONG_BODY = 400
_ENVIRONMENT = {
    "ANDA_DATABASE_URL": "sqlite:///anda.db",
    "ANDA_PERSON_KEY": "a key of the corpus, long enough to be one",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "COLUMNS": "100",
    "LINES": "50",
}

_YEAR = 365 * 86_400
"""Seconds."""

_DOCUMENT: list[Json] = []


class Area:
    """What is done in one area, and the record of it."""

    def __init__(self, travelled: time_machine.Traveller) -> None:
        self.lines: list[str] = []
        self._travelled = travelled
        self._client: TestClient | None = None
        self._references: dict[str, str] = {}
        self._long_headers: dict[str, int] = {}
        self._bodies: dict[str, str] = {}

    @property
    def text(self) -> str:
        """The record so far."""
        return "\n".join(self.lines) + "\n"

    def title(self, words: str) -> None:
        """Say what follows."""
        self.lines += ["", f"##### {words}"]

    def on(self, day: str, time: str = "10:00:00") -> None:
        """Let it be a day, at ten in the morning in Shanghai unless another time is named."""
        at = dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=_SHANGHAI)
        self._travelled.move_to(at.astimezone(dt.UTC), tick=False)

    # ---- the service

    @contextmanager
    def served(self, **settings: Any) -> Iterator[TestClient]:
        """Serve the store, with these settings beside the usual ones."""
        with InProcessClient(
            create_app(Settings(access_log=False, **settings)),
            follow_redirects=False,
            raise_server_exceptions=False,
            client=("127.0.0.1", 50_000),
        ) as client:
            outer, self._client = self._client, client
            yield client
            self._client = outer

    def ask(
        self,
        method: str,
        url: str,
        body: Json = None,
        *,
        en: bool = False,
        token: str | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        shown: bool = True,
        brief: bool = False,
    ) -> httpx.Response:
        """Ask the service and write down what was sent and answered; `shown=False` keeps it out of the record.

        `brief` keeps only a digest of a long body: for what is one of many alike.
        """
        client = self._client
        assert client is not None, "nothing is served"
        sent: dict[str, str] = {"X-Request-ID": _REQUEST_ID}
        if en:
            sent["Accept-Language"] = "en"
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        request = client.build_request(method, url, content=content, data=form, headers=sent)
        answer: httpx.Response = client.send(request)
        self._travelled.shift(1)
        if shown:
            self._write_request(request, sent)
            self._write_answer(answer, brief=brief)
        return answer

    def document(self) -> Json:
        """Return the OpenAPI document; it takes a second to make and is the same for every application."""
        if not _DOCUMENT:
            assert self._client is not None, "nothing is served"
            _DOCUMENT.append(self._client.get("/openapi.json").json())
        return _DOCUMENT[0]

    def both(self, method: str, url: str, body: Json = None, **more: Any) -> httpx.Response:
        """Ask in Chinese, then in English, and return the answer in English."""
        self.ask(method, url, body, **more)
        return self.ask(method, url, body, en=True, **more)

    def page(self, url: str, *, brief: bool = False) -> httpx.Response:
        """Look at a page in Chinese, then in English, and return the first."""
        found = self.ask("GET", url, brief=brief)
        self.ask("GET", f"{url}{'&' if '?' in url else '?'}lang=en", brief=brief)
        return found

    def _write_request(self, request: httpx.Request, sent: Mapping[str, str]) -> None:
        url = str(request.url).removeprefix("http://testserver")
        self.lines += ["", f"=== {request.method} {url}"]
        headers = {**dict(request.headers.items()), **{name.lower(): value for name, value in sent.items()}}
        own = {name: value for name, value in headers.items() if name not in _NOT_SHOWN or name in _named(sent)}
        self.lines += [f"> {name}: {value}" for name, value in sorted(own.items())]
        body = request.read()
        if body and "urlencoded" in headers.get("content-type", "") and "=" in body.decode():
            pairs = parse_qsl(body.decode(), keep_blank_values=True)
            self.lines += [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in pairs]
        elif body:
            self.lines.append(self._shown(body, headers.get("content-type", "")))

    def _write_answer(self, answer: httpx.Response, *, brief: bool) -> None:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        left_out = {"date"} | _NOT_COMPARED.get(kind, set())
        made_up = "x-request-id" not in answer.request.headers
        self.lines.append(f"--- {answer.status_code}")
        of_a_file = "last-modified" in answer.headers
        for name, value in sorted(answer.headers.multi_items()):
            if of_a_file and name in {"etag", "last-modified"}:
                # Both follow from the moment at which this machine installed the package that holds the file.
                self.lines.append(f"{name}: (of the installed file)")
                continue
            if name not in left_out and (name, value) != ("x-request-id", _REQUEST_ID):
                shown = re.sub(r"[0-9a-f]", "x", value) if made_up and name == "x-request-id" else value
                self.lines.append(f"{name}: {self._once(shown)}")
        if kind in _STATIC:
            self.lines += ["", "(a file of the pages)"]
        elif answer.content:
            body = tree(answer.text) if kind == "text/html" else self._shown(answer.content, kind)
            self.lines += ["", self._first(body, str(answer.request.url), brief=brief)]

    def _once(self, value: str) -> str:
        """Write a long value of a header in full where it is first met, and by its number afterwards."""
        if len(value) <= _LONG_HEADER:
            return value
        number = self._long_headers.get(value)
        if number is not None:
            return f"[{number}]"
        self._long_headers[value] = len(self._long_headers) + 1
        return f"[{len(self._long_headers)}] {value}"

    def _first(self, body: str, url: str, *, brief: bool) -> str:
        """Write a long body where it is first met, and name its address where it is met again."""
        if len(body) <= _LONG_BODY:
            return body
        if body in self._bodies:
            return f"(the same body as first answered to {self._bodies[body]})"
        self._bodies[body] = url.removeprefix("http://testserver")
        if brief:
            return f"({len(body)} characters, SHA-256 {hashlib.sha256(body.encode()).hexdigest()}) {body[:100]!r}"
        return body

    def _shown(self, body: bytes, kind: str) -> str:
        """Write a body so that it can be read line by line and nothing of it is lost."""
        if len(body) > 1_000 and body.count(body[-1:]) > len(body) // 2:
            return f"({len(body)} bytes, nearly all of them {body[-1:]!r})"
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return f"({len(body)} bytes, not UTF-8, SHA-256 {hashlib.sha256(body).hexdigest()}) {body[:100]!r}"
        text = _REFERENCE.sub(self._with_reference, text)
        if "json" in kind and "\n" not in text:
            # JSON that the service writes holds no line break; one after each comma before a name or an object.
            text = re.sub(r',(?=["{])', ",\n", text)
        return visible(text)

    def _with_reference(self, found: re.Match[str]) -> str:
        """Name a message's number by the order in which it was first met: it begins anywhere."""
        known = self._references.setdefault(found[2], f"number{len(self._references):04}")
        return f'{found[1]}{known}"'

    # ---- the commands

    def run(self, *words: str, shown: bool = True, **environment: str) -> str:
        """Run a command of `anda`, write down its exit code and outputs, and return its standard output."""
        ended = copy_context().run(
            CliRunner().invoke, command_line, list(words), env={**_ENVIRONMENT, **environment}, prog_name="anda"
        )
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        self._travelled.shift(1)
        if shown:
            given = "".join(f"{name}={value} " for name, value in environment.items())
            self.lines += ["", f"$ {given}anda {' '.join(words)}", f"--- exit {ended.exit_code}"]
            for name, output in (("standard output", ended.stdout), ("standard error", ended.stderr)):
                if output:
                    self.lines += [f"--- {name}", visible(output)]
        return ended.stdout

    def file(self, name: str, *, text: str | None = None) -> None:
        """Write down a file; with `text`, make it first."""
        path = Path(name)
        if text is not None:
            path.write_text(text, encoding="utf-8", newline="")
        self.lines += ["", f"--- file {name}", self._shown(path.read_bytes(), "")]

    def token(self, name: str, *, place: str = "", institution: str = "", days: str = "3650") -> str:
        """Make a token, a year ago: areas go back in time, and no token holds before its making."""
        whose = ("--place", place) if place else ("--institution", institution)
        self._travelled.shift(-_YEAR)
        made = self.run("token", "create", "--name", name, *whose, "--days", days).strip()
        self._travelled.shift(_YEAR)
        return made


@contextmanager
def started(folder: Path, day: str = "2018-02-09") -> Iterator[Area]:
    """Begin an area in an empty folder, on a day, with nothing of the environment and nothing left to chance."""
    with ExitStack() as stack:
        before = Path.cwd()
        os.chdir(folder)
        stack.callback(os.chdir, before)
        usual = {name: value for name, value in os.environ.items() if not name.startswith("ANDA_")}
        stack.enter_context(patch.dict(os.environ, {**usual, **_ENVIRONMENT}, clear=True))
        stack.enter_context(drawn_for("area"))
        # How many events an import makes is not to depend on how fast it is.
        stack.enter_context(patch("app.cli.turns.TURN", 3_600.0))
        # Areas go back in time, which no service would let pass.
        stack.enter_context(patch("app.db.newest_instant.MOST_BEHIND", dt.timedelta(days=3_650)))
        travelled = stack.enter_context(time_machine.travel(dt.datetime(2018, 1, 1, tzinfo=dt.UTC), tick=False))
        area = Area(travelled)
        area.on(day)
        yield area


def drawn_for(purpose: str) -> ExitStack:
    """Let what is drawn at random follow a count of its own, until the stack is closed."""
    stack = ExitStack()
    for name in ("os.urandom", "secrets.token_bytes"):
        stack.enter_context(patch(name, _Drawn(f"{purpose} {name}")))
    # They begin anywhere in each process, and are in what the ledger's chain holds the digest of.
    stack.enter_context(patch("app.national.envelope._SERIALS", count()))
    return stack


class _Drawn:
    """Bytes that look random and follow a count for each length."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._counts: Counter[int] = Counter()

    def __call__(self, length: int | None = None) -> bytes:
        wanted = 32 if length is None else length
        self._counts[wanted] += 1
        return hashlib.shake_256(f"{self._whose} {wanted} {self._counts[wanted]}".encode()).digest(wanted)


def visible(text: str) -> str:
    """Show what an editor would change or hide: carriage returns, byte order marks, a line break at the end."""
    shown = text.replace("\r", "␍").replace("\ufeff", "␇")
    return f"{shown[:-1]}⏎" if shown.endswith("\n") else shown


def _named(sent: Mapping[str, str]) -> set[str]:
    return {name.lower() for name, value in sent.items() if value != _REQUEST_ID}
