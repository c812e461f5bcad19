"""The answer of the relocation plan: the plan compared with its ratio."""

import datetime as dt
from typing import NamedTuple

from app.i18n import Language, text
from app.presenters.reasoned import figures_cited, pointers, questions, sentences, warnings
from app.presenters.regions import list_source
from app.rules.assessments.relocation_plan import Plan, check
from app.rules.parameters import Parameters
from app.rules.reference.places import Divisions
from app.schemas.responses.relocation_plan import OutsideWarning, RelocationPlanAnswer


class PlannedMove(NamedTuple):
    """A plan, the code of the county it moves persons from (None: unknown), and the day that picks the figures."""

    plan: Plan
    county: str | None
    as_of: dt.date


def relocation_plan(
    parameters: Parameters, divisions: Divisions, move: PlannedMove, language: Language
) -> RelocationPlanAnswer:
    """Compare a plan with the ratio of a day. NoPolicyInForceError before the first day of policy."""
    plan, county, as_of = move
    figures = parameters.on(as_of)
    reader = figures.reader()
    ratio = check(plan, reader)
    read = {name: figures.in_force[name] for name in reader.drain()}
    decides = {fact: ["within", "excess", "most_along"] for fact in ratio.missing}
    return {
        "as_of": as_of.isoformat(),
        "registered_persons": plan.registered_persons,
        "along_persons": plan.along_persons,
        "county": county,
        "deeply_poor": plan.deeply_poor,
        "deeply_poor_source": None if county is None else list_source(divisions.lists["deeply_poor"], language),
        "within": ratio.within,
        "most_along": ratio.most_along,
        "excess": ratio.excess,
        "missing": pointers(ratio.missing),
        "questions": questions("relocation_plan", decides, language),
        "reasons": sentences("relocation_plan", ratio.reasons, language),
        "sources": figures_cited(parameters, read, language),
        "warnings": [*warnings(parameters, as_of, read, language), *_outside(divisions, county, language)],
    }


def _outside(divisions: Divisions, county: str | None, language: Language) -> list[OutsideWarning]:
    """Warn of a county that is not of the city whose policies these are."""
    if county is None or county.startswith(divisions.home.prefix):
        return []
    return [{"code": "county_outside_ulanqab", "text": text("warnings", "county_outside_ulanqab", language)}]
