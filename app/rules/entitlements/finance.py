"""Finance (金融扶贫) for households: 三.1; figures in finance.yaml. Enterprises: enterprise_credit.py."""

import datetime as dt

from app.rules.entitlements.case import Case, Finding
from app.rules.entitlements.household import Loan, Member, full_years
from app.rules.money import interest
from app.rules.three_valued import Condition, FactPath, all_of, because, fails, holds, known, unknown

NO_LOAN = Finding(fails("no_loan"))


def microcredit_interest(case: Case, member: Member) -> Finding:
    """Interest subsidy on a household's loan, for its days within the programme (小额信贷贴息): 三.1. Fen, once."""
    loan = member.loan
    if loan is None:
        missing: tuple[FactPath, ...] = ((member.number, "loan"),)
        if member.birth_date is None:
            missing = ((member.number, "birth_date"), *missing)
        return Finding(unknown(*missing))
    if not isinstance(loan, Loan):
        return NO_LOAN
    opens = case.figures.day("finance.microcredit_interest.first_day")
    closes = case.figures.day("finance.microcredit_interest.last_day")
    oldest = case.figures.count("finance.microcredit_interest.oldest")
    days = _days_within(loan, opens, closes + dt.timedelta(days=1))
    due = all_of(_has_days(member, loan, days), _young_enough(member, loan, oldest), _amount_known(member, loan))
    if not due.truth or days is None or loan.principal is None:
        return Finding(due)
    rate = case.figures.rate("finance.microcredit_interest.rate")
    days_a_year = case.figures.count("finance.microcredit_interest.days_a_year")
    amount = interest(loan.principal, rate, days, days_a_year)
    working = because("interest_of_days", principal=loan.principal, rate=rate, days=days, days_a_year=days_a_year)
    return Finding(due.because(working, because("may_be_extended")), amount, "finance.microcredit_interest.rate")


def _days_within(loan: Loan, opens: dt.date, closed: dt.date) -> int | None:
    """Count the days of the loan from `opens` to before `closed`; None where a missing day decides it."""
    first, end = loan.first_day, loan.end
    if first is not None and end is not None:
        return max((min(end, closed) - max(first, opens)).days, 0)
    outside = (first is not None and first >= closed) or (end is not None and end <= opens)
    return 0 if outside else None


def _has_days(member: Member, loan: Loan, days: int | None) -> Condition:
    if days is not None:
        return known(days > 0, "loan_in_programme", "loan_outside_programme")
    missing = [(member.number, "loan", "from")] if loan.first_day is None else []
    if loan.end is None:
        missing.append((member.number, "loan", "to"))
    return unknown(*missing)


def _young_enough(member: Member, loan: Loan, oldest: int) -> Condition:
    if member.birth_date is None or loan.first_day is None:
        missing: list[FactPath] = [(member.number, "birth_date")] if member.birth_date is None else []
        if loan.first_day is None:
            missing.append((member.number, "loan", "from"))
        return unknown(*missing)
    if loan.first_day < member.birth_date:
        return holds("borrower_unborn")
    age = full_years(member.birth_date, loan.first_day)
    return known(age <= oldest, "borrower_age", "borrower_too_old", age=age, oldest=oldest)


def _amount_known(member: Member, loan: Loan) -> Condition:
    return Condition(True) if loan.principal is not None else unknown((member.number, "loan", "principal"))
