"""What the page of the policy shows: the figures by group, the questions that the text leaves open, the changes."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from app.i18n import LANGUAGES, Language, inner_text, text, wording
from app.i18n.amounts import in_sentence
from app.pages.bill_form import flat, to_request
from app.pages.figures import figure_lines
from app.presenters.range import range_answer
from app.presenters.readings import readings_list
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.sources import parameter_answer, parameters_answer, value_in_words
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.rules.readings import QUESTIONS
from app.schemas.examples import BILLS
from app.schemas.responses.reference import DatedValueAnswer, ParameterAnswer
from app.schemas.responses.reimbursements import RangeAnswer

TOPIC = "policy_page"


class DatedWords(NamedTuple):
    """A dated value of a figure as the API answers it, and its lines in words."""

    answer: DatedValueAnswer
    lines: Sequence[str]


class Figure(NamedTuple):
    """A figure with its dated values; `words` are the texts in which the search looks for it."""

    name: str
    meaning: str
    dated: Sequence[DatedWords]
    words: str


class FigureGroup(NamedTuple):
    """Figures of one kind."""

    code: str
    name: str
    figures: Sequence[Figure]


class Effect(NamedTuple):
    """The effect of a reading in words, and the bill that shows it, by the fields of its form."""

    words: str
    bill: Mapping[str, str]


class PolicyQuestion(NamedTuple):
    """A question that the text leaves open: the reading by default, the others, and what depends on them."""

    id: str
    question: str
    switchable: bool
    default: str
    others: Sequence[str]
    effect: Effect | None
    """The effect of another reading on a bill; None where it concerns none, or a request cannot choose it."""
    figures: Sequence[tuple[str, str]]
    """The figures whose clause cites the reading: name and meaning."""


class Change(NamedTuple):
    """A figure that changes on a day; `before` is None where it begins."""

    name: str
    meaning: str
    before: Sequence[str] | None
    after: Sequence[str]
    source: DatedValueAnswer


@dataclass(frozen=True)
class ChangesOfDay:
    """What changes on a day, and what begins on it."""

    day: str
    changed: Sequence[Change]
    begun: Sequence[Change]


def groups(parameters: Parameters, language: Language, day: dt.date | None = None) -> list[FigureGroup]:
    """List every figure, by kind in the order of the page's words. NoPolicyInForceError before the first day."""
    answered = parameters_answer(parameters, language, day)["parameters"]
    figures = [_figure(parameters.by_name[one["name"]], one, language, day) for one in answered]
    return [
        FigureGroup(code, text(TOPIC, f"group_{code}", language), [one for one in figures if _group(one.name) == code])
        for code in group_codes()
    ]


def group_codes() -> list[str]:
    """List the kinds of figures in the order they are shown."""
    return [code.removeprefix("group_") for code in wording(TOPIC) if code.startswith("group_")]


def figure(parameter: Parameter, language: Language) -> Figure:
    """Show one figure with all its dated values."""
    return _figure(parameter, parameter_answer(parameter, language), language, None)


def matching(groups: Iterable[FigureGroup], query: str) -> list[FigureGroup]:
    """Keep the figures that hold every word of a query, in either language."""
    words = query.lower().split()
    narrowed = [
        group._replace(figures=[figure for figure in group.figures if all(word in figure.words for word in words)])
        for group in groups
    ]
    return [group for group in narrowed if group.figures]


def open_questions(presenter: ReimbursementPresenter, language: Language) -> list[PolicyQuestion]:
    """List what the text leaves open, with the effect of each reading by itself on a bill of the documentation."""
    of_bills = {question["reading"] for question in QUESTIONS}
    ranges = {name: _range(presenter, example["value"], language) for name, example in BILLS.items()}
    return [
        PolicyQuestion(
            id=reading["id"],
            question=reading["question"],
            switchable=reading["switchable"],
            default=next(each["meaning"] for each in reading["values"] if each["value"] == reading["default"]),
            others=[each["meaning"] for each in reading["values"] if each["value"] != reading["default"]],
            effect=None if reading["reading"] not in of_bills else _effect(ranges, reading["reading"], language),
            figures=list(_figures_that_cite(presenter.parameters, reading["id"], language)),
        )
        for reading in readings_list(presenter.parameters, language)["readings"]
    ]


def changes(parameters: Parameters, language: Language) -> list[ChangesOfDay]:
    """List what changed on which day, the newest day first, from the dated values."""
    dated_changes = [change for parameter in parameters.by_name.values() for change in _changes(parameter, language)]
    dated_changes.sort(key=lambda dated: (dated[0], dated[1].name))
    by_day = [
        (day, [change for _, change in of_day]) for day, of_day in groupby(dated_changes, key=lambda dated: dated[0])
    ]
    return [
        ChangesOfDay(
            day,
            [change for change in of_day if change.before is not None],
            [change for change in of_day if change.before is None],
        )
        for day, of_day in reversed(by_day)
    ]


def _range(presenter: ReimbursementPresenter, bill: Mapping[str, object], language: Language) -> RangeAnswer:
    request = to_request(flat(bill))
    return range_answer(presenter, request.service_date, request.to_bill(presenter.parameters), language)


def _effect(ranges: Mapping[str, RangeAnswer], reading: str, language: Language) -> Effect:
    """Describe the effect of a reading, by the first bill to which it makes a difference."""
    by_bill = [
        (name, answer["default"]["out_of_pocket"], each)
        for name, answer in ranges.items()
        for each in answer["alone"]
        if each["reading"] == reading
    ]
    name, default, other = next((each for each in by_bill if each[1] != each[2]["out_of_pocket"]), by_bill[0])
    changed = other["out_of_pocket"] != default
    sign = "" if other["change"].startswith("-") else "+"
    words = text(TOPIC, "hangs" if changed else "hangs_nothing", language).format(
        example=text("bill_page", name, language),
        other=inner_text("readings", reading, other["value"], language),
        default=in_sentence(default, language),
        amount=in_sentence(other["out_of_pocket"], language),
        change=sign + in_sentence(other["change"], language),
    )
    return Effect(words, flat(BILLS[name]["value"]) | {f"readings.{reading}": other["value"]})


def _figure(parameter: Parameter, answer: ParameterAnswer, language: Language, day: dt.date | None) -> Figure:
    dated = parameter.values if day is None else (parameter.on(day),)
    values = [
        DatedWords(value, figure_lines(parameter, each, language))
        for value, each in zip(answer["values"], dated, strict=True)
    ]
    return Figure(parameter.name, answer["meaning"], values, " ".join(_searched(parameter, dated)).lower())


def _searched(parameter: Parameter, dated: Iterable[DatedValue]) -> Iterator[str]:
    """Return the texts in which the search looks for a figure."""
    yield parameter.name
    for language in LANGUAGES:
        yield parameter.meaning[language]
        yield text(TOPIC, f"group_{_group(parameter.name)}", language)
        for value, one in zip(parameter_answer(parameter, language)["values"], parameter.values, strict=True):
            if one in dated:
                yield from (value["clause"], value["document"], value["effective_from"])
                yield text(TOPIC, f"basis_{value['basis']}", language)
                yield value_in_words(one.value, parameter.unit)
                yield from figure_lines(parameter, one, language)


def _group(name: str) -> str:
    return name.partition(".")[0]


def _changes(parameter: Parameter, language: Language) -> Iterator[tuple[str, Change]]:
    answered = parameter_answer(parameter, language)
    before = None
    for value, dated in zip(answered["values"], parameter.values, strict=True):
        after = figure_lines(parameter, dated, language)
        yield value["effective_from"], Change(parameter.name, answered["meaning"], before, after, value)
        before = after


def _figures_that_cite(parameters: Parameters, number: str, language: Language) -> Iterator[tuple[str, str]]:
    """Name the figures whose clause cites a reading."""
    named = re.compile(rf"\b{number}\b", re.ASCII)
    for parameter in parameters.by_name.values():
        if any(named.search(value.clause) for value in parameter.values):
            yield parameter.name, parameter.meaning[language]
