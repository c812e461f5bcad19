"""Two persons who prove to be one are joined: what is settled stays as it is, and their years are added.

The settlements of the other person pass to the one who stands, and later settlements count on the sum. The other
person's numbers name the one who stands from then on. Every join is on record with the settlements that passed over.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import accounts, aliases, joins, persons, settlements, transfers
from app.db.ledger.joins import JoinRecord
from app.db.ledger.records import AccountRecord
from app.db.tokens import Officer
from app.db.visits import visits
from app.errors import ForbiddenError
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.year import YearToDate


class PersonHoldings(NamedTuple):
    """What stands under a person."""

    settlements: bool
    entry: bool
    """Whether the register knows the person."""


def needs_an_officer(connection: Connection, person: int, other: int) -> bool:
    """Whether it has to be decided how two persons become one: both have settlements, or both a register entry."""
    one, two = _holdings(connection, person), _holdings(connection, other)
    return (one.settlements and two.settlements) or (one.entry and two.entry)


def holds_nothing(connection: Connection, person: int) -> bool:
    """Whether a person has neither settlements nor a register entry."""
    return _holdings(connection, person) == PersonHoldings(settlements=False, entry=False)


def join_by_officer(connection: Connection, moment: Moment, officer: Officer, person: int, other: int | None) -> None:
    """Join whoever proved to be the same person, and another whom the officer names; repeated, it does nothing.

    ForbiddenError where one of them belongs to another county, which takes the person over first.
    """
    others = aliases.doubles_of(connection, person)
    if other is not None and other != person and other not in others:
        others.append(other)
    for each in (person, *others):
        if persons.county_of(connection, each) not in {None, officer.place}:
            raise ForbiddenError
    for each in others:
        join(connection, moment, person, each, officer.id)
    if others and persons.county_of(connection, person) is None:
        persons.write_county(connection, person, officer.place)


def join(connection: Connection, moment: Moment, person: int, other: int, token_id: int | None = None) -> list[int]:
    """Join a person to another, who stands from then on; return the numbers of the settlements that passed over.

    The register's entry of the one who stands holds, with the transfers between counties; the other's where there is
    none.
    """
    moved = settlements.give_over(connection, other, person)
    visits.give_over(connection, other, person)
    for year in accounts.years_of(connection, other):
        _add_year(connection, person, other, year)
    _give_over_entry(connection, moment, person, other, token_id)
    lump_sum = settlements.lump_sum_paid_to(connection, person)
    if lump_sum is not None and persons.compensated_by(connection, person) is None:
        persons.write_compensated_by(connection, person, lump_sum)
    persons.write_compensated_by(connection, other, None)
    aliases.give_over(connection, other, person)
    aliases.give_over_doubles(connection, moment, other, person)
    persons.write_joined_to(connection, other, person)
    joins.add(connection, moment, JoinRecord(person, other, token_id, moved))
    return moved


def _holdings(connection: Connection, person: int) -> PersonHoldings:
    return PersonHoldings(settlements.has_any(connection, person), persons.is_registered(connection, person))


def _add_year(connection: Connection, person: int, other: int, year: int) -> None:
    own, added = accounts.find(connection, person, year), accounts.find(connection, other, year)
    accounts.write(connection, person, year, _sum(own, added))
    accounts.write(connection, other, year, AccountRecord(YearToDate(), 0))


def _sum(one: AccountRecord, two: AccountRecord) -> AccountRecord:
    to_date, added = one.to_date, two.to_date
    to_date.admissions += added.admissions
    for level, count in added.admissions_at.items():
        to_date.admissions_at[level] = to_date.admissions_at.get(level, 0) + count
    for layer in LAYERS:
        to_date.counted[layer] += added.counted[layer]
        to_date.paid[layer] += added.paid[layer]
    return AccountRecord(to_date, one.settlements + two.settlements)


def _give_over_entry(connection: Connection, moment: Moment, person: int, other: int, token_id: int | None) -> None:
    if not persons.is_registered(connection, person):
        transfers.give_over(connection, other, person)
        if statuses := persons.statuses_of(connection, other):
            persons.write_for(connection, moment, person, statuses, token_id)
    county = persons.county_of(connection, other)
    if county is not None and persons.county_of(connection, person) is None:
        persons.write_county(connection, person, county)
