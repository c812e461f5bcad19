"""What the open readings of the policy text could change for one bill."""

import datetime as dt

from app.i18n import Language, text, wording
from app.presenters.reimbursements import ReimbursementPresenter, summary
from app.rules.money import Fen, format_yuan
from app.rules.readings import QUESTIONS
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.readings_range import COMBINATIONS, Extreme, ReadingsRange, readings_range
from app.schemas.responses.reimbursements import AlternativeAnswer, ExtremeAnswer, RangeAnswer


def range_answer(
    presenter: ReimbursementPresenter, service_date: dt.date, bill: Bill, language: Language
) -> RangeAnswer:
    """Find what the readings could change for a bill. NoPolicyInForceError before the first day of policy."""
    found = readings_range(bill, presenter.parameters.on(service_date))
    return present_range(presenter, service_date, bill, found, language)


def present_range(
    presenter: ReimbursementPresenter, service_date: dt.date, bill: Bill, found: ReadingsRange, language: Language
) -> RangeAnswer:
    """Build the answer of a range that was calculated. NoPolicyInForceError as above."""
    return {
        "policy": presenter.policy(service_date),
        "default": summary(bill, found.default),
        "lowest": _extreme(presenter, bill, found.lowest),
        "highest": _extreme(presenter, bill, found.highest),
        "readings_covered": len(QUESTIONS),
        "combinations": COMBINATIONS,
        "not_switchable": list(wording("fixed_readings")),
        "alone": [
            _alone(reading, value, owed, found.default.out_of_pocket, language)
            for (reading, value), owed in found.alone.items()
        ],
        "warnings": presenter.warnings(service_date, bill, found.default, language),
    }


def _extreme(presenter: ReimbursementPresenter, bill: Bill, extreme: Extreme) -> ExtremeAnswer:
    return {
        "out_of_pocket": format_yuan(extreme.out_of_pocket),
        "reimbursed": format_yuan(bill.total - extreme.out_of_pocket),
        "readings": presenter.readings(extreme.readings),
    }


def _alone(reading: str, value: str, owed: Fen, default: Fen, language: Language) -> AlternativeAnswer:
    return {
        "reading": reading,
        "value": value,
        "question": text("readings", reading, language),
        "out_of_pocket": format_yuan(owed),
        "change": format_yuan(owed - default),
    }
