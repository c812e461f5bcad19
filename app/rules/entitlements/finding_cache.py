"""Findings of rules that look at few facts: the same ones come again and again, whatever household is asked about.

Such a rule names the facts that it looks at. Its finding, with the readings on which it rests, is kept by them, for one
day, one status, and the figures and readings of that day. A birth date is kept as the age that it gives on the day.
"""

import datetime as dt
from collections.abc import Callable, Hashable
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias

from app.rules.entitlements.case import Finding, HouseholdCase
from app.rules.entitlements.household import Member, full_years
from app.rules.parameters import Figures
from app.rules.readings import HouseholdReadings
from app.rules.registration import Registration

MOST = 1_024
"""Findings that are kept for one day, status, figures and readings."""

CACHES = 16
"""Days, statuses, figures and readings for which findings are kept."""

AgedMember: TypeAlias = tuple[object, ...]
"""The facts of a member, and the age on the day after them."""

FactsOfMember: TypeAlias = Callable[[AgedMember], Hashable]
FactsOfHousehold: TypeAlias = Callable[[HouseholdCase], Hashable]

_AGED = (*Member._fields, "age")


def facts(*names: str) -> FactsOfMember:
    """Return the facts of a member by which a finding is kept; the member's number is one, as missing facts name it."""
    return itemgetter(*(_AGED.index(name) for name in ("number", *names)))


def facts_unless(told: type, name: str, *names: str) -> FactsOfMember:
    """Return the same, but None where the fact `name` is `told` in full: what is found of it hardly comes again."""
    known, position = facts(name, *names), _AGED.index(name)

    def facts_or_none(old: AgedMember) -> Hashable:
        return None if isinstance(old[position], told) else known(old)

    return facts_or_none


def aged(member: Member, as_of: dt.date) -> AgedMember:
    """Return the facts of a member with the age in full years; None where the birth date is unknown."""
    born = member.birth_date
    return (*member, None if born is None else full_years(born, as_of))


class FindingCache:
    """The findings of one day, status, figures and readings, by benefit and facts, with the figures that they read."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Hashable], tuple[Finding, tuple[str, ...]]] = {}
        """By benefit and facts: the finding, and the figures that its rule read."""

    def keep(self, benefit_id: str, known: Hashable, finding: Finding, read: list[str]) -> None:
        """Keep a finding by its facts, with the figures that its rule read."""
        if len(self.kept) >= MOST:
            self.kept.clear()
        self.kept[benefit_id, known] = finding, tuple(read)


@lru_cache(maxsize=CACHES)
def cache_of(_figures: Figures, _as_of: dt.date, _readings: HouseholdReadings, _status: Registration) -> FindingCache:
    """Return the cache of a day, its figures and readings, and a status."""
    return FindingCache()
