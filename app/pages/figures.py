"""Figures of policy as people read them: yuan, per cent, bands from one amount to the next."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from app.i18n import Language, text
from app.presenters.sources import value_as_data
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.rules.units import COUNTS, Unit
from app.schemas.responses.reference import BandValue

COLON: dict[Language, str] = {"zh": "：", "en": ": "}
BETWEEN: dict[Language, str] = {"zh": "；", "en": "; "}
"""What stands between a name and what is said of it, and between the parts of a list."""

_TOPIC = "policy_page"


def percent(rate: str) -> str:
    """Write a rate of an answer as a percentage: 0.85 becomes 85%."""
    return f"{(Decimal(rate) * 100).normalize():f}%"


def figure_lines(parameter: Parameter, dated: DatedValue, language: Language) -> list[str]:
    """Write a dated figure in words, a line for each band where it has bands."""
    return _lines(value_as_data(dated.value, parameter.unit), parameter.unit, language)


def _lines(value: str | Sequence[BandValue], unit: Unit, language: Language) -> list[str]:
    if not isinstance(value, str):
        return [_band(band, language) for band in value]
    if value == "none" or unit == "yes or no":
        return [text(_TOPIC, value, language)]
    if unit == "basis points":
        return [percent(value)]
    if unit in COUNTS or unit in {"fen", "fen or none"}:
        return [text(_TOPIC, unit, language).format(value=value)]
    return [value]


def _band(band: BandValue, language: Language) -> str:
    code = "band_open" if band["up_to"] is None else "band"
    words = {"above": band["above"], "up_to": band["up_to"], "rate": percent(band["rate"])}
    return text(_TOPIC, code, language).format(**words)


def name_figures(warnings: Iterable[dict[str, Any]], parameters: Parameters, language: Language) -> None:
    """Say in the text of warnings what the figures mean that they name."""
    for warning in warnings:
        if names := warning.get("parameters"):
            named = BETWEEN[language].join(_named(parameters.by_name[name], language) for name in names)
            warning["text"] = warning["text"].replace(", ".join(names), named)


def _named(parameter: Parameter, language: Language) -> str:
    """Name a figure with the group it belongs to."""
    group = text("policy_page", f"group_{parameter.name.partition('.')[0]}", language)
    return f"{group}{COLON[language]}{parameter.meaning[language]}"
