"""The form of an objection to a notice, and the summary of what is wrong with it."""

from collections.abc import Mapping
from typing import NamedTuple

from app.i18n import Language, text
from app.pages.forms import (
    Button,
    Control,
    ControlKind,
    Fieldset,
    Form,
    FormError,
    SubmittedForm,
    Summary,
    SummaryItem,
    Typed,
)

TOPIC = "notices_page"
CODE = "objection"


class _Field(NamedTuple):
    label: str
    kind: ControlKind
    extra: Mapping[str, str | None]


_FIELDS = {
    "content": _Field("content", "long", {"rows": "5", "maxlength": "5000", "required": ""}),
    "name": _Field("your_name", "text", {"type": None, "maxlength": "100"}),
    "contact": _Field("your_contact", "text", {"type": None, "maxlength": "200"}),
}
"""Every field with the code of its label."""


def submitted(typed: Typed, errors: Mapping[str, str]) -> SubmittedForm:
    """Return a form that was sent, with what is wrong by field."""
    return SubmittedForm(CODE, typed, [FormError(field, message) for field, message in errors.items()])


def objection_form(notice: int, sent: SubmittedForm | None, language: Language) -> Form:
    """Lay out the form of an objection to a notice."""
    submitted_form = sent or SubmittedForm(CODE, {})
    controls = [
        Control(
            name,
            name,
            text(TOPIC, field.label, language),
            field.kind,
            submitted_form.typed.get(name, ""),
            errors=submitted_form.errors_of(name),
            extra=field.extra,
        )
        for name, field in _FIELDS.items()
    ]
    address = f"/notices/{notice}/objection"
    return Form(CODE, "", address, {}, [Fieldset("", controls)], [Button(text(TOPIC, "send", language))])


def refusal(sent: SubmittedForm, language: Language, reason: str = "") -> Summary:
    """Say that an objection was not received: for a reason, or for errors in its fields."""
    items = [
        SummaryItem(name, text(TOPIC, field.label, language), message)
        for name, field in _FIELDS.items()
        for message in sent.errors_of(name)
    ]
    if not items:
        items = [SummaryItem("content", text(TOPIC, "to_the_form", language), "")]
    return Summary(text(TOPIC, "refused_title", language), items, reason or text(TOPIC, "corrected", language))
