"""The form of a bill: the request's fields under the names that `anda reimburse` gives its columns, as in a link.

What is typed is read into the same request that the API takes, and refused with the same words.
"""

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

from app.http.problems import MOST_ERRORS, FieldError, ProblemError, field_errors, field_refused
from app.i18n import Language, negotiation, text, wording
from app.pages.forms import Choice
from app.rules.readings import QUESTIONS
from app.schemas.flat_fields import FIELDS, Field, nested
from app.schemas.json_pointer import pointer
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.schemas.validation import validated

TOPIC = "bill_page"
DEFAULTS: dict[str, str] = {
    **{field.name: "false" for field in FIELDS.values() if field.sort == "flag"},
    "visit.referred": "true",
    **{f"readings.{question['reading']}": question["default"] for question in QUESTIONS},
}
"""What a field stands for where it is left out, so that a link need not say it."""

_SECTIONS = ("patient", "visit", "bill")
_FOLDED = ("year_to_date", "adjudicated", "readings")
_BEGINNINGS = tuple(f"{section}." for section in (*_SECTIONS, *_FOLDED))
_REQUEST: TypeAdapter[ReimbursementRequest] = TypeAdapter(ReimbursementRequest)

Typed = Mapping[str, str]
"""What stands in the address, by field."""


class Control(NamedTuple):
    """A field of the form as it is shown; `kind` is `choice`, `check`, `day`, `money`, `count` or `text`."""

    name: str
    label: str
    kind: str
    value: str
    required: bool
    choices: Sequence[Choice]
    errors: Sequence[str]

    @property
    def id(self) -> str:
        """What the page calls it."""
        return self.name.replace(".", "-")


class Section(NamedTuple):
    """Fields that belong together; `folded` where most bills need none of them, `open` where this one does."""

    code: str
    controls: Sequence[Control]
    folded: bool
    open: bool


def typed(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Read an address: what was typed into each field, and the names that stand there twice.

    What others add to a link that is passed on is left out; a field's name that is misspelt is not, for without it the
    bill would be another.
    """
    given = [(name, value.strip()) for name, value in pairs if name in FIELDS or name.startswith(_BEGINNINGS)]
    counted = Counter(name for name, _ in given)
    return dict(given), [name for name, count in counted.items() if count > 1]


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


def said(values: Typed) -> dict[str, str]:
    """Return the fields that say something: not empty, and not what is taken for granted."""
    return {name: values[name] for name in FIELDS if values.get(name, "") not in {"", DEFAULTS.get(name, "")}}


def body(values: Typed) -> dict[str, Any]:
    """Put what was typed into the form of the API's request."""
    content = nested(said(values))
    for section in _SECTIONS:
        content.setdefault(section, {})  # so that each required field in it is missed by its own name
    return content


def flat(request: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Put a request of the API into the fields of an address."""
    fields: dict[str, str] = {}
    for name, value in request.items():
        if isinstance(value, Mapping):
            fields |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            fields[prefix + name] = str(value).lower() if isinstance(value, bool) else str(value)
    return fields


def command(values: Typed, origin: str, language: Language) -> str:
    """Write the command that asks the API for the same bill."""
    lines = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in body(values).items()
    )
    asking = " -H 'Accept-Language: en'" if language == "en" else ""
    address = shlex.quote(f"{origin}/v1/reimbursements")
    content = shlex.quote("{\n" + lines + "\n}")
    return f"curl -s {address}{asking} -H 'Content-Type: application/json' -d {content}"


def form(values: Typed, errors: Sequence[FieldError], language: Language) -> list[Section]:
    """Lay the form out, with what was typed and what is wrong with it beside each field."""
    wrong: dict[str, list[str]] = {}
    for error in errors:
        wrong.setdefault(field_of(error), []).append(error.message)
    sections = []
    for code in (*_SECTIONS, *_FOLDED):
        controls = [
            _control(field, values, wrong.get(field.name, ()), language)
            for field in FIELDS.values()
            if field.name.startswith(f"{code}.") or (field.name == "service_date" and code == "visit")
        ]
        needed = any(control.errors or control.name in said(values) for control in controls)
        sections.append(Section(code, controls, code in _FOLDED, needed))
    return sections


def field_of(error: FieldError) -> str:
    """Name the field that an error stands beside; an error of several stands beside the first of them."""
    name = error.pointer.removeprefix("/").replace("/", ".")
    if name in FIELDS:
        return name
    return next((field for field in FIELDS if field.startswith(f"{name}.")), name)


def label(name: str, language: Language) -> str:
    """Say what a field is; its name where it is none of ours."""
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
    """Say a value of a field as people read it."""
    field = FIELDS[name]
    if field.sort == "flag" and name != "visit.referred":
        return text(TOPIC, "yes" if value == "true" else "no", language)
    if name.startswith("readings."):
        return reading_in_words(name.removeprefix("readings."), value, language)
    words: Any = wording(TOPIC).get(name, {}).get(value)
    return str(words[language]) if isinstance(words, dict) else value


def reading_in_words(reading: str, value: str, language: Language) -> str:
    """Say how an open question is read."""
    words: Any = wording("readings")[reading][value]
    return str(words[language])


def _control(field: Field, values: Typed, errors: Sequence[str], language: Language) -> Control:
    name = field.name
    value = values.get(name) or DEFAULTS.get(name, "")
    allowed = field.choices or (("true", "false") if field.sort == "flag" else ())
    kind = {"money_above_zero": "money", "flag": "check"}.get(field.sort, field.sort)
    if (errors and kind == "day") or (kind == "check" and value not in allowed):
        kind = "text"  # a date picker or a box cannot show what cannot be right; nothing typed is lost
    elif name == "visit.referred":
        kind = "choice"
    choices = [Choice(each, in_words(name, each, language), each == value) for each in allowed]
    if kind == "choice" and name in DEFAULTS:
        mark = text(TOPIC, "default_mark", language)
        choices = [each._replace(words=each.words + (mark if each.value == DEFAULTS[name] else "")) for each in choices]
    elif kind == "choice":
        choices.insert(0, Choice("", text(TOPIC, "choose", language), not value))
    if kind == "choice" and value and value not in allowed:
        choices.append(Choice(value, value, True))
    return Control(name, label(name, language), kind, value, field.required, choices, errors)
