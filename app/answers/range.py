"""What hangs on the open readings of the policy text, for one bill."""

import datetime as dt
from dataclasses import replace
from typing import Any

from app.answers.reimbursement import ReimbursementAnswers, readings_answer, summary
from app.rules.money import format_yuan
from app.rules.readings import COMBINATIONS, DEFAULT, QUESTIONS, Readings, with_reading
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import Settlement, reimburse
from app.wording import Language, text


def range_answer(
    answers: ReimbursementAnswers, service_date: dt.date, bill: Bill, language: Language
) -> dict[str, Any]:
    """Try every combination of readings on one bill. NoPolicyInForceError for a day before the first of policy."""
    figures = answers.parameters.on(service_date)
    results = {readings: reimburse(replace(bill, readings=readings), figures, silent=True) for readings in COMBINATIONS}
    default = results[DEFAULT]
    # Of two combinations with the same result the one nearer to the defaults comes first, and is named.
    lowest = min(COMBINATIONS, key=lambda readings: results[readings].out_of_pocket)
    highest = max(COMBINATIONS, key=lambda readings: results[readings].out_of_pocket)
    read = sum((working.read for working in default.layers), default.read)
    return {
        "policy": answers.policy(service_date),
        "default": summary(bill, default),
        "lowest": _extreme(lowest, results[lowest]),
        "highest": _extreme(highest, results[highest]),
        "combinations": len(COMBINATIONS),
        "alone": [
            _alone(question["reading"], value, results, language)
            for question in QUESTIONS
            for value in question["values"]
            if value != question["default"]
        ],
        "warnings": answers.warnings(service_date, read, figures, language),
    }


def _extreme(readings: Readings, settlement: Settlement) -> dict[str, Any]:
    return {
        "out_of_pocket": format_yuan(settlement.out_of_pocket),
        "reimbursed": format_yuan(settlement.reimbursed),
        "readings": readings_answer(readings),
    }


def _alone(reading: str, value: str, results: dict[Readings, Settlement], language: Language) -> dict[str, Any]:
    changed = results[with_reading(reading, value)].out_of_pocket
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(changed),
        "change": format_yuan(changed - results[DEFAULT].out_of_pocket),
    }
