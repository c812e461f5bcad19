"""The fields of a bill's request under names with dots, as the columns of a file and the form have them.

They are read off the schema of the request.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from app.schemas.fields import to_day, to_fen, to_fen_above_zero
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.tables.dotted_names import nest

Sort = Literal["money", "money_above_zero", "day", "flag", "count", "choice"]

_SORTS: dict[object, Sort] = {to_fen: "money", to_fen_above_zero: "money_above_zero", to_day: "day"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, the sort of its values, whether it is required, the values that it may take."""

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
            if get_origin(argument) is Literal:
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
"""Every field of the request, by name."""


def nested(row: Mapping[str, object]) -> dict[str, object]:
    """Put one row into the form of the request: an empty cell is a field left out."""
    cells = ((name, value) for name, value in row.items() if value is not None and name in FIELDS)
    return nest((name, _cell(FIELDS[name], value)) for name, value in cells)


def _cell(field: Field, value: object) -> object:
    """Read a cell as a JSON value. The schema refuses a cell that is none."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    if field.sort == "flag":
        return {"true": True, "false": False}.get(value, value)
    if field.sort == "count" and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value
