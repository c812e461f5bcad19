"""The interest subsidy of small loans (三.1), and how a year's interest is counted (R27)."""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

from tests.support.entitlement_oracle.facts import (
    House,
    Json,
    Readings,
    day_of,
    fen,
    full_years,
    half_up,
    of_member,
    years_before,
    years_later,
)
from tests.support.entitlement_oracle.figures import INTEREST_RATE, LOANS_BEFORE, LOANS_FROM, OLDEST_BORROWER
from tests.support.entitlement_oracle.trying import REFUSED, Claim, Granted, Values, as_seen, part

DAY = timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def share_of_year(begins: date, ends: date, counting: str) -> Fraction:
    """The years from one day to another, which is not counted (R27)."""
    days = (ends - begins).days
    if counting == "actual_365":
        return Fraction(days, 365)
    if counting == "actual_360":
        return Fraction(days, 360)
    months = 0
    while months_later(begins, months + 1) <= ends:
        months += 1
    odd_days = (ends - months_later(begins, months)).days
    return Fraction(30 * months + odd_days, 360)


def interest(principal: int, first: date, last: date, counting: str) -> int | None:
    """The yearly rate on the days of a loan within 2017-2020, half up to the fen; None where it has none there."""
    begins, ends = max(first, LOANS_FROM), min(last, LOANS_BEFORE)
    if ends <= begins:
        return None
    return half_up(principal * INTEREST_RATE * share_of_year(begins, ends, counting))


def loan_values(begins: date | None, ends: date | None, birth: date | None) -> dict[str, list[str]]:
    """First and last days of loans at the edges: of 2017-2020, of each other, and of the borrower's age."""
    first_days = {date(2000, 1, 1), LOANS_FROM - DAY, LOANS_FROM, LOANS_BEFORE - DAY, LOANS_BEFORE}
    last_days = {LOANS_FROM, LOANS_FROM + DAY, LOANS_BEFORE - DAY, LOANS_BEFORE, LOANS_BEFORE + DAY}
    if begins is not None:
        last_days |= {begins, begins + DAY, begins + 2 * DAY}
    if ends is not None:
        first_days |= {ends, ends - DAY, ends - 2 * DAY}
    if birth is not None:
        too_old = years_later(birth, OLDEST_BORROWER + 1)
        first_days |= {too_old - DAY, too_old}
    return {
        "principal": ["1000.00", "50000.00"],
        "from": [each.isoformat() for each in sorted(first_days)],
        "to": [each.isoformat() for each in sorted(last_days)],
    }


def microcredit_interest(house: House, index: int, readings: Readings) -> Claim:
    """The loan of a poor person, at most 65 years old on its first day, on its days within 2017-2020 (三.1)."""
    loan, birth_date = of_member(index, "loan"), of_member(index, "birth_date")
    if not house.poor or house.at(loan) == "none":
        return REFUSED
    known = (house.at(f"{loan}/from"), house.at(f"{loan}/to"), house.at(birth_date))
    begins, ends, birth = (None if given is None else day_of(given) for given in known)
    turns_66 = years_before(begins or LOANS_FROM, OLDEST_BORROWER + 1)
    values: dict[str, Values] = {
        loan: {**loan_values(begins, ends, birth)},
        birth_date: [turns_66.isoformat(), (turns_66 + DAY).isoformat()],
    }

    def see(taken: Json | str, born: str) -> Granted | None:
        if isinstance(taken, str) or full_years(day_of(born), day_of(taken["from"])) > OLDEST_BORROWER:
            return None
        paid = interest(fen(taken["principal"]), day_of(taken["from"]), day_of(taken["to"]), readings["interest_days"])
        return None if paid is None else Granted(paid)

    def possible(taken: Json | str, born: str) -> bool:
        return isinstance(taken, str) or bool(taken["from"] <= taken["to"])  # repaid at once, it has no day at all

    return as_seen(part(house, values, see, possible))
