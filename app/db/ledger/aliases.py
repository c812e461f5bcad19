"""The other numbers of persons, and persons who stand twice. Every number here is a keyed hash."""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, get_args

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import Person, PersonAlias, PersonDouble

AliasKind = Literal["identity_number", "card_number", "platform_number", "spelling"]
"""What a number is; `spelling` is the person's own number, which an older release kept in another spelling."""

ALIAS_KINDS: tuple[AliasKind, ...] = get_args(AliasKind)


class NumberedPerson(NamedTuple):
    """A person, found by a number."""

    sent: str
    """The hash of the number that found the person."""
    id: int
    number: str
    """The hash under which the register and the ledger know the person."""
    stands_twice: bool
    """Whether another person proved to be the same one and is not joined yet."""


def _by_numbers() -> Select[tuple[str, int, str, bool]]:
    numbers: BindParameter[str] = bindparam("numbers", expanding=True)
    own = select(Person.number.label("sent"), func.coalesce(Person.joined_to, Person.id).label("person_id"))
    other = select(PersonAlias.number.label("sent"), PersonAlias.person_id.label("person_id"))
    found = union_all(own.where(Person.number.in_(numbers)), other.where(PersonAlias.number.in_(numbers))).subquery()
    twice = exists().where(or_(PersonDouble.person_id == Person.id, PersonDouble.other_id == Person.id))
    statement = select(found.c.sent, Person.id, Person.number, twice.label("stands_twice"))
    return statement.join_from(found, Person, Person.id == found.c.person_id)


_BY_NUMBERS = _by_numbers()
"""Made once: every transaction asks it."""


def find_by_numbers(connection: Connection, numbers: Collection[str]) -> list[NumberedPerson]:
    """Find the persons of these hashes: their own numbers, their aliases, and those of persons joined to them."""
    rows = connection.execute(_BY_NUMBERS, {"numbers": list(numbers)})
    return [NumberedPerson(row.sent, row.id, row.number, bool(row.stands_twice)) for row in rows]


def add(connection: Connection, moment: Moment, number: str, person: int, kind: AliasKind) -> None:
    """Store another number of a person."""
    row = {"number": number, "person_id": person, "kind": kind, "written": moment.at}
    connection.execute(insert(PersonAlias).values(row))
    events.note(connection, "aliases", row)


def numbers_of(connection: Connection, person: int, kind: AliasKind) -> set[str]:
    """Return the aliases of a kind that a person has."""
    statement = select(PersonAlias.number).where(PersonAlias.person_id == person, PersonAlias.kind == kind)
    return set(connection.execute(statement).scalars())


def remove(connection: Connection, numbers: Collection[str]) -> None:
    """Take aliases out of the register."""
    connection.execute(delete(PersonAlias).where(PersonAlias.number.in_(numbers)))
    for number in numbers:
        events.note_removed(connection, "aliases", {"number": number})


def give_over(connection: Connection, other: int, person: int) -> None:
    """Give the aliases of one person to another."""
    its = update(PersonAlias).where(PersonAlias.person_id == other).values(person_id=person)
    for number in connection.execute(its.returning(PersonAlias.number)).scalars().all():
        events.note_stored_row(connection, "aliases", number)


def add_double(connection: Connection, moment: Moment, person: int, other: int) -> None:
    """Note that two persons prove to be one; noted again, it changes nothing."""
    first, second = sorted((person, other))
    its = (PersonDouble.person_id == first) & (PersonDouble.other_id == second)
    if connection.execute(select(PersonDouble.person_id).where(its)).first() is None:
        row = {"person_id": first, "other_id": second, "found": moment.at}
        connection.execute(insert(PersonDouble).values(row))
        events.note(connection, "doubles", row)


def doubles_of(connection: Connection, person: int) -> list[int]:
    """List the persons who prove to be the same as this one, the oldest first."""
    return sorted({each for pair in _pairs(connection, person) for each in pair} - {person})


def list_doubles(connection: Connection) -> Sequence[tuple[int, int]]:
    """List the pairs of persons who prove to be one and are not joined."""
    statement = select(PersonDouble.person_id, PersonDouble.other_id)
    rows = connection.execute(statement.order_by(PersonDouble.person_id, PersonDouble.other_id))
    return [(row.person_id, row.other_id) for row in rows]


def give_over_doubles(connection: Connection, moment: Moment, other: int, person: int) -> None:
    """Take the pairs of a person out; those with a third one become pairs of the person who stands."""
    thirds = [each for each in doubles_of(connection, other) if each != person]
    pairs = _pairs(connection, other)
    its = or_(PersonDouble.person_id == other, PersonDouble.other_id == other)
    connection.execute(delete(PersonDouble).where(its))
    for first, second in pairs:
        events.note_removed(connection, "doubles", {"person_id": first, "other_id": second})
    for third in thirds:
        add_double(connection, moment, person, third)


def _pairs(connection: Connection, person: int) -> list[tuple[int, int]]:
    its = or_(PersonDouble.person_id == person, PersonDouble.other_id == person)
    rows = connection.execute(select(PersonDouble.person_id, PersonDouble.other_id).where(its))
    return [(row.person_id, row.other_id) for row in rows]
