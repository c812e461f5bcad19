"""The readings on which a finding rests: those that its rule consults, and what their other values would give.

A rule is run again only for the readings that it consulted. A reading that a run did not consult cannot change it, so
what is tried here is exact, also where a rule stops early and consults another reading only under another value.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

from app.rules.entitlements.case import Case, ConsultedReadings, Finding, Outcome, RestsOn, Together
from app.rules.readings import VALUES, HouseholdReadings, with_reading

Decide = Callable[[], Finding]
"""Runs a rule on its case, under the readings that the case holds at the time."""


class _Run(NamedTuple):
    """The result of a rule under some readings, and the readings that it consulted."""

    outcome: Outcome
    consulted: tuple[str, ...]


def find(case: Case, decide: Decide) -> Finding:
    """Run a rule, and add to its finding the readings on which its status, amount or period rests."""
    consulted = case.readings.consulted
    consulted.clear()
    finding = decide()
    if not consulted:
        return finding
    trial = _Trial(case, decide, _Run(finding.outcome, tuple(consulted)))
    readings, together = trial.rests_on()
    return finding._replace(readings=readings, together=together) if readings else finding


class _Trial:
    """Runs a rule under other readings than those taken, each set of switches once."""

    def __init__(self, case: Case, decide: Decide, taken: _Run) -> None:
        self._case = case
        self._decide = decide
        self._taken = taken
        self._defaults = HouseholdReadings._make(case.readings)
        self._consulted = dict.fromkeys(taken.consulted)

    def rests_on(self) -> tuple[tuple[RestsOn, ...], tuple[Together, ...]]:
        """Return the readings that change the outcome, each alone; else the smallest sets that change it together."""
        alone = {reading: self._alone(reading) for reading in self._taken.consulted}
        changing = [each for each in alone.values() if any(it != self._taken.outcome for _, it in each.otherwise)]
        if changing:
            return _in_order(changing), ()
        together = self._together()
        named = {reading for each in together for reading, _ in each.values}
        return _in_order(alone.get(reading) or self._alone(reading) for reading in named), together

    def _alone(self, reading: str) -> RestsOn:
        taken = _value(self._defaults, reading)
        others = [value for value in VALUES[reading] if value != taken]
        return RestsOn(reading, taken, tuple([(value, self._switched(((reading, value),))) for value in others]))

    def _together(self) -> tuple[Together, ...]:
        """Return the smallest sets of switches that change the outcome, each of two or more readings.

        Each reading of a smallest set is consulted by a run with the others of the set switched: so the readings that
        the smaller sets consulted are all that need to be tried.
        """
        size = 2
        while size <= len(self._consulted):
            tried = [Together(switches, self._switched(switches)) for switches in self._sets(size)]
            changing = [each for each in tried if each.outcome != self._taken.outcome]
            if changing:
                return tuple(changing)
            size += 1
        return ()

    def _sets(self, size: int) -> Iterator[tuple[tuple[str, str], ...]]:
        names = sorted(self._consulted, key=HouseholdReadings._fields.index)
        for chosen in combinations(names, size):
            others = [[(name, it) for it in VALUES[name] if it != _value(self._defaults, name)] for name in chosen]
            yield from product(*others)

    def _switched(self, switches: tuple[tuple[str, str], ...]) -> Outcome:
        """Run the rule with some readings switched. The figures that it reads then are not those of the answer."""
        case, taken = self._case, self._case.readings
        names = case.figures.read
        before = len(names)
        case.readings = ConsultedReadings.recording(_with(self._defaults, switches))
        outcome = self._decide().outcome
        self._consulted |= case.readings.consulted
        case.readings = taken
        del names[before:]
        return outcome


def _in_order(found: Iterable[RestsOn]) -> tuple[RestsOn, ...]:
    return tuple(sorted(found, key=lambda each: HouseholdReadings._fields.index(each.reading)))


def _value(readings: HouseholdReadings, reading: str) -> str:
    return readings[HouseholdReadings._fields.index(reading)]


@lru_cache(maxsize=4_096)
def _with(readings: HouseholdReadings, switches: tuple[tuple[str, str], ...]) -> HouseholdReadings:
    for reading, value in switches:
        readings = with_reading(readings, reading, value)
    return readings
