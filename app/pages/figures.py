"""Figures of policy in words: yuan, per cent, bands from one amount to the next."""

from collections.abc import Iterable
from decimal import Decimal

from app.i18n import Language, inner_text, text
from app.i18n.amounts import band_in_sentence, format_amount
from app.presenters.sources import value_in_words
from app.rules.money import format_percent, format_yuan
from app.rules.parameters import DatedValue, Parameter
from app.rules.schedule import Band, Bands, LimitAbove, LimitsByTotal
from app.rules.units import COUNTS, ByCounty
from app.schemas.responses.entitlements import EntitlementWarning
from app.schemas.responses.reimbursements import WarningAnswer

_TOPIC = "policy_page"


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
    if unit.startswith("basis points"):
        return [percent(words)]
    if isinstance(value, int) and unit in {"fen", "fen or none"}:
        words = format_amount(value, language)
    if unit in COUNTS or unit in {"fen", "fen or none"}:
        return [text(_TOPIC, unit, language).format(value=words)]
    return [words]


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
