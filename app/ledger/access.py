"""Who may read what of the ledger, and the record of it: a read that cannot be recorded is not answered.

| who | reads |
|---|---|
| a hospital | its own bookings; persons for whom it has a visit, or whom it looked up at the national interface |
| a county's officer | the bookings of its institutions and of its persons; its persons, and those without a county |
| an officer of the city | the bookings and persons of all counties |
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db import locks
from app.db.ledger import persons, reads, settlements
from app.db.ledger.reads import ReadBy, Reading
from app.db.ledger.records import SettlementRecord
from app.db.tokens import CityOfficer, Hospital, Officer
from app.errors import ForbiddenError, NotFoundError, Resource, TooManyLookupsError
from app.ledger.identification import lock_persons_of
from app.ledger.persons import is_known_to, tenures

LedgerReader = Officer | CityOfficer | Hospital
"""Who reads the ledger; of the officers those of counties alone."""

HOUR = dt.timedelta(hours=1)


class ReadLimits(NamedTuple):
    """How many persons an institution may look up without a settlement of its own, and how long reads are kept."""

    a_day: int
    an_hour: int
    kept_days: int


class Caller(NamedTuple):
    """Who reads through `/v1`, and from which address."""

    reader: LedgerReader
    address: str

    @property
    def county(self) -> str | None:
        """The county whose view this is; None for the city and a hospital."""
        return self.reader.place if isinstance(self.reader, Officer) else None

    @property
    def read_by(self) -> ReadBy:
        """The caller as the record has it."""
        institution = self.reader.institution if isinstance(self.reader, Hospital) else None
        return ReadBy(self.reader.id, institution, self.address)


def record(connection: Connection, moment: Moment, by: ReadBy, reading: Reading, limits: ReadLimits) -> None:
    """Put a read on record. TooManyLookupsError where the institution has looked up too many other persons."""
    looked_up = reading.kind in {"person", "account"} and reading.number is not None
    if by.institution is not None and reading.number is not None and looked_up:
        locks.lock(connection, "lookups", by.institution)
        _check_budget(connection, moment, by.institution, reading.number, limits)
    reads.add(connection, moment, by, reading)
    reads.delete_expired(connection, moment, limits.kept_days)


def read_person(
    connection: Connection, moment: Moment, caller: Caller, number: str, limits: ReadLimits, *, year: int | None = None
) -> int:
    """Return the person of a keyed hash whom the caller may read, and record it; with a year, the account is read.

    NotFoundError, also for a hospital without a visit; ForbiddenError for another county; TooManyLookupsError.
    """
    person = persons.find(connection, number)
    if isinstance(caller.reader, Hospital):
        institution = caller.reader.institution
        if person is None or not (
            reads.has_visit(connection, institution, number) or reads.was_looked_up(connection, institution, number)
        ):
            raise NotFoundError(Resource.PERSON)
    if person is None:
        raise NotFoundError(Resource.PERSON)
    if caller.county is not None and not is_known_to(tenures(connection, person), caller.county):
        raise ForbiddenError
    reading = Reading("person", number) if year is None else Reading("account", number, year)
    record(connection, moment, caller.read_by, reading, limits)
    return person


def find_settlement(connection: Connection, caller: Caller, number: int) -> SettlementRecord:
    """Return a booking that the caller may see; a write has locked its person then. NotFoundError."""
    lock_persons_of(connection, [number])
    found = settlements.find(connection, number)
    reader = caller.reader
    if isinstance(reader, Hospital) and found.institution != reader.institution:
        raise NotFoundError(Resource.SETTLEMENT)
    if caller.county is not None and not settlements.is_seen_by(connection, number, caller.county):
        raise NotFoundError(Resource.SETTLEMENT)
    return found


def record_settlements(
    connection: Connection, moment: Moment, caller: Caller, read: Sequence[SettlementRecord], limits: ReadLimits
) -> None:
    """Put the read of bookings on record, each by itself."""
    for each in read:
        record(connection, moment, caller.read_by, Reading("settlement", settlement_id=each.id), limits)


def record_shown(
    connection: Connection, moment: Moment, caller: Caller, settlement_ids: Sequence[int], limits: ReadLimits
) -> None:
    """Put the read of many settlements on record, each by itself."""
    reads.add_shown(connection, moment, caller.read_by, settlement_ids)
    reads.delete_expired(connection, moment, limits.kept_days, len(settlement_ids))


def _check_budget(connection: Connection, moment: Moment, institution: str, number: str, limits: ReadLimits) -> None:
    if reads.has_settled_on(connection, moment, institution, number):
        return
    day_began = reads.start_of_day(moment)
    day_ends = day_began + dt.timedelta(days=1)
    for since, most, wait in (
        (day_began, limits.a_day, day_ends - moment.at),
        (moment.at - HOUR, limits.an_hour, HOUR),
    ):
        others = reads.lookups_of_others(connection, moment, institution, number, since=since, most=most)
        if others >= most:
            raise TooManyLookupsError(max(1, int(wait.total_seconds())))
