"""The responses that every router gives: a calculation, reference data with an ETag, the reply to a write."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.db.idempotency import Reply
from app.i18n import LANGUAGES, Language, negotiation
from app.presenters.steps import Steps

JSON = "application/json"


_HEADERS: dict[Language, list[tuple[bytes, bytes]]] = {
    language: [
        (b"content-type", JSON.encode()),
        (b"content-language", language.encode()),
        (b"vary", b"Accept-Language"),
    ]
    for language in LANGUAGES
}


class CalculationResponse(Response):
    """A calculation as bytes. Its headers, all but the length, are the same for every request of a language."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_HEADERS[negotiation.current.get()]]


def json_response(content: object) -> Response:
    """Respond with a calculation, in the language of the request. TypeError for what orjson cannot write."""
    return CalculationResponse(orjson.dumps(content))


CHUNK_BYTES = 65_536
"""Of an answer that are sent at once, before other requests get their turn."""

AT_ONCE = 10
"""Items of a list that are written at once."""


class ChunkedResponse(Response):
    """A response whose body is sent in chunks, between which other requests get their turn."""

    def __init__(self, chunks: Sequence[bytes], headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.status_code = 200
        self.background = None
        self.chunks = chunks
        self.raw_headers = [(b"content-length", b"%d" % sum(map(len, chunks))), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for chunk in self.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def json_in_steps(steps: Steps[object]) -> Steps[Response]:
    """Write a calculation that may be large, in steps. TypeError for what orjson cannot write."""
    content = yield from steps
    chunks: list[bytes] = []
    gathered: list[bytes] = []
    size = 0
    for part in _parts(content):
        gathered.append(part)
        size += len(part)
        if size >= CHUNK_BYTES:
            chunks.append(b"".join(gathered))
            gathered.clear()
            size = 0
        yield
    chunks.append(b"".join(gathered))
    return ChunkedResponse(chunks, _HEADERS[negotiation.current.get()])


def _parts(content: object) -> Iterator[bytes]:
    """Write a list, or an object whose members may be long lists, in parts; joined they are what orjson writes."""
    if isinstance(content, list):
        yield from _parts_of_list(content)
    elif isinstance(content, Mapping):
        before = b"{"
        for name, value in content.items():
            yield before + orjson.dumps(name) + b":"
            before = b","
            if isinstance(value, list):
                yield from _parts_of_list(value)
            else:
                yield orjson.dumps(value)
        yield b"}" if content else b"{}"
    else:
        yield orjson.dumps(content)


def _parts_of_list(items: Sequence[object]) -> Iterator[bytes]:
    left = iter(items)
    before = b"["
    while some := list(islice(left, AT_ONCE)):
        yield before + orjson.dumps(some)[1:-1]
        before = b","
    yield b"]" if items else b"[]"


def cacheable(request: Request, content: bytes, tag: str) -> Response:
    """Respond with reference data and its ETag, or with 304 where the client has it already."""
    language = negotiation.current.get()
    quoted = f'"{tag}-{language}"'
    headers = {
        "ETag": quoted,
        "Cache-Control": "public, max-age=300",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    tags = {candidate.strip().removeprefix("W/") for candidate in request.headers.get("if-none-match", "").split(",")}
    if quoted in tags or "*" in tags:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)


def reply_response(reply: Reply) -> Response:
    """Respond with the reply to a write, which no cache may store."""
    headers = {"Cache-Control": "no-store", **reply.headers}
    return Response(reply.body, status_code=reply.status, media_type=JSON, headers=headers)
