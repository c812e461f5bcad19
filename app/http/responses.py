"""How every router sends what it has calculated or looked up."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.db.idempotency import Reply
from app.i18n import LANGUAGES, Language, negotiation

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
    """A calculation as bytes; its headers, all but the length, are always the same."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_HEADERS[negotiation.current.get()]]


def answer(content: Any) -> Response:
    """Send a calculation, in the language of the request."""
    return CalculationResponse(orjson.dumps(content))


def cacheable(request: Request, content: bytes, tag: str) -> Response:
    """Send reference data with its ETag, or 304 where the client has it already."""
    language = negotiation.current.get()
    quoted = f'"{tag}-{language}"'
    headers = {
        "ETag": quoted,
        "Cache-Control": "public, max-age=300",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    known = {candidate.strip().removeprefix("W/") for candidate in request.headers.get("if-none-match", "").split(",")}
    if quoted in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)


def sent(reply: Reply) -> Response:
    """Send what a write was answered; nothing of it may be kept by whoever passes it on."""
    headers = {"Cache-Control": "no-store", **reply.headers}
    return Response(reply.body, status_code=reply.status, media_type=JSON, headers=headers)
