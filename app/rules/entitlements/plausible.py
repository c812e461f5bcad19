"""Facts that are hardly to be believed: an answer warns of them and takes them as given; ages in plausible.yaml."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from app.rules.entitlements.household import Household, Loan, Student, full_years
from app.rules.parameters import Reader
from app.rules.three_valued import Place, Reason, because


class Doubt(NamedTuple):
    """Something that is hardly to be believed, and the fact that it is about."""

    reason: Reason
    place: Place


def doubts(household: Household, as_of: dt.date, figures: Reader) -> Iterator[Doubt]:
    """Find pupils and borrowers who are hardly of that age."""
    for member in household.members:
        born, student, loan = member.birth_date, member.student, member.loan
        if born is None:
            continue
        if isinstance(student, Student) and student.stage is not None:
            age = full_years(born, as_of)
            if age < figures.count(f"plausible.youngest.{student.stage}"):
                yield Doubt(
                    because("student_age_unlikely", member=member.id, age=age, stage=student.stage),
                    (member.number, "student", "stage"),
                )
        if isinstance(loan, Loan) and loan.first_day is not None:
            age = full_years(born, loan.first_day)
            if age < figures.count("plausible.youngest.borrower"):
                yield Doubt(
                    because("borrower_age_unlikely", member=member.id, age=age), (member.number, "loan", "from")
                )
