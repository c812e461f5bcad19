"""The policy as people look it up: figures by group and in search, what the text leaves open, what changed when."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from app.i18n import LANGUAGES, Language, text, wording
from app.pages.bill_form import flat, to_request
from app.pages.figures import figure_lines
from app.presenters.range import range_answer
from app.presenters.readings import readings_list
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.sources import parameter_answer, parameters_answer
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.schemas.examples import BILLS
from app.schemas.responses.reference import DatedValueAnswer, ParameterAnswer
from app.schemas.responses.reimbursements import RangeAnswer

Json = dict[str, Any]

TOPIC = "policy_page"


class Figure(NamedTuple):
    """A figure with its dated values as the API answers them, each with its lines in words; and what finds it."""

    name: str
    meaning: str
    values: Sequence[Json]
    words: str


class FigureGroup(NamedTuple):
    """Figures of one kind."""

    code: str
    name: str
    figures: Sequence[Figure]


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


def matching(found: Iterable[FigureGroup], asked: str) -> list[FigureGroup]:
    """Keep the figures in which every word asked for occurs, in either language."""
    words = asked.lower().split()
    kept = [
        group._replace(figures=[one for one in group.figures if all(word in one.words for word in words)])
        for group in found
    ]
    return [group for group in kept if group.figures]


def open_questions(answers: ReimbursementPresenter, language: Language) -> list[Json]:
    """List what the text leaves open, with what each reading by itself does to a bill of the documentation."""
    ranges = {name: _range(answers, example["value"], language) for name, example in BILLS.items()}
    return [
        {
            **reading,
            "others": [value["meaning"] for value in reading["values"] if value["value"] != reading["default"]],
            "taken": next(value["meaning"] for value in reading["values"] if value["value"] == reading["default"]),
            "hangs": _hangs(ranges, reading["reading"], language) if reading["reading"] is not None else None,
            "rests": list(_resting(answers.parameters, reading["id"], language)),
        }
        for reading in readings_list(language)["readings"]
    ]


def changes(parameters: Parameters, language: Language) -> list[ChangesOfDay]:
    """Read off the dated values what changed on which day, the newest day first."""
    found = [change for parameter in parameters.by_name.values() for change in _changes(parameter, language)]
    found.sort(key=lambda dated: (dated[0], dated[1].name))
    by_day = [(day, [change for _, change in of_day]) for day, of_day in groupby(found, key=lambda dated: dated[0])]
    return [
        ChangesOfDay(
            day,
            [change for change in of_day if change.before is not None],
            [change for change in of_day if change.before is None],
        )
        for day, of_day in reversed(by_day)
    ]


def _range(answers: ReimbursementPresenter, bill: Json, language: Language) -> RangeAnswer:
    request = to_request(flat(bill))
    return range_answer(answers, request.service_date, request.to_bill(), language)


def _hangs(ranges: dict[str, RangeAnswer], reading: str, language: Language) -> Json:
    """Say what hangs on a reading, by the first bill to which it makes a difference."""
    found = [
        (name, ranged["default"]["out_of_pocket"], each)
        for name, ranged in ranges.items()
        for each in ranged["alone"]
        if each["reading"] == reading
    ]
    name, default, other = next((one for one in found if one[1] != one[2]["out_of_pocket"]), found[0])
    changed = other["out_of_pocket"] != default
    sign = "" if other["change"].startswith("-") else "+"
    return {
        "words": text(TOPIC, "hangs" if changed else "hangs_nothing", language).format(
            example=text("bill_page", name, language),
            default=default,
            amount=other["out_of_pocket"],
            change=sign + other["change"],
        ),
        "bill": flat(BILLS[name]["value"]) | {f"readings.{reading}": other["value"]},
    }


def _figure(parameter: Parameter, answered: ParameterAnswer, language: Language, day: dt.date | None) -> Figure:
    dated = parameter.values if day is None else (parameter.on(day),)
    values = [
        {**value, "lines": figure_lines(parameter, one, language)}
        for value, one in zip(answered["values"], dated, strict=True)
    ]
    return Figure(parameter.name, answered["meaning"], values, " ".join(_searched(parameter, dated)).lower())


def _searched(parameter: Parameter, dated: Iterable[DatedValue]) -> Iterator[str]:
    """Give all the words by which a figure can be found."""
    yield parameter.name
    for language in LANGUAGES:
        yield parameter.meaning[language]
        yield text(TOPIC, f"group_{_group(parameter.name)}", language)
        for value, one in zip(parameter_answer(parameter, language)["values"], parameter.values, strict=True):
            if one in dated:
                yield from (value["clause"], value["document"], value["effective_from"])
                yield text(TOPIC, f"basis_{value['basis']}", language)
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


def _resting(parameters: Parameters, number: str, language: Language) -> Iterator[tuple[str, str]]:
    """Name the figures whose clause speaks of a reading."""
    named = re.compile(rf"\b{number}\b", re.ASCII)
    for parameter in parameters.by_name.values():
        if any(named.search(value.clause) for value in parameter.values):
            yield parameter.name, parameter.meaning[language]
