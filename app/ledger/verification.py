"""Whether the accounts and the budgets are the sums of the standing settlements: part of `anda verify`."""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection

from app.db.ledger import accounts, aliases, budgets, joins, persons, settlement_checks
from app.db.ledger.records import AccountRecord
from app.ledger.balances import add_share
from app.rules.reimbursement.year import YearToDate


def faults(connection: Connection, numbers: Collection[int] | None = None) -> Iterator[str]:
    """Name every account, reversal, budget and lump sum that does not agree with what stands.

    Of some bookings and their persons, or of all; the budgets always.
    """
    some = None if numbers is None else settlement_checks.persons_of(connection, numbers)
    yield from _accounts(connection, some)
    for number in settlement_checks.wrong_reversals(connection, numbers):
        yield f"settlement {number}: does not reverse what it says"
    for number in settlement_checks.wrong_visit_keys(connection, numbers):
        yield f"settlement {number}: its visit is compared under another key"
    for period, spent in budgets.list_spent(connection):
        if budgets.paid_within(connection, period) != spent:
            yield f"budget of {period.first_day}: is not what its settlements were paid"
    yield from _lump_sums(connection, some)


def notices(connection: Connection) -> Iterator[str]:
    """Name the persons who prove to be one and whom nobody has joined yet: nothing is wrong, and something to do."""
    for person, other in aliases.list_doubles(connection):
        yield f"persons {person} and {other}: are one person; an officer of the county joins them"


def _accounts(connection: Connection, some: Collection[int] | None) -> Iterator[str]:
    years = 0
    for person, year, shares in settlement_checks.standing_years(connection, some):
        to_date, count = YearToDate(), 0
        for share in shares:
            add_share(to_date, share, 1)
            count += share.settlements
        years += 1
        if accounts.find(connection, person, year) != AccountRecord(to_date, count):
            yield f"account {person} of {year}: is not the sum of what stands"
    in_use = accounts.count_in_use(connection, some)
    if in_use != years:
        yield f"accounts: {in_use} hold settlements, {years} should"


def _lump_sums(connection: Connection, some: Collection[int] | None) -> Iterator[str]:
    paid: dict[int, set[int]] = {}
    for person, number in settlement_checks.lump_sums_paid(connection, some):
        paid.setdefault(person, set()).add(number)
    stored = dict(persons.list_compensated(connection, some))
    # Two persons who were joined may each have been paid one.
    joined = joins.persons_with_others(connection)
    for person in sorted(paid.keys() | stored.keys()):
        several = person not in joined and len(paid.get(person, ())) > 1
        if several or stored.get(person) not in paid.get(person, {None}):
            yield f"person {person}: the lump sum is not noted as it was paid"
