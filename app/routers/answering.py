"""How every router sends what it has calculated or looked up."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app import language

JSON = "application/json"


def answer(content: Any) -> Response:
    """Send a calculation, in the language of the request."""
    return Response(
        orjson.dumps(content),
        media_type=JSON,
        headers={"Content-Language": language.current.get(), "Vary": "Accept-Language"},
    )


def cacheable(request: Request, content: bytes, tag: str) -> Response:
    """Send reference data with its ETag, or 304 where the client has it already."""
    spoken = language.current.get()
    quoted = f'"{tag}-{spoken}"'
    headers = {
        "ETag": quoted,
        "Cache-Control": "public, max-age=300",
        "Content-Language": spoken,
        "Vary": "Accept-Language",
    }
    known = {candidate.strip().removeprefix("W/") for candidate in request.headers.get("if-none-match", "").split(",")}
    if quoted in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)
