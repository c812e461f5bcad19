"""Who is meant by a number: one way for every transaction, for `/v1` and for imports.

A number is looked up in its one form (`folded`), as a person's own number or as an alias, and then in the spellings
that older releases kept: a keyed hash cannot be folded without the number. What is found so is linked, so that the next
look-up needs no spelling. Where the one form and a spelling name two persons, both are the same one. Where only one of
them has settlements, and only one a register entry, they are joined at once; otherwise both are noted, and an officer
of the county joins them (`app/ledger/joining.py`).
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db import locks
from app.db.ledger import aliases, persons
from app.db.ledger.aliases import NumberedPerson
from app.ledger import joining
from app.ledger.person_key import PersonKey
from app.privacy.identity_numbers import spellings


class IdentifiedPerson(NamedTuple):
    """The person that a number names."""

    number: str
    """The keyed hash under which the register and the ledger know the person, or would."""
    id: int | None
    """None where neither knows the number."""
    stands_twice: bool = False
    """Whether another person proved to be the same one and is not joined yet."""


class _LookedUp(NamedTuple):
    """What is found under the spellings of a number."""

    form: str
    """The hash of the number in its one form."""
    persons: list[NumberedPerson]
    """The persons under it, in the order of the spellings, each once."""

    @property
    def person(self) -> IdentifiedPerson:
        if not self.persons:
            return IdentifiedPerson(self.form, None)
        first = self.persons[0]
        return IdentifiedPerson(first.number, first.id, first.stands_twice or len(self.persons) > 1)


def identify(connection: Connection, key: PersonKey, number: str) -> IdentifiedPerson:
    """Return the person of a number, and write nothing. PersonKeyUnusableError."""
    return identify_all(connection, key, [number])[0]


def identify_all(connection: Connection, key: PersonKey, numbers: Sequence[str]) -> list[IdentifiedPerson]:
    """Return the person of each number, and write nothing. PersonKeyUnusableError."""
    return [each.person for each in _look_up(connection, key, numbers)]


def identify_and_link(connection: Connection, moment: Moment, key: PersonKey, number: str) -> IdentifiedPerson:
    """Return the person of a number, and link what was found under a spelling of it. PersonKeyUnusableError.

    Where others write at the same time, the person is locked: what is read of the person from here on stands.
    """
    if locks.locks_by_name(connection):
        # Before the look-up: nobody else enters a person under a number that nobody knows yet.
        locks.lock(connection, "person", key.hashed(spellings(number)[0]))
    (found,) = _look_up(connection, key, [number])
    # The number may be another of the person's: every write locks the one that the person is known under.
    locks.lock(connection, "person", found.person.number)
    if not found.persons:
        return found.person
    person, *others = found.persons
    is_linked = found.form in {person.number, person.sent}
    if others or not is_linked:
        # What a number names is changed by nobody while others write.
        locks.require_store(connection)
    if not is_linked:
        aliases.add(connection, moment, found.form, person.id, "spelling")
    for other in others:
        if joining.needs_an_officer(connection, person.id, other.id):
            aliases.add_double(connection, moment, person.id, other.id)
        else:
            joining.join(connection, moment, person.id, other.id)
    return identify(connection, key, number) if others else found.person


def lock_persons_of(connection: Connection, settlements: Collection[int]) -> None:
    """Lock the persons of some settlements, reversals and corrections where others write at the same time.

    What is read of them from here on stands.
    """
    if locks.locks_by_name(connection):
        locks.lock(connection, "person", *persons.numbers_of_settled(connection, settlements))


def _look_up(connection: Connection, key: PersonKey, numbers: Sequence[str]) -> list[_LookedUp]:
    """Look numbers up under all their spellings, in one query."""
    hashes = [[key.hashed(spelling) for spelling in spellings(number)] for number in numbers]
    found = aliases.find_by_numbers(connection, {each for several in hashes for each in several})
    by_hash = {each.sent: each for each in found}
    looked_up = []
    for several in hashes:
        found_persons: dict[int, NumberedPerson] = {}
        for each in filter(None, map(by_hash.get, several)):
            found_persons.setdefault(each.id, each)
        looked_up.append(_LookedUp(several[0], list(found_persons.values())))
    return looked_up
