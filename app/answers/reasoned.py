"""What an answer that reasons with unknown facts says: sentences, missing facts, questions, figures, warnings."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.answers.sources import used_figure
from app.problems import pointer
from app.rules.money import format_percent, format_yuan
from app.rules.parameters import DatedValue, Parameters
from app.rules.three_valued import Operand, Place, Reason
from app.wording import Language, text

Json = dict[str, Any]


def sentences(topic: str, reasons: Iterable[Reason], language: Language) -> list[str]:
    """Write reasons as sentences of a topic's wording."""
    return [_sentence(topic, reason, language) for reason in reasons]


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
    found: list[Json] = []
    assumed = [name for name, dated in cited.items() if dated.basis != "policy"]
    if assumed:
        words = text("warnings", "assumed_parameters", language).format(parameters=", ".join(assumed))
        found.append({"code": "assumed_parameters", "text": words, "parameters": assumed})
    if day > parameters.last_day:
        words = text("warnings", "policy_period_over", language).format(last_day=parameters.last_day)
        found.append({"code": "policy_period_over", "text": words, "parameters": ["policy.last_day"]})
    return found


def _sentence(topic: str, reason: Reason, language: Language) -> str:
    words = {name: _in_words(topic, name, operand, language) for name, operand in reason.operands}
    return text(topic, reason.code, language).format(**words)


def _in_words(topic: str, name: str, operand: Operand, language: Language) -> str:
    if isinstance(operand, str):
        return text(topic, operand, language)
    return _IN_WORDS.get(name, format_yuan)(operand)


_IN_WORDS: dict[str, Callable[[int], str]] = {
    "rate": format_percent,
    **dict.fromkeys(("members", "days", "days_a_year", "registered", "along", "most_persons", "excess"), str),
}
"""How an operand is written that is no amount of money."""
