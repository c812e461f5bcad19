"""Every problem that the service responds with, in one table; no other module builds an error body (RFC 9457).

Titles, explanations and messages stand in `app/i18n/texts/problems.yaml` and `validation.yaml`. A problem never repeats
input, a stack trace, SQL or a file path.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeAlias

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import (
    ClockBehindError,
    ConditionsUnmetError,
    ConflictError,
    ConflictReason,
    FiguresDifferError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidFieldError,
    NotFoundError,
    PersonKeyUnusableError,
    RefusedError,
    Resource,
    SettlementDependedOnError,
    StaleVersionError,
    StoreNotReadyError,
    StoreUnavailableError,
    TooManyLookupsError,
)
from app.i18n import Language, inner_text, negotiation, text, wording
from app.i18n.sentences import unmet_sentence
from app.privacy.redaction import redacted
from app.rules.parameters import NoPolicyInForceError
from app.rules.projects.procedure import Unmet
from app.schemas.json_pointer import pointer
from app.schemas.responses.problems import Problem

OpenApiResponses: TypeAlias = dict[int | str, dict[str, object]]
"""The responses of an operation by status, as FastAPI takes them."""

MEDIA_TYPE = "application/problem+json"

Cause: TypeAlias = type[Exception] | Resource | ConflictReason | int
"""The cause of a problem: an error, the resource that was not found, why the ledger refused, the
status of an `HTTPException`."""

_OF_PARTS = (ConflictReason.STAY_SETTLED, ConflictReason.PART_SETTLED)
"""Why a settlement in the course of a stay is refused: the stay, or the same part of it, is settled."""

_TABLE: tuple[tuple[str, int, tuple[Cause, ...]], ...] = (
    ("bad-request", 400, (400,)),
    ("unauthorized", 401, ()),
    ("forbidden", 403, (ForbiddenError,)),
    ("foreign-site", 403, ()),
    ("not-found", 404, (404, Resource.DESK_LIST)),
    ("unknown-parameter", 404, ()),
    ("unknown-region", 404, ()),
    ("unknown-procedure", 404, ()),
    ("unknown-project", 404, (Resource.PROJECT,)),
    ("unknown-notice", 404, (Resource.NOTICE,)),
    ("unknown-objection", 404, (Resource.OBJECTION,)),
    ("unknown-settlement", 404, (Resource.SETTLEMENT,)),
    ("unknown-rebooking", 404, (Resource.REBOOKING,)),
    ("unknown-person", 404, (Resource.PERSON,)),
    ("method-not-allowed", 405, (405,)),
    ("request-timeout", 408, ()),
    ("conditions-unmet", 409, (ConditionsUnmetError,)),
    ("visit-settled", 409, (ConflictReason.VISIT_SETTLED, *_OF_PARTS)),
    ("visit-of-another", 409, (ConflictReason.VISIT_OF_ANOTHER,)),
    ("settlement-reversed", 409, (ConflictReason.SETTLEMENT_REVERSED,)),
    ("settlement-depended-on", 409, (ConflictReason.SETTLEMENT_DEPENDED_ON,)),
    ("settlement-figures-differ", 409, (ConflictReason.SETTLEMENT_FIGURES_DIFFER,)),
    ("rebooking-followed", 409, (ConflictReason.REBOOKING_FOLLOWED,)),
    ("message-taken-back", 409, (ConflictReason.MESSAGE_TAKEN_BACK,)),
    ("purse-exhausted", 409, (ConflictReason.BUDGET_EXHAUSTED,)),
    ("settlement-year-changed", 409, (ConflictReason.SETTLEMENT_YEAR_CHANGED,)),
    ("person-registered-here", 409, (ConflictReason.PERSON_REGISTERED_HERE,)),
    ("transfer-final", 409, (ConflictReason.TRANSFER_FINAL,)),
    ("precondition-failed", 412, (StaleVersionError,)),
    ("body-too-large", 413, (413,)),
    ("unsupported-media-type", 415, ()),
    ("unsupported-encoding", 415, ()),
    ("validation-error", 422, (RequestValidationError, InvalidFieldError)),
    ("no-policy-in-force", 422, (NoPolicyInForceError,)),
    ("idempotency-key-reused", 422, (IdempotencyKeyReusedError,)),
    ("precondition-required", 428, ()),
    ("too-many-requests", 429, ()),
    ("too-many-calculations", 429, ()),
    ("too-many-lookups", 429, (TooManyLookupsError,)),
    ("header-too-large", 431, ()),
    ("internal-error", 500, ()),
    ("not-ready", 503, (StoreNotReadyError,)),
    ("overloaded", 503, ()),
    ("store-unavailable", 503, (StoreUnavailableError,)),
    ("person-key-unusable", 503, (PersonKeyUnusableError,)),
    ("figures-differ", 503, (FiguresDifferError,)),
    ("clock-behind", 503, (ClockBehindError,)),
)
"""Every problem: its slug, its HTTP status, and its causes; one without causes is raised as a `ProblemError`."""

STATUS: dict[str, int] = {slug: status for slug, status, _ in _TABLE}
"""Slug -> HTTP status."""

SLUG: dict[Cause, str] = {cause: slug for slug, _, causes in _TABLE for cause in causes}
"""Cause -> slug."""

MOST_ERRORS = 100
"""Field errors that a problem lists; a body can hold a hundred thousand."""


class FieldError(NamedTuple):
    """One field that was refused: where (a JSON pointer), a code, and why in words."""

    pointer: str
    code: str
    message: str


@dataclass
class ProblemError(Exception):
    """An error that is responded to with the problem of a slug. `operands` fill the detail's sentence."""

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
            {
                "code": unmet.reason.code,
                "message": unmet_sentence(unmet, language),
                "clause": unmet.required_by.clause,
                "basis": unmet.required_by.basis,
            }
            for unmet in error.unmet
        ]
    return body


def _address(path: str) -> str:
    """Return the address of the request; where a number or a name of a person may stand in it, only its form."""
    if len(path) > _LONGEST_ADDRESS:
        return "/…"
    if path in _WITHOUT_NUMBER:
        return path
    private = next((prefix for prefix in _PRIVATE if path.startswith(prefix)), None)
    if private is not None and (private != _SETTLEMENTS or _NUMBERED.fullmatch(path.removeprefix(private)) is None):
        return f"{private}…"
    return redacted("/".join(step if _PLAIN.fullmatch(step) else "…" for step in path.split("/")))


_LONGEST_ADDRESS = 1_000
"""Characters of an address that a problem may repeat."""

_SETTLEMENTS = "/v1/settlements/"

_PRIVATE = ("/v1/persons/", "/v1/accounts/", _SETTLEMENTS)
"""Beginnings of addresses in which a person's number or name may stand, also a misspelt one."""

_WITHOUT_NUMBER = {"/v1/persons/lookup", "/v1/persons/transfer", "/v1/persons/transfer/reversal", "/v1/accounts/lookup"}
"""The addresses under these beginnings in which nobody's number stands."""

_NUMBERED = re.compile(r"[0-9]{1,9}(?:/reversal)?", re.ASCII)
"""What may follow `_SETTLEMENTS` and identifies no person: a settlement's number."""

_PLAIN = re.compile(r"(?![0-9]{10})[A-Za-z0-9_.~-]{0,64}", re.ASCII)
"""A step of another address that a problem may repeat: a word or a short number."""


def respond(error: ProblemError, instance: str, request_id: str) -> Response:
    """Respond with a problem."""
    language = negotiation.current.get()
    body = problem(error, instance, request_id)
    return Response(
        orjson.dumps(body),
        status_code=body["status"],
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Vary": "Accept-Language", **(error.headers or {})},
    )


def field_errors(errors: Iterable[ErrorDetails]) -> list[FieldError]:
    """Turn Pydantic's errors into field errors, the first hundred, without repeating the input."""
    language = negotiation.current.get()
    result = []
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
            # Pydantic measures the text that one of our validators has returned as if it were a list.
            code = "string_too_long"
        result.append(FieldError(pointer(location), code, _message(code, context, language)))
    return result


def described(error: Exception, method: str) -> ProblemError | None:
    """Return the problem that an error is the cause of; None for an unforeseen error."""
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
            return ProblemError(SLUG.get(error.status_code, "bad-request"), headers=error.headers)
    return None


def _refused(error: RefusedError | StoreUnavailableError) -> ProblemError:
    match error:
        case NotFoundError():
            return ProblemError(SLUG[error.resource])
        case SettlementDependedOnError():
            care = text("care", error.care, negotiation.current.get())
            operands = {**error.operands, "institution": error.institution, "day": error.day, "care": care}
            return ProblemError(SLUG[error.reason], operands)
        case ConflictError():
            return ProblemError(SLUG[error.reason], error.operands)
    slug, headers = SLUG[type(error)], None
    match error:
        case ConditionsUnmetError():
            return ProblemError(slug, unmet=error.unmet)
        case TooManyLookupsError():
            headers = {"Retry-After": str(error.retry_after)}
        case InvalidFieldError():
            return ProblemError(slug, errors=[field_refused(error.pointer, error.code)])
        case StoreUnavailableError() if not isinstance(error, PersonKeyUnusableError):
            headers = {"Retry-After": "5"}
    return ProblemError(slug, headers=headers)


def no_policy(first_day: dt.date, field: str) -> ProblemError:
    """Refuse the day in a field (a JSON pointer): no policy was in force on it."""
    return ProblemError("no-policy-in-force", {"first_day": first_day}, [before_first_day(field)])


def field_refused(field: str, code: str) -> FieldError:
    """Refuse a field (a JSON pointer), with the words of the code."""
    return FieldError(field, code, text("validation", code, negotiation.current.get()))


def before_first_day(field: str) -> FieldError:
    """Refuse a field (a JSON pointer) whose day lies before the first day of policy."""
    return field_refused(field, "before_first_day")


def _message(code: str, context: Mapping[str, object], language: Language) -> str:
    if code not in wording("validation"):
        code = "value_error"
    operands = {"error": "", **context}
    if "expected" in operands:
        # Pydantic joins the last value with an English word.
        operands["expected"] = str(operands["expected"]).replace(" or ", ", ")
    return text("validation", code, language).format(**operands)


_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> OpenApiResponses:
    """Declare problems by status; every operation can also fail with 500."""
    declared: OpenApiResponses = {}
    for status in (*statuses, 500):
        slugs = [slug for slug, status_of_slug in STATUS.items() if status_of_slug == status]
        declared[status] = {
            "description": " / ".join(f"`{slug}`: {text('problems', slug, 'en')}" for slug in slugs),
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
    return declared
