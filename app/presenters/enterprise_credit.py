"""The answer of the enterprise credit: a loan among the amounts of the credit, and its interest subsidy."""

import datetime as dt

from app.i18n import Language, wording
from app.presenters.reasoned import figures_cited, pointers, questions, sentences, warnings
from app.presenters.sources import clause_cited
from app.rules.assessments.enterprise_credit import Credit, Enterprise, Standing, assess
from app.rules.money import format_rate, format_yuan
from app.rules.parameters import Parameters
from app.schemas.responses.enterprise_credit import EnterpriseCreditAnswer, InterestSubsidyAnswer


def enterprise_credit(
    parameters: Parameters, as_of: dt.date, enterprise: Enterprise, language: Language
) -> EnterpriseCreditAnswer:
    """Assess a loan on a day. NoPolicyInForceError before the first day of policy."""
    figures = parameters.on(as_of)
    reader = figures.reader()
    credit = assess(enterprise, reader)
    read = {name: figures.in_force[name] for name in reader.drain()}
    return {
        "as_of": as_of.isoformat(),
        "kind": enterprise.kind,
        "status": credit.status,
        "credit": {
            "principal": format_yuan(enterprise.loan.principal),
            "least": format_yuan(credit.least),
            "most": format_yuan(credit.most),
            "range": credit.range,
        },
        "interest_subsidy": _subsidy(credit),
        "missing": pointers(credit.missing),
        "questions": questions("enterprise_credit", {fact: ["status"] for fact in credit.missing}, language),
        "reasons": sentences("enterprise_credit", credit.reasons, language),
        "source": clause_cited(
            wording("enterprise_credit")["assumed" if credit.assumed else "conditions"], parameters.first_day, language
        ),
        "procedures": ["enterprise_credit", "enterprise_interest_subsidy"],
        "sources": figures_cited(parameters, read, language),
        "warnings": warnings(parameters, as_of, read, language),
    }


def _subsidy(credit: Credit) -> InterestSubsidyAnswer:
    amounts: dict[Standing, int | None] = {"entitled": credit.calculated, "not_entitled": 0, "undecided": None}
    amount = amounts[credit.status]
    return {
        "rate": format_rate(credit.rate),
        "days": credit.days,
        "days_a_year": credit.days_a_year,
        "calculated": format_yuan(credit.calculated),
        "amount": None if amount is None else format_yuan(amount),
        "per": "once",
    }
