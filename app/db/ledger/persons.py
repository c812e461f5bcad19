"""The register of persons (参保人员登记): dated statuses by the keyed hash of the insurer's number."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Connection, bindparam, func, insert, select, union_all, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import Person, PersonStatus, Settlement
from app.db.portions import portions
from app.rules.registration import Registration

Status = Literal[
    "registered", "exited_with_policy", "exited_without_policy", "none", "chronic_disease", "major_disease"
]
"""A registration (建档立卡), a certified chronic disease (慢性病), a major disease (重大疾病)."""

REGISTRATIONS: tuple[Registration, ...] = get_args(Registration)

_STATUSES = (
    select(PersonStatus.status, PersonStatus.first_day, PersonStatus.last_day)
    .where(PersonStatus.person_id == bindparam("person"), PersonStatus.replaced.is_(None))
    .order_by(PersonStatus.first_day, PersonStatus.id)
)
_COMPENSATED_BY = select(Person.compensated_by).where(Person.id == bindparam("person"))
_INSERT_PERSON = insert(Person).returning(Person.id)
_INSERT_STATUS = insert(PersonStatus).returning(PersonStatus.id, sort_by_parameter_order=True)


class DatedStatus(NamedTuple):
    """A status, and the days it holds for: from the first to the last, None while it holds."""

    status: Status
    first_day: dt.date
    last_day: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Whether it holds on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


class RegisterEntry(NamedTuple):
    """What the register holds of a person on a day. A person who is not in it is an ordinary patient."""

    in_register: bool = False
    registration: Registration = "none"
    major_disease: bool = False
    chronic_disease: bool = False


def overlapping(dated: Sequence[DatedStatus]) -> int | None:
    """Return the place of a status that overlaps an earlier one: two registrations, or the same disease twice."""
    for place, later in enumerate(dated):
        for earlier in dated[:place]:
            registrations = later.status in REGISTRATIONS and earlier.status in REGISTRATIONS
            apart = _ends_before(later, earlier) or _ends_before(earlier, later)
            if (registrations or later.status == earlier.status) and not apart:
                return place
    return None


def entry_on(dated: Sequence[DatedStatus], day: dt.date) -> RegisterEntry:
    """Return what the register holds of a person on a day: the service date decides."""
    holding = {each.status for each in dated if each.holds_on(day)}
    registration: Registration = next((status for status in REGISTRATIONS if status in holding), "none")
    return RegisterEntry(bool(dated), registration, "major_disease" in holding, "chronic_disease" in holding)


def write(
    connection: Connection, moment: Moment, number: str, dated: Sequence[DatedStatus], token_id: int | None
) -> None:
    """Replace what the register holds of the person of a hash; the rows before are kept as replaced."""
    write_for(connection, moment, get_or_create(connection, number), dated, token_id)


def write_for(
    connection: Connection, moment: Moment, person: int, dated: Sequence[DatedStatus], token_id: int | None
) -> None:
    """Replace what the register holds of a person; the rows before are kept as replaced."""
    current = (PersonStatus.person_id == person) & PersonStatus.replaced.is_(None)
    replacing = update(PersonStatus).where(current).values(replaced=moment.at).returning(PersonStatus.id)
    events.note_stored(connection, "standings", *connection.execute(replacing).scalars())
    rows = [{**each._asdict(), "person_id": person, "written": moment.at, "token_id": token_id} for each in dated]
    if rows:
        numbers = connection.execute(_INSERT_STATUS, rows).scalars()
        for number_of_row, row in zip(numbers, rows, strict=True):
            events.note(connection, "standings", {"id": number_of_row, **row})


def get_or_create(connection: Connection, number: str) -> int:
    """Return the id of the person with this hash, who is inserted where there is none yet."""
    person = find(connection, number)
    return insert_person(connection, number) if person is None else person


def insert_person(connection: Connection, number: str) -> int:
    """Insert the person of a hash that nobody has, and return the id."""
    person = connection.execute(_INSERT_PERSON, {"number": number}).scalar_one()
    events.note(connection, "persons", {"id": person, "number": number})
    return person


def find(connection: Connection, number: str) -> int | None:
    """Return the id of the person with this hash, or of the one it was joined to; None where there is none."""
    standing = func.coalesce(Person.joined_to, Person.id)
    return connection.execute(select(standing).where(Person.number == number)).scalar_one_or_none()


def numbers_of_settled(connection: Connection, settlements: Collection[int]) -> set[str]:
    """Return the hashes of the persons of some settlements, reversals and corrections."""
    statement = select(Person.number).join(Settlement, Settlement.person_id == Person.id)
    return set(connection.execute(statement.where(Settlement.id.in_(settlements))).scalars())


def is_registered(connection: Connection, person: int) -> bool:
    """Whether the register knows a person: a county has written, or there is a status."""
    county = select(Person.id).where(Person.id == person, Person.county.is_not(None))
    status = select(PersonStatus.person_id).where(PersonStatus.person_id == person, PersonStatus.replaced.is_(None))
    return connection.execute(union_all(county, status).limit(1)).first() is not None


def statuses_of(connection: Connection, person: int) -> list[DatedStatus]:
    """List what the register holds of a person, in the order of time."""
    rows = connection.execute(_STATUSES, {"person": person})
    return [DatedStatus(row.status, row.first_day, row.last_day) for row in rows]


def county_of(connection: Connection, person: int) -> str | None:
    """Return the county that registers a person; None where none has written yet."""
    return connection.execute(select(Person.county).where(Person.id == person)).scalar_one()


def write_county(connection: Connection, person: int, county: str) -> None:
    """Store which county registers a person."""
    connection.execute(update(Person).where(Person.id == person).values(county=county))
    events.note_stored(connection, "persons", person)


def write_joined_to(connection: Connection, other: int, person: int) -> None:
    """Store that a person, and whoever was joined to it before, is joined to another."""
    its = (Person.id == other) | (Person.joined_to == other)
    joining = update(Person).where(its).values(joined_to=person).returning(Person.id)
    events.note_stored(connection, "persons", *connection.execute(joining).scalars().all())


def compensated_by(connection: Connection, person: int) -> int | None:
    """Return the settlement that paid this person's lump sum; None where none has."""
    return connection.execute(_COMPENSATED_BY, {"person": person}).scalar_one_or_none()


def write_compensated_by(connection: Connection, person: int, settlement: int | None) -> None:
    """Store which settlement paid the person's lump sum; None where none does any more."""
    connection.execute(update(Person).where(Person.id == person).values(compensated_by=settlement))


def list_compensated(connection: Connection, persons: Collection[int] | None = None) -> list[tuple[int, int]]:
    """List the persons whose lump sum is paid, each with the settlement that paid it; some persons, or all."""
    statement = select(Person.id, Person.compensated_by).where(Person.compensated_by.is_not(None))
    found: list[tuple[int, int]] = []
    for condition in portions(Person.id, persons):
        found.extend((row.id, row.compensated_by) for row in connection.execute(statement.where(condition)))
    return found


def _ends_before(one: DatedStatus, other: DatedStatus) -> bool:
    return one.last_day is not None and one.last_day < other.first_day
