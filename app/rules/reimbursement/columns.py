"""A million bills at once, by the same code of the same rules.

The facts that decide which rule applies (status, kind of care, level, readings, period) are the same for all bills of
a cohort; its amounts go through the rules as NumPy columns. Nothing is calculated here.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from app.rules.money import Truth
from app.rules.parameters import Figures, Parameters
from app.rules.readings import QUESTIONS, with_chosen
from app.rules.registration import BENEFITS, Registration
from app.rules.reimbursement import chronic_guarantee
from app.rules.reimbursement.bill import AWAY, LAYERS, Bill, Circumstances, FacilityLevel, Kind, Layer
from app.rules.reimbursement.layers import Reimbursement, reimburse, terms_of

Amounts: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.int8]
Keys: TypeAlias = npt.NDArray[np.int16] | npt.NDArray[np.int32]
RowNumbers: TypeAlias = npt.NDArray[np.intp]
Item = TypeVar("Item", np.int64, np.bool_)

REGISTRATIONS: tuple[Registration, ...] = get_args(Registration)
KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS: tuple[FacilityLevel, ...] = get_args(FacilityLevel)

PART = 350_000
"""The most rows that are sorted by cohort together, so that each of their columns fits the processor's cache."""

BLOCK = 24_000
"""Rows of a cohort that go through the rules together, so that all their columns fit its inner cache."""


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

        # The amounts of a bill lie side by side, so that bills can be put in another order at once.
        self._bills = np.empty((rows, len(LAYERS) * (3 if workings else 1) + 4), np.int64)
        columns = iter(self._bills.T)
        self.paid = by_layer()
        self.base = by_layer() if workings else {}
        self.due = by_layer() if workings else {}
        self.guarantee, self.lump_sum, self.reimbursed, self.out_of_pocket = columns

    def put(self, rows: slice, reimbursement: Reimbursement) -> None:
        """Write the payments of a cohort to the rows of its bills."""
        for working in reimbursement.layers:
            layer = working.layer
            if self.base:
                self.base[layer][rows] = working.base
                self.due[layer][rows] = working.due
            self.paid[layer][rows] = working.paid
        self.guarantee[rows] = 0 if reimbursement.guarantee is None else reimbursement.guarantee
        self.lump_sum[rows] = reimbursement.lump_sum
        self.reimbursed[rows] = reimbursement.reimbursed
        self.out_of_pocket[rows] = reimbursement.out_of_pocket

    def put_back(self, rows: slice, ordered: "ReimbursedColumns", order: RowNumbers) -> None:
        """Write payments that stand in the order of the cohorts to the rows in the order of the bills."""
        place = np.empty(len(order), np.intp)
        place[order] = np.arange(len(order))
        np.take(ordered._bills, place, axis=0, out=self._bills[rows], mode="clip")


def reimburse_columns(
    bills: BillColumns, parameters: Parameters, workings: bool = False, threads: int = 1
) -> ReimbursedColumns:
    """Reimburse every bill, on request with the base and the amount due of each layer.

    Each of the threads takes its share of the rows; NumPy lets them run at once, on as many cores as there are.
    NoPolicyInForceError where a service date lies before the first day of policy.
    """
    reimbursed = ReimbursedColumns(len(bills), workings)

    def reimburse_rows(rows: slice) -> None:
        cohorts = Cohorts(bills, parameters)
        for part in _divided(rows, -(-(rows.stop - rows.start) // PART)):
            _reimburse_part(bills, part, cohorts, reimbursed)

    shares = _divided(slice(0, len(bills)), threads)
    if threads == 1:
        reimburse_rows(*shares)
    else:
        with ThreadPoolExecutor(threads) as pool:
            # Asking for the results raises the errors.
            list(pool.map(reimburse_rows, shares))
    return reimbursed


def _divided(rows: slice, count: int) -> list[slice]:
    """Divide consecutive rows into as many parts, which differ by at most one row."""
    ends = [rows.start + (rows.stop - rows.start) * number // count for number in range(count + 1)] if count else []
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _reimburse_part(bills: BillColumns, part: slice, cohorts: "Cohorts", reimbursed: ReimbursedColumns) -> None:
    """Reimburse consecutive bills: sort them by cohort, apply the rules to each cohort, and put the results back."""
    order, groups = cohorts.sort(part)
    operands = _Operands.gather(bills, part, order)
    ordered = ReimbursedColumns(len(order), bool(reimbursed.base))
    for cohort, first, end in groups:
        for start in range(first, end, BLOCK):
            rows = slice(start, min(start + BLOCK, end))
            ordered.put(rows, reimburse(operands.bill(cohort, rows), cohort.figures, silent=True))
    reimbursed.put_back(part, ordered, order)


class Cohort(NamedTuple):
    """Bills that are paid by the same terms, so that only their amounts differ, and the facts of one of them."""

    figures: Figures
    circumstances: Circumstances


class Cohorts:
    """The cohorts of bills: found by the facts of each bill, and joined where the rules make no difference."""

    def __init__(self, bills: BillColumns, parameters: Parameters) -> None:
        self._bills = bills
        self._parameters = parameters
        self._asked = [question for question in QUESTIONS if question["reading"] in bills.readings]
        self._periods, self._period_of = _alike(parameters)
        self._found: list[Cohort] = []
        self._by_facts: dict[tuple[int, ...], int] = {}
        self._by_terms: dict[tuple[object, ...], int] = {}

    def sort(self, part: slice) -> tuple[RowNumbers, list[tuple[Cohort, int, int]]]:
        """Sort consecutive bills by cohort: the order, and each cohort with its first place in it and its end."""
        keys, meanings = _keys(self._facts(part), part.stop - part.start)
        counts = np.bincount(keys, minlength=len(meanings))
        present = np.flatnonzero(counts)
        numbers = np.zeros(len(meanings), np.intp)
        numbers[present] = [self._number(meanings[key]) for key in present]
        rows = np.zeros(len(self._found), np.intp)
        np.add.at(rows, numbers, counts)
        ends = np.cumsum(rows).tolist()
        # Numbers of few bits are sorted by radix, in time linear in the rows.
        codes = numbers.astype(np.min_scalar_type(len(self._found))).take(keys, mode="clip")
        return np.argsort(codes, kind="stable"), list(zip(self._found, [0, *ends[:-1]], ends, strict=True))

    def _facts(self, part: slice) -> Iterable[tuple[npt.NDArray[np.integer] | Flags | None, int]]:
        """Return the columns of the facts that may decide which rule applies, each with the number of its codes."""
        bills = self._bills
        poor = _POOR.take(bills.registration[part])
        yield poor, 2
        yield bills.kind[part], len(KINDS)
        yield bills.facility_level[part], len(LEVELS)
        yield _unreferred(bills, part), 2
        yield None if bills.major_disease is None else bills.major_disease[part] & poor, 2
        yield self._period_of.take(self._parameters.periods(bills.service_date[part])), len(self._periods)
        for question in self._asked:
            yield bills.readings[question["reading"]][part], 1 + len(question["values"])

    def _number(self, facts: tuple[int, ...]) -> int:
        """Return the number of the cohort of bills with these facts."""
        number = self._by_facts.get(facts)
        if number is None:
            cohort = self._cohort(facts)
            figures, circumstances = cohort
            terms = tuple(terms_of(figures, circumstances).values())
            guaranteed = chronic_guarantee.serves(circumstances)
            alike = (figures.period, circumstances.readings, circumstances.poor, guaranteed, terms)
            number = self._by_terms.setdefault(alike, len(self._found))
            if number == len(self._found):
                self._found.append(cohort)
            self._by_facts[facts] = number
        return number

    def _cohort(self, facts: tuple[int, ...]) -> Cohort:
        poor, kind, level, unreferred, major_disease, period, *codes = facts
        figures = self._periods[period]
        chosen = {
            question["reading"]: question["values"][code - 1] if code else None
            for question, code in zip(self._asked, codes, strict=True)
        }
        circumstances = Circumstances(
            registration="registered" if poor else "none",
            kind=KINDS[kind],
            facility_level=LEVELS[level],
            readings=with_chosen(figures.readings, chosen),
            major_disease=bool(major_disease),
            unreferred=bool(unreferred),
            insurer_paid=None if "basic_insurance" in self._bills.adjudicated else False,
            readmitted=False if self._bills.readmitted is None else None,
            readmitted_at_level=False if self._bills.readmitted_at_level is None else None,
            budget=False,
        )
        return Cohort(figures, circumstances)


MANY_KEYS = 4_096
"""The number of possible keys above which only those that occur are carried on."""


def _keys(
    facts: Iterable[tuple[npt.NDArray[np.integer] | Flags | None, int]], rows: int
) -> tuple[Keys, list[tuple[int, ...]]]:
    """Join columns of codes to one column of keys, with what each key says; None stands for a column of zeros."""
    keys: Keys = np.zeros(rows, np.int16)
    meanings: list[tuple[int, ...]] = [()]
    for codes, size in facts:
        if len(meanings) * size > MANY_KEYS:
            keys, meanings = _renumbered(keys, meanings)
        if len(meanings) * size > np.iinfo(keys.dtype).max:
            keys = keys.astype(np.int32)
        keys *= size
        if codes is not None:
            keys += codes
        meanings = [(*meaning, code) for meaning in meanings for code in range(size)]
    return keys, meanings


def _renumbered(keys: Keys, meanings: list[tuple[int, ...]]) -> tuple[Keys, list[tuple[int, ...]]]:
    """Number the keys that occur from 0 on, in their order, and keep their meanings."""
    present = np.flatnonzero(np.bincount(keys, minlength=len(meanings)))
    number = np.zeros(len(meanings), keys.dtype)
    number[present] = np.arange(len(present))
    return number.take(keys, mode="clip"), [meanings[key] for key in present]


_POOR = np.array([BENEFITS[registration] for registration in REGISTRATIONS])
_AWAY = np.array([level in AWAY for level in LEVELS])

FILES = frozenset(path.stem for path in Path(__file__).parent.glob("*.yaml"))
"""The files of the figures that the rules of bills read; a figure's name begins with its file's."""


def _alike(parameters: Parameters) -> tuple[list[Figures], Codes]:
    """Return figures of which the rules of bills read different values, and for each period its place among them."""
    places: dict[tuple[object, ...], int] = {}
    different: list[Figures] = []
    place_of = []
    for figures in map(parameters.period, range(parameters.count_of_periods)):
        place = places.setdefault(_values(figures), len(different))
        if place == len(different):
            different.append(figures)
        place_of.append(place)
    return different, np.array(place_of, np.int8)


def _values(figures: Figures) -> tuple[object, ...]:
    """Return the values of all figures that the rules of bills read, and the readings by default."""
    of_bills = (dated.value for name, dated in figures.in_force.items() if name.partition(".")[0] in FILES)
    return figures.readings, *of_bills


def _unreferred(bills: BillColumns, part: slice) -> Flags | None:
    if bills.referred is None:
        return None
    unreferred: Flags = _AWAY.take(bills.facility_level[part]) & ~bills.referred[part]
    return unreferred if bills.emergency is None else unreferred & ~bills.emergency[part]


class _Operands(NamedTuple):
    """The amounts of bills, and the flags that choose only between two amounts, in the order of the cohorts."""

    total: Amounts
    in_scope: Amounts
    chronic_disease: Flags | None
    accident_disability: Flags | None
    readmitted: Flags | None
    readmitted_at_level: Flags | None
    counted_before: dict[Layer, Amounts]
    paid_before: dict[Layer, Amounts]
    adjudicated: dict[Layer, tuple[Flags, Amounts]]

    @classmethod
    def gather(cls, bills: BillColumns, part: slice, order: RowNumbers) -> "_Operands":
        """Gather the operands of consecutive bills, each column whole, which reads it in the processor's cache."""
        # Memory of one piece is mapped in large pages, which costs little.
        given = len(bills.counted_before) + len(bills.paid_before) + len(bills.adjudicated)
        amounts = iter(np.empty((2 + given, len(order)), np.int64))

        def in_order(column: Amounts) -> Amounts:
            # Every row is there: without a check this takes a quarter of the time.
            return np.take(column[part], order, out=next(amounts), mode="clip")

        def flags_in_order(flags: Flags) -> Flags:
            return flags[part].take(order, mode="clip")

        def if_given(flags: Flags | None) -> Flags | None:
            return None if flags is None else flags_in_order(flags)

        return cls(
            in_order(bills.total),
            in_order(bills.in_scope),
            if_given(bills.chronic_disease),
            if_given(bills.accident_disability),
            if_given(bills.readmitted),
            if_given(bills.readmitted_at_level),
            {layer: in_order(amounts) for layer, amounts in bills.counted_before.items()},
            {layer: in_order(amounts) for layer, amounts in bills.paid_before.items()},
            {layer: (flags_in_order(settled), in_order(paid)) for layer, (settled, paid) in bills.adjudicated.items()},
        )

    def bill(self, cohort: Cohort, rows: slice) -> Bill:
        """Return bills of a cohort, as one bill whose operands are columns."""

        def if_given(flags: Flags | None) -> Truth:
            return False if flags is None else flags[rows]

        facts = cohort.circumstances
        return Bill(
            registration=facts.registration,
            kind=facts.kind,
            facility_level=facts.facility_level,
            total=self.total[rows],
            in_scope=self.in_scope[rows],
            readings=facts.readings,
            major_disease=facts.major_disease,
            chronic_disease=if_given(self.chronic_disease),
            accident_disability=if_given(self.accident_disability),
            unreferred=facts.unreferred,
            readmitted=if_given(self.readmitted),
            readmitted_at_level=if_given(self.readmitted_at_level),
            counted_before={layer: amounts[rows] for layer, amounts in self.counted_before.items()},
            paid_before={layer: amounts[rows] for layer, amounts in self.paid_before.items()},
            adjudicated={layer: (settled[rows], paid[rows]) for layer, (settled, paid) in self.adjudicated.items()},
        )
