"""The responses that every router gives: a calculation, reference data with an ETag, the reply to a write."""

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
    """A calculation as bytes. Its headers, all but the length, are the same for every request of a language."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *_HEADERS[negotiation.current.get()]]


def json_response(content: object) -> Response:
    """Respond with a calculation, in the language of the request. TypeError for what orjson cannot write."""
    return CalculationResponse(orjson.dumps(content))


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
