"""Everything that can go wrong, in one table; nothing else makes an error body (RFC 9457).

Titles, explanations and messages stand in `app/wording/problems.yaml` and `validation.yaml`. No input, stack trace,
SQL or file path is ever repeated.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import language
from app.rules.parameters import NoPolicyInForceError
from app.wording import Language, text, wording

MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, int] = {
    "bad-request": 400,
    "not-found": 404,
    "unknown-parameter": 404,
    "unknown-region": 404,
    "unknown-procedure": 404,
    "method-not-allowed": 405,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "validation-error": 422,
    "no-policy-in-force": 422,
    "internal-error": 500,
    "not-ready": 503,
}
"""slug -> HTTP status."""

SLUG_OF_STATUS = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


MOST_ERRORS = 100
"""Field errors that a problem lists; a body can hold a hundred thousand."""


class FieldError(NamedTuple):
    """One field that was refused: where (a JSON pointer), a code, and why in words."""

    pointer: str
    code: str
    message: str


@dataclass
class ProblemError(Exception):
    """Raised anywhere, answered as a problem. `operands` fill the detail's sentence."""

    slug: str
    operands: Mapping[str, object] | None = None
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] | None = None


def problem(error: ProblemError, instance: str, request_id: str) -> dict[str, Any]:
    """Build a problem's body in the language of the request."""
    spoken = language.current.get()
    words = wording("problems")[error.slug]
    detail: Any = words["detail"]
    body: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": words[spoken],
        "status": STATUS[error.slug],
        "detail": detail[spoken].format(**(error.operands or {})),
        "instance": instance,
        "request_id": request_id,
    }
    if error.errors:
        body["errors"] = [field._asdict() for field in error.errors]
    return body


def respond(error: ProblemError, instance: str, request_id: str) -> Response:
    """Answer with a problem."""
    spoken = language.current.get()
    body = problem(error, instance, request_id)
    return Response(
        orjson.dumps(body),
        status_code=body["status"],
        media_type=MEDIA_TYPE,
        headers={"Content-Language": spoken, "Vary": "Accept-Language", **(error.headers or {})},
    )


def pointer(location: Iterable[str | int]) -> str:
    """Write a place in a document as a JSON pointer (RFC 6901); characters that no text can carry are spelled out."""
    steps = (str(step).encode("utf-8", "backslashreplace").decode() for step in location)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Turn Pydantic's complaints into field errors, the first hundred, without repeating what was sent."""
    spoken = language.current.get()
    found = []
    for error in islice(errors, MOST_ERRORS):
        context = error.get("ctx") or {}
        location = list(error["loc"])
        if location and location[0] in {"body", "query", "path", "header"}:
            location = location[1:]
        if error["type"] == "json_invalid":
            location = []
        location += [context[step] for step in ("field", "item", "part") if step in context]
        location += context.get("place", ())
        found.append(FieldError(pointer(location), str(error["type"]), _message(error, context, spoken)))
    return found


def described(error: Exception, method: str) -> ProblemError | None:
    """Describe what was raised while a request was answered; None for what nobody foresaw."""
    match error:
        case ProblemError():
            return error
        case RequestValidationError():
            return ProblemError("validation-error", errors=field_errors(error.errors()))
        case NoPolicyInForceError():
            return no_policy(error.first_day, "/service_date" if method == "POST" else "/on")
        case HTTPException():
            return ProblemError(SLUG_OF_STATUS.get(error.status_code, "bad-request"), headers=error.headers)
    return None


def no_policy(first_day: dt.date, place: str) -> ProblemError:
    """Refuse the day in a field, because no policy was in force on it."""
    return ProblemError("no-policy-in-force", {"first_day": first_day}, [before_first_day(place)])


def before_first_day(place: str) -> FieldError:
    """Name the field whose day lies before the first day of policy."""
    return FieldError(place, "before_first_day", text("validation", "before_first_day", language.current.get()))


def _message(error: Mapping[str, Any], context: Mapping[str, Any], spoken: Language) -> str:
    code = str(error["type"])
    if code not in wording("validation"):
        code = "value_error"
    operands = {"error": "", **context}
    if "expected" in operands:
        # Pydantic joins the last value with an English word.
        operands["expected"] = str(operands["expected"]).replace(" or ", ", ")
    return text("validation", code, spoken).format(**operands)
