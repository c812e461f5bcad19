"""A route for the most frequent requests: the body is validated from bytes once, the response is bytes.

FastAPI describes the route in the OpenAPI document, but does not handle its requests. An endpoint takes the body and
nothing else, or the body and then a model of the whole query.
"""

import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.beside_loop import beside_loop
from app.http.exact_json import LARGE_BYTES, ExactRoute, declares_json, read_exactly
from app.http.problems import ProblemError
from app.schemas.validation import validated

_JSON = (b"content-type", b"application/json")


class FastRoute(ExactRoute):
    """An `APIRoute` that reads its requests itself. TypeError for an endpoint that takes anything else."""

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        dependant = self.dependant
        others = (dependant.path_params, dependant.header_params, dependant.cookie_params, dependant.dependencies)
        body, *query = inspect.signature(endpoint).parameters.values()
        parameters = (len(dependant.body_params), len(dependant.query_params), len(query))
        if any(others) or parameters not in {(1, 0, 0), (1, 1, 1)} or self.methods != {"POST"}:
            raise TypeError(f"{path}: a fast route is a POST whose endpoint takes the body, and perhaps the query")
        self._adapter: TypeAdapter[object] = TypeAdapter(body.annotation)
        self._query: TypeAdapter[object] | None = TypeAdapter(query[0].annotation) if query else None
        self._no_query = self._query.validate_python({}) if self._query else None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a POST. ProblemError or RequestValidationError for a body that is refused.

        ClientDisconnect for one that did not arrive.
        """
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        if _JSON not in scope["headers"] and not declares_json(_content_type(scope)):
            raise ProblemError("unsupported-media-type")
        message = await receive()
        body = message.get("body", b"")
        if message.get("more_body", False):
            body = await _received(receive, body)
        if len(body) > LARGE_BYTES:
            parsed = await beside_loop(self._read_exactly, body)
        else:
            try:
                parsed = self._adapter.validate_json(body)
            except ValidationError:
                parsed = self._read_exactly(body)
        if self._query is None:
            response = await self.endpoint(parsed)
        else:
            query_string = scope["query_string"]
            query = _read_query(self._query, query_string) if query_string else self._no_query
            response = await self.endpoint(parsed, query)
        await response(scope, receive, send)

    def _read_exactly(self, body: bytes) -> object:
        """Read a body with its numbers as decimals, since others are refused. RequestValidationError if it is too."""
        if not body:
            raise RequestValidationError([{"type": "missing", "loc": ("body",), "ctx": {}}])
        try:
            content = read_exactly(body)
        except json.JSONDecodeError as error:
            raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "ctx": {}}]) from error
        return validated(self._adapter, content)


def _read_query(adapter: TypeAdapter[object], query_string: bytes) -> object:
    """Read the query; the last of several values of a name counts. RequestValidationError where it is refused."""
    return validated(adapter, dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)), "query")


async def _received(receive: Receive, first: bytes) -> bytes:
    """Receive the rest of a body, and join its parts once: adding each to those before would copy these every time."""
    parts, more = [first], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _content_type(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"), "")
