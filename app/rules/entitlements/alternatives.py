"""The readings on which a finding rests: those that its rule consults, and what their other values would give.

A rule is run again only for the readings that it consulted. A reading that a run did not consult cannot change it, so
what is tried here is exact, also where a rule stops early and consults another reading only under another value.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations, product
from typing import TypeAlias

from app.rules.entitlements.case import Case, ConsultedReadings, Finding, FindingOutcome, RestsOn, Together
from app.rules.readings import VALUES, HouseholdReadings, with_reading
from app.rules.three_valued import CACHE_SIZE

Decide: TypeAlias = Callable[[], Finding]
"""Runs a rule on its case, under the readings that the case holds at the time."""

Switches: TypeAlias = tuple[tuple[str, str], ...]
"""Readings, and the values to which they are switched."""


def find(case: Case, decide: Decide) -> Finding:
    """Run a rule, and add to its finding the readings on which its status, amount or period rests."""
    consulted = case.readings.consulted
    consulted.clear()
    finding = decide()
    if not consulted:
        return finding
    outcome, changing = finding.outcome, []
    met = dict.fromkeys(consulted)
    alone = {reading: _alone(case, decide, reading, met) for reading in consulted}
    for rests in alone.values():
        for _, other in rests.otherwise:
            if other != outcome:
                changing.append(rests)
                break
    if changing:
        return finding._replace(readings=_in_order(changing))
    together = _together(case, decide, outcome, met) if len(met) > 1 else ()
    if not together:
        return finding
    named = {reading for each in together for reading, _ in each.values}
    rests_on = [alone.get(reading) or _alone(case, decide, reading, met) for reading in named]
    return finding._replace(readings=_in_order(rests_on), together=together)


def _alone(case: Case, decide: Decide, reading: str, met: dict[str, None]) -> RestsOn:
    """Find what each other value of one reading gives; what the runs consult is added to the readings met."""
    taken, others = _others(case.taken, reading)
    return RestsOn(reading, taken, tuple([(value, _run(case, decide, each, met)) for value, each in others]))


def _together(case: Case, decide: Decide, outcome: FindingOutcome, met: dict[str, None]) -> tuple[Together, ...]:
    """Return the smallest sets of switches that change the outcome, each of two or more readings.

    Each reading of a smallest set is consulted by a run with the others of the set switched: so the readings that the
    smaller sets met are all that need to be tried.
    """
    size = 2
    while size <= len(met):
        tried = [
            Together(switches, _run(case, decide, _switched(case.taken, switches), met))
            for switches in _sets(case.taken, met, size)
        ]
        changing = [each for each in tried if each.outcome != outcome]
        if changing:
            return tuple(changing)
        size += 1
    return ()


def _sets(taken: HouseholdReadings, met: Iterable[str], size: int) -> Iterator[Switches]:
    for chosen in combinations(sorted(met, key=HouseholdReadings._fields.index), size):
        yield from product(*([(name, value) for value, _ in _others(taken, name)[1]] for name in chosen))


def _run(case: Case, decide: Decide, readings: HouseholdReadings, met: dict[str, None]) -> FindingOutcome:
    """Run the rule under other readings. The figures that it reads then are not those of the answer."""
    names, own = case.figures.read, case.readings
    before = len(names)
    case.readings = ConsultedReadings.recording(readings)
    outcome = decide().outcome
    met |= case.readings.consulted
    case.readings = own
    del names[before:]
    return outcome


def _in_order(found: list[RestsOn]) -> tuple[RestsOn, ...]:
    if len(found) > 1:
        found.sort(key=lambda each: HouseholdReadings._fields.index(each.reading))
    return tuple(found)


@lru_cache(maxsize=CACHE_SIZE)
def _others(taken: HouseholdReadings, reading: str) -> tuple[str, tuple[tuple[str, HouseholdReadings], ...]]:
    """Return the value taken of a reading, and its other values, each with the readings that have it instead."""
    own = taken[HouseholdReadings._fields.index(reading)]
    others = tuple((value, with_reading(taken, reading, value)) for value in VALUES[reading] if value != own)
    return own, others


@lru_cache(maxsize=CACHE_SIZE)
def _switched(taken: HouseholdReadings, switches: Switches) -> HouseholdReadings:
    for reading, value in switches:
        taken = with_reading(taken, reading, value)
    return taken
