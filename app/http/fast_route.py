"""A route for the calls that hospitals make all day: bytes in, validated once, bytes out.

FastAPI describes such a route and finds it; the body it reads itself. It serves only endpoints that take the body and
nothing else, or the body and then a model of the whole query.
"""

import inspect
import json
from typing import Any, cast
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.types import Receive, Scope, Send

from app.http.exact_json import ExactRoute, declares_json, loads
from app.http.problems import ProblemError
from app.schemas.validation import validated

_JSON = (b"content-type", b"application/json")


class FastRoute(ExactRoute):
    """An `APIRoute` with a short way from the body to the endpoint."""

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        dependant = self.dependant
        others = (dependant.path_params, dependant.header_params, dependant.cookie_params, dependant.dependencies)
        body, *query = inspect.signature(endpoint).parameters.values()
        taken = (len(dependant.body_params), len(dependant.query_params), len(query))
        if any(others) or taken not in {(1, 0, 0), (1, 1, 1)} or self.methods != {"POST"}:
            raise TypeError(f"{path}: a hot route is a POST whose endpoint takes the body, and perhaps the query")
        self._adapter: TypeAdapter[Any] = TypeAdapter(body.annotation)
        self._query: TypeAdapter[Any] | None = TypeAdapter(query[0].annotation) if query else None
        self._no_query: Any = self._query.validate_python({}) if self._query else None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST. ProblemError or RequestValidationError for a body that cannot be accepted."""
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        if _JSON not in scope["headers"] and not declares_json(_content_type(scope)):
            raise ProblemError("unsupported-media-type")
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body", False):
            message = await receive()
            body += message.get("body", b"")
        try:
            parsed = self._adapter.validate_json(body)
        except ValidationError:
            parsed = self._exactly(body)
        if self._query is None:
            response = await self.endpoint(parsed)
        else:
            asked = scope["query_string"]
            response = await self.endpoint(parsed, self._asked(asked) if asked else self._no_query)
        await response(scope, receive, send)

    def _asked(self, query_string: bytes) -> Any:
        """Read the query; of a name that stands twice the last counts. RequestValidationError where it is refused."""
        query: TypeAdapter[Any] = cast("TypeAdapter[Any]", self._query)
        return validated(query, dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)), "query")

    def _exactly(self, body: bytes) -> Any:
        """Read a body again that the short way refused: its numbers as decimals, not floats; or say what is wrong."""
        if not body:
            raise RequestValidationError([{"type": "missing", "loc": ("body",), "ctx": {}}])
        try:
            content = loads(body)
        except json.JSONDecodeError as error:
            raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "ctx": {}}]) from error
        return validated(self._adapter, content)


def _content_type(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"), "")
