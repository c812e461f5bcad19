"""Figures and where they come from, as answers show them."""

import datetime as dt
from typing import Any

from app.i18n import Entry, Language, text, wording
from app.rules.money import format_rate, format_yuan
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.rules.units import COUNTS, Unit, Value


def document_name(document: str, language: Language) -> str:
    """Name a document; a deployment's own parameter file is named as it is."""
    return text("documents", document, language) if document in wording("documents") else document


def cited(document: str, clause: str, basis: str, effective_from: dt.date, language: Language) -> dict[str, Any]:
    """Cite where a figure or a rule comes from."""
    return {
        "document": document_name(document, language),
        "clause": clause,
        "basis": basis,
        "effective_from": effective_from.isoformat(),
    }


def source(dated: DatedValue, language: Language) -> dict[str, Any]:
    """Cite a figure."""
    return cited(dated.document, dated.clause, dated.basis, dated.effective_from, language)


def clause_cited(words: Entry, first_day: dt.date, language: Language) -> dict[str, Any]:
    """Cite the clause that stands beside some words, for a rule without a figure; it holds from the first day."""
    return cited(str(words["document"]), str(words["clause"]), str(words["basis"]), first_day, language)


def value_in_words(value: Value, unit: Unit) -> str:
    """Write a figure in one line: yuan or `none`, a rate, bands as `(0.00, 30000.00] 0.10; (30000.00, ∞) 0.80`."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit in COUNTS:
        return str(value)
    if isinstance(value, tuple):
        return "; ".join(
            f"({format_yuan(band.above)}, {'∞)' if band.up_to is None else format_yuan(band.up_to) + ']'} "
            f"{format_rate(band.rate)}"
            for band in value
        )
    if isinstance(value, int):
        return format_rate(value) if unit == "basis points" else format_yuan(value)
    return "none" if value is None else value


def value_as_data(value: Value, unit: Unit) -> str | list[dict[str, str | None]]:
    """Write a figure for programs: like `value_in_words`, but bands as a list."""
    if isinstance(value, tuple):
        return [
            {
                "above": format_yuan(band.above),
                "up_to": None if band.up_to is None else format_yuan(band.up_to),
                "rate": format_rate(band.rate),
            }
            for band in value
        ]
    return value_in_words(value, unit)


def used_figure(parameter: Parameter, dated: DatedValue, language: Language) -> dict[str, Any]:
    """Cite a figure that a layer read, with its value."""
    return {
        "parameter": parameter.name,
        "value": value_in_words(dated.value, parameter.unit),
        **source(dated, language),
    }


def parameter_answer(parameter: Parameter, language: Language, on: dt.date | None = None) -> dict[str, Any]:
    """Show a parameter with all its dated values, or with the one in force on a day."""
    values = parameter.values if on is None else (parameter.on(on),)
    return {
        "name": parameter.name,
        "meaning": parameter.meaning[language],
        "unit": parameter.unit,
        "values": [
            {
                **source(dated, language),
                "effective_until": None if dated.until is None else dated.until.isoformat(),
                "value": value_as_data(dated.value, parameter.unit),
                "checked": dated.checked.isoformat(),
            }
            for dated in values
        ],
    }


def parameters_answer(parameters: Parameters, language: Language, on: dt.date | None = None) -> dict[str, Any]:
    """Show every parameter. NoPolicyInForceError for a day before the first."""
    if on is not None:
        parameters.on(on)
    return {
        "edition": parameters.edition,
        "fingerprint": parameters.fingerprint,
        "parameters": [parameter_answer(parameter, language, on) for parameter in parameters.by_name.values()],
    }
