"""Finance (金融扶贫) for households: 三.1; figures in finance.yaml. Enterprises: enterprise_credit.py."""

import datetime as dt
from functools import lru_cache

from app.rules.entitlements.case import Case, Finding
from app.rules.entitlements.household import Loan, Member, full_years
from app.rules.money import BANK_YEAR, CALENDAR_YEAR, interest, interest_of_months
from app.rules.months import whole_months
from app.rules.three_valued import (
    CACHE_SIZE,
    Condition,
    FactPath,
    Operand,
    Reason,
    all_of,
    because,
    fails,
    holds,
    known,
    unknown,
)

NO_LOAN = Finding(fails("no_loan"))

USUAL_LIMIT = "finance.microcredit_interest.usual_limit"


def microcredit_interest(case: Case, member: Member) -> Finding:
    """Interest subsidy on a loan (小额信贷贴息), for its days within the programme: 三.1, reading R27. Fen, once."""
    loan = member.loan
    if loan is None:
        missing: tuple[FactPath, ...] = ((member.number, "loan"),)
        if member.birth_date is None:
            missing = ((member.number, "birth_date"), *missing)
        return Finding(unknown(*missing))
    if not isinstance(loan, Loan):
        return NO_LOAN
    opens = case.figures.day("finance.microcredit_interest.first_day")
    closed = case.figures.day("finance.microcredit_interest.last_day") + dt.timedelta(days=1)
    oldest = case.figures.count("finance.microcredit_interest.oldest")
    due, span = _conditions(member.number, member.birth_date, loan, (opens, closed), oldest)
    if not due.truth or span is None or loan.principal is None:
        return Finding(due)
    rate = case.figures.rate("finance.microcredit_interest.rate")
    amount, working = _interest(case, loan.principal, rate, *span)
    reasons = [working, because("may_be_extended")]
    usual = int(case.figures.money(USUAL_LIMIT))
    if loan.principal > usual:
        reasons.insert(1, because("loan_above_usual", principal=loan.principal, usual=usual))
    return Finding(due.because(*reasons), amount, "finance.microcredit_interest.rate")


@lru_cache(maxsize=CACHE_SIZE)
def _conditions(
    number: int, born: dt.date | None, loan: Loan, programme: tuple[dt.date, dt.date], oldest: int
) -> tuple[Condition, tuple[dt.date, dt.date] | None]:
    """Return whether the interest is subsidised, and the part of the loan within the programme.

    Cached, because the rule is run again for each way of counting the days.
    """
    span = _span_within(loan, *programme)
    within = _has_days(number, loan, span, _outside(loan, *programme))
    return all_of(within, _young_enough(number, born, loan, oldest), _amount_known(number, loan)), span


def _interest(case: Case, principal: int, rate: int, start: dt.date, end: dt.date) -> tuple[int, Reason]:
    """Return the interest from a day to before another, in fen and rounded once, and its working."""
    operands: tuple[tuple[str, Operand], ...] = (
        ("principal", principal),
        ("rate", rate),
        ("start", start.isoformat()),
        ("end", end.isoformat()),
    )
    counted = case.readings.interest_days
    if counted == "whole_months_then_360":
        months, odd = whole_months(start, end)
        amount = interest_of_months(principal, rate, months, odd)
        if not odd:
            return amount, Reason("interest_of_months", (*operands, ("months", months)))
        return amount, Reason("interest_of_months_and_days", (*operands, ("months", months), ("odd_days", odd)))
    days = (end - start).days
    operands = (*operands, ("days", days))
    if counted == "actual_360":
        return interest(principal, rate, days, BANK_YEAR), Reason("interest_of_days_by_360", operands)
    return interest(principal, rate, days, CALENDAR_YEAR), Reason("interest_of_days_by_365", operands)


def _span_within(loan: Loan, opens: dt.date, closed: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the part of the loan from `opens` to before `closed`; None where there is none, or a day is unknown."""
    if loan.first_day is None or loan.end is None:
        return None
    start, end = max(loan.first_day, opens), min(loan.end, closed)
    return (start, end) if start < end else None


def _outside(loan: Loan, opens: dt.date, closed: dt.date) -> bool:
    """Whether a known day of the loan puts all of it outside the programme."""
    begins_late = loan.first_day is not None and loan.first_day >= closed
    return begins_late or (loan.end is not None and loan.end <= opens)


def _has_days(number: int, loan: Loan, span: tuple[dt.date, dt.date] | None, outside: bool) -> Condition:
    if span is not None:
        return holds("loan_in_programme")
    if outside or (loan.first_day is not None and loan.end is not None):
        return fails("loan_outside_programme")
    missing = [(number, "loan", "from")] if loan.first_day is None else []
    if loan.end is None:
        missing.append((number, "loan", "to"))
    return unknown(*missing)


def _young_enough(number: int, born: dt.date | None, loan: Loan, oldest: int) -> Condition:
    if born is None or loan.first_day is None:
        missing: list[FactPath] = [(number, "birth_date")] if born is None else []
        if loan.first_day is None:
            missing.append((number, "loan", "from"))
        return unknown(*missing)
    if loan.first_day < born:
        return holds("borrower_unborn")
    age = full_years(born, loan.first_day)
    return known(age <= oldest, "borrower_age", "borrower_too_old", age=age, oldest=oldest)


def _amount_known(number: int, loan: Loan) -> Condition:
    return Condition(True) if loan.principal is not None else unknown((number, "loan", "principal"))
