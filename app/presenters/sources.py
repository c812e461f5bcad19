"""Figures and where they come from, as answers show them."""

import datetime as dt
from typing import get_args

from app.i18n import Entry, Language, text, wording
from app.i18n.sentences import COLON
from app.rules.money import format_rate, format_yuan
from app.rules.parameters import BASES, Basis, DatedValue, Parameter, Parameters
from app.rules.schedule import Band, LimitAbove
from app.rules.units import COUNTS, ByCounty, Unit, Value
from app.schemas.responses.reasoned import CitedFigure
from app.schemas.responses.reference import (
    BandValue,
    DatedValueAnswer,
    LimitValue,
    ParameterAnswer,
    ParametersAnswer,
    SourceAnswer,
)

_BASES: dict[str, Basis] = {basis: basis for basis in get_args(Basis)}


def document_name(document: str, language: Language) -> str:
    """Name a document. The document of a deployment's own parameter file is that file's name, in either language."""
    return text("documents", document, language) if document in wording("documents") else document


def cited(
    document: str, clause: str, basis: Basis, effective_from: dt.date, language: Language, *, dated: bool = True
) -> SourceAnswer:
    """Cite where a figure or a rule comes from, and say so where its document bears no date."""
    answer: SourceAnswer = {
        "document": document_name(document, language),
        "clause": clause,
        "basis": basis,
        "effective_from": effective_from.isoformat(),
    }
    if not dated or wording("documents").get(document, {}).get("dated") == "no":
        answer["dated"] = False
    return answer


def weakest(*bases: Basis) -> Basis:
    """Return the basis that says least: an assumption before a local source before the policy."""
    return max(bases, key=BASES.index)


def source(dated: DatedValue, language: Language) -> SourceAnswer:
    """Cite a figure."""
    return cited(dated.document, dated.clause, dated.basis, dated.effective_from, language, dated=dated.dated)


def figure_name(parameter: Parameter, language: Language) -> str:
    """Name a figure in words, after the group it belongs to."""
    group = text("policy_page", f"group_{parameter.name.partition('.')[0]}", language)
    return f"{group}{COLON[language]}{parameter.meaning[language]}"


def clause_cited(words: Entry, first_day: dt.date, language: Language) -> SourceAnswer:
    """Cite the clause that stands beside some words, for a rule without a figure; it holds from the first day.

    KeyError where the words name a basis that is not known.
    """
    return cited(str(words["document"]), str(words["clause"]), _BASES[str(words["basis"])], first_day, language)


def integer(dated: DatedValue) -> int:
    """Return a figure that is an amount in fen, a rate in basis points or a count. TypeError for any other figure."""
    if not isinstance(dated.value, int):
        raise TypeError(f"{dated.file}, line {dated.line}: not a whole number")
    return dated.value


def value_in_words(value: Value, unit: Unit) -> str:
    """Write a figure in one line: yuan or `none`, a rate, bands as `(0.00, 30000.00] 0.10; (30000.00, ∞) 0.80`.

    Limits by the total of a bill are written in the same way; amounts by county: `150923 4200.00; 150924 4100.00`.
    """
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return _number_in_words(value, unit)
    if isinstance(value, tuple):
        return "; ".join(_entry_in_words(entry) for entry in value) or "none"
    if isinstance(value, ByCounty):
        return "; ".join(f"{code} {format_yuan(amount)}" for code, amount in value.amounts) or "none"
    return "none" if value is None else value


def _number_in_words(number: int, unit: Unit) -> str:
    if unit in COUNTS:
        return str(number)
    return format_rate(number) if unit.startswith("basis points") else format_yuan(number)


def _entry_in_words(entry: Band | LimitAbove) -> str:
    if isinstance(entry, LimitAbove):
        return f"({format_yuan(entry.total_above)}, ∞) {format_yuan(entry.limit)}"
    upper = "∞)" if entry.up_to is None else f"{format_yuan(entry.up_to)}]"
    return f"({format_yuan(entry.above)}, {upper} {format_rate(entry.rate)}"


def value_as_data(value: Value, unit: Unit) -> str | list[BandValue] | list[LimitValue] | dict[str, str]:
    """Write a figure for programs: like `value_in_words`, but bands and limits by total as a list.

    Amounts by county are an object.
    """
    if isinstance(value, ByCounty):
        return {code: format_yuan(amount) for code, amount in value.amounts}
    if not isinstance(value, tuple) or not value:
        return value_in_words(value, unit)
    limits: list[LimitValue] = [
        {"total_above": format_yuan(entry.total_above), "limit": format_yuan(entry.limit)}
        for entry in value
        if isinstance(entry, LimitAbove)
    ]
    bands: list[BandValue] = [
        {
            "above": format_yuan(entry.above),
            "up_to": None if entry.up_to is None else format_yuan(entry.up_to),
            "rate": format_rate(entry.rate),
        }
        for entry in value
        if isinstance(entry, Band)
    ]
    return limits or bands


def used_figure(parameter: Parameter, dated: DatedValue, language: Language) -> CitedFigure:
    """Cite a figure that was read, with its value."""
    return {
        "parameter": parameter.name,
        "value": value_in_words(dated.value, parameter.unit),
        **source(dated, language),
    }


def parameter_answer(parameter: Parameter, language: Language, on: dt.date | None = None) -> ParameterAnswer:
    """Show a parameter with all its dated values, or with the one in force on a day."""
    values = parameter.values if on is None else (parameter.on(on),)
    return {
        "name": parameter.name,
        "meaning": parameter.meaning[language],
        "unit": parameter.unit,
        "values": [dated_value(dated, parameter.unit, language) for dated in values],
    }


def dated_value(dated: DatedValue, unit: Unit, language: Language) -> DatedValueAnswer:
    """Show a figure with its days, its value and its source."""
    return {
        **source(dated, language),
        "effective_until": None if dated.until is None else dated.until.isoformat(),
        "value": value_as_data(dated.value, unit),
        "checked": dated.checked.isoformat(),
    }


def parameters_answer(parameters: Parameters, language: Language, on: dt.date | None = None) -> ParametersAnswer:
    """Show every parameter. NoPolicyInForceError for a day before the first."""
    if on is not None:
        parameters.on(on)
    return {
        "edition": parameters.edition,
        "fingerprint": parameters.fingerprint,
        "parameters": [parameter_answer(parameter, language, on) for parameter in parameters.by_name.values()],
    }
