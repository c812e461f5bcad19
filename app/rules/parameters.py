"""Every figure of policy, dated and cited: loaded strictly, read by day.

A parameter file lies beside the rule of the same name and maps parameter names to their meaning, their unit and a
list of dated values that is only ever appended to. A deployment's own file overlays the shipped ones: from the
first day it names, its values hold instead. Anything invalid in a file stops the start (`ParameterError`).
"""

import datetime as dt
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from app.rules.readings import PARAMETER, HouseholdReadings, Readings
from app.rules.schedule import Band, Bands, LimitAbove, LimitsByTotal, raised
from app.rules.strict_yaml import Node, ParameterError, read
from app.rules.units import ByCounty, Unit, Value, read_day, read_unit, read_value

Basis = Literal["policy", "local_source", "assumption"]
BASES: tuple[Basis, ...] = get_args(Basis)


class NoPolicyInForceError(Exception):
    """No policy is in force on the day: it lies before the first dated value."""

    def __init__(self, day: dt.date, first_day: dt.date) -> None:
        self.day = day
        self.first_day = first_day
        super().__init__(f"no policy in force on {day}; the first day is {first_day}")


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A figure with its days and its source; `until` is the last day, None while the figure holds."""

    effective_from: dt.date
    until: dt.date | None
    value: Value
    clause: str
    document: str
    basis: Basis
    checked: dt.date
    line: int
    file: str
    dated: bool = True
    """Whether the source itself bears a date; where not, nobody may read `effective_from` as its date."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure of policy over time; `unit` tells how its values are read."""

    name: str
    meaning: dict[str, str]
    unit: Unit
    values: tuple[DatedValue, ...]
    line: int

    def on(self, day: dt.date) -> DatedValue:
        """Return the value in force on `day`; NoPolicyInForceError where none is."""
        for value in reversed(self.values):
            if value.effective_from <= day:
                return value
        raise NoPolicyInForceError(day, self.values[0].effective_from)


class Figures:
    """All figures in force between two days on which any of them changes."""

    def __init__(self, values: dict[str, DatedValue], period: int) -> None:
        self.in_force = values
        self.period = period
        self.raised: dict[tuple[str, str], Bands] = {}
        """Schedules raised by percentage points, by the names of both figures; filled as they are read."""
        # A figure is read through the mapping of its type, so that reading it needs no check.
        self.flags: dict[str, bool] = {}
        self.numbers: dict[str, int] = {}
        self.limits: dict[str, int | None] = {}
        self.texts: dict[str, str] = {}
        self.days: dict[str, dt.date] = {}
        self.bands: dict[str, Bands] = {}
        self.limits_by_total: dict[str, LimitsByTotal] = {}
        self.by_county: dict[str, dict[str, int]] = {}
        for name, dated in values.items():
            self._add(name, dated.value)
        self.readings = Readings._make([self.texts[PARAMETER.format(name)] for name in Readings._fields])
        """The default answers to the open questions of a bill."""
        self.household_readings = HouseholdReadings._make(
            [self.texts[PARAMETER.format(name)] for name in HouseholdReadings._fields]
        )
        """The default answers to the open questions of a household's benefits."""

    def _add(self, name: str, value: Value) -> None:
        match value:
            case bool():
                self.flags[name] = value
            case int():
                self.numbers[name] = self.limits[name] = value
            case None:
                self.limits[name] = None
            case str():
                self.texts[name] = value
            case dt.date():
                self.days[name] = value
            case (Band(), *_):
                self.bands[name] = tuple(each for each in value if isinstance(each, Band))
            case tuple():
                self.limits_by_total[name] = tuple(each for each in value if isinstance(each, LimitAbove))
            case ByCounty():
                self.by_county[name] = dict(value.amounts)

    def reader(self) -> "Reader":
        """Return a reader that records the names of the figures that it reads."""
        return Reader(self)


class Reader:
    """Reads figures by name and records the names, so that the sources of an answer cost the rule nothing.

    KeyError for a name that no figure of that type has.
    """

    __slots__ = ("_figures", "read")

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self.read: list[str] = []

    def money(self, name: str) -> int:
        """Return an amount in fen."""
        self.read.append(name)
        return self._figures.numbers[name]

    def limit(self, name: str) -> int | None:
        """Return a limit in fen; None where there is none."""
        self.read.append(name)
        return self._figures.limits[name]

    def of_county(self, name: str, code: str | None) -> int | None:
        """Return the amount in fen that a county has of its own; None, and nothing read, where it has none."""
        amount = self._figures.by_county[name].get(code or "")
        if amount is not None:
            self.read.append(name)
        return amount

    def rate(self, name: str) -> int:
        """Return a share or a number of percentage points in basis points."""
        self.read.append(name)
        return self._figures.numbers[name]

    def count(self, name: str) -> int:
        """Return a whole number of the unit of the figure: years, days, and the like."""
        self.read.append(name)
        return self._figures.numbers[name]

    def text(self, name: str) -> str:
        """Return a word."""
        self.read.append(name)
        return self._figures.texts[name]

    def day(self, name: str) -> dt.date:
        """Return a day."""
        self.read.append(name)
        return self._figures.days[name]

    def day_in(self, name: str, year: int) -> dt.date:
        """Return a day of every year as a day of one year."""
        self.read.append(name)
        return _day_in(year, self._figures.texts[name])

    def holds(self, name: str) -> bool:
        """Return whether a figure that says yes or no says yes."""
        self.read.append(name)
        return self._figures.flags[name]

    def bands(self, name: str) -> Bands:
        """Return the bands of a schedule, bounds in fen, rates in basis points."""
        self.read.append(name)
        return self._figures.bands[name]

    def limits_by_total(self, name: str) -> LimitsByTotal:
        """Return limits by the total of a bill, in fen; empty where there is none."""
        self.read.append(name)
        return self._figures.limits_by_total[name]

    def raised(self, bands: str, points: str) -> Bands:
        """Return the bands of a schedule, each rate raised by the percentage points of a figure."""
        self.read += (bands, points)
        schedule = self._figures.raised.get((bands, points))
        if schedule is None:
            schedule = raised(self._figures.bands[bands], self._figures.numbers[points])
            self._figures.raised[bands, points] = schedule
        return schedule

    def drain(self) -> tuple[str, ...]:
        """Return the names read since the last call, in order, and forget them."""
        names = tuple(self.read)
        self.read = []
        return names


@lru_cache
def _day_in(year: int, day_of_the_year: str) -> dt.date:
    return dt.date.fromisoformat(f"{year}-{day_of_the_year}")


def _day_of(dated: DatedValue) -> dt.date:
    if not isinstance(dated.value, dt.date):
        raise ParameterError(dated.file, dated.line, "the unit must be a date")
    return dated.value


class Parameters:
    """All figures: by name with every dated value, or as in force on a day."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self.by_name = {parameter.name: parameter for parameter in sorted(parameters, key=lambda p: p.name)}
        self.first_day = _day_of(self.by_name["policy.first_day"].values[0])
        self.last_day = _day_of(self.by_name["policy.last_day"].values[-1])
        for parameter in self.by_name.values():
            first = parameter.values[0]
            if first.effective_from > self.first_day:
                raise ParameterError(
                    first.file,
                    first.line,
                    f"{parameter.name} leaves a gap: nothing holds from {self.first_day} to {first.effective_from}",
                )
        self._changes = sorted(
            {value.effective_from for parameter in self.by_name.values() for value in parameter.values}
        )
        self._figures: list[Figures | None] = [None] * len(self._changes)

    @cached_property
    def fingerprint(self) -> str:
        """Return a hash of every figure, date and source: services with the same hash calculate alike."""
        digest = hashlib.sha256()
        for parameter in self.by_name.values():
            for value in parameter.values:
                cited = (value.clause, value.document, value.basis, value.dated)
                digest.update(repr((parameter.name, value.effective_from, value.until, value.value, *cited)).encode())
        return digest.hexdigest()

    @cached_property
    def edition(self) -> str:
        """Return the name of the edition, as in the answers."""
        return str(self.by_name["policy.edition"].values[-1].value)

    def on(self, day: dt.date) -> Figures:
        """Return the figures in force on `day`; NoPolicyInForceError before the first day of policy."""
        if day < self.first_day:
            raise NoPolicyInForceError(day, self.first_day)
        return self.period(bisect_right(self._changes, day) - 1)

    @property
    def count_of_periods(self) -> int:
        """The number of periods between the days on which any figure changes."""
        return len(self._changes)

    def periods(self, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int16]:
        """Return the period of each day of a column; NoPolicyInForceError where one lies before the first day."""
        if not len(days):
            return np.zeros(0, np.int16)
        first = days.min().astype("datetime64[D]")
        if first < np.datetime64(self.first_day):
            raise NoPolicyInForceError(first.astype(object), self.first_day)
        # Each day from the first to the last is looked up once: there are far fewer than rows.
        from_first = (days.astype("datetime64[D]", copy=False) - first).view(np.int64)
        every_day = first + np.arange(from_first.max() + 1)
        periods = np.searchsorted(np.array(self._changes, "datetime64[D]"), every_day, side="right") - 1
        found: npt.NDArray[np.int16] = periods.astype(np.int16).take(from_first, mode="clip")
        return found

    def period(self, number: int) -> Figures:
        """Return the figures of one of the periods between the days on which any figure changes."""
        figures = self._figures[number]
        if figures is None:
            day = max(self._changes[number], self.first_day)
            figures = Figures({name: parameter.on(day) for name, parameter in self.by_name.items()}, number)
            self._figures[number] = figures
        return figures


def load(shipped: Iterable[Path], overlay: Path | None = None) -> Parameters:
    """Load the shipped parameter files and overlay them with a deployment's own.

    ParameterError, naming file and line, for a repeated or unknown key, a gap or an overlap in time or between bands,
    falling bands, a float, or a name that does not begin with its file's.
    """
    parameters: dict[str, Parameter] = {}
    for path in shipped:
        for parameter in _read_file(path):
            if parameter.name in parameters:
                raise ParameterError(path.name, parameter.line, f"{parameter.name} stands in two files")
            parameters[parameter.name] = parameter
    if overlay is not None:
        for name, node in read(overlay).mapping().items():
            if name not in parameters:
                raise node.error(f"unknown parameter {name!r}")
            parameters[name] = _overlay(parameters[name], node)
    return Parameters(parameters.values())


def _read_file(path: Path) -> Iterator[Parameter]:
    for name, node in read(path).mapping().items():
        if not name.startswith(path.stem + "."):
            raise node.error(f"{name!r} must begin with its file's name: {path.stem}.")
        fields = node.fields({"meaning", "unit", "values"})
        unit = read_unit(fields["unit"])
        values = tuple(_dated_values(fields["values"], name, unit, own_document=None))
        yield Parameter(name, _meaning(fields["meaning"]), unit, values, node.line)


def _overlay(parameter: Parameter, node: Node) -> Parameter:
    fields = node.fields({"values"}, {"meaning", "unit"})
    if "unit" in fields and fields["unit"].text() != parameter.unit:
        raise fields["unit"].error(f"the unit of {parameter.name} is {parameter.unit!r}")
    meaning = _meaning(fields["meaning"]) if "meaning" in fields else parameter.meaning
    own = tuple(_dated_values(fields["values"], parameter.name, parameter.unit, own_document=node.file))
    first = own[0].effective_from
    earlier = [value for value in parameter.values if value.effective_from < first]
    if earlier:
        earlier[-1] = replace(earlier[-1], until=first - dt.timedelta(days=1))
    return replace(parameter, meaning=meaning, values=(*earlier, *own))


def _dated_values(node: Node, name: str, unit: Unit, own_document: str | None) -> Iterator[DatedValue]:
    required = {"from", "value", "clause", "basis", "checked"}
    read_values: list[tuple[Node, DatedValue]] = []
    for item in node.items():
        fields = item.fields(required if own_document else required | {"document"}, {"until", "dated"})
        value = DatedValue(
            effective_from=read_day(fields["from"]),
            until=read_day(fields["until"]) if "until" in fields else None,
            value=read_value(fields["value"], unit, name),
            clause=fields["clause"].text(),
            document=own_document or fields["document"].text(),
            basis=fields["basis"].one_of(BASES, "basis"),
            checked=read_day(fields["checked"]),
            line=item.line,
            file=item.file,
            dated=fields["dated"].one_of(("yes", "no"), "dated") == "yes" if "dated" in fields else True,
        )
        if value.until is not None and value.until < value.effective_from:
            raise fields["until"].error("a value cannot end before it begins")
        if read_values:
            _check_succession(read_values[-1][1], value, fields["from"])
        read_values.append((item, value))
    if not read_values:
        raise node.error("a parameter needs at least one dated value")
    last = read_values[-1][1]
    if last.until is not None:
        raise read_values[-1][0].error(f"a gap: nothing holds from {last.until + dt.timedelta(days=1)} on")
    for (_, value), (_, following) in pairwise(read_values):
        yield replace(value, until=following.effective_from - dt.timedelta(days=1))
    yield last


def _check_succession(earlier: DatedValue, later: DatedValue, node: Node) -> None:
    if later.effective_from <= earlier.effective_from:
        raise node.error(f"an overlap: the value before begins on {earlier.effective_from}; dates must rise")
    if earlier.until is None:
        return
    expected = earlier.until + dt.timedelta(days=1)
    if later.effective_from < expected:
        raise node.error(f"an overlap: the value before holds until {earlier.until}")
    if later.effective_from > expected:
        raise node.error(f"a gap: nothing holds from {expected} to {later.effective_from - dt.timedelta(days=1)}")


def _meaning(node: Node) -> dict[str, str]:
    return {language: words.text() for language, words in node.fields({"zh", "en"}).items()}


def shipped_files() -> list[Path]:
    """List the shipped parameter files, each beside the rule of the same name."""
    rules = Path(__file__).parent
    alone = (
        "policy",
        "readings",
        "assessments/poverty_line",
        "assessments/enterprise_credit",
        "assessments/relocation_plan",
        "projects/publicity",
        "reference/supervision",
    )
    return [
        *(rules / f"{name}.yaml" for name in alone),
        *sorted(rules.glob("reimbursement/*.yaml")),
        *sorted(rules.glob("entitlements/*.yaml")),
    ]
