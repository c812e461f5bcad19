"""What an answer that reasons with unknown facts says: sentences, missing facts, questions, figures, warnings."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.answers.sources import used_figure
from app.problems import pointer
from app.rules.money import format_percent, format_yuan
from app.rules.parameters import DatedValue, Parameters
from app.rules.three_valued import Operand, Place, Reason
from app.wording import Language, text, wording

Json = dict[str, Any]


def sentences(topic: str, reasons: Iterable[Reason], language: Language) -> list[str]:
    """Write reasons as sentences of a topic's wording."""
    return [sentence(topic, reason, language) for reason in reasons]


def pointers(places: Iterable[Place]) -> list[str]:
    """Write where facts stand in the request as JSON pointers."""
    return [pointer(place) for place in places]


def questions(topic: str, decides: Mapping[Place, list[str]], language: Language) -> list[Json]:
    """Ask for missing facts, each with the fields of the answer that it decides: those that decide most first."""
    ordered = sorted(decides, key=lambda place: -len(decides[place]))
    return [
        {
            "pointer": pointer(place),
            "text": text(topic, f"ask_{place[-1]}", language),
            "decides": decides[place],
        }
        for place in ordered
    ]


def figures_cited(parameters: Parameters, cited: Mapping[str, DatedValue], language: Language) -> list[Json]:
    """Cite figures with their values."""
    return [used_figure(parameters.by_name[name], dated, language) for name, dated in cited.items()]


def warnings(parameters: Parameters, day: dt.date, cited: Mapping[str, DatedValue], language: Language) -> list[Json]:
    """Warn of figures that the document does not state, and of a day after the policy's period."""
    assumed = [name for name, dated in cited.items() if dated.basis != "policy"]
    return warned(parameters, assumed, day > parameters.last_day, language)


def warned(parameters: Parameters, assumed: list[str], over: bool, language: Language) -> list[Json]:
    """Warn of assumed figures by name, and where the policy's period is over."""
    found: list[Json] = []
    if assumed:
        words = text("warnings", "assumed_parameters", language).format(parameters=", ".join(assumed))
        found.append({"code": "assumed_parameters", "text": words, "parameters": assumed})
    if over:
        words = text("warnings", "policy_period_over", language).format(last_day=parameters.last_day)
        found.append({"code": "policy_period_over", "text": words, "parameters": ["policy.last_day"]})
    return found


def sentence(topic: str, reason: Reason, language: Language) -> str:
    """Write a reason as a sentence of a topic's wording, with its operands in it."""
    words = {name: _in_words(topic, name, operand, language) for name, operand in reason.operands}
    return text(topic, reason.code, language).format(**words)


def _in_words(topic: str, name: str, operand: Operand, language: Language) -> str:
    """Write an operand: text is a code of the topic, a whole number fen, unless its name says otherwise."""
    if name == "facts":
        names = (wording("facts")[fact]["name"] for fact in str(operand).split(","))
        return _SEPARATOR[language].join(str(each[language]) for each in names)  # type: ignore[index]
    if isinstance(operand, int):
        return _IN_WORDS.get(name, format_yuan)(operand)
    return operand if name in _AS_IT_IS else text(_TOPICS.get(name, topic), operand, language)


_SEPARATOR: dict[Language, str] = {"zh": "、", "en": ", "}

_AS_IT_IS = {"member", "day"}
"""Operands that are no codes: the sender's own word for a member, a day."""

_TOPICS = {"stage": "stages"}
"""Where the words of an operand stand, if not with its sentence."""

_COUNTED = """
age oldest youngest years year days days_a_year members area times registered along most_persons excess
"""

_IN_WORDS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("rate", "fund_rate"), format_percent),
    **dict.fromkeys(_COUNTED.split(), str),
}
"""How an operand is written that is no amount of money."""
