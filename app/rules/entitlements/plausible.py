"""Implausible facts: an answer warns of them and still uses them; the ages are in plausible.yaml."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from app.rules.entitlements.household import Household, Loan, Member, Student, full_years
from app.rules.parameters import Reader
from app.rules.three_valued import FactPath, Reason, because


class Doubt(NamedTuple):
    """An implausibility, and the path of the fact that it concerns."""

    reason: Reason
    path: FactPath


def find_doubts(household: Household, as_of: dt.date, figures: Reader) -> Iterator[Doubt]:
    """Find members, pupils and borrowers of an implausible age."""
    for member in household.members:
        if member.birth_date is not None:
            yield from _doubts(member, member.birth_date, as_of, figures)


def _doubts(member: Member, born: dt.date, as_of: dt.date, figures: Reader) -> Iterator[Doubt]:
    age, student, loan = full_years(born, as_of), member.student, member.loan
    if age > figures.count("plausible.oldest.member"):
        yield Doubt(because("age_unlikely", age=age), (member.number, "birth_date"))
    if isinstance(student, Student) and student.stage is not None:
        youngest = figures.count(f"plausible.youngest.{student.stage}")
        oldest = figures.count(f"plausible.oldest.{student.stage}")
        if not youngest <= age <= oldest:
            unlikely = because("student_age_unlikely", age=age, stage=student.stage)
            yield Doubt(unlikely, (member.number, "student", "stage"))
    if isinstance(loan, Loan) and loan.first_day is not None:
        age = full_years(born, loan.first_day) if born <= loan.first_day else 0
        if age < figures.count("plausible.youngest.borrower"):
            yield Doubt(because("borrower_age_unlikely", age=age), (member.number, "loan", "from"))
