"""The register of persons as counties write it: a county writes the days that are its own, and a person may pass on.

A person belongs to the county that registered it; one without a county to the first that writes. A transfer names its
first day. The days before it stay the former county's, which sees and writes them, and which can take the person back.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import persons, transfers
from app.db.ledger.persons import DatedStatus
from app.db.ledger.transfers import TransferRecord
from app.db.tokens import Officer
from app.errors import ConflictError, ConflictReason, ForbiddenError, InvalidFieldError, NotFoundError, Resource

DAYS_TO_TAKE_BACK = 30
"""Days for which the former county can take a person back, counted from the day after the transfer."""


class RegisterPeriod(NamedTuple):
    """Days of the register, both counted; None where they have no beginning or no end."""

    first_day: dt.date | None = None
    last_day: dt.date | None = None


class Tenure(NamedTuple):
    """The days of a person that are a county's."""

    county: str
    days: RegisterPeriod


class PersonEntry(NamedTuple):
    """What a reader sees of a person."""

    statuses: list[DatedStatus]
    county: str | None
    transfers: list[TransferRecord]


def tenures(connection: Connection, person: int) -> list[Tenure]:
    """List whose the days of a person are, in the order of time; none where no county has written."""
    county = persons.county_of(connection, person)
    if county is None:
        return []
    standing = [each for each in transfers.list_of(connection, person) if each.taken_back is None]
    found, begins = [], None
    for each in standing:
        found.append(Tenure(each.from_county, RegisterPeriod(begins, each.first_day - dt.timedelta(days=1))))
        begins = each.first_day
    return [*found, Tenure(county, RegisterPeriod(begins, None))]


def is_known_to(held: Sequence[Tenure], county: str) -> bool:
    """Whether a county may read a person: it has days of the person, or no county has."""
    return not held or any(each.county == county for each in held)


def entry_for(connection: Connection, person: int, county: str | None) -> PersonEntry:
    """Return what a county sees of a person, up to the last day that is its own; None for a reader who sees all."""
    statuses = persons.statuses_of(connection, person)
    held = tenures(connection, person)
    if county is not None and held and (seen := _seen(held, county)).last_day is not None:
        statuses = within(statuses, [seen])
    return PersonEntry(statuses, held[-1].county if held else None, transfers.list_of(connection, person))


def write(connection: Connection, moment: Moment, officer: Officer, number: str, dated: Sequence[DatedStatus]) -> int:
    """Write what the register is to know of a person, and return the person's id; the same again changes nothing.

    `number` is the keyed hash. ForbiddenError where it changes a day that is another county's.
    """
    person = persons.get_or_create(connection, number)
    held = tenures(connection, person)
    current = persons.statuses_of(connection, person)
    if not held:
        persons.write_county(connection, person, officer.place)
        new = _by_day(dated)
    else:
        new = _combined(held, officer.place, current, _by_day(dated))
    if new != current:
        persons.write(connection, moment, number, new, officer.id)
    return person


def transfer(connection: Connection, moment: Moment, officer: Officer, number: str, first_day: dt.date) -> int:
    """Let a person pass to the officer's county from a day on, and return the person's id; repeated, it does nothing.

    `number` is the keyed hash. NotFoundError, InvalidFieldError for the day, ConflictError where the person is the
    county's already.
    """
    person = persons.find(connection, number)
    if person is None:
        raise NotFoundError(Resource.PERSON)
    if first_day > moment.today:
        raise InvalidFieldError("/from", "day_ahead")
    held = tenures(connection, person)
    if not held:
        persons.write_county(connection, person, officer.place)
        return person
    present = held[-1]
    if present.county == officer.place:
        if present.days.first_day != first_day:
            raise ConflictError(ConflictReason.PERSON_REGISTERED_HERE)
        return person
    if present.days.first_day is not None and first_day <= present.days.first_day:
        raise InvalidFieldError("/from", "before_earlier_transfer")
    transfers.add(connection, moment, person, (present.county, officer.place), first_day, token_id=officer.id)
    persons.write_county(connection, person, officer.place)
    return person


def take_back(connection: Connection, moment: Moment, officer: Officer, number: str) -> int:
    """Take a person back that another county has taken over, and return the person's id; repeated, it does nothing.

    The transfers that followed fall with it. Statuses that the other county wrote stay until they are written anew.
    `number` is the keyed hash. NotFoundError, ForbiddenError, ConflictError after thirty days.
    """
    person = persons.find(connection, number)
    if person is None:
        raise NotFoundError(Resource.PERSON)
    own = [each for each in transfers.list_of(connection, person) if each.from_county == officer.place]
    standing = [each for each in own if each.taken_back is None]
    if not standing:
        if not own or persons.county_of(connection, person) != officer.place:
            raise ForbiddenError
        return person
    newest = standing[-1]
    if moment.today > newest.day + dt.timedelta(days=DAYS_TO_TAKE_BACK):
        raise ConflictError(ConflictReason.TRANSFER_FINAL)
    transfers.take_back(connection, moment, person, newest.id, officer.id)
    persons.write_county(connection, person, officer.place)
    return person


def within(dated: Iterable[DatedStatus], periods: Sequence[RegisterPeriod]) -> list[DatedStatus]:
    """Return the parts of statuses that lie in periods, those that continue each other as one, in the order of time."""
    parts = []
    for period in periods:
        for each in dated:
            first = max(each.first_day, period.first_day or each.first_day)
            last = min(each.last_day or dt.date.max, period.last_day or dt.date.max)
            if first <= last:
                parts.append(DatedStatus(each.status, first, None if last == dt.date.max else last))
    return _joined(parts)


def _joined(dated: Iterable[DatedStatus]) -> list[DatedStatus]:
    """Join statuses that continue each other, in the order of time."""
    joined: list[DatedStatus] = []
    for each in sorted(dated, key=lambda status: (status.status, status.first_day)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.status == each.status
            and last.last_day is not None
            and last.last_day + dt.timedelta(days=1) >= each.first_day
        ):
            joined[-1] = last._replace(last_day=each.last_day)
        else:
            joined.append(each)
    return _by_day(joined)


def _by_day(dated: Iterable[DatedStatus]) -> list[DatedStatus]:
    return sorted(dated, key=lambda status: status.first_day)


def _seen(held: Sequence[Tenure], county: str) -> RegisterPeriod:
    """Return the days that a county sees: all up to the last that is its own."""
    return RegisterPeriod(None, next(each.days.last_day for each in reversed(held) if each.county == county))


def _combined(
    held: Sequence[Tenure], county: str, current: Sequence[DatedStatus], new: Sequence[DatedStatus]
) -> list[DatedStatus]:
    """Return what the register holds once a county has written. ForbiddenError for a change of another county's day."""
    if not any(each.county == county for each in held):
        raise ForbiddenError
    seen = _seen(held, county)
    foreign = [each.days for each in held if each.county != county]
    before = [days for days in foreign if seen.last_day is None or (days.last_day or dt.date.max) <= seen.last_day]
    if within(new, [seen]) != _joined(new) or within(new, before) != within(current, before):
        raise ForbiddenError
    if seen.last_day is None:
        return list(new)
    after = RegisterPeriod(seen.last_day + dt.timedelta(days=1), None)
    return _joined([*new, *within(current, [after])])
