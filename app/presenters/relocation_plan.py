"""The answer of the relocation plan: the plan compared with its ratio."""

import datetime as dt

from app.i18n import Language
from app.presenters.reasoned import figures_cited, pointers, questions, sentences, warnings
from app.rules.assessments.relocation_plan import Plan, check
from app.rules.parameters import Parameters
from app.schemas.responses.relocation_plan import RelocationPlanAnswer


def relocation_plan(parameters: Parameters, as_of: dt.date, plan: Plan, language: Language) -> RelocationPlanAnswer:
    """Compare a plan with the ratio of a day. NoPolicyInForceError before the first day of policy."""
    figures = parameters.on(as_of)
    reader = figures.reader()
    ratio = check(plan, reader)
    read = {name: figures.in_force[name] for name in reader.drain()}
    decides = {fact: ["within", "excess", "most_along"] for fact in ratio.missing}
    return {
        "as_of": as_of.isoformat(),
        "registered_persons": plan.registered_persons,
        "along_persons": plan.along_persons,
        "within": ratio.within,
        "most_along": ratio.most_along,
        "excess": ratio.excess,
        "missing": pointers(ratio.missing),
        "questions": questions("relocation_plan", decides, language),
        "reasons": sentences("relocation_plan", ratio.reasons, language),
        "sources": figures_cited(parameters, read, language),
        "warnings": warnings(parameters, as_of, read, language),
    }
