"""The other numbers of a person as a table of the register names them: of cards, identity cards, the platform."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import aliases
from app.db.ledger.aliases import AliasKind
from app.ledger import joining
from app.ledger.person_key import PersonKey
from app.privacy.identity_numbers import spellings


class AliasesWritten(NamedTuple):
    """The result of writing a person's other numbers."""

    changed: bool
    of_others: int
    """Numbers that are another person's in the register, and stay so."""


def write_aliases(
    connection: Connection, moment: Moment, key: PersonKey, person: int, numbers: Mapping[AliasKind, Collection[str]]
) -> AliasesWritten:
    """Write all other numbers of a person of the kinds that are given; those of other kinds stay.

    A person under such a number who has settlements or an entry stands twice from then on, until an officer joins both.
    """
    changed, of_others = False, 0
    for kind, several in numbers.items():
        named = {hashes[0]: hashes for hashes in ([key.hashed(each) for each in spellings(one)] for one in several)}
        before = aliases.numbers_of(connection, person, kind)
        if gone := before - named.keys():
            aliases.remove(connection, gone)
            changed = True
        for form in sorted(named.keys() - before):
            found = aliases.find_by_numbers(connection, named[form])
            others = [each for each in found if each.id != person]
            if any(each.sent != each.number for each in others):
                of_others += 1
                continue
            if form not in {each.sent for each in found}:
                aliases.add(connection, moment, form, person, kind)
                changed = True
            for other in others:
                if joining.holds_nothing(connection, other.id):
                    joining.join(connection, moment, person, other.id)
                    changed = True
                else:
                    aliases.add_double(connection, moment, person, other.id)
    return AliasesWritten(changed, of_others)
