"""What surrounds every request: its id, language, size limit, metrics and log line, and the last error handler."""

import os
import time
import traceback
from collections.abc import Mapping

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from app.http import calculation_budget
from app.http.address_tokens import take_token
from app.http.addresses import Proxies, host_of
from app.http.fast_route import FastRoute
from app.http.metrics import Metrics
from app.http.problems import ProblemError, described, respond
from app.http.protective_headers import protective_headers
from app.i18n import Language, negotiation
from app.privacy.addresses import coarse_address
from app.privacy.redaction import holds_private_number, redacted

log: FilteringBoundLogger = structlog.get_logger("anda")

_ID_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_LONGEST_ID = 128


class RequestMiddleware:
    """Plain ASGI middleware: Starlette's `BaseHTTPMiddleware` would cost more than half of the throughput."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        fast: Mapping[str, FastRoute],
        max_body_bytes: int,
        access_log: bool,
        metrics: Metrics,
        proxies: Proxies,
        public_address: str | None = None,
    ) -> None:
        self.app = app
        self.fast = dict(fast)
        """Routes by path that are called directly, without the application."""
        self.max_body_bytes = max_body_bytes
        self.access_log = access_log
        self.metrics = metrics
        self.proxies = proxies
        self.public: tuple[str, bytes] | None = None
        """Scheme and host of the public address; None to take those of each request."""
        if public_address is not None:
            scheme, _, host = public_address.partition("://")
            self.public = scheme, host.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        take_token(scope)
        self.proxies.warn(scope)
        request_id, declared_length, language, refused = _read_headers(scope)
        if self.public is not None:
            scope = _at_public_address(scope, *self.public)
        scope["anda.request_id"] = request_id
        negotiation.current.set(language)
        calculation_budget.current.set(scope)
        status = 0
        id_header = (b"x-request-id", request_id.encode())

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                message["headers"] = [*headers, id_header, *protective_headers(scope, headers)]
                if getattr(scope.get("route"), "deprecated", None):
                    message["headers"] += _DEPRECATED
            await send(message)

        app = self.app
        if scope["method"] == "POST" and (fast := self.fast.get(scope["path"])) is not None:
            scope["route"] = fast
            app = fast.handle
        failure: str | None = None
        try:
            if declared_length is None or declared_length > self.max_body_bytes or refused is not None:
                receive = self._guarded(receive, declared_length, refused, scope["path"])
            await app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = _CLIENT_LEFT
        except Exception as error:
            problem = described(error, scope["method"])
            if problem is None:
                failure = type(error).__name__
                _log_failure(request_id, error)
                problem = ProblemError("internal-error")
            if not status:
                await respond(problem, scope["path"], request_id)(scope, receive, send_with_id)
        finally:
            self._observe(scope, status, time.perf_counter() - started, {"failure": failure} if failure else {})

    def _observe(self, scope: Scope, status: int, seconds: float, failure: Mapping[str, str]) -> None:
        """Count a request that is answered, and log it."""
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.metrics.observe(method, route, status, seconds)
        if self.access_log:
            log.info(
                "request",
                request_id=scope["anda.request_id"],
                method=method,
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 3),
                **_whence(scope),
                **failure,
            )

    def _guarded(
        self, receive: Receive, declared_length: int | None, refused: ProblemError | None, path: str
    ) -> Receive:
        """Bound a body of undeclared length. ProblemError for a request that is refused; some refuse it at its body."""
        if declared_length is not None and declared_length > self.max_body_bytes:
            refused = refused or ProblemError("body-too-large", {"limit": self.max_body_bytes})
        if refused is None:
            return _limited(receive, self.max_body_bytes)
        if refused.slug == "bad-request" or not path.lower().startswith(_ENVELOPED):
            raise refused
        return _refusing(refused)


_CLIENT_LEFT = 499
"""The status in the metrics and the log of a request that did not arrive whole; nothing was sent."""

_ENVELOPED = "/fsi/"
"""Paths, in small letters, whose endpoints respond in an envelope of their own, also to a body that is too large."""

_PLAIN = frozenset({b"", b"identity"})
"""Content-Encodings that encode nothing."""

_DEPRECATED = [(b"deprecation", b"@1796083200"), (b"sunset", b"Fri, 31 Dec 2027 15:59:59 GMT")]
"""What an address says that has a successor: since 2026-12-01 (RFC 9745), and until the end of 2027 (RFC 8594)."""

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _whence(scope: Scope) -> dict[str, str | int | None]:
    """Say who sent a request: the token's number and the address of who shows a token, else a part of the address."""
    host = host_of(scope)
    if "anda.token" in scope:
        return {"address": redacted(host), "token": scope["anda.token"]}
    return {"address": coarse_address(host)}


def _at_public_address(scope: Scope, scheme: str, host: bytes) -> Scope:
    """Put the public address into a request, so that every URL that is built from it has that address."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {**scope, "scheme": scheme, "headers": [*headers, (b"host", host)]}


def _read_headers(scope: Scope) -> tuple[str, int | None, Language, ProblemError | None]:
    """Read the request's id, the length of its body (None: undeclared), its language, and why it is refused."""
    request_id = None
    declared_length: int | None = None
    chunked = False
    language: Language = "zh"
    hosts = 0
    encoded = False
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            if 0 < len(value) <= _LONGEST_ID and _ID_CHARACTERS.issuperset(value):
                text = value.decode()
                request_id = None if holds_private_number(text) else text
        elif name == b"content-length":
            declared_length = int(value) if value.isdigit() else None
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"accept-language":
            language = negotiation.choose(value.decode("latin-1"))
        elif name == b"host":
            hosts += 1
        elif name == b"content-encoding" and value.lower() not in _PLAIN:
            encoded = True
    if declared_length is None and not chunked:
        declared_length = 0
    refused: ProblemError | None = None
    if encoded and declared_length != 0:
        refused = ProblemError("unsupported-encoding", headers={"Accept-Encoding": "identity"})
    if hosts > 1 or (hosts == 0 and scope["http_version"] != "1.0"):
        refused = ProblemError("bad-request")  # RFC 9112, 3.2
    return request_id or new_request_id(), None if chunked else declared_length, language, refused


def new_request_id() -> str:
    """Make an id of 32 hexadecimal digits; a letter after every fifteen rules out a bank card's number."""
    random = os.urandom(15).hex()
    return f"{random[:15]}a{random[15:]}a"


def _limited(receive: Receive, limit: int) -> Receive:
    """Count the bytes of a body of undeclared length. ProblemError (413) above the limit."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise ProblemError("body-too-large", {"limit": limit})
        return message

    return receive_limited


def _refusing(refused: ProblemError) -> Receive:
    """Refuse a body without reading it."""

    async def receive_nothing() -> Message:
        raise refused

    return receive_nothing


def _log_failure(request_id: str, error: Exception) -> None:
    """Log where a request failed, but not the message of the exception, which may hold input."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("failure", request_id=request_id, failure=type(error).__name__, frames=frames[-12:])
