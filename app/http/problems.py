"""Everything that can go wrong, in one table; nothing else makes an error body (RFC 9457).

Titles, explanations and messages stand in `app/i18n/texts/problems.yaml` and `validation.yaml`. No input, stack trace,
SQL or file path is ever repeated.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import (
    ConditionsUnmetError,
    ConflictError,
    ConflictReason,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidFieldError,
    NotFoundError,
    PersonKeyUnusableError,
    RefusedError,
    Resource,
    StaleVersionError,
    StoreUnavailableError,
)
from app.i18n import Language, inner_text, negotiation, text, wording
from app.i18n.sentences import sentence
from app.privacy.redaction import redacted
from app.rules.parameters import NoPolicyInForceError
from app.rules.projects.procedure import Unmet
from app.schemas.json_pointer import pointer
from app.schemas.responses.problems import Problem

MEDIA_TYPE = "application/problem+json"

STATUS: dict[str, int] = {
    "bad-request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "unknown-parameter": 404,
    "unknown-region": 404,
    "unknown-procedure": 404,
    "unknown-project": 404,
    "unknown-notice": 404,
    "unknown-objection": 404,
    "unknown-settlement": 404,
    "unknown-person": 404,
    "method-not-allowed": 405,
    "conditions-unmet": 409,
    "visit-settled": 409,
    "visit-of-another": 409,
    "settlement-reversed": 409,
    "settlement-depended-on": 409,
    "message-taken-back": 409,
    "purse-exhausted": 409,
    "settlement-year-changed": 409,
    "precondition-failed": 412,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "validation-error": 422,
    "no-policy-in-force": 422,
    "idempotency-key-reused": 422,
    "precondition-required": 428,
    "too-many-requests": 429,
    "internal-error": 500,
    "not-ready": 503,
    "store-unavailable": 503,
    "person-key-unusable": 503,
}
"""slug -> HTTP status."""

SLUG_OF_RESOURCE: dict[Resource, str] = {
    Resource.PROJECT: "unknown-project",
    Resource.NOTICE: "unknown-notice",
    Resource.OBJECTION: "unknown-objection",
    Resource.SETTLEMENT: "unknown-settlement",
    Resource.PERSON: "unknown-person",
    Resource.DESK_LIST: "not-found",
}
"""What is not there -> slug."""

SLUG_OF_CONFLICT: dict[ConflictReason, str] = {
    ConflictReason.VISIT_SETTLED: "visit-settled",
    ConflictReason.VISIT_OF_ANOTHER: "visit-of-another",
    ConflictReason.SETTLEMENT_REVERSED: "settlement-reversed",
    ConflictReason.SETTLEMENT_DEPENDED_ON: "settlement-depended-on",
    ConflictReason.SETTLEMENT_YEAR_CHANGED: "settlement-year-changed",
    ConflictReason.MESSAGE_TAKEN_BACK: "message-taken-back",
    ConflictReason.BUDGET_EXHAUSTED: "purse-exhausted",
}
"""Why the ledger refuses -> slug."""

SLUG_OF_REFUSAL: dict[type[RefusedError | StoreUnavailableError], str] = {
    ForbiddenError: "forbidden",
    StaleVersionError: "precondition-failed",
    IdempotencyKeyReusedError: "idempotency-key-reused",
    PersonKeyUnusableError: "person-key-unusable",
}
"""Every other refusal -> slug."""

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
    unmet: Sequence[Unmet] = ()
    headers: Mapping[str, str] | None = None


def problem(error: ProblemError, instance: str, request_id: str) -> Problem:
    """Build a problem's body in the language of the request."""
    language = negotiation.current.get()
    body: Problem = {
        "type": f"/problems/{error.slug}",
        "title": text("problems", error.slug, language),
        "status": STATUS[error.slug],
        "detail": inner_text("problems", error.slug, "detail", language).format(**(error.operands or {})),
        "instance": _address(instance),
        "request_id": request_id,
    }
    if error.errors:
        body["errors"] = [
            {"pointer": field.pointer, "code": field.code, "message": field.message} for field in error.errors
        ]
    if error.unmet:
        body["unmet"] = [
            {"code": reason.code, "message": sentence("publicity", reason, language), "clause": clause}
            for reason, clause in error.unmet
        ]
    return body


def _address(path: str) -> str:
    """Return the address that was called; where somebody's number or name may stand in it, only its form."""
    private = next((prefix for prefix in _OF_THE_LEDGER if path.startswith(prefix)), None)
    if private is not None and (private != _SETTLEMENTS or _NUMBERED.fullmatch(path.removeprefix(private)) is None):
        return f"{private}…"
    return redacted("/".join(step if _PLAIN.fullmatch(step) else "…" for step in path.split("/")))


_SETTLEMENTS = "/v1/settlements/"

_OF_THE_LEDGER = ("/v1/persons/", "/v1/accounts/", _SETTLEMENTS)
"""Addresses in which a person's number or name may stand, one that is misspelt too."""

_NUMBERED = re.compile(r"[0-9]{1,9}(?:/reversal)?", re.ASCII)
"""What may follow that says nothing of a person: a settlement's number."""

_PLAIN = re.compile(r"(?![0-9]{10})[A-Za-z0-9_.~-]{0,64}", re.ASCII)
"""A step of any other address that is repeated: a word or a short number."""


def respond(error: ProblemError, instance: str, request_id: str) -> Response:
    """Answer with a problem."""
    language = negotiation.current.get()
    body = problem(error, instance, request_id)
    return Response(
        orjson.dumps(body),
        status_code=body["status"],
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Vary": "Accept-Language", **(error.headers or {})},
    )


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Turn Pydantic's complaints into field errors, the first hundred, without repeating what was sent."""
    language = negotiation.current.get()
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
        code = str(error["type"])
        if code == "too_long" and context.get("field_type") != "List":
            # Pydantic measures what a check of ours has returned without knowing that it is text.
            code = "string_too_long"
        found.append(FieldError(pointer(location), code, _message(code, context, language)))
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
        case RefusedError() | StoreUnavailableError():
            return _refused(error)
        case HTTPException():
            return ProblemError(SLUG_OF_STATUS.get(error.status_code, "bad-request"), headers=error.headers)
    return None


def _refused(error: RefusedError | StoreUnavailableError) -> ProblemError:
    match error:
        case NotFoundError():
            return ProblemError(SLUG_OF_RESOURCE[error.resource])
        case ConditionsUnmetError():
            return ProblemError("conditions-unmet", unmet=error.unmet)
        case InvalidFieldError():
            return ProblemError("validation-error", errors=[field_refused(error.pointer, error.code)])
        case ConflictError():
            return ProblemError(SLUG_OF_CONFLICT[error.reason], error.operands)
        case StoreUnavailableError() if not isinstance(error, PersonKeyUnusableError):
            return ProblemError("store-unavailable", headers={"Retry-After": "5"})
    return ProblemError(SLUG_OF_REFUSAL[type(error)])


def no_policy(first_day: dt.date, place: str) -> ProblemError:
    """Refuse the day in a field, because no policy was in force on it."""
    return ProblemError("no-policy-in-force", {"first_day": first_day}, [before_first_day(place)])


def field_refused(place: str, code: str) -> FieldError:
    """Name a field that was refused, with the words of its code."""
    return FieldError(place, code, text("validation", code, negotiation.current.get()))


def before_first_day(place: str) -> FieldError:
    """Name the field whose day lies before the first day of policy."""
    return field_refused(place, "before_first_day")


def _message(code: str, context: Mapping[str, Any], language: Language) -> str:
    if code not in wording("validation"):
        code = "value_error"
    operands = {"error": "", **context}
    if "expected" in operands:
        # Pydantic joins the last value with an English word.
        operands["expected"] = str(operands["expected"]).replace(" or ", ", ")
    return text("validation", code, language).format(**operands)


_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare problems by status; every operation can also fail with 500."""
    declared: dict[int | str, dict[str, Any]] = {}
    for status in (*statuses, 500):
        slugs = [slug for slug, its_status in STATUS.items() if its_status == status]
        declared[status] = {
            "description": " / ".join(f"`{slug}`: {text('problems', slug, 'en')}" for slug in slugs),
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
    return declared
