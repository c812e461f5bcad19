"""The filter of the notice board: the fields as they were typed, the query that they make, the errors."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.http.pagination import day_and_number
from app.http.problems import FieldError, ProblemError
from app.i18n import Language, text
from app.pages.forms import Choice, Control, Summary, SummaryItem, errors_in
from app.rules.reference.places import Division, Divisions
from app.schemas.requests.notices import NoticesQuery

TOPIC = "notices_page"
NAMES = ("county", "place", "status", "cursor")
STATUSES = ("open", "over", "closed")
EVERY = "all"
"""The choice of all notices, whatever their status."""

_QUERY: TypeAdapter[NoticesQuery] = TypeAdapter(NoticesQuery)


class Filter(NamedTuple):
    """The fields as typed, the query, the notice after which the page begins, and the errors by field."""

    typed: dict[str, str]
    query: NoticesQuery
    after: tuple[dt.date, int] | None
    errors: dict[str, str]


def counties(divisions: Divisions) -> list[Division]:
    """List the counties that can be chosen."""
    return [place for place in divisions.by_code.values() if place.prefecture == divisions.home]


def read(parameters: Mapping[str, str], divisions: Divisions, language: Language) -> Filter:
    """Read the parameters of an address; names that the board does not know are ignored."""
    typed = {"status": "open"} | {name: value for name in NAMES if (value := parameters.get(name, "").strip())}
    place, unnamed = _place(typed, divisions, language)
    errors = _outside(typed, place, divisions, language) | unnamed
    fields: dict[str, str | None] = {name: value for name, value in typed.items() if name != "county"}
    fields |= {"place": place or typed.get("county"), "status": _status(typed["status"])}
    query, after = NoticesQuery(), None
    try:
        query = _QUERY.validate_python(fields)
        after = day_and_number(query.cursor)
    except ValidationError as error:
        errors = _by_field(errors_in(error), language) | errors
    except ProblemError as error:
        errors |= _by_field(error.errors, language)
    return Filter(typed, query, after, errors)


def controls(filters: Filter, divisions: Divisions, language: Language) -> list[Control]:
    """Lay out the fields of the filter."""
    typed = filters.typed
    county = [("", text(TOPIC, "all_counties", language))]
    county += [(each.code, each.name[language]) for each in counties(divisions)]
    status = [(each, text(TOPIC, each, language)) for each in (*STATUSES, EVERY)]
    place = Control(
        "place",
        "place",
        text(TOPIC, "place", language),
        "text",
        typed.get("place", ""),
        errors=_errors(filters, "place"),
    )
    return [
        _choice("county", county, filters, language),
        place,
        _choice("status", status, filters, language),
    ]


def refusal(filters: Filter, language: Language) -> Summary | None:
    """List the errors of the filter; None where there are none."""
    if not filters.errors:
        return None
    items = [_item(field, message, language) for field, message in filters.errors.items()]
    return Summary(text(TOPIC, "filter_refused", language), items)


def _choice(name: str, values: Iterable[tuple[str, str]], filters: Filter, language: Language) -> Control:
    chosen = filters.typed.get(name, "")
    choices = [Choice(value, words, bool(value) and value == chosen) for value, words in values]
    return Control(name, name, text(TOPIC, name, language), "choice", choices=choices, errors=_errors(filters, name))


def _item(field: str, message: str, language: Language) -> SummaryItem:
    if field == "cursor":  # not a field of the form: a parameter of the link to the next page
        return SummaryItem("", "", f"{text(TOPIC, 'older', language)} {message}")
    return SummaryItem(field, text(TOPIC, field, language), message)


def _errors(filters: Filter, field: str) -> list[str]:
    return [filters.errors[field]] if field in filters.errors else []


def _by_field(errors: Iterable[FieldError], language: Language) -> dict[str, str]:
    by_field = {each.pointer.strip("/"): each.message for each in errors}
    own = {name: text(TOPIC, f"{name}_wrong", language) for name in ("place", "cursor") if name in by_field}
    return by_field | own


def _status(typed: str) -> str | None:
    return None if typed == EVERY else typed


def _place(typed: Mapping[str, str], divisions: Divisions, language: Language) -> tuple[str | None, dict[str, str]]:
    """Return the code of the place that was typed, by code or by name; or what is wrong with its name."""
    place = typed.get("place")
    if place is None or any(character.isdigit() for character in place):
        return place, {}
    found = divisions.find_townships(place, typed.get("county", ""))
    if len(found) == 1:
        return found[0], {}
    code = "place_ambiguous" if found else "place_unknown"
    return None, {"place": text(TOPIC, code, language).format(count=len(found))}


def _outside(typed: Mapping[str, str], place: str | None, divisions: Divisions, language: Language) -> dict[str, str]:
    """Say that the county is not one of the city, or that the place lies outside it."""
    county = typed.get("county")
    if county is None:
        return {}
    if county not in {each.code for each in counties(divisions)}:
        return {"county": text(TOPIC, "county_unknown", language)}
    if place is not None and not place.startswith(county):
        return {"place": text(TOPIC, "place_elsewhere", language)}
    return {}
