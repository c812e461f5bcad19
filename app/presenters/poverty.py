"""The answers about the poverty line: the line itself, and a household compared with it."""

import datetime as dt

from app.i18n import Language, text, wording
from app.presenters.reasoned import pointers, questions, sentences, warnings_of
from app.presenters.sources import clause_cited, integer, source
from app.rules.assessments.poverty_line import LINE, NEEDS, Assessment, HouseholdNeeds, assess, year_of_line
from app.rules.money import format_yuan
from app.rules.parameters import DatedValue, Parameter, Parameters
from app.rules.three_valued import FactPath
from app.schemas.responses.poverty import (
    LineValue,
    PovertyAssessmentAnswer,
    PovertyLineAnswer,
    PovertyLinesAnswer,
    PovertyWarning,
)


def poverty_lines(parameters: Parameters, language: Language) -> PovertyLinesAnswer:
    """Show the line with all its dated values."""
    line = parameters.by_name[LINE]
    return {
        "parameter": LINE,
        "meaning": line.meaning[language],
        "values": [_line(line, dated, dated.effective_from, language) for dated in line.values],
    }


def poverty_line(parameters: Parameters, year: int, language: Language) -> PovertyLineAnswer:
    """Show the line of a calendar year, the one in force on its last day. NoPolicyInForceError before the first."""
    line = parameters.by_name[LINE]
    last_day = dt.date(year, 12, 31)
    return {
        "year": year,
        **_line(line, line.on(last_day), last_day, language),
        "parameter": LINE,
        "meaning": line.meaning[language],
        "warnings": _warnings(parameters, last_day, language),
    }


def poverty_assessment(
    parameters: Parameters, as_of: dt.date, household: HouseholdNeeds, most_members: int, language: Language
) -> PovertyAssessmentAnswer:
    """Assess a household on a day. NoPolicyInForceError before the first day of the line.

    A household whose number of members is not known has at most `most_members`.
    """
    parameter = parameters.by_name[LINE]
    dated = parameter.on(as_of)
    line = integer(dated)
    assessment = assess(household, line, most_members)
    household_line = assessment.household_line
    return {
        "as_of": as_of.isoformat(),
        "status": assessment.status,
        "below_line": assessment.below_line,
        "household_line": None if household_line is None else format_yuan(household_line),
        "needs": [
            {"need": need, "name": text("poverty", need, language), "met": household.needs.get(need)} for need in NEEDS
        ],
        "missing": pointers(assessment.missing),
        "questions": questions("poverty", _decides(assessment), language),
        "reasons": sentences("poverty", assessment.reasons, language),
        "source": clause_cited(wording("poverty")[assessment.status], dated.effective_from, language),
        "procedure": "identification",
        "line": {
            "annual_net_income": format_yuan(line),
            "carried_forward": year_of_line(parameter, as_of) != as_of.year,
            "source": source(dated, language),
        },
        "warnings": _warnings(parameters, as_of, language),
    }


def _decides(assessment: Assessment) -> dict[FactPath, list[str]]:
    """Name the fields that each missing fact decides."""
    return {
        fact: ["status", "below_line"] if fact in assessment.decides_line else ["status"] for fact in assessment.missing
    }


def _line(line: Parameter, dated: DatedValue, day: dt.date, language: Language) -> LineValue:
    return {
        "annual_net_income": format_yuan(integer(dated)),
        "effective_until": None if dated.until is None else dated.until.isoformat(),
        "carried_forward": year_of_line(line, day) != day.year,
        "source": source(dated, language),
    }


def _warnings(parameters: Parameters, day: dt.date, language: Language) -> list[PovertyWarning]:
    """Warn where the line is not that of its year, and of a line that the document does not state.

    A line that is stated for its own year is not carried forward, whenever the period of the policy ends.
    """
    line = parameters.by_name[LINE]
    year = year_of_line(line, day)
    carried: list[PovertyWarning] = []
    if year != day.year:
        words = text("warnings", "line_carried_forward", language).format(asked=day.year, year=year)
        carried.append({"code": "line_carried_forward", "text": words, "parameters": [LINE]})
    assumed = [] if line.on(day).basis == "policy" else [LINE]
    others = warnings_of(parameters, assumed, bool(carried) and day > parameters.last_day, language)
    return [*carried, *others]
