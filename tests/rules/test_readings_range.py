"""The range over the readings: what brute force over all combinations finds, for a fraction of its work."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app.rules.parameters import Parameters, load, shipped_files
from app.rules.readings import QUESTIONS, Readings, with_chosen
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import LayerSequence, reimburse
from app.rules.reimbursement.readings_range import COMBINATIONS, readings_range
from app.schemas.requests.reimbursements import RangeRequest
from tests.support.grid import grid
from tests.support.random_bills import random_request

HOSPITAL = Path(__file__).parents[2] / "docs" / "examples" / "central-hospital.yaml"
SHIPPED = load(shipped_files())
ALL = [
    with_chosen(SHIPPED.period(0).readings, dict(zip(Readings._fields, chosen, strict=True)))
    for chosen in product(*(question["values"] for question in QUESTIONS))
]
SINGLE = 5
"""The layers of a single calculation."""

LARGE: dict[str, Any] = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered", "major_disease": True, "chronic_disease": True},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "300000.00", "in_scope": "270000.00"},
    "year_to_date": {
        "layers": {
            "critical_illness": {"base": "9000.00"},
            "civil_relief": {"base": "25000.00", "paid": "2500.00"},
            "major_disease_fund": {"base": "22500.00", "paid": "9000.00"},
            "supplementary_insurance": {"base": "25000.00", "paid": "6000.00"},
        },
    },
}
ABOVE_THE_TOWNSHIP: dict[str, Any] = LARGE | {"visit": {"kind": "outpatient", "facility_level": "city"}}


@pytest.fixture(scope="module", params=[None, HOSPITAL], ids=["shipped", "hospital"])
def parameters(request: pytest.FixtureRequest) -> Parameters:
    return load(shipped_files(), request.param)


def bills() -> Iterator[dict[str, Any]]:
    rng = random.Random("range of readings")
    yield LARGE
    yield ABOVE_THE_TOWNSHIP
    # What the insurer has paid by itself exceeds 90 % of the bill.
    yield LARGE | {"adjudicated": {"basic_insurance": "290000.00"}}
    for _ in range(12):
        yield {name: part for name, part in random_request(rng).items() if name != "readings"}


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Count the payments of a single layer."""
    paid: list[str] = []
    pay = LayerSequence.pay

    def counting(sequence: LayerSequence, layer: Any) -> None:
        paid.append(layer)
        pay(sequence, layer)

    with monkeypatch.context() as patched:
        patched.setattr(LayerSequence, "pay", counting)
        yield paid


def bill_of(body: dict[str, Any], parameters: Parameters) -> tuple[Bill, Any]:
    request = RangeRequest.model_validate(body)
    return request.to_bill(parameters), parameters.on(request.service_date)


def switches(readings: Readings, defaults: Readings) -> int:
    return sum(a != b for a, b in zip(readings, defaults, strict=True))


@grid("body", bills())
def test_the_range_is_what_all_combinations_give_one_by_one(parameters: Parameters, body: dict[str, Any]) -> None:
    bill, figures = bill_of(body, parameters)
    defaults = bill.readings
    found = readings_range(bill, figures)
    assert bill.readings == defaults

    owed: dict[Readings, int] = {}
    for readings in ALL:
        bill.readings = readings
        owed[readings] = int(reimburse(bill, figures, silent=True).out_of_pocket)
    assert found.default.out_of_pocket == owed[defaults]
    for extreme, amount in ((found.lowest, min(owed.values())), (found.highest, max(owed.values()))):
        assert extreme.out_of_pocket == amount == owed[extreme.readings]
        nearest = min(switches(readings, defaults) for readings, each in owed.items() if each == amount)
        assert switches(extreme.readings, defaults) == nearest
    assert found.alone == {
        (name, value): owed[with_chosen(defaults, {name: value})]
        for question in QUESTIONS
        for name, value in ((question["reading"], value) for value in question["values"])
        if value != getattr(defaults, name)
    }


def test_2592_combinations_are_covered() -> None:
    assert len(ALL) == COMBINATIONS == 2 * 3 * 3 * 3 * 2 * 3 * 2 * 2 * 2 == 2_592


def test_a_bill_of_300000_takes_less_than_twenty_single_calculations(monkeypatch: pytest.MonkeyPatch) -> None:
    bill, figures = bill_of(LARGE, SHIPPED)
    with counted(monkeypatch) as paid:
        readings_range(bill, figures)
    assert len(paid) < 20 * SINGLE


@grid("body", bills())
def test_any_bill_takes_less_than_fifty_single_calculations(
    parameters: Parameters, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    bill, figures = bill_of(body, parameters)
    with counted(monkeypatch) as paid:
        readings_range(bill, figures)
    assert len(paid) < 50 * SINGLE
