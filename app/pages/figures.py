"""Figures of policy in words: yuan, per cent, bands from one amount to the next."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.i18n import Language, text
from app.i18n.amounts import band_in_sentence, in_sentence
from app.presenters.sources import value_as_data
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.rules.units import COUNTS, Unit
from app.schemas.responses.entitlements import EntitlementWarning
from app.schemas.responses.reference import BandValue
from app.schemas.responses.reimbursements import WarningAnswer

COLON: dict[Language, str] = {"zh": "：", "en": ": "}
BETWEEN: dict[Language, str] = {"zh": "；", "en": "; "}
"""What stands between a name and its value, and between the parts of a list."""

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
    if unit in {"fen", "fen or none"}:
        return [text(_TOPIC, unit, language).format(value=in_sentence(value, language))]
    if unit in COUNTS:
        return [text(_TOPIC, unit, language).format(value=value)]
    return [value]


def _band(band: BandValue, language: Language) -> str:
    words = band_in_sentence(band["above"], band["up_to"], language)
    return text(_TOPIC, "band", language).format(band=words, rate=percent(band["rate"]))


def warning_texts(
    warnings: Iterable[WarningAnswer | EntitlementWarning], parameters: Parameters, language: Language
) -> list[str]:
    """Return the texts of warnings, with the meaning of each figure in place of its name."""
    return [_warning_text(warning["text"], warning["parameters"], parameters, language) for warning in warnings]


def _warning_text(words: str, names: Sequence[str], parameters: Parameters, language: Language) -> str:
    if not names:
        return words
    meanings = BETWEEN[language].join(_named(parameters.by_name[name], language) for name in names)
    return words.replace(", ".join(names), meanings)


def _named(parameter: Parameter, language: Language) -> str:
    """Name a figure with the group it belongs to."""
    group = text("policy_page", f"group_{parameter.name.partition('.')[0]}", language)
    return f"{group}{COLON[language]}{parameter.meaning[language]}"
