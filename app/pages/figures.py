"""Figures of policy in words: yuan, per cent, bands from one amount to the next."""

from collections.abc import Iterable
from decimal import Decimal

from app.i18n import Language, inner_text, text
from app.i18n.amounts import band_in_sentence, format_amount
from app.presenters.sources import value_in_words
from app.rules.money import format_percent, format_points, format_yuan
from app.rules.parameters import DatedValue, Parameter
from app.rules.schedule import Band, Bands, LimitAbove, LimitsByTotal
from app.rules.units import COUNTS, ByCounty
from app.schemas.responses.entitlements import EntitlementWarning
from app.schemas.responses.reimbursements import WarningAnswer

_TOPIC = "policy_page"

_UPLIFT = "_uplift"
"""How the name of a figure ends that is added to a rate: percentage points, not a percentage."""

_AGES = {"youngest", "oldest", "old_from"}
"""Parts of the names of figures in years that are ages, not lengths of time."""


def percent(rate: str) -> str:
    """Write a rate of an answer as a percentage: 0.85 becomes 85%."""
    return f"{(Decimal(rate) * 100).normalize():f}%"


def figure_lines(parameter: Parameter, dated: DatedValue, language: Language) -> list[str]:
    """Write a dated figure in words, a line for each band or limit where it has several."""
    value, unit = dated.value, parameter.unit
    if unit == "reading":
        return [inner_text("readings", parameter.name.partition(".")[2], str(value), language)]
    if isinstance(value, tuple | ByCounty) and (entries := _entries(value, language)):
        return entries
    words = value_in_words(value, unit)
    if words == "none" or unit == "yes or no":
        return [text(_TOPIC, words, language)]
    if isinstance(value, int) and (code := _sentence_of(parameter)) is not None:
        words = format_points(value) if code == "points" else words
        words = format_amount(value, language) if code.startswith("fen") else words
        return [text(_TOPIC, code, language).format(value=words)]
    return [percent(words) if unit.startswith("basis points") else words]


def _sentence_of(parameter: Parameter) -> str | None:
    """Name the text that says a whole number: an amount, a count, an age, percentage points."""
    if parameter.name.endswith(_UPLIFT):
        return "points"
    if _AGES & set(parameter.name.split(".")):
        return "ages"
    return parameter.unit if parameter.unit in COUNTS or parameter.unit in {"fen", "fen or none"} else None


def _entries(value: Bands | LimitsByTotal | ByCounty, language: Language) -> list[str]:
    if isinstance(value, ByCounty):
        return [f"{code} {format_amount(amount, language)}" for code, amount in value.amounts]
    return [_band(each, language) if isinstance(each, Band) else _limit(each, language) for each in value]


def _band(band: Band, language: Language) -> str:
    up_to = None if band.up_to is None else format_yuan(band.up_to)
    words = band_in_sentence(format_yuan(band.above), up_to, language)
    return text(_TOPIC, "band", language).format(band=words, rate=format_percent(band.rate))


def _limit(limit: LimitAbove, language: Language) -> str:
    total, most = format_amount(limit.total_above, language), format_amount(limit.limit, language)
    return text(_TOPIC, "limit_above", language).format(total=total, limit=most)


def warning_texts(warnings: Iterable[WarningAnswer | EntitlementWarning]) -> list[str]:
    """Return the texts of warnings."""
    return [warning["text"] for warning in warnings]
