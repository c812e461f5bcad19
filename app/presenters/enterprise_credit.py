"""The credit of a leading enterprise or cooperative and its interest subsidy, as answered."""

import datetime as dt
from typing import Any

from app.i18n import Language, wording
from app.presenters.reasoned import figures_cited, pointers, questions, sentences, warnings
from app.presenters.sources import clause_cited
from app.rules.assessments.enterprise_credit import Credit, Enterprise, Standing, assess
from app.rules.money import format_rate, format_yuan
from app.rules.parameters import Parameters

Json = dict[str, Any]

PROCEDURES = ("enterprise_credit", "enterprise_interest_subsidy")


def enterprise_credit(parameters: Parameters, as_of: dt.date, enterprise: Enterprise, language: Language) -> Json:
    """Answer for a loan on a day. NoPolicyInForceError before the first day of policy."""
    in_force = parameters.on(as_of)
    figures = in_force.reader()
    found = assess(enterprise, figures)
    cited = {name: in_force.in_force[name] for name in figures.drain()}
    return {
        "as_of": as_of.isoformat(),
        "kind": enterprise.kind,
        "status": found.status,
        "credit": {
            "principal": format_yuan(enterprise.loan.principal),
            "least": format_yuan(found.least),
            "most": format_yuan(found.most),
            "range": found.range,
        },
        "interest_subsidy": _subsidy(found),
        "missing": pointers(found.missing),
        "questions": questions("enterprise_credit", {place: ["status"] for place in found.missing}, language),
        "reasons": sentences("enterprise_credit", found.reasons, language),
        "source": clause_cited(
            wording("enterprise_credit")["assumed" if found.assumed else "conditions"], parameters.first_day, language
        ),
        "procedures": PROCEDURES,
        "sources": figures_cited(parameters, cited, language),
        "warnings": warnings(parameters, as_of, cited, language),
    }


def _subsidy(found: Credit) -> Json:
    amounts: dict[Standing, int | None] = {"entitled": found.calculated, "not_entitled": 0, "undecided": None}
    amount = amounts[found.status]
    return {
        "rate": format_rate(found.rate),
        "days": found.days,
        "days_a_year": found.days_a_year,
        "calculated": format_yuan(found.calculated),
        "amount": None if amount is None else format_yuan(amount),
        "per": "once",
    }
