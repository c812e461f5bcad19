"""What hangs on the open readings of the policy text, for one bill."""

import datetime as dt
from typing import Any, NamedTuple

from app.answers.reimbursement import ReimbursementAnswers, readings_answer, summary
from app.rules.money import format_yuan
from app.rules.readings import DEFAULT, OTHER, QUESTIONS, Readings, explore, with_reading
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import Settlement, reimburse
from app.rules.reimbursement.outcome import figures_used
from app.wording import Language, text


class _Tried(NamedTuple):
    """A combination of readings, those that made a difference to it, and what came of it."""

    readings: Readings
    asked: frozenset[str]
    settlement: Settlement

    @property
    def distance(self) -> int:
        """How many readings are not the default."""
        return sum(a != b for a, b in zip(self.readings, DEFAULT, strict=True))


def range_answer(
    answers: ReimbursementAnswers, service_date: dt.date, bill: Bill, language: Language
) -> dict[str, Any]:
    """Try every combination of readings on one bill. NoPolicyInForceError for a day before the first of policy."""
    figures = answers.parameters.on(service_date)

    def calculate(readings: Readings) -> Settlement:
        bill.readings = readings
        return reimburse(bill, figures, silent=True)

    # Of two combinations with the same result the one nearer to the defaults comes first, and is named.
    tried = sorted((_Tried(*found) for found in explore(calculate)), key=lambda one: one.distance)
    default = tried[0].settlement
    read = sum((figures_used(working) for working in default.layers), default.read)
    return {
        "policy": answers.policy(service_date),
        "default": summary(bill, default),
        "lowest": _extreme(min(tried, key=lambda one: one.settlement.out_of_pocket)),
        "highest": _extreme(max(tried, key=lambda one: one.settlement.out_of_pocket)),
        "combinations": 2 ** len(QUESTIONS),
        "alone": [_alone(question["reading"], tried, language) for question in QUESTIONS],
        "warnings": answers.warnings(service_date, read, figures, language),
    }


def _extreme(one: _Tried) -> dict[str, Any]:
    return {
        "out_of_pocket": format_yuan(one.settlement.out_of_pocket),
        "reimbursed": format_yuan(one.settlement.reimbursed),
        "readings": readings_answer(one.readings),
    }


def _alone(reading: str, tried: list[_Tried], language: Language) -> dict[str, Any]:
    value = OTHER[reading]
    readings = with_reading(reading, value)
    # A reading that the default calculation never asked for changes nothing.
    changed = next((one for one in tried if one.readings == readings), tried[0]).settlement.out_of_pocket
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(changed),
        "change": format_yuan(changed - tried[0].settlement.out_of_pocket),
    }
