"""The form of a bill. Its fields have the names of the columns of `anda reimburse`, and so has a link to a bill.

What is typed becomes the same request that the API takes, and is refused in the same words.
"""

import datetime as dt
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

from app.http.problems import MOST_ERRORS, FieldError, ProblemError, field_errors, field_refused
from app.i18n import Language, negotiation, text, wording
from app.pages.forms import Choice, Control, ControlKind, Fieldset, Summary, SummaryItem, Typed
from app.rules.parameters import Parameters
from app.rules.readings import Readings
from app.schemas.flat_fields import FIELDS, Field, nested
from app.schemas.json_pointer import pointer
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.schemas.validation import validated
from app.tables.dotted_names import flatten

TOPIC = "bill_page"
DEFAULTS: dict[str, str] = {
    **{field.name: "false" for field in FIELDS.values() if field.sort == "flag"},
    "visit.referred": "true",
}
"""What a field stands for where it is left out, so that a link need not state it.

A reading that is left out stands for the default on the day of the bill.
"""
_FLAGS = ("true", "false")

_READINGS = "readings."
_SECTIONS = ("patient", "visit", "bill")
_FOLDED = ("year_to_date", "adjudicated", "readings")
_BEGINNINGS = tuple(f"{section}." for section in (*_SECTIONS, *_FOLDED))
_REQUEST: TypeAdapter[ReimbursementRequest] = TypeAdapter(ReimbursementRequest)


def typed(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Read an address: the value of each field, and the names that it holds twice.

    Parameters of other services, which are often added to a link that is passed on, are left out. A misspelt name of a
    field is kept and refused: without it the bill would be a different one.
    """
    fields = [(name, value.strip()) for name, value in pairs if name in FIELDS or name.startswith(_BEGINNINGS)]
    counts = Counter(name for name, _ in fields)
    return dict(fields), [name for name, count in counts.items() if count > 1]


def to_request(values: Typed, repeated: Sequence[str] = ()) -> ReimbursementRequest:
    """Read what was typed as a request. ProblemError with every field that is refused, as the API refuses it."""
    errors = [field_refused(pointer(name.split(".")), "extra_forbidden") for name in values if name not in FIELDS]
    twice = text(TOPIC, "repeated", negotiation.current.get())
    errors += [FieldError(pointer(name.split(".")), "field_repeated", twice) for name in repeated]
    request = None
    try:
        request = validated(_REQUEST, body(values))
    except RequestValidationError as error:
        errors += field_errors(error.errors())
    if request is None or errors:
        raise ProblemError("validation-error", errors=errors[:MOST_ERRORS])
    return request


def stated(values: Typed) -> dict[str, str]:
    """Return the fields that state something: neither empty nor at their default."""
    return {name: values[name] for name in FIELDS if values.get(name, "") not in {"", DEFAULTS.get(name, "")}}


def body(values: Typed) -> dict[str, object]:
    """Put what was typed into the form of the API's request."""
    content = nested(stated(values))
    # A section is always there, so that each required field in it is named where it is missing.
    return content | {section: {} for section in _SECTIONS if section not in content}


def flat(request: Mapping[str, object]) -> dict[str, str]:
    """Put a request of the API into the fields of an address."""
    fields = flatten(request).items()
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields}


def command(values: Typed, origin: str, language: Language) -> str:
    """Write the command that asks the API for the same bill."""
    lines = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in body(values).items()
    )
    header = " -H 'Accept-Language: en'" if language == "en" else ""
    address = shlex.quote(f"{origin}/v1/reimbursements")
    content = shlex.quote("{\n" + lines + "\n}")
    return f"curl -s {address}{header} -H 'Content-Type: application/json' -d {content}"


def defaults_on(parameters: Parameters, values: Typed, today: dt.date) -> Readings:
    """Return the readings in force on the day that was typed; on today where no day was, or none of the policy."""
    try:
        day = dt.date.fromisoformat(values.get("service_date", ""))
    except ValueError:
        day = today
    return parameters.on(max(day, parameters.first_day)).readings


def form(values: Typed, errors: Sequence[FieldError], defaults: Readings, language: Language) -> list[Fieldset]:
    """Lay the form out, with what was typed and what is wrong with it beside each field.

    `defaults` are the readings in force on the day of the bill.
    """
    wrong: dict[str, list[str]] = {}
    for error in errors:
        wrong.setdefault(field_of(error), []).append(error.message)
    return [_fieldset(code, values, wrong, defaults, language) for code in (*_SECTIONS, *_FOLDED)]


def refusal(error: ProblemError, title: str, detail: str, language: Language) -> Summary:
    """Say why a bill is not calculated, with a line for each error that leads to its field."""
    names = [(field_of(each), each.message) for each in error.errors]
    items = [SummaryItem(_id(name), label(name, language), message) for name, message in names]
    if error.slug == "validation-error":
        return Summary(text(TOPIC, "errors_to_correct", language), items)
    return Summary(title, items, detail)


def field_of(error: FieldError) -> str:
    """Name the field that an error stands beside; an error of several fields stands beside the first of them."""
    name = error.pointer.removeprefix("/").replace("/", ".")
    if name in FIELDS:
        return name
    return next((field for field in FIELDS if field.startswith(f"{name}.")), name)


def label(name: str, language: Language) -> str:
    """Return the label of a field; its name where the form has no such field."""
    first, _, last = name.rpartition(".")
    if name not in FIELDS:
        return name
    if first == "readings":
        return text("readings", last, language)
    if first == "adjudicated":
        return text("names", last, language)
    if first.startswith("year_to_date.layers."):
        layer = text("names", first.rpartition(".")[2], language)
        return text(TOPIC, last, language).format(layer=layer)
    return text(TOPIC, name, language)


def in_words(name: str, value: str, language: Language) -> str:
    """Write a value of a field in words."""
    field = FIELDS[name]
    if field.sort == "flag" and name != "visit.referred":
        return text(TOPIC, "yes" if value == "true" else "no", language)
    if name.startswith(_READINGS):
        return reading_in_words(name.removeprefix(_READINGS), value, language)
    words = wording(TOPIC).get(name, {}).get(value)
    return words[language] if isinstance(words, dict) else value


def reading_in_words(reading: str, value: str, language: Language) -> str:
    """Write a reading of an open question in words."""
    words = wording("readings")[reading][value]
    return words if isinstance(words, str) else words[language]


def _fieldset(
    code: str, values: Typed, wrong: Mapping[str, Sequence[str]], defaults: Readings, language: Language
) -> Fieldset:
    controls = [
        _control(field, values, wrong.get(field.name, ()), defaults, language)
        for field in FIELDS.values()
        if field.name.startswith(f"{code}.") or (field.name == "service_date" and code == "visit")
    ]
    needed = any(control.errors or control.name in stated(values) for control in controls)
    folded = code in _FOLDED
    explained = text(TOPIC, f"{code}_help", language) if folded or code == "visit" else ""
    return Fieldset(text(TOPIC, code, language), controls, explained, folded, needed)


def _control(field: Field, values: Typed, errors: Sequence[str], defaults: Readings, language: Language) -> Control:
    name = field.name
    value = values.get(name) or DEFAULTS.get(name, "")
    kind = _kind(field, value, bool(errors))
    ticked_or_typed = value if kind != "check" or value == "true" else ""
    extra = {"required": ""} if field.required and kind != "check" else {}
    choices = _choices(field, value, defaults, language) if kind == "choice" else []
    return Control(name, _id(name), label(name, language), kind, ticked_or_typed, choices, errors, extra)


def _kind(field: Field, value: str, wrong: bool) -> ControlKind:
    """Return how a field is filled in.

    A date picker or a box cannot show a value that is none of theirs: the field is a line of text then, and nothing
    that was typed is lost.
    """
    if field.name == "visit.referred":
        return "choice" if value in _FLAGS else "text"
    match field.sort:
        case "money" | "money_above_zero":
            return "money"
        case "flag":
            return "check" if value in _FLAGS else "text"
        case "day":
            return "text" if wrong else "day"
    return field.sort


def _choices(field: Field, value: str, defaults: Readings, language: Language) -> list[Choice]:
    name = field.name
    allowed = field.choices or _FLAGS
    choices = [Choice(each, in_words(name, each, language), each == value) for each in allowed]
    if name in DEFAULTS:
        mark = text(TOPIC, "default_mark", language)
        choices = [each._replace(words=each.words + (mark if each.value == DEFAULTS[name] else "")) for each in choices]
    elif name.startswith(_READINGS):
        taken = in_words(name, getattr(defaults, name.removeprefix(_READINGS)), language)
        choices.insert(0, Choice("", text(TOPIC, "by_default_on_the_day", language).format(taken=taken), not value))
    else:
        choices.insert(0, Choice("", text(TOPIC, "choose", language), not value))
    if value and value not in allowed:
        choices.append(Choice(value, value, True))
    return choices


def _id(name: str) -> str:
    return name.replace(".", "-")
