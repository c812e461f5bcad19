"""The columns of a file of bills: the fields of the request, their names joined by dots, taken from its model."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from app.schemas.fields import to_day, to_fen, to_fen_above_zero
from app.schemas.requests.reimbursements import ReimbursementRequest

Sort = Literal["money", "money_above_zero", "day", "flag", "count", "choice"]

_SORTS: dict[object, Sort] = {to_fen: "money", to_fen_above_zero: "money_above_zero", to_day: "day"}


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, the sort of its values, whether it is required, the values that it may take."""

    name: str
    sort: Sort
    required: bool
    choices: tuple[str, ...] = ()


def _fields(model: type[BaseModel], prefix: str = "", parent_required: bool = True) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        annotation = info.annotation
        validators = [item.func for item in info.metadata if isinstance(item, BeforeValidator)]
        for argument in get_args(annotation):
            if isinstance(argument, type) and issubclass(argument, BaseModel):
                annotation = argument
            validators += [item.func for item in getattr(argument, "__metadata__", ()) if hasattr(item, "func")]
        required = parent_required and info.is_required()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _fields(annotation, f"{prefix}{name}.", required)
        elif validators:
            yield Field(prefix + name, _SORTS[validators[0]], required)
        elif get_origin(annotation) is Literal:
            yield Field(prefix + name, "choice", required, get_args(annotation))
        else:
            yield Field(prefix + name, "flag" if annotation is bool else "count", required)


FIELDS: dict[str, Field] = {field.name: field for field in _fields(ReimbursementRequest)}
"""Every column, by name."""


def nested(row: Mapping[str, object]) -> dict[str, Any]:
    """Build the body of a request from one row; an empty cell is a field that is left out."""
    request: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or name not in FIELDS:
            continue
        *parents, last = name.split(".")
        place = request
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = _cell(FIELDS[name], value)
    return request


def _cell(field: Field, value: object) -> object:
    """Read a cell as a JSON value; what cannot be read is left for the schema to refuse."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    if field.sort == "flag":
        return {"true": True, "false": False}.get(value, value)
    if field.sort == "count" and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value
