"""What is spent of the budgets of the major-disease fund (大病基金总额), stored beside the settlements."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, true, update

from app.db.ledger.models import Settlement, SpentBudget
from app.db.ledger.settlements import COUNTS


class BudgetPeriod(NamedTuple):
    """The days of a budget, both counted; without a last day while the figure is in force."""

    first_day: dt.date
    last_day: dt.date | None


def _is_of(*, open_ended: bool) -> ColumnElement[bool]:
    last_day = SpentBudget.last_day
    until = last_day.is_(None) if open_ended else last_day == bindparam("until")
    return and_(SpentBudget.first_day == bindparam("since"), until)


def _shares_days_with(*, open_ended: bool) -> ColumnElement[bool]:
    begun: ColumnElement[bool] = true() if open_ended else SpentBudget.first_day <= bindparam("until")
    return and_(begun, or_(SpentBudget.last_day.is_(None), SpentBudget.last_day >= bindparam("since")))


_OPEN_OR_NOT = (False, True)
_SPENT = {each: select(SpentBudget.spent).where(_is_of(open_ended=each)) for each in _OPEN_OR_NOT}
_SPEND = {
    each: update(SpentBudget).where(_is_of(open_ended=each)).values(spent=SpentBudget.spent + bindparam("amount"))
    for each in _OPEN_OR_NOT
}
_FORGET = {each: delete(SpentBudget).where(_shares_days_with(open_ended=each)) for each in _OPEN_OR_NOT}
"""Each statement for a period with a last day, and for one without."""


def spent_from(connection: Connection, period: BudgetPeriod) -> int:
    """Return what the fund has paid for the settlements of a budget's period, fen; summed where no sum is stored."""
    spent = connection.execute(_SPENT[period.last_day is None], _days(period)).scalar_one_or_none()
    return paid_within(connection, period) if spent is None else spent


def spend_from(connection: Connection, period: BudgetPeriod, amount: int) -> None:
    """Take an amount out of a budget, or put it back where it is negative; fen. The booking is stored already.

    Where the budget is new, or its period has changed, the sum is calculated from the standing settlements. The stored
    sums of other budgets that share days with it are deleted, and calculated again when they are needed.
    """
    changed = connection.execute(_SPEND[period.last_day is None], {**_days(period), "amount": amount})
    if not changed.rowcount:
        forget(connection, period)
        connection.execute(insert(SpentBudget).values(**period._asdict(), spent=paid_within(connection, period)))


def forget(connection: Connection, period: BudgetPeriod) -> None:
    """Delete the stored sums of the budgets that share days with a period; they are calculated again when needed."""
    connection.execute(_FORGET[period.last_day is None], _days(period))


def list_spent(connection: Connection) -> list[tuple[BudgetPeriod, int]]:
    """List the stored sums by period, the earliest first; fen."""
    statement = select(SpentBudget.first_day, SpentBudget.last_day, SpentBudget.spent).order_by(SpentBudget.first_day)
    return [(BudgetPeriod(first_day, last_day), spent) for first_day, last_day, spent in connection.execute(statement)]


def paid_within(connection: Connection, period: BudgetPeriod) -> int:
    """Add up what the fund has paid for the settlements of a period that stand, as they are corrected; fen."""
    within: ColumnElement[bool] = Settlement.service_date >= period.first_day
    if period.last_day is not None:
        within = and_(within, Settlement.service_date <= period.last_day)
    paid = select(func.coalesce(func.sum(Settlement.major_disease_fund), 0))
    return int(connection.execute(paid.where(COUNTS, within)).scalar_one())


def _days(period: BudgetPeriod) -> dict[str, dt.date]:
    since = {"since": period.first_day}
    return since if period.last_day is None else {**since, "until": period.last_day}
