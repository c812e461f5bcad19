"""The range over the readings: what brute force over all combinations finds, for a fraction of its work."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from app.presenters.range import range_answer
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.parameters import Parameters, load, shipped_files
from app.rules.readings import QUESTIONS, Readings, with_chosen
from app.rules.reimbursement import chronic_guarantee
from app.rules.reimbursement.bill import Bill
from app.rules.reimbursement.layers import ORDER, reimburse
from app.rules.reimbursement.readings_range import COMBINATIONS, readings_range
from app.rules.reimbursement.terms import Terms
from app.schemas.requests.reimbursements import RangeRequest
from tests.support.grid import grid
from tests.support.random_bills import random_request
from tests.support.scale import scaled

HOSPITAL = Path(__file__).parents[2] / "docs" / "examples" / "central-hospital.yaml"
SHIPPED = load(shipped_files())
PRESENTER = ReimbursementPresenter(SHIPPED)
ALL = [
    with_chosen(SHIPPED.period(0).readings, dict(zip(Readings._fields, chosen, strict=True)))
    for chosen in product(*(question["values"] for question in QUESTIONS))
]
GUARANTEES = 8
"""Three readings of the guarantee in each of two orders, those that it uses, and the default."""

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
    for _ in range(scaled(4, 12)):
        yield {name: part for name, part in random_request(rng).items() if name != "readings"}


def uncovered(rng: random.Random) -> dict[str, Any]:
    """A bill of city outpatients, not covered, on which every reading bears: the most work that there is."""
    past = {layer: {"base": str(rng.randint(0, 90_000)), "paid": str(rng.randint(0, 80_000))} for layer in ORDER}
    total = rng.randint(50_000, 900_000)
    bill = {"total": str(total), "in_scope": str(rng.randint(0, total))}
    return ABOVE_THE_TOWNSHIP | {"bill": bill, "year_to_date": {"layers": past}}


def instructions(work: Callable[[], object]) -> int:
    """Count the instructions of the interpreter: work that no other process disturbs."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def single_calls(body: dict[str, Any]) -> float:
    """Tell how many calls for a single bill cost as much as one for its range, what is kept by both apart."""
    request = RangeRequest.model_validate(body)
    day, bill = request.service_date, request.to_bill(SHIPPED)

    def single() -> object:
        return PRESENTER.answer(day, bill, "zh")

    def whole_range() -> object:
        return range_answer(PRESENTER, day, bill, "zh")

    for work in (single, whole_range):
        work()
    return instructions(whole_range) / instructions(single)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count what is paid by layers and by the guarantee, for a single amount and for a column of amounts."""
    paid: Counter[str] = Counter()
    pay_for, top_up = Terms.pay_for, chronic_guarantee.top_up

    def counting(terms: Terms, before: Any, base: Any) -> Any:
        paid["layer" if isinstance(base, int) else "column"] += 1
        return pay_for(terms, before, base)

    def counting_guarantee(*arguments: Any) -> Any:
        paid["guarantee"] += 1
        return top_up(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Terms, "pay_for", counting)
        patched.setattr(chronic_guarantee, "top_up", counting_guarantee)
        yield paid


def bill_of(body: dict[str, Any], parameters: Parameters) -> tuple[Bill, Any]:
    request = RangeRequest.model_validate(body)
    return request.to_bill(parameters), parameters.on(request.service_date)


def switches(readings: Readings, defaults: Readings) -> int:
    return sum(a != b for a, b in zip(readings, defaults, strict=True))


@pytest.mark.slow
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


def test_a_bill_of_300000_takes_less_than_twenty_single_calls() -> None:
    assert single_calls(LARGE) < 20


@pytest.mark.lengthy
def test_any_bill_takes_less_than_fifty_single_calls() -> None:
    rng = random.Random("fifty")
    for body in [*bills(), *(uncovered(rng) for _ in range(scaled(12, 500)))]:
        assert single_calls(body) < 50, body


def test_no_layer_is_paid_by_columns_of_combinations(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random("no columns")
    for body in [*bills(), *(uncovered(rng) for _ in range(scaled(60, 3_000)))]:
        bill, figures = bill_of(body, SHIPPED)
        with counted(monkeypatch) as paid:
            readings_range(bill, figures)
        assert paid["column"] == 0, body
        assert paid["guarantee"] <= GUARANTEES, body
