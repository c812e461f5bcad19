"""Columns of bills and single bills obey the same text: they are equal, bill by bill."""

from typing import Any

import numpy as np
import pytest

from app.rules.parameters import NoPolicyInForceError, Parameters, load, shipped_files
from app.rules.readings import QUESTIONS, Readings, with_chosen
from app.rules.reimbursement import columns as columns_of_bills
from app.rules.reimbursement.bill import ADJUDICABLE, AWAY, LAYERS, Bill
from app.rules.reimbursement.columns import KINDS, LEVELS, REGISTRATIONS, BillColumns, reimburse_columns
from app.rules.reimbursement.layers import reimburse
from tests.support.scale import scaled

ROWS = scaled(3_000, 200_000)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load(shipped_files())


def random_columns(rows: int, seed: int) -> BillColumns:
    """Bills of every sort: all statuses, kinds, levels, flags and readings, amounts around every boundary."""
    rng = np.random.default_rng(seed)

    def amounts(most: float = 4e8) -> Any:
        anywhere = np.exp(rng.uniform(0, np.log(most), rows)).astype(np.int64)
        bounds = np.array([600, 1200, 10_000, 14_000, 30_000, 50_000, 70_000, 80_000, 160_000, 200_000, 500_000]) * 100
        near = rng.choice(bounds, rows) + rng.integers(-1, 2, rows)
        return np.where(rng.random(rows) < 0.3, near, anywhere)

    def flag(share: float) -> Any:
        return rng.random(rows) < share

    total = amounts() + 1
    in_scope = np.where(flag(0.2), total, (total * rng.random(rows)).astype(np.int64))
    basic = (total * rng.random(rows) * flag(0.2)).astype(np.int64)
    critical = ((total - basic) * rng.random(rows) * flag(0.2)).astype(np.int64)
    readmitted = flag(0.4)
    return BillColumns(
        service_date=np.datetime64("2017-01-01") + rng.integers(0, 2_000, rows),
        registration=rng.integers(0, len(REGISTRATIONS), rows).astype(np.int8),
        kind=rng.integers(0, len(KINDS), rows).astype(np.int8),
        facility_level=rng.integers(0, len(LEVELS), rows).astype(np.int8),
        total=total,
        in_scope=in_scope,
        major_disease=flag(0.5),
        chronic_disease=flag(0.5),
        accident_disability=flag(0.2),
        referred=flag(0.6),
        emergency=flag(0.3),
        readmitted=readmitted,
        readmitted_at_level=readmitted & flag(0.5),
        counted_before={layer: amounts() * flag(0.5) for layer in LAYERS},
        paid_before={layer: amounts() * flag(0.5) for layer in LAYERS},
        adjudicated={layer: (amount > 0, amount) for layer, amount in zip(ADJUDICABLE, (basic, critical), strict=True)},
        readings={
            question["reading"]: rng.integers(0, 1 + len(question["values"]), rows).astype(np.int8)
            for question in QUESTIONS
        },
    )


def one_of(bills: BillColumns, row: int, defaults: Readings) -> Bill:
    """Take one bill out of the columns; `defaults` are the readings in force on its day."""
    level = LEVELS[bills.facility_level[row]]
    chosen = {
        question["reading"]: (None, *question["values"])[bills.readings[question["reading"]][row]]
        for question in QUESTIONS
    }

    def true(flags: Any) -> bool:
        return bool(flags[row])

    return Bill(
        registration=REGISTRATIONS[bills.registration[row]],
        kind=KINDS[bills.kind[row]],
        facility_level=level,
        total=int(bills.total[row]),
        in_scope=int(bills.in_scope[row]),
        major_disease=true(bills.major_disease),
        chronic_disease=true(bills.chronic_disease),
        accident_disability=true(bills.accident_disability),
        unreferred=level in AWAY and not true(bills.referred) and not true(bills.emergency),
        readmitted=true(bills.readmitted),
        readmitted_at_level=true(bills.readmitted_at_level),
        counted_before={layer: int(column[row]) for layer, column in bills.counted_before.items()},
        paid_before={layer: int(column[row]) for layer, column in bills.paid_before.items()},
        adjudicated={
            layer: (bool(given[row]), int(amount[row])) for layer, (given, amount) in bills.adjudicated.items()
        },
        readings=with_chosen(defaults, chosen),
    )


@pytest.mark.slow
def test_columns_equal_single_bills_on_random_rows(parameters: Parameters) -> None:
    bills = random_columns(ROWS, seed=20180520)
    columns = reimburse_columns(bills, parameters, workings=True)
    days = bills.service_date.astype(object)
    together = {
        layer: list(
            zip(columns.base[layer].tolist(), columns.due[layer].tolist(), columns.paid[layer].tolist(), strict=True)
        )
        for layer in LAYERS
    }
    sums = list(
        zip(
            columns.guarantee.tolist(),
            columns.lump_sum.tolist(),
            columns.reimbursed.tolist(),
            columns.out_of_pocket.tolist(),
            strict=True,
        )
    )
    for row in range(ROWS):
        figures = parameters.on(days[row])
        single = reimburse(one_of(bills, row, figures.readings), figures, silent=True)
        for working in single.layers:
            assert (working.base, working.due, working.paid) == together[working.layer][row], (row, working.layer)
        expected = (single.guarantee or 0, single.lump_sum, single.reimbursed, single.out_of_pocket)
        assert expected == sums[row], row


def test_columns_left_out_are_zeros_and_defaults(parameters: Parameters) -> None:
    bills = random_columns(2_000, seed=7)
    facts = (bills.service_date, bills.registration, bills.kind, bills.facility_level, bills.total, bills.in_scope)
    bare = reimburse_columns(BillColumns(*facts), parameters)
    days = bills.service_date.astype(object)
    for row in range(len(bills)):
        bill = Bill(
            registration=REGISTRATIONS[bills.registration[row]],
            kind=KINDS[bills.kind[row]],
            facility_level=LEVELS[bills.facility_level[row]],
            total=int(bills.total[row]),
            in_scope=int(bills.in_scope[row]),
            readings=parameters.on(days[row]).readings,
        )
        single = reimburse(bill, parameters.on(days[row]), silent=True)
        assert single.out_of_pocket == bare.out_of_pocket[row]


def test_rows_in_several_parts_and_threads_are_paid_as_rows_in_one(
    parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = random_columns(2_000, seed=9)
    whole = reimburse_columns(bills, parameters)
    monkeypatch.setattr(columns_of_bills, "PART", 150)
    for threads in (1, 3):
        divided = reimburse_columns(bills, parameters, threads=threads)
        assert (divided.reimbursed == whole.reimbursed).all(), threads
        assert all((divided.paid[layer] == whole.paid[layer]).all() for layer in LAYERS), threads
        assert (divided.guarantee == whole.guarantee).all(), threads


def test_no_bills_are_no_rows(parameters: Parameters) -> None:
    for threads in (1, 2):
        assert len(reimburse_columns(random_columns(0, seed=8), parameters, threads=threads).reimbursed) == 0


def test_the_rules_of_bills_read_the_figures_of_their_own_files_alone(parameters: Parameters) -> None:
    """Periods in which these figures are the same are one to a column."""
    bills = random_columns(500, seed=11)
    days = bills.service_date.astype(object)
    for row in range(len(bills)):
        figures = parameters.on(days[row])
        single = reimburse(one_of(bills, row, figures.readings), figures)
        read = {*single.read, *(name for working in single.layers for name in working.read)}
        assert {name.partition(".")[0] for name in read} <= columns_of_bills.FILES


def test_facts_of_which_no_rule_makes_a_difference_part_no_cohort(parameters: Parameters) -> None:
    """Fewer cohorts are longer columns: an ordinary patient's bill that no layer pays is one cohort at any level."""
    bills = random_columns(500, seed=10)
    bills.registration[:] = REGISTRATIONS.index("none")
    bills.kind[:] = KINDS.index("home_bed")
    bills.service_date[:] = np.datetime64("2017-01-01") + np.arange(len(bills))
    bills.readings = {}
    _, groups = columns_of_bills.Cohorts(bills, parameters).sort(slice(0, 500))
    assert len(groups) == 1


def test_a_day_before_policy_is_no_day_for_a_column_either(parameters: Parameters) -> None:
    bills = random_columns(10, seed=8)
    bills.service_date[3] = np.datetime64("2016-12-31")
    with pytest.raises(NoPolicyInForceError):
        reimburse_columns(bills, parameters)
