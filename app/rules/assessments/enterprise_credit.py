"""Credit of a leading enterprise or cooperative, and the subsidy of its interest: 报告部分三.(一); 三.4, 三.5.

Figures in enterprise_credit.yaml; the loan of a household has its own rule (entitlements/finance.py).
"""

import datetime as dt
from typing import Literal, NamedTuple

from app.rules.money import interest
from app.rules.parameters import Reader
from app.rules.three_valued import Condition, FactPath, Reason, all_of, because, condition

Kind = Literal["leading_enterprise", "cooperative"]
CreditRange = Literal["below", "within", "above"]
Standing = Literal["entitled", "not_entitled", "undecided"]

STANDING: dict[bool | None, Standing] = {True: "entitled", False: "not_entitled", None: "undecided"}


class EnterpriseLoan(NamedTuple):
    """A loan; `principal` in fen; its first day bears interest, the day it ends bears none."""

    principal: int
    first_day: dt.date
    end: dt.date


class Enterprise(NamedTuple):
    """The known facts of a borrower; None is unknown."""

    kind: Kind
    loan: EnterpriseLoan
    households_carried: int | None
    repaid_on_time: bool | None
    effect_accepted: bool | None


class Credit(NamedTuple):
    """How a loan compares with the amounts of the credit, and its interest subsidy. Fen."""

    least: int
    most: int
    range: CreditRange
    rate: int
    days: int
    days_a_year: int
    calculated: int
    status: Standing
    reasons: tuple[Reason, ...]
    missing: tuple[FactPath, ...]
    assumed: bool
    """Whether the status rests on this service's reading and not on the document alone."""


def assess(enterprise: Enterprise, figures: Reader) -> Credit:
    """Compare a loan with the amounts of the credit, and calculate its interest subsidy."""
    least, most = figures.money("enterprise_credit.least"), figures.money("enterprise_credit.most")
    rate, days_a_year = figures.rate("enterprise_credit.subsidy_rate"), figures.count("enterprise_credit.day_count")
    principal, first_day, end = enterprise.loan
    days = (end - first_day).days
    where: CreditRange = "below" if principal < least else "above" if principal > most else "within"
    due = _due(enterprise)
    calculated = interest(principal, rate, days, days_a_year)
    remarks = [because(f"credit_{where}", principal=principal, least=least, most=most)]
    assumed = False
    if due.truth is not False:
        remarks += _assumed(enterprise.kind, where)
        assumed = len(remarks) > 1
    interest_of_days = because(
        "interest_of_days", principal=principal, rate=rate, days=days, days_a_year=days_a_year, interest=calculated
    )
    return Credit(
        least,
        most,
        where,
        rate,
        days,
        days_a_year,
        calculated,
        STANDING[due.truth],
        (*remarks, *due.reasons, *_outcome(due, interest_of_days)),
        due.missing,
        assumed,
    )


def _due(enterprise: Enterprise) -> Condition:
    carried = enterprise.households_carried
    return all_of(
        condition(
            None if carried is None else carried > 0,
            ("households_carried",),
            "carries_poor_households",
            "carries_no_poor_household",
        ),
        condition(enterprise.repaid_on_time, ("repaid_on_time",), "repaid_on_time", "not_repaid_on_time"),
        condition(enterprise.effect_accepted, ("effect_accepted",), "effect_accepted", "effect_not_accepted"),
    )


def _assumed(kind: Kind, where: CreditRange) -> list[Reason]:
    """Return what the document leaves open about a borrower whom it does not exclude."""
    reasons = []
    if kind == "cooperative":
        reasons.append(because("figures_serve_cooperatives"))
    if where != "within":
        reasons.append(because("outside_the_amounts_not_ruled_out"))
    return reasons


def _outcome(due: Condition, interest_of_days: Reason) -> tuple[Reason, ...]:
    if due.truth is False:
        return ()
    return (interest_of_days,) if due.truth else (interest_of_days, because("facts_missing"))
