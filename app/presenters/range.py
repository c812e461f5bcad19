"""What the open readings of the policy text could change for one bill."""

import datetime as dt
from math import prod
from typing import NamedTuple

from app.i18n import Language, text
from app.presenters.reimbursements import ReimbursementPresenter, summary
from app.rules.money import format_yuan
from app.rules.parameters import Figures
from app.rules.readings import QUESTIONS, Readings, with_reading
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.every_reading import under_every_reading
from app.rules.reimbursement.layers import Reimbursement
from app.schemas.responses.reimbursements import AlternativeAnswer, ExtremeAnswer, RangeAnswer


class ReadingsRange(NamedTuple):
    """What a bill comes to by default, at both extremes, and with each reading changed by itself."""

    default: Reimbursement
    lowest: tuple[Readings, Reimbursement]
    highest: tuple[Readings, Reimbursement]
    alone: dict[tuple[str, str], Reimbursement]
    """By the reading that is changed, and the value that it is changed to."""


COMBINATIONS = prod(len(question["values"]) for question in QUESTIONS)
"""The number of combinations of the readings that a request can switch."""


def readings_range(bill: Bill, figures: Figures) -> ReadingsRange:
    """Calculate a bill, whose readings are the defaults in force, under every combination of readings.

    Of two combinations with the same result the one nearer to the defaults comes first, and is named.
    """
    defaults = bill.readings
    by_readings = under_every_reading(bill, figures)
    default = by_readings[defaults]
    lowest = min(by_readings, key=lambda readings: by_readings[readings].out_of_pocket)
    highest = max(by_readings, key=lambda readings: by_readings[readings].out_of_pocket)
    alone = [
        (question["reading"], value)
        for question, taken in zip(QUESTIONS, defaults, strict=True)
        for value in question["values"]
        if value != taken
    ]
    return ReadingsRange(
        default,
        (lowest, by_readings[lowest]),
        (highest, by_readings[highest]),
        # A reading that the calculation never reads was not tried: it changes nothing.
        {each: by_readings.get(with_reading(defaults, *each), default) for each in alone},
    )


def range_answer(
    presenter: ReimbursementPresenter, service_date: dt.date, bill: Bill, language: Language
) -> RangeAnswer:
    """Calculate a bill under every combination of readings. NoPolicyInForceError before the first day of policy."""
    found = readings_range(bill, presenter.parameters.on(service_date))
    return present_range(presenter, service_date, bill, found, language)


def present_range(
    presenter: ReimbursementPresenter, service_date: dt.date, bill: Bill, found: ReadingsRange, language: Language
) -> RangeAnswer:
    """Build the answer of a range that was calculated. NoPolicyInForceError as above."""
    return {
        "policy": presenter.policy(service_date),
        "default": summary(bill, found.default),
        "lowest": _extreme(presenter, *found.lowest),
        "highest": _extreme(presenter, *found.highest),
        "combinations": COMBINATIONS,
        "alone": [_alone(*each, changed, found.default, language) for each, changed in found.alone.items()],
        "warnings": presenter.warnings(service_date, bill, found.default, language),
    }


def _extreme(presenter: ReimbursementPresenter, readings: Readings, reimbursement: Reimbursement) -> ExtremeAnswer:
    return {
        "out_of_pocket": format_yuan(reimbursement.out_of_pocket),
        "reimbursed": format_yuan(reimbursement.reimbursed),
        "readings": presenter.readings(readings),
    }


def _alone(
    reading: str, value: str, changed: Reimbursement, default: Reimbursement, language: Language
) -> AlternativeAnswer:
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(changed.out_of_pocket),
        "change": format_yuan(changed.out_of_pocket - default.out_of_pocket),
    }
