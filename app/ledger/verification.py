"""Whether the accounts and the purses are what the settlements that stand add up to: part of `anda verify`."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, func, select

from app.db.ledger import accounts, budgets
from app.db.ledger.budgets import BudgetPeriod
from app.db.ledger.models import AMOUNTS, Account, Person, Settlement, SpentBudget
from app.db.ledger.settlements import STANDS
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.year import YearToDate

_SETTLEMENTS = Settlement.__table__


def faults(connection: Connection) -> Iterator[str]:
    """Name every account, reversal, purse and lump sum that does not agree with what stands."""
    yield from _accounts(connection)
    yield from _reversals(connection)
    yield from _purses(connection)
    yield from _lump_sums(connection)


def _accounts(connection: Connection) -> Iterator[str]:
    key = itemgetter("person_id", "year")
    columns = ("person_id", "year", "care", "level", "counted", *LAYERS)
    told = select(*(_SETTLEMENTS.c[name] for name in columns)).where(STANDS)
    rows = connection.execute(
        told.order_by(_SETTLEMENTS.c.person_id, _SETTLEMENTS.c.year), execution_options={"yield_per": 1_000}
    )
    known = 0
    for (person, year), its in groupby((row._asdict() for row in rows), key=key):
        added, standing = YearToDate(), 0
        for row in its:
            accounts.add(added, row, 1)
            standing += 1
        known += 1
        if accounts.find(connection, person, year) != (added, standing):
            yield f"account {person} of {year}: is not the sum of what stands"
    used = connection.execute(select(func.count()).select_from(Account).where(Account.settlements > 0)).scalar_one()
    if used != known:
        yield f"accounts: {used} hold settlements, {known} should"


def _reversals(connection: Connection) -> Iterator[str]:
    reversal, of = _SETTLEMENTS.alias(), _SETTLEMENTS.alias()
    negated = [reversal.c[name] != -of.c[name] for name in AMOUNTS]
    wrong = (of.c.reversed_by != reversal.c.id) | of.c.reversed_by.is_(None)
    for differs in negated:
        wrong |= differs
    joined = select(reversal.c.id).join(of, of.c.id == reversal.c.reverses).where(reversal.c.annulled.is_(None), wrong)
    for (number,) in connection.execute(joined.order_by(reversal.c.id)):
        yield f"settlement {number}: does not reverse what it says"


def _purses(connection: Connection) -> Iterator[str]:
    kept = select(SpentBudget.first_day, SpentBudget.last_day, SpentBudget.spent).order_by(SpentBudget.first_day)
    for first_day, last_day, spent in connection.execute(kept).all():
        if budgets.paid_within(connection, BudgetPeriod(first_day, last_day)) != spent:
            yield f"purse of {first_day}: is not what its settlements were paid"


def _lump_sums(connection: Connection) -> Iterator[str]:
    paid = select(_SETTLEMENTS.c.person_id, _SETTLEMENTS.c.id).where(STANDS, _SETTLEMENTS.c.lump_sum > 0)
    by_person: dict[int, set[int]] = {}
    for person, number in connection.execute(paid):
        by_person.setdefault(person, set()).add(number)
    told = select(Person.id, Person.compensated_by).where(Person.compensated_by.is_not(None))
    noted = {person: {number} for person, number in connection.execute(told)}
    for person in sorted(by_person.keys() | noted.keys()):
        if by_person.get(person) != noted.get(person):
            yield f"person {person}: the lump sum is not noted as it was paid"
