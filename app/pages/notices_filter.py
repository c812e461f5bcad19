"""Which notices somebody asks the board for, as it was typed, and what is wrong with it, by field."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.http.pagination import day_and_number
from app.http.problems import FieldError, ProblemError, field_errors
from app.i18n import Language, text
from app.rules.reference.places import Division, Divisions
from app.schemas.requests.notices import NoticesQuery

NAMES = ("county", "place", "status", "cursor")
EVERY = "all"
"""What is chosen for notices however they stand."""

_QUERY: TypeAdapter[NoticesQuery] = TypeAdapter(NoticesQuery)


class Filter(NamedTuple):
    """What was typed, by field; the query that it comes to; after which notice; what is wrong, by field, in words."""

    typed: dict[str, str]
    query: NoticesQuery
    after: tuple[dt.date, int] | None
    errors: dict[str, str]


def counties(divisions: Divisions) -> list[Division]:
    """List the counties that can be chosen."""
    return [place for place in divisions.by_code.values() if place.prefecture == divisions.home]


def read(asked: Mapping[str, str], divisions: Divisions, language: Language) -> Filter:
    """Read what was asked for; names that the board does not know mean nothing."""
    typed = {"status": "open"} | {name: value for name in NAMES if (value := asked.get(name, "").strip())}
    errors = _outside(typed, divisions, language)
    wanted: dict[str, str | None] = {name: value for name, value in typed.items() if name != "county"}
    wanted |= {"place": typed.get("place", typed.get("county")), "status": _status(typed["status"])}
    query, after = NoticesQuery(), None
    try:
        query = _QUERY.validate_python(wanted)
        after = day_and_number(query.cursor)
    except ValidationError as error:
        errors = _told(field_errors(error.errors(include_url=False, include_input=False)), language) | errors
    except ProblemError as error:
        errors |= _told(error.errors, language)
    return Filter(typed, query, after, errors)


def _told(found: Iterable[FieldError], language: Language) -> dict[str, str]:
    by_field = {each.pointer.strip("/"): each.message for each in found}
    ours = {name: text("notices_page", f"{name}_wrong", language) for name in ("place", "cursor") if name in by_field}
    return by_field | ours


def _status(typed: str) -> str | None:
    return None if typed == EVERY else typed


def _outside(typed: Mapping[str, str], divisions: Divisions, language: Language) -> dict[str, str]:
    """Say where a county is none of ours, or does not hold the place."""
    county, place = typed.get("county"), typed.get("place")
    if county is None:
        return {}
    if county not in {each.code for each in counties(divisions)}:
        return {"county": text("notices_page", "county_unknown", language)}
    if place is not None and not place.startswith(county):
        return {"place": text("notices_page", "place_elsewhere", language)}
    return {}
