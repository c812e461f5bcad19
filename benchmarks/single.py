"""One bill in process: microseconds to validate, to calculate, to explain."""

import time
from collections.abc import Callable
from statistics import median

import orjson
from pydantic import TypeAdapter

from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.reimbursement.layers import reimburse
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.settings import Settings, load_parameters
from benchmarks.bills import NAMES, request_body
from benchmarks.report import heading, table

REPEATS = 40
CALLS = 150
"""In a repeat."""

_REQUEST: TypeAdapter[ReimbursementRequest] = TypeAdapter(ReimbursementRequest)


def run() -> None:
    """Measure each step of each bill, and all together."""
    heading(
        "One bill in process: µs, least and median",
        f"{REPEATS} repeats of {CALLS} calls; the explanation includes its own calculation",
    )
    presenter = ReimbursementPresenter(load_parameters(Settings()))
    rows: list[list[str]] = []
    for name in NAMES:
        steps = _steps(request_body(name), presenter)
        rows.extend([name if not number else "", step, *_measure(work)] for number, (step, work) in enumerate(steps))
    table(["bill", "step", "least", "median"], rows)


def _steps(body: bytes, presenter: ReimbursementPresenter) -> list[tuple[str, Callable[[], object]]]:
    request = _REQUEST.validate_json(body)
    day = request.service_date
    bill = request.to_bill(presenter.parameters)
    figures = presenter.parameters.on(day)

    def everything() -> bytes:
        parsed = _REQUEST.validate_json(body)
        return orjson.dumps(presenter.answer(parsed.service_date, parsed.to_bill(presenter.parameters), "zh"))

    return [
        ("validate", lambda: _REQUEST.validate_json(body)),
        ("calculate, amounts only", lambda: reimburse(bill, figures, silent=True)),
        ("calculate, with reasons", lambda: reimburse(bill, figures)),
        ("calculate and explain, as JSON", lambda: orjson.dumps(presenter.answer(day, bill, "zh"))),
        ("all, from JSON to JSON", everything),
    ]


def _measure(work: Callable[[], object]) -> tuple[str, str]:
    """Return the least and the median microseconds of a call."""
    microseconds = []
    for _ in range(REPEATS + 1):
        begun = time.perf_counter()
        for _ in range(CALLS):
            work()
        microseconds.append((time.perf_counter() - begun) / CALLS * 1_000_000)
    del microseconds[0]  # the warm-up
    return f"{min(microseconds):.1f}", f"{median(microseconds):.1f}"
