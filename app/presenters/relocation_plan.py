"""A relocation plan held against its ratio, as answered."""

import datetime as dt
from typing import Any

from app.i18n import Language
from app.presenters.reasoned import figures_cited, pointers, questions, sentences, warnings
from app.rules.assessments.relocation_plan import Plan, check
from app.rules.parameters import Parameters

Json = dict[str, Any]


def relocation_plan(parameters: Parameters, as_of: dt.date, plan: Plan, language: Language) -> Json:
    """Answer for a plan on a day. NoPolicyInForceError before the first day of policy."""
    in_force = parameters.on(as_of)
    figures = in_force.reader()
    found = check(plan, figures)
    cited = {name: in_force.in_force[name] for name in figures.drain()}
    decides = {place: ["within", "excess", "most_along"] for place in found.missing}
    return {
        "as_of": as_of.isoformat(),
        "registered_persons": plan.registered_persons,
        "along_persons": plan.along_persons,
        "within": found.within,
        "most_along": found.most_along,
        "excess": found.excess,
        "missing": pointers(found.missing),
        "questions": questions("relocation_plan", decides, language),
        "reasons": sentences("relocation_plan", found.reasons, language),
        "sources": figures_cited(parameters, cited, language),
        "warnings": warnings(parameters, as_of, cited, language),
    }
