"""What answers with unknown facts have in common: sentences, missing facts, questions, figures, warnings."""

import datetime as dt
from collections.abc import Iterable, Mapping

from app.i18n import Language, text
from app.i18n.sentences import BETWEEN, sentence
from app.presenters.sources import figure_name, used_figure
from app.rules.parameters import DatedValue, Parameters
from app.rules.three_valued import FactPath, Reason
from app.schemas.json_pointer import pointer
from app.schemas.responses.reasoned import CitedFigure, FactQuestion
from app.schemas.responses.reimbursements import WarningAnswer


def sentences(topic: str, reasons: Iterable[Reason], language: Language) -> list[str]:
    """Write reasons as sentences of a topic's wording."""
    return [sentence(topic, reason, language) for reason in reasons]


def pointers(facts: Iterable[FactPath]) -> list[str]:
    """Write where facts stand in the request as JSON pointers."""
    return [pointer(fact) for fact in facts]


def questions(topic: str, decides: Mapping[FactPath, list[str]], language: Language) -> list[FactQuestion]:
    """Ask for missing facts, each with the fields of the answer that it decides: those that decide most first."""
    ordered = sorted(decides, key=lambda fact: -len(decides[fact]))
    return [
        {
            "pointer": pointer(fact),
            "text": text(topic, f"ask_{fact[-1]}", language),
            "decides": decides[fact],
        }
        for fact in ordered
    ]


def figures_cited(parameters: Parameters, read: Mapping[str, DatedValue], language: Language) -> list[CitedFigure]:
    """Cite figures with their values."""
    return [used_figure(parameters.by_name[name], dated, language) for name, dated in read.items()]


def warnings(
    parameters: Parameters, day: dt.date, read: Mapping[str, DatedValue], language: Language
) -> list[WarningAnswer]:
    """Warn of figures that the document does not state, and of a day after the policy's period."""
    assumed = [name for name, dated in read.items() if dated.basis != "policy"]
    return warnings_of(parameters, assumed, day > parameters.last_day, language)


def warnings_of(parameters: Parameters, assumed: list[str], over: bool, language: Language) -> list[WarningAnswer]:
    """Warn of assumed figures by name, and where the policy's period is `over`."""
    result: list[WarningAnswer] = []
    if assumed:
        names = BETWEEN[language].join(figure_name(parameters.by_name[name], language) for name in assumed)
        words = text("warnings", "assumed_parameters", language).format(parameters=names)
        result.append({"code": "assumed_parameters", "text": words, "parameters": assumed})
    if over:
        words = text("warnings", "policy_period_over", language).format(last_day=parameters.last_day)
        result.append({"code": "policy_period_over", "text": words, "parameters": ["policy.last_day"]})
    return result
