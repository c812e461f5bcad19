"""The desk's forms: their fields with labels, the values that were typed, and the errors beside each field."""

from collections.abc import Iterable, Sequence

from app.http.problems import FieldError
from app.i18n import Language, text
from app.i18n.amounts import in_sentence
from app.i18n.sentences import unmet_sentence
from app.pages.desk_contexts import DeskProject, OpenStep
from app.pages.forms import (
    TICKED,
    WHOLE,
    Button,
    Control,
    ControlKind,
    Fieldset,
    Form,
    FormError,
    SubmittedForm,
    SummaryItem,
    Typed,
    choices_of,
    dashed,
)
from app.rules.projects.procedure import CHECKS, Unmet
from app.tables.cells import is_blank
from app.tables.project_csv import DESCRIBING

MEETING = ("evidence.meeting.kind", "evidence.meeting.date", "evidence.meeting.attendance")
CHECKED = tuple(f"evidence.checks.{check}" for check in CHECKS)
OPINION = ("evidence.opinion.department", "evidence.opinion.text")
DECISION = ("evidence.decision.group", "evidence.decision.date")
EVIDENCE = {
    "post_village_notice": MEETING,
    "approve_in_township": CHECKED,
    "approve_in_county": (*OPINION, *DECISION),
}
"""The fields of evidence that a step's form has."""
ALLOCATION = ("fund", "amount", "document")
REPORT = ("date", "text", "spent")

_DESK = {
    "schedule.start": "starts",
    "schedule.end": "ends",
    "place": "place",
    "place_name": "place_name",
    "budget.total": "total",
    "budget.sources": "sources",
    "performance_goals": "goals",
    **{f"beneficiaries.{each}": each for each in ("households", "persons")},
    **{f"beneficiaries.{each}": each for each in ("registered_households", "registered_persons")},
    **dict(zip(MEETING, ("meeting_kind", "meeting_date", "attendance"), strict=True)),
    **dict(zip((*OPINION, *DECISION), ("department", "opinion", "group", "decision_date"), strict=True)),
    **{each: each for each in (*ALLOCATION, "date", "spent", "note", "answer")},
    "text": "what",
}
_LABELS = {
    **{name: ("notices_page", name) for name in DESCRIBING},
    **{name: ("desk_page", code) for name, code in _DESK.items()},
    **{name: ("publicity", check) for name, check in zip(CHECKED, CHECKS, strict=True)},
}
"""Topic and code of the label of every field of the desk."""

CARRIED = {*_LABELS, "action", "version"}
"""Fields that the login carries along of a form that came too late. The token and the guard are not among them."""

_CHOICES = {
    "construction": ("notices_page", ("new", "expansion", "renovation", "continuation")),
    "evidence.meeting.kind": ("desk_page", ("village_committee", "villagers_representatives", "villagers_assembly")),
}
_DAYS = {"schedule.start", "schedule.end", "evidence.meeting.date", "evidence.decision.date", "date"}
_MONEY = {"budget.total", "amount", "spent"}
_LONG = {
    "tasks",
    "budget.sources",
    "performance_goals",
    "participation",
    "poverty_reduction_mechanism",
    "evidence.opinion.text",
    "note",
    "text",
    "answer",
}
"""Fields of several lines. None has a greatest length: a browser would cut what is pasted without a message."""

_KINDS: dict[ControlKind, set[str]] = {"long": _LONG, "check": TICKED, "count": WHOLE, "money": _MONEY}
"""The fields of each kind; days and choices are recognised otherwise, all others are one line of text."""

_BY_LINE = ("budget.sources", "performance_goals")
_NO_SOURCE = {"model_type", "model_attributes_type", "string_too_short"}
"""Error codes of a line that is not `source: amount`."""
_IN_DESK_WORDS = {"missing": "needed", "literal_error": "needed", "string_pattern_mismatch": "twelve_digits"}
"""Error codes whose message is written for programs, and the code of the desk's own text."""

_MET_BY = {
    "no_reason": ("note",),
    "no_meeting": MEETING,
    "checks_not_passed": CHECKED,
    "no_opinion": OPINION,
    "no_decision": DECISION,
    "no_performance_goals": ("performance_goals",),
    "below_allocated": ("budget.sources",),
    "above_budget": ("amount",),
}
"""The fields that can meet each condition of the procedure."""


def declaration_form(typed: Typed, sent: SubmittedForm | None, language: Language) -> Form:
    """Lay out the form of a new project."""
    parts = [Fieldset("", _controls("new", DESCRIBING, typed, sent, language))]
    button = Button(text("desk_page", "declare_now", language))
    return Form("new", text("desk_page", "declare", language), "/desk/new", {}, parts, [button], open=True)


def decision_form(objection: int, sent: SubmittedForm | None, language: Language) -> Form:
    """Lay out the form that decides an objection."""
    return _decision_form(f"objection-{objection}", f"/desk/objections/{objection}", {}, sent, language)


def decisions_form(notice: int, last: int, sent: SubmittedForm | None, language: Language) -> Form:
    """Lay out the form that decides the undecided objections to a notice, up to the last one that its page showed."""
    return _decision_form(f"notice-{notice}", f"/desk/notices/{notice}", {"last": str(last)}, sent, language)


def _decision_form(code: str, address: str, hidden: Typed, sent: SubmittedForm | None, language: Language) -> Form:
    parts = [Fieldset("", _controls(code, ["answer"], {}, sent, language))]
    buttons = [
        Button(text("desk_page", outcome, language), "outcome", outcome, outcome == "dismissed")
        for outcome in ("upheld", "dismissed")
    ]
    return Form(code, text("desk_page", "decide", language), address, hidden, parts, buttons)


def project_forms(
    project: DeskProject, sent: SubmittedForm | None, language: Language
) -> tuple[list[Form], list[Form]]:
    """Lay out the forms of the steps that the officer may take, and of the other acts on a project.

    The form that was sent is unfolded; without one, the first step.
    """
    steps = [_step_form(project, step, sent, language) for step in project["steps"]]
    others: list[Form] = []
    if project["can_allocate"]:
        others.append(_allocation_form(project, sent, language))
    others += [_act_form(project, kind, REPORT, sent, language) for kind in project["reports"]]
    if project["can_revise"]:
        others.append(_revision_form(project, sent, language))
    unfolded = sent.form if sent is not None else steps[0].code if steps else ""
    return _unfolded(steps, unfolded), _unfolded(others, unfolded)


def label(name: str, language: Language) -> str:
    """Return the label of a field; empty for a name that is no field of the desk."""
    topic, code = _LABELS.get(name, ("", ""))
    return text(topic, code, language) if topic else ""


def summary(forms: Iterable[Form], sent: SubmittedForm | None, language: Language) -> list[SummaryItem]:
    """List what is wrong. Each item links to its field, or to the form where it is not about a field."""
    form = None if sent is None else next((form for form in forms if form.code == sent.form), None)
    fields = {} if form is None else {each.name: each for part in form.parts for each in part.controls}
    lines = []
    for name, message in () if sent is None else sent.errors:
        if name in fields:
            lines.append(SummaryItem(fields[name].id, fields[name].label, message))
        elif form is not None and form.title:
            lines.append(SummaryItem(form.id, form.title, message))
        else:
            lines.append(SummaryItem("", label(name, language), message))
    return lines


def left_over(forms: Iterable[Form], sent: SubmittedForm | None, language: Language) -> list[tuple[str, str]]:
    """List label and text of what was typed into a form that the page no longer has, so that nothing is lost."""
    if sent is None or sent.form in {form.code for form in forms}:
        return []
    typed = {name: value for name, value in sent.typed.items() if not is_blank(value) and name not in TICKED}
    return [(label(name, language), value) for name, value in typed.items() if name in _LABELS]


def in_words(errors: Iterable[FieldError], typed: Typed, language: Language) -> list[FormError]:
    """Say in the desk's words which field is wrong and why; of a field that is a list, which line."""
    return [_in_words(each, typed, language) for each in errors]


def unmet_in_words(unmet: Iterable[Unmet], typed: Typed, language: Language) -> list[FormError]:
    """Say which conditions of the procedure a form does not meet, each beside the first field that could meet it."""
    return [FormError(_field_for(each.reason.code, typed), _condition(each, language)) for each in unmet]


def _condition(each: Unmet, language: Language) -> str:
    if each.reason.code == "no_reason":
        return text("desk_page", "no_reason", language)
    return unmet_sentence(each, language)


def _field_for(code: str, typed: Typed) -> str:
    fields = _MET_BY.get(code, ("",))
    empty = [name for name in fields if is_blank(typed.get(name, ""))]
    return next(iter([*empty, *(name for name in fields if name in _DAYS), *fields]))


def _in_words(error: FieldError, typed: Typed, language: Language) -> FormError:
    name = error.pointer.strip("/").replace("/", ".")
    for field in _BY_LINE:
        if name.startswith(f"{field}."):
            index, _, part = name.removeprefix(f"{field}.").partition(".")
            return FormError(field, _line_in_words(_line_of(typed.get(field, ""), int(index)), part, error, language))
    code = _IN_DESK_WORDS.get(error.code)
    return FormError(name, text("desk_page", code, language) if code else error.message)


def _line_in_words(line: int, part: str, error: FieldError, language: Language) -> str:
    if error.pointer.startswith("/budget") and part != "amount" and error.code in _NO_SOURCE:
        return text("desk_page", "source_line", language).format(line=line)
    return text("desk_page", "in_line", language).format(line=line, message=error.message)


def _line_of(value: str, index: int) -> int:
    """Count the line that an item of a list stands on, blank lines too, from 1."""
    lines = [number for number, line in enumerate(value.split("\n"), 1) if not is_blank(line)]
    return lines[index] if index < len(lines) else index + 1


def _unfolded(forms: Iterable[Form], code: str) -> list[Form]:
    return [form._replace(open=form.code == code) for form in forms]


def _step_form(project: DeskProject, step: OpenStep, sent: SubmittedForm | None, language: Language) -> Form:
    action = step["action"]
    evidence = _controls(action, EVIDENCE.get(action, ()), {}, sent, language)
    legend = {"post_village_notice": "meeting", "approve_in_township": "checks"}.get(action)
    parts = [Fieldset(text("desk_page", legend, language) if legend else "", evidence)] if evidence else []
    parts.append(Fieldset("", _controls(action, ["note"], {}, sent, language)))
    title = text("desk_page", f"do_{action}", language)
    button = Button(text("desk_page", "do", language).format(step=title))
    unmet = [f"{text('desk_page', 'cannot_yet', language)} {' '.join(step['unmet'])}"] if step["unmet"] else []
    hidden = {"version": str(project["version"]), "action": action}
    return Form(action, title, f"/desk/projects/{project['id']}/actions", hidden, parts, [button], unmet)


def _act_form(
    project: DeskProject, code: str, names: Sequence[str], sent: SubmittedForm | None, language: Language
) -> Form:
    title = text("desk_page", code, language)
    parts = [Fieldset("", _controls(code, names, {}, sent, language))]
    address = f"/desk/projects/{project['id']}/{code}"
    return Form(code, title, address, {"version": str(project["version"])}, parts, [Button(title)])


def _allocation_form(project: DeskProject, sent: SubmittedForm | None, language: Language) -> Form:
    form = _act_form(project, "allocate", ALLOCATION, sent, language)
    fund, *others = form.parts[0].controls
    words = text("desk_page", "fund_left", language)
    funds = [
        (each["fund"], words.format(fund=each["fund"], left=in_sentence(each["left"], language)))
        for each in project["funds"]
    ]
    controls = [fund._replace(kind="choice", choices=choices_of(funds, fund.value)), *others]
    return form._replace(address=f"/desk/projects/{project['id']}/allocations", parts=[Fieldset("", controls)])


def _revision_form(project: DeskProject, sent: SubmittedForm | None, language: Language) -> Form:
    form = _act_form(project, "revise", (), sent, language)
    status = project["status"]
    warning = "revise_notice" if status.endswith("_notice") else "revise_library"
    warned = status.endswith("_notice") or status in {"in_library", "under_way"}
    return form._replace(
        parts=[Fieldset("", _controls("revise", DESCRIBING, project["typed"], sent, language))],
        buttons=[Button(text("desk_page", "revise_now", language))],
        warnings=[text("desk_page", warning, language)] if warned else [],
    )


def _controls(
    form: str, names: Iterable[str], typed: Typed, sent: SubmittedForm | None, language: Language
) -> list[Control]:
    submitted = sent if sent is not None and sent.form == form else None
    values = typed if submitted is None else submitted.typed
    wrong: dict[str, list[str]] = {}
    for name, message in () if submitted is None else submitted.errors:
        wrong.setdefault(name, []).append(message)
    return [_control(form, name, values.get(name, ""), wrong.get(name, ()), language) for name in names]


def _control(form: str, name: str, value: str, errors: Sequence[str], language: Language) -> Control:
    topic, codes = _CHOICES.get(name, ("", ()))
    choices = choices_of([(code, text(topic, code, language)) for code in codes], value)
    kind: ControlKind = "choice" if choices else _kind(name, bool(errors))
    return Control(
        name, dashed(f"{form}-{name.removeprefix('evidence.')}"), label(name, language), kind, value, choices, errors
    )


def _kind(name: str, wrong: bool) -> ControlKind:
    if name in _DAYS:
        return "text" if wrong else "day"  # a date picker cannot show text that is no date
    return next((kind for kind, names in _KINDS.items() if name in names), "text")
