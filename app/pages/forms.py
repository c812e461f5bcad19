"""The vocabulary of forms: what a form shows, what was typed into it, and what is wrong with it, by field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from app.http.problems import FieldError, field_errors
from app.tables.cells import from_list_cell, from_sources_cell
from app.tables.dotted_names import nest

Validated = TypeVar("Validated", bound=BaseModel)

ControlKind = Literal["text", "day", "money", "count", "long", "choice", "check"]
"""How a field is filled in: a line, a day, an amount, a whole number, several lines, one of some values, a tick."""

Typed = Mapping[str, str]
"""What was typed, by field."""

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

_ATTRIBUTES: dict[ControlKind, dict[str, str]] = {
    "text": {"type": "text", "autocomplete": "off"},
    "day": {"type": "date", "autocomplete": "off"},
    "money": {"type": "text", "inputmode": "decimal", "autocomplete": "off"},
    "count": {"type": "text", "inputmode": "numeric", "autocomplete": "off"},
    "long": {"rows": "3"},
    "choice": {},
    "check": {},
}
"""Attributes of the HTML element of each kind."""


class Choice(NamedTuple):
    """One of the values that a field may take."""

    value: str
    words: str
    chosen: bool


class Control(NamedTuple):
    """A field as it is shown: its name, the id of its element, its label, its value, what is wrong with it.

    `extra` are attributes of its element beside those of its kind; None takes an attribute of the kind away.
    """

    name: str
    id: str
    label: str
    kind: ControlKind
    value: str = ""
    choices: Sequence[Choice] = ()
    errors: Sequence[str] = ()
    extra: Mapping[str, str | None] = {}

    @property
    def attributes(self) -> dict[str, str | None]:
        """Attributes of the HTML element, but for its id, its name and its value."""
        wrong = {"aria-invalid": "true", "aria-describedby": self.error_id} if self.errors else {}
        return {**_ATTRIBUTES[self.kind], **self.extra, **wrong}

    @property
    def error_id(self) -> str:
        """The id of the element that says what is wrong."""
        return f"{self.id}-error"


class Fieldset(NamedTuple):
    """Fields that belong together, under a legend or none.

    It is `folded` where most people need none of its fields, and then `open` where somebody needs one.
    """

    legend: str
    controls: Sequence[Control]
    help: str = ""
    folded: bool = False
    open: bool = False


class Button(NamedTuple):
    """A button that sends a form; a quiet one is not the first choice."""

    words: str
    name: str = ""
    value: str = ""
    quiet: bool = False


class Form(NamedTuple):
    """A form that is posted to an address, with its hidden fields; `open` where it is shown unfolded."""

    code: str
    title: str
    address: str
    hidden: Mapping[str, str]
    parts: Sequence[Fieldset]
    buttons: Sequence[Button]
    warnings: Sequence[str] = ()
    open: bool = False

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"form-{dashed(self.code)}"


class FormError(NamedTuple):
    """What is wrong with a form: the field, empty where it is none, and why in words."""

    field: str
    message: str


class SubmittedForm(NamedTuple):
    """A form that was sent and not carried out; `resumed` where the officer had to enter the token again first."""

    form: str
    typed: Typed
    errors: Sequence[FormError] = ()
    resumed: bool = False

    def errors_of(self, field: str) -> list[str]:
        """Return the messages about one field."""
        return [error.message for error in self.errors if error.field == field]


class SummaryItem(NamedTuple):
    """A line of the summary of errors: the id of the element it links to, empty for none, its label, the message."""

    id: str
    label: str
    message: str


class Summary(NamedTuple):
    """What stands above a form that was refused: a title, a sentence or none, a line for each error."""

    title: str
    items: Sequence[SummaryItem] = ()
    detail: str = ""


async def typed_in(request: Request) -> dict[str, str]:
    """Read a form's fields as they were typed; files are refused."""
    form = await request.form(max_files=0, max_fields=100)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def nested(typed: Typed, fields: Iterable[str]) -> dict[str, object]:
    """Put the fields of a form, named with dots, into the shape of a request; an empty field is left out."""
    values = ((name, typed.get(name, "").replace("\r\n", "\n")) for name in fields)
    return nest((name, _read(name, value)) for name, value in values if value.strip())


def validate(adapter: TypeAdapter[Validated], data: object) -> tuple[Validated | None, list[FieldError]]:
    """Validate what was typed: the request, or what is wrong by field, in the language of the page."""
    try:
        return adapter.validate_python(data), []
    except ValidationError as error:
        return None, errors_in(error)


def errors_in(error: ValidationError) -> list[FieldError]:
    """List what is wrong by field, in the language of the page, without what was typed."""
    return field_errors(error.errors(include_url=False, include_input=False))


def choices_of(values: Iterable[tuple[str, str]], chosen: str) -> list[Choice]:
    """List the values of a field with their words; one that was sent and is none of them is kept at the end."""
    choices = [Choice(value, words, value == chosen) for value, words in values]
    if choices and chosen and not any(choice.chosen for choice in choices):
        choices.append(Choice(chosen, chosen, True))
    return choices


def dashed(name: str) -> str:
    """Write a name as the id of an element."""
    return name.replace(".", "-").replace("_", "-")


def _read(name: str, value: str) -> object:
    if name in _CELLS:
        return _CELLS[name](value)
    stripped = value.strip()
    if name in WHOLE:
        return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else stripped
    return True if name in TICKED else stripped
