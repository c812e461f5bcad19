"""The poverty line, and a household held against it, as answered."""

import datetime as dt
from typing import Any, cast

from app.i18n import Language, text, wording
from app.presenters.reasoned import pointers, questions, sentences, warnings
from app.presenters.sources import clause_cited, source
from app.rules.assessments.poverty_line import LINE, NEEDS, Assessment, HouseholdNeeds, assess
from app.rules.money import format_yuan
from app.rules.parameters import DatedValue, Parameters
from app.rules.three_valued import FactPath

Json = dict[str, Any]


def poverty_lines(parameters: Parameters, language: Language) -> Json:
    """Show the line with all its dated values."""
    line = parameters.by_name[LINE]
    return {
        "parameter": LINE,
        "meaning": line.meaning[language],
        "values": [_line(dated, language) for dated in line.values],
    }


def poverty_line(parameters: Parameters, year: int, language: Language) -> Json:
    """Show the line of a calendar year, the one in force on its last day. NoPolicyInForceError before the first."""
    line = parameters.by_name[LINE]
    last_day = dt.date(year, 12, 31)
    dated = line.on(last_day)
    return {
        "year": year,
        **_line(dated, language),
        "carried_forward": last_day > parameters.last_day,
        "parameter": LINE,
        "meaning": line.meaning[language],
        "warnings": warnings(parameters, last_day, {LINE: dated}, language),
    }


def poverty_assessment(
    parameters: Parameters, as_of: dt.date, household: HouseholdNeeds, most_members: int, language: Language
) -> Json:
    """Assess a household on a day. NoPolicyInForceError before the first day of the line."""
    dated = parameters.by_name[LINE].on(as_of)
    found = assess(household, cast("int", dated.value), most_members)
    household_line = found.household_line
    return {
        "as_of": as_of.isoformat(),
        "status": found.status,
        "below_line": found.below_line,
        "household_line": None if household_line is None else format_yuan(household_line),
        "needs": [
            {"need": need, "name": text("poverty", need, language), "met": household.needs.get(need)} for need in NEEDS
        ],
        "missing": pointers(found.missing),
        "questions": questions("poverty", _decides(found), language),
        "reasons": sentences("poverty", found.reasons, language),
        "source": clause_cited(wording("poverty")[found.status], dated.effective_from, language),
        "procedure": "identification",
        "line": {"annual_net_income": format_yuan(cast("int", dated.value)), "source": source(dated, language)},
        "warnings": warnings(parameters, as_of, {LINE: dated}, language),
    }


def _decides(found: Assessment) -> dict[FactPath, list[str]]:
    """Name the fields that each missing fact decides."""
    return {place: ["status", "below_line"] if place in found.decides_line else ["status"] for place in found.missing}


def _line(dated: DatedValue, language: Language) -> Json:
    return {
        "annual_net_income": format_yuan(cast("int", dated.value)),
        "effective_until": None if dated.until is None else dated.until.isoformat(),
        "source": source(dated, language),
    }
