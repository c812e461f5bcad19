"""Validation of a request whose numbers were read exactly."""

from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

Parsed = TypeVar("Parsed")


def validated(adapter: TypeAdapter[Parsed], content: object, part: str = "body") -> Parsed:
    """Validate a part of a request. RequestValidationError, as FastAPI raises it."""
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": (part, *each["loc"])} for each in errors]) from error
