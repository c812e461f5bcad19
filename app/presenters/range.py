"""What the open readings of the policy text could change for one bill."""

import datetime as dt

from app.i18n import Language, text
from app.presenters.reimbursements import ReimbursementPresenter, readings_answer, summary
from app.rules.money import format_yuan
from app.rules.readings import DEFAULT, OTHER, QUESTIONS, Readings, with_reading
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.every_reading import under_every_reading
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.outcome import all_figures_used
from app.schemas.responses.reimbursements import AlternativeAnswer, ExtremeAnswer, RangeAnswer


def range_answer(
    presenter: ReimbursementPresenter, service_date: dt.date, bill: Bill, language: Language
) -> RangeAnswer:
    """Calculate a bill under every combination of readings. NoPolicyInForceError for a day before the first of policy.

    Of two combinations with the same result the one nearer to the defaults comes first, and is named.
    """
    figures = presenter.parameters.on(service_date)
    by_readings = under_every_reading(bill, figures)
    default = by_readings[DEFAULT]
    lowest = min(by_readings, key=lambda readings: by_readings[readings].out_of_pocket)
    highest = max(by_readings, key=lambda readings: by_readings[readings].out_of_pocket)
    return {
        "policy": presenter.policy(service_date),
        "default": summary(bill, default),
        "lowest": _extreme(lowest, by_readings[lowest]),
        "highest": _extreme(highest, by_readings[highest]),
        "combinations": 2 ** len(QUESTIONS),
        "alone": [_alone(question["reading"], by_readings, language) for question in QUESTIONS],
        "warnings": presenter.warnings(service_date, all_figures_used(default), figures, language),
    }


def _extreme(readings: Readings, reimbursement: Reimbursement) -> ExtremeAnswer:
    return {
        "out_of_pocket": format_yuan(reimbursement.out_of_pocket),
        "reimbursed": format_yuan(reimbursement.reimbursed),
        "readings": readings_answer(readings),
    }


def _alone(reading: str, by_readings: dict[Readings, Reimbursement], language: Language) -> AlternativeAnswer:
    value = OTHER[reading]
    default = by_readings[DEFAULT]
    # A reading that the calculation never reads was not tried: it changes nothing.
    changed = by_readings.get(with_reading(reading, value), default).out_of_pocket
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(changed),
        "change": format_yuan(changed - default.out_of_pocket),
    }
