"""An answer is what is declared: no field too many, none too few."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(declared: type) -> TypeAdapter[Any]:
    return TypeAdapter(declared)


def expect_valid(declared: type, answer: object) -> None:
    """Validate an answer against the type that declares it."""
    _adapter(declared).validate_python(answer)
