"""What is typed into a form, as the request that the API takes; and what is wrong with it, by field."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from app.http.problems import FieldError, field_errors
from app.tables.cells import from_list_cell, from_sources_cell

Asked = TypeVar("Asked", bound=BaseModel)

WHOLE = {
    "attendance",
    "beneficiaries.households",
    "beneficiaries.persons",
    "beneficiaries.registered_households",
    "beneficiaries.registered_persons",
    "evidence.meeting.attendance",
}
"""Fields that hold whole numbers."""
TICKED = {
    f"evidence.checks.{check}" for check in ("truth", "need", "content", "budget", "benefit", "participation")
} | {"evidence.checks.mechanism"}
"""Fields that are ticked."""
_CELLS = {"budget.sources": from_sources_cell, "performance_goals": from_list_cell}


class Choice(NamedTuple):
    """One of the values that a field may take."""

    value: str
    words: str
    chosen: bool


async def typed_in(request: Request) -> dict[str, str]:
    """Read a form's fields as they were typed; files are refused."""
    form = await request.form(max_files=0, max_fields=100)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def nested(typed: Mapping[str, str], fields: Iterable[str]) -> dict[str, Any]:
    """Put the fields of a form, named with dots, into the shape of a request; what is left empty is left out."""
    asked: dict[str, Any] = {}
    for name in fields:
        value = typed.get(name, "").replace("\r\n", "\n")
        if not value.strip():
            continue
        place = asked
        *path, last = name.split(".")
        for step in path:
            place = place.setdefault(step, {})
        place[last] = _read(name, value)
    return asked


def checked(adapter: TypeAdapter[Asked], asked: Mapping[str, Any]) -> tuple[Asked | None, list[FieldError]]:
    """Validate a request that was typed: the request, or what is wrong by field, in the language of the page."""
    try:
        return adapter.validate_python(asked), []
    except ValidationError as error:
        return None, field_errors(error.errors(include_url=False, include_input=False))


def _read(name: str, value: str) -> Any:
    if name in _CELLS:
        return _CELLS[name](value)
    stripped = value.strip()
    if name in WHOLE:
        return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else stripped
    return True if name in TICKED else stripped
