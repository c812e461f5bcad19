"""Request bodies read exactly: a number stays a decimal, NaN is no amount, and a body must be JSON."""

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal, DecimalException

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.http.beside_loop import beside_loop
from app.http.problems import ProblemError
from app.schemas.unknown_names import drop_excess

LARGE_BYTES = 16_384
"""Of a body that is read beside the loop: reading 16 kB takes two milliseconds."""

_FEW_BYTES = 4_096
"""Of a body that has no room for too many names."""

_LONGEST_NUMBER = 40
"""Digits. No amount, date or count needs as many."""


def loads(body: bytes) -> object:
    """Parse JSON without a single float: numbers with a point become decimals. JSONDecodeError for anything else."""
    try:
        return json.loads(body.decode(), parse_float=_decimal, parse_int=_integer, parse_constant=Decimal)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError):
        # Not UTF-8, or nested a thousand deep: the client gets the same problem as for a body that is not JSON.
        raise json.JSONDecodeError("not JSON", "", 0) from None


def read_exactly(body: bytes) -> object:
    """Parse a body as `loads` does, and drop the unknown names that are too many to be named. JSONDecodeError."""
    content = loads(body)
    if len(body) > _FEW_BYTES:
        drop_excess(content)
    return content


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text) if len(text) <= _LONGEST_NUMBER else Decimal("NaN")
    except DecimalException:
        return Decimal("NaN")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_NUMBER else Decimal("NaN")


class ExactRequest(Request):
    """A request whose JSON is read exactly."""

    async def json(self) -> object:
        """Return the body's JSON. JSONDecodeError where it is none."""
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = read_exactly(body) if len(body) <= LARGE_BYTES else await beside_loop(read_exactly, body)
        return self._json


class ExactRoute(APIRoute):
    """A route whose request bodies are read exactly; a body without a Content-Type is taken for JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Hand FastAPI's own handler a request that reads its JSON exactly."""
        self.strict_content_type = False
        handler = super().get_route_handler()
        takes_body = self.body_field is not None

        async def exact_handler(request: Request) -> Response:
            if takes_body and not declares_json(request.headers.get("content-type", "")):
                raise ProblemError("unsupported-media-type")
            exact = ExactRequest(request.scope, request.receive)
            if takes_body:
                # Read here, a body that is too large is a problem of its own; FastAPI would only call it unreadable.
                await exact.body()
            return await handler(exact)

        return exact_handler


def declares_json(content_type: str) -> bool:
    """Tell whether a Content-Type header declares JSON; an empty one does."""
    if not content_type:
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
