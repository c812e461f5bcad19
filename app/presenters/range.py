"""What hangs on the open readings of the policy text, for one bill."""

import datetime as dt
from typing import Any

from app.i18n import Language, text
from app.presenters.reimbursements import ReimbursementPresenter, readings_answer, summary
from app.rules.money import format_yuan
from app.rules.readings import DEFAULT, OTHER, QUESTIONS, Readings, with_reading
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.every_reading import under_every_reading
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.outcome import all_figures_used

_Tried = tuple[Readings, Reimbursement]
"""A combination of readings and what came of it."""


def range_answer(
    answers: ReimbursementPresenter, service_date: dt.date, bill: Bill, language: Language
) -> dict[str, Any]:
    """Try every combination of readings on one bill. NoPolicyInForceError for a day before the first of policy."""
    figures = answers.parameters.on(service_date)
    by_readings = under_every_reading(bill, figures)
    tried = list(by_readings.items())
    default = by_readings[DEFAULT]
    return {
        "policy": answers.policy(service_date),
        "default": summary(bill, default),
        # Of two combinations with the same result the one nearer to the defaults comes first, and is named.
        "lowest": _extreme(min(tried, key=lambda one: one[1].out_of_pocket)),
        "highest": _extreme(max(tried, key=lambda one: one[1].out_of_pocket)),
        "combinations": 2 ** len(QUESTIONS),
        "alone": [_alone(question["reading"], by_readings, language) for question in QUESTIONS],
        "warnings": answers.warnings(service_date, all_figures_used(default), figures, language),
    }


def _extreme(one: _Tried) -> dict[str, Any]:
    readings, settlement = one
    return {
        "out_of_pocket": format_yuan(settlement.out_of_pocket),
        "reimbursed": format_yuan(settlement.reimbursed),
        "readings": readings_answer(readings),
    }


def _alone(reading: str, by_readings: dict[Readings, Reimbursement], language: Language) -> dict[str, Any]:
    value = OTHER[reading]
    default = by_readings[DEFAULT]
    # A reading that the calculation never asks for was not tried: it changes nothing.
    changed = by_readings.get(with_reading(reading, value), default).out_of_pocket
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(changed),
        "change": format_yuan(changed - default.out_of_pocket),
    }
