"""A million bills at once, by the same code of the same rules.

The facts that decide which rule applies (status, kind of care, level, readings, period) are the same for all bills of
a cohort; its amounts go through the rules as NumPy columns. Nothing is calculated here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from app.rules.money import Fen
from app.rules.parameters import Parameters
from app.rules.readings import QUESTIONS, Readings, with_chosen
from app.rules.registration import BENEFITS, Registration
from app.rules.reimbursement.bill import AWAY, LAYERS, Bill, FacilityLevel, Kind, Layer
from app.rules.reimbursement.layers import Reimbursement, reimburse

Amounts: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.int8]
Item = TypeVar("Item", np.int64, np.bool_)

REGISTRATIONS: tuple[Registration, ...] = get_args(Registration)
KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS: tuple[FacilityLevel, ...] = get_args(FacilityLevel)

BLOCK = 12_000
"""Rows that go through the rules together, so that their columns fit the processor's cache."""


@dataclass(slots=True)
class BillColumns:
    """Bills by column. Amounts in fen, codes are positions in REGISTRATIONS, KINDS, LEVELS.

    The code of a reading is 0 where none is given, and otherwise the position among its question's values, from 1. A
    column left out of the mappings, or None, is the same for every bill: zero, not given, the reading by default.
    """

    service_date: npt.NDArray[np.datetime64]
    registration: Codes
    kind: Codes
    facility_level: Codes
    total: Amounts
    in_scope: Amounts
    major_disease: Flags | None = None
    chronic_disease: Flags | None = None
    accident_disability: Flags | None = None
    referred: Flags | None = None
    emergency: Flags | None = None
    readmitted: Flags | None = None
    readmitted_at_level: Flags | None = None
    counted_before: dict[Layer, Amounts] = field(default_factory=dict)
    paid_before: dict[Layer, Amounts] = field(default_factory=dict)
    adjudicated: dict[Layer, tuple[Flags, Amounts]] = field(default_factory=dict)
    readings: dict[str, Codes] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of bills."""
        return len(self.total)


class ReimbursedColumns:
    """The payments of each bill by column, in fen; the guarantee is 0 where it does not serve the patient.

    `base` and `due` of the layers are filled only where the workings are requested.
    """

    def __init__(self, rows: int, workings: bool) -> None:
        def by_layer() -> dict[Layer, Amounts]:
            return {layer: next(columns) for layer in LAYERS}

        # The amounts of a bill lie side by side, so that writing them touches little memory.
        count = len(LAYERS) * (3 if workings else 1) + 4
        columns = iter(np.zeros((rows, count), np.int64).T)
        self.paid = by_layer()
        self.base = by_layer() if workings else {}
        self.due = by_layer() if workings else {}
        self.guarantee, self.lump_sum, self.reimbursed, self.out_of_pocket = columns

    def put(self, rows: npt.NDArray[np.intp], reimbursement: Reimbursement) -> None:
        """Write the payments of a cohort to the rows of its bills."""
        for working in reimbursement.layers:
            layer = working.layer
            if self.base:
                _put(self.base[layer], rows, working.base)
                _put(self.due[layer], rows, working.due)
            _put(self.paid[layer], rows, working.paid)
        if reimbursement.guarantee is not None:
            _put(self.guarantee, rows, reimbursement.guarantee)
        _put(self.lump_sum, rows, reimbursement.lump_sum)
        _put(self.reimbursed, rows, reimbursement.reimbursed)
        _put(self.out_of_pocket, rows, reimbursement.out_of_pocket)


def reimburse_columns(bills: BillColumns, parameters: Parameters, workings: bool = False) -> ReimbursedColumns:
    """Reimburse every bill, on request with the base and the amount due of each layer.

    NoPolicyInForceError where a service date lies before the first day of policy.
    """
    reimbursed = ReimbursedColumns(len(bills), workings)
    for cohort, chosen in _cohorts(bills, parameters):
        figures = parameters.period(cohort.period)
        readings = with_chosen(figures.readings, cohort.chosen)
        for start in range(0, len(chosen), BLOCK):
            rows = chosen[start : start + BLOCK]
            reimbursed.put(rows, reimburse(_bill(bills, cohort, readings, rows), figures, silent=True))
    return reimbursed


@dataclass(slots=True, frozen=True)
class _Cohort:
    """The facts that all bills of a cohort share."""

    period: int
    registration: Registration
    kind: Kind
    facility_level: FacilityLevel
    unreferred: bool
    major_disease: bool
    chosen: Mapping[str, str | None]
    """The readings that are given, by name; None where the default in force holds."""


def _cohorts(bills: BillColumns, parameters: Parameters) -> Iterator[tuple[_Cohort, npt.NDArray[np.intp]]]:
    """Split the bills into cohorts, each with its row numbers."""
    poor = np.array([BENEFITS[registration] for registration in REGISTRATIONS])[bills.registration]
    asked = [question for question in QUESTIONS if question["reading"] in bills.readings]
    facts: list[tuple[Codes | Flags | npt.NDArray[np.intp] | None, int]] = [
        (poor, 2),
        (bills.kind, len(KINDS)),
        (bills.facility_level, len(LEVELS)),
        (_unreferred(bills), 2),
        (None if bills.major_disease is None else bills.major_disease & poor, 2),
        (parameters.periods(bills.service_date), parameters.count_of_periods),
        *((bills.readings[question["reading"]], 1 + len(question["values"])) for question in asked),
    ]
    for (registered, kind, level, unreferred, major_disease, period, *codes), rows in _grouped(facts, len(bills)):
        cohort = _Cohort(
            period=period,
            registration="registered" if registered else "none",
            kind=KINDS[kind],
            facility_level=LEVELS[level],
            unreferred=bool(unreferred),
            major_disease=bool(major_disease),
            chosen={
                question["reading"]: question["values"][code - 1] if code else None
                for question, code in zip(asked, codes, strict=True)
            },
        )
        yield cohort, rows


MANY_KEYS = 4_096
"""The number of possible keys above which only those that occur are carried on."""


def _grouped(
    facts: Iterable[tuple[Codes | Flags | npt.NDArray[np.intp] | None, int]], rows: int
) -> Iterator[tuple[list[int], npt.NDArray[np.intp]]]:
    """Group row numbers by what the columns of codes say together; None stands for a column of zeros.

    Each column comes with the number of its codes.
    """
    keys = np.zeros(rows, np.int64)
    meanings: list[list[int]] = [[]]
    for codes, size in facts:
        keys *= size
        if codes is not None:
            keys += codes
        meanings = [[*meaning, code] for meaning in meanings for code in range(size)]
        if len(meanings) > MANY_KEYS:
            keys, meanings = _renumbered(keys, meanings)
    keys, meanings = _renumbered(keys, meanings)
    # Keys in 16 bits are sorted by radix, in time linear in the rows.
    order = np.argsort(keys.astype(np.uint16) if len(meanings) <= np.iinfo(np.uint16).max else keys, kind="stable")
    ends = np.cumsum(np.bincount(keys, minlength=len(meanings)))
    for meaning, start, end in zip(meanings, [0, *ends[:-1]], ends, strict=True):
        yield meaning, order[start:end]


def _renumbered(keys: Amounts, meanings: list[list[int]]) -> tuple[Amounts, list[list[int]]]:
    """Number the keys that occur from 0 on, in their order, and keep their meanings."""
    present = np.flatnonzero(np.bincount(keys, minlength=len(meanings)))
    number = np.zeros(len(meanings), np.int64)
    number[present] = np.arange(len(present))
    return number[keys], [meanings[key] for key in present]


def _unreferred(bills: BillColumns) -> Flags | None:
    if bills.referred is None:
        return None
    away = np.isin(bills.facility_level, [LEVELS.index(level) for level in AWAY])
    unreferred: Flags = away & ~bills.referred
    return unreferred if bills.emergency is None else unreferred & ~bills.emergency


def _bill(bills: BillColumns, cohort: _Cohort, readings: Readings, rows: npt.NDArray[np.intp]) -> Bill:
    bill = _BillOfColumns(
        registration=cohort.registration,
        kind=cohort.kind,
        facility_level=cohort.facility_level,
        total=_gather(bills.total, rows),
        in_scope=_gather(bills.in_scope, rows),
        major_disease=cohort.major_disease,
        unreferred=cohort.unreferred,
        counted_before=_LazyColumns(bills.counted_before, rows),
        paid_before=_LazyColumns(bills.paid_before, rows),
        adjudicated={
            layer: (_gather(settled, rows), _gather(amount, rows))
            for layer, (settled, amount) in bills.adjudicated.items()
        },
        readings=readings,
    )
    bill.gather_later(bills, rows)
    return bill


class _BillOfColumns(Bill):
    """A bill whose flags are gathered for its rows only when a rule reads them: most rules read few."""

    __slots__ = ("_bills", "_rows")

    def gather_later(self, bills: BillColumns, rows: npt.NDArray[np.intp]) -> None:
        """Leave every flag out that has a column, until it is read."""
        self._bills = bills
        self._rows = rows
        for name in _FLAGS:
            if getattr(bills, name) is not None:
                delattr(self, name)

    def flags_of_the_year(self) -> tuple[bool | None, bool | None]:
        """Return None for each flag that has a column, without gathering it."""
        columns = self._bills.readmitted, self._bills.readmitted_at_level
        again, at_level = (False if column is None else None for column in columns)
        return again, at_level

    def __getattr__(self, name: str) -> Flags:
        """Gather a flag that is read for the first time. AttributeError for a name that is no flag."""
        if name not in _FLAGS:
            raise AttributeError(name)
        flags: Flags = _gather(getattr(self._bills, name), self._rows)
        setattr(self, name, flags)
        return flags


_FLAGS = ("chronic_disease", "accident_disability", "readmitted", "readmitted_at_level")
"""The flags that choose only between two amounts."""


class _LazyColumns(Mapping[Layer, Fen]):
    """Columns whose rows for a cohort are gathered only when a rule reads them."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, columns: dict[Layer, Amounts], rows: npt.NDArray[np.intp]) -> None:
        self._columns = columns
        self._rows = rows

    def __getitem__(self, layer: Layer) -> Fen:
        return _gather(self._columns[layer], self._rows)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _gather(column: npt.NDArray[Item], rows: npt.NDArray[np.intp]) -> npt.NDArray[Item]:
    """Gather a cohort's rows of a column. Every row is there: without a check this takes a quarter of the time."""
    return column.take(rows, mode="clip")


def _put(column: Amounts, rows: npt.NDArray[np.intp], amounts: Fen) -> None:
    """Write a cohort's amounts to the rows of its bills; the columns start as zeros."""
    if not isinstance(amounts, int) or amounts:
        column[rows] = amounts
