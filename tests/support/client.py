"""A client that asks the service in process with one change of threads a request.

Starlette's own client changes threads eight times for a request, so as to give an answer while it is still being made;
that is a third of what a test of the service costs. Nothing here reads an answer before it is whole.
"""

import asyncio
from typing import Any, Self
from urllib.parse import unquote

import httpx
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope

INNER = ("127.0.0.1", 50_000)
"""Where a client asks from: an inner address, which sees the metrics without a token."""


class InProcessClient(TestClient):
    """Starlette's client, with one change of threads: for answers that are read when they are whole.

    Entered, it starts the service and keeps its loop; before that it asks as Starlette's does.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        raise_server_exceptions: bool = True,
        client: tuple[str, int] = INNER,
        **more: Any,
    ) -> None:
        super().__init__(app, raise_server_exceptions=raise_server_exceptions, client=client, **more)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._raises = raise_server_exceptions
        self._address = client

    def __enter__(self) -> Self:
        super().__enter__()
        assert self.portal is not None
        self._loop = self.portal.call(asyncio.get_running_loop)
        return self

    def __exit__(self, *error: Any) -> None:
        self._loop = None
        super().__exit__(*error)

    def join(self, running: "InProcessClient") -> None:
        """Speak to the service that another client has started."""
        self.portal, self._loop = running.portal, running._loop

    def _transport_for_url(self, url: httpx.URL) -> httpx.BaseTransport:
        if self._loop is None:
            ordinary: httpx.BaseTransport = super()._transport_for_url(url)
            return ordinary
        return _Transport(self.app, self._loop, self.app_state, self._address, self._raises)


class _Transport(httpx.BaseTransport):
    """Runs the application in a loop until its answer is whole."""

    def __init__(
        self,
        app: ASGIApp,
        loop: asyncio.AbstractEventLoop,
        state: dict[str, Any],
        address: tuple[str, int],
        raises: bool,
    ) -> None:
        self._app, self._loop, self._state, self._address, self._raises = app, loop, state, address, raises

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        path, _, query = url.raw_path.partition(b"?")
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": path,
            "root_path": "",
            "scheme": url.scheme,
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self._address,
            "server": [url.host, url.port or {"http": 80, "https": 443}[url.scheme]],
            "state": self._state.copy(),
        }
        answer = _Answer(request.read())
        try:
            asyncio.run_coroutine_threadsafe(answer.make(self._app, scope), self._loop).result()
        except Exception:
            if self._raises:
                raise
        return answer.response(request)


class _Answer:
    """What the application is sent, and what it has answered."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._whole = asyncio.Event()
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def make(self, app: ASGIApp, scope: Scope) -> None:
        """Have the application answer."""
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if self._body is None:
            await self._whole.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        assert not self._whole.is_set(), "the answer was whole"
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", []))
            return
        assert message["type"] == "http.response.body", message["type"]
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._whole.set()

    def response(self, request: httpx.Request) -> httpx.Response:
        """Return the answer as a client has it."""
        body = b"" if request.method == "HEAD" else b"".join(self._parts)
        return httpx.Response(self._status, headers=self._headers, stream=httpx.ByteStream(body), request=request)
