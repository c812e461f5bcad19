"""What a deployment may choose by a parameter file alone: the rules as the central hospital describes them."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from app.rules.parameters import Figures, load, shipped_files
from app.rules.readings import with_chosen
from app.rules.reimbursement.bill import LAYERS, Bill
from app.rules.reimbursement.layers import reimburse
from app.rules.reimbursement.outcome import limited_by, outcome, reasons
from app.rules.reimbursement.terms import Working
from tests.support.grid import grid

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "central-hospital.yaml"
DAY = dt.date(2018, 5, 20)


SHIPPED = load(shipped_files())
HOSPITAL = load(shipped_files(), EXAMPLE)


@pytest.fixture(scope="module")
def figures() -> Figures:
    return HOSPITAL.on(DAY)


def fund(figures: Figures, total: int, paid_before: int = 0) -> Working:
    """The fund's working on a registered patient's bill that nothing before it covers, by the shipped readings. Fen."""
    readings = SHIPPED.on(DAY).readings
    bill = Bill("registered", "outpatient", "township", total, 0, readings, major_disease=True)
    bill.paid_before = {"major_disease_fund": paid_before}
    (working,) = (each for each in reimburse(bill, figures).layers if each.layer == "major_disease_fund")
    return working


def relief(figures: Figures, total: int, paid_before: int) -> Working:
    """The relief's working on a stay of which nothing is in scope, with the general relief beside the bands. Fen."""
    readings = with_chosen(SHIPPED.on(DAY).readings, {"general_relief": "parallel"})
    bill = Bill("registered", "inpatient", "city", total, 0, readings)
    bill.paid_before = {"civil_relief": paid_before}
    (working,) = (each for each in reimburse(bill, figures).layers if each.layer == "civil_relief")
    return working


def test_the_fund_serves_only_a_bill_above_thirty_thousand(figures: Figures) -> None:
    refused, served = fund(figures, 30_000_00), fund(figures, 30_000_01)
    assert (outcome(refused), refused.base, refused.due, refused.paid) == ("nothing_due", 0, 0, 0)
    assert "bill_too_small" in [code for code, _, _ in reasons(refused)]
    # Civil relief pays 10 % of 30,000 and 80 % of the fen above, 3,000.01; the fund counts the 27,000.00 left.
    assert (outcome(served), served.base, served.paid) == ("paid", 27_000_00, 10_800_00)


def test_the_fund_pays_fifty_thousand_a_year_at_most(figures: Figures) -> None:
    # 1,000,000: relief pays 100,000 at most; the fund counts 900,000 and owes 12,000 + 10,000 + 850,000 x 60 %.
    working = fund(figures, 1_000_000_00)
    assert (working.base, working.due, working.paid) == (900_000_00, 532_000_00, 50_000_00)
    assert limited_by(working) == "annual_limit"
    assert fund(figures, 1_000_000_00, paid_before=45_000_00).paid == 5_000_00


def test_without_that_file_neither_holds() -> None:
    shipped = SHIPPED.on(DAY)
    assert fund(shipped, 30_000_00).paid == 10_800_00
    # Relief 3,000 + 32,000 + 110,500 + 720,000 = 865,500; the fund owes 12,000 + 10,000 + 84,500 x 60 % = 72,700.
    assert fund(shipped, 1_000_000_00, paid_before=45_000_00).paid == 72_700_00


def test_relief_has_a_yearly_limit_that_the_bills_total_picks(figures: Figures) -> None:
    # 30,000 x 10 % = 3,000, of 10,000 a year; a fen more in all, and 100,000 a year hold.
    small, large = relief(figures, 30_000_00, 9_500_00), relief(figures, 30_000_01, 9_500_00)
    assert (small.due, small.paid, limited_by(small)) == (3_000_00, 500_00, "annual_limit")
    assert small.base == 30_000_00, "what the year carries forward stays uncut"
    assert [code for code, _, _ in reasons(small)][-1] == "cut_to_annual_limit"
    assert (large.due, large.paid, limited_by(large)) == (3_000_01, 3_000_01, None)
    used_up = relief(figures, 30_000_00, 12_000_00)
    assert (used_up.paid, limited_by(used_up)) == (0, "annual_limit")
    assert relief(SHIPPED.on(DAY), 30_000_00, 9_500_00).paid == 3_000_00


def test_the_limit_by_total_holds_for_columns_as_for_single_bills(figures: Figures) -> None:
    totals = [10_000_00, 30_000_00, 30_000_01, 400_000_00]
    column = relief(figures, np.array(totals), np.array([9_500_00] * len(totals)))  # type: ignore[arg-type]
    assert np.asarray(column.paid).tolist() == [relief(figures, total, 9_500_00).paid for total in totals]


@grid(
    ("day", "expected"),
    [
        # Basic 58,580 and critical illness 4,823 leave 36,597. Supplementary 8,000 + 6,597 x 50 % = 11,298.50.
        # 2017, relief first: 3,000 + 6,597 x 80 % = 8,277.60; fund 28,319.40 x 40 % = 11,327.76; of the 90,000 that
        # all may pay, 6,991.64 are left to supplementary insurance.
        (
            "2017-05-20",
            (8_277_60, 11_327_76, 6_991_64),
        ),
        # 2018, supplementary first: relief 25,298.50 x 10 %, fund 22,768.65 x 40 %.
        (
            "2018-05-20",
            (2_529_85, 9_107_46, 11_298_50),
        ),
    ],
)
def test_a_stay_by_the_whole_file(day: str, expected: tuple[int, int, int]) -> None:
    figures = HOSPITAL.on(dt.date.fromisoformat(day))
    bill = Bill("registered", "inpatient", "city", 100_000_00, 80_000_00, figures.readings, major_disease=True)
    paid = {working.layer: working.paid for working in reimburse(bill, figures).layers}
    upper = dict(zip(("civil_relief", "major_disease_fund", "supplementary_insurance"), expected, strict=True))
    assert paid == {"basic_insurance": 58_580_00, "critical_illness": 4_823_00} | upper


def test_by_the_whole_file_relief_and_fund_count_each_stay_and_supplementary_insurance_the_year() -> None:
    figures = HOSPITAL.on(dt.date(2017, 5, 20))
    bill = Bill("registered", "inpatient", "city", 40_000_00, 0, figures.readings, major_disease=True)
    bill.counted_before = dict.fromkeys(LAYERS, 30_000_00)
    before = {working.layer: working.before for working in reimburse(bill, figures).layers}
    assert (before["civil_relief"], before["major_disease_fund"]) == (0, 0)
    assert before["supplementary_insurance"] == 30_000_00


def test_what_the_hospital_says_is_cited_as_undated() -> None:
    for name in ("major_disease_fund.annual_limit", "civil_relief.annual_limit", "readings.ceiling"):
        dated = HOSPITAL.on(DAY).in_force[name]
        assert (dated.document, dated.basis, dated.dated) == ("central-hospital.yaml", "local_source", False)
