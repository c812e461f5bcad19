"""What an answer that reasons with unknown facts says: sentences, missing facts, questions, figures, warnings."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from app.i18n import Language, text
from app.i18n.sentences import sentence
from app.presenters.sources import used_figure
from app.rules.parameters import DatedValue, Parameters
from app.rules.three_valued import FactPath, Reason
from app.schemas.json_pointer import pointer

Json = dict[str, Any]


def sentences(topic: str, reasons: Iterable[Reason], language: Language) -> list[str]:
    """Write reasons as sentences of a topic's wording."""
    return [sentence(topic, reason, language) for reason in reasons]


def pointers(places: Iterable[FactPath]) -> list[str]:
    """Write where facts stand in the request as JSON pointers."""
    return [pointer(place) for place in places]


def questions(topic: str, decides: Mapping[FactPath, list[str]], language: Language) -> list[Json]:
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
