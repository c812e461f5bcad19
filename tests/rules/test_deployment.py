"""What a deployment may choose by a parameter file alone: the fund as the central hospital describes it."""

import datetime as dt
from pathlib import Path

import pytest

from app.rules.parameters import Figures, load, shipped_files
from app.rules.reimbursement.bill import Bill, Working
from app.rules.reimbursement.layers import reimburse
from app.rules.reimbursement.outcome import limited_by, outcome, reasons

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "central-hospital.yaml"
DAY = dt.date(2018, 5, 20)


@pytest.fixture(scope="module")
def figures() -> Figures:
    return load(shipped_files(), EXAMPLE).on(DAY)


def fund(figures: Figures, total: int, paid_before: int = 0) -> Working:
    """The fund's working on a registered patient's bill of care that nothing before it covers. Fen."""
    bill = Bill("registered", "outpatient", "township", total, 0, figures.readings, major_disease=True)
    bill.paid_before = {"major_disease_fund": paid_before}
    (working,) = (each for each in reimburse(bill, figures).layers if each.layer == "major_disease_fund")
    return working


def test_the_fund_serves_only_a_bill_above_thirty_thousand(figures: Figures) -> None:
    refused, served = fund(figures, 30_000_00), fund(figures, 30_000_01)
    assert (outcome(refused), refused.base, refused.due, refused.paid) == ("nothing_due", 0, 0, 0)
    assert "bill_too_small" in [code for code, _, _ in reasons(refused)]
    # Civil relief pays 10 % of 30,000 and 80 % of the fen above, 3,000.01; the fund counts the 27,000.00 left.
    assert (outcome(served), served.base, served.paid) == ("paid", 27_000_00, 10_800_00)


def test_the_fund_pays_fifty_thousand_a_year_at_most(figures: Figures) -> None:
    # 1,000,000: relief 3,000 + 32,000 + 110,500 + 720,000 = 865,500; the fund counts 134,500 and owes
    # 12,000 + 10,000 + 84,500 x 60 % = 72,700.
    working = fund(figures, 1_000_000_00)
    assert (working.base, working.due, working.paid) == (134_500_00, 72_700_00, 50_000_00)
    assert limited_by(working) == "annual_limit"
    assert fund(figures, 1_000_000_00, paid_before=45_000_00).paid == 5_000_00


def test_without_that_file_neither_holds() -> None:
    shipped = load(shipped_files()).on(DAY)
    assert fund(shipped, 30_000_00).paid == 10_800_00
    assert fund(shipped, 1_000_000_00, paid_before=45_000_00).paid == 72_700_00
