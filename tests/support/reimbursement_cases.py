"""Bills that are short to write, and the parts of the oracle's answer that are short to compare."""

from typing import Any

from tests.support.reimbursement_oracle import FUND, RELIEF, SUPPLEMENTARY, Figures, fen, yuan

Json = dict[str, Any]

SICK = {"registration": "registered", "major_disease": True}
POOR = {"registration": "registered"}
CHRONIC = {"registration": "registered", "chronic_disease": True}
OTHER = {"registration": "none"}


def bill(total: int | str, in_scope: int | str | None = None, **parts: Any) -> Json:
    """A city inpatient's bill of May 2018, all in scope, of a registered patient with a major disease."""
    return {
        "service_date": "2018-05-20",
        "patient": SICK,
        "visit": {"kind": "inpatient", "facility_level": "city"},
        "bill": {"total": str(total), "in_scope": str(total if in_scope is None else in_scope)},
    } | parts


def after(basic: int | str, total: int | str, in_scope: int | str | None = None, **parts: Any) -> Json:
    """A bill of which basic insurance has paid so much and critical illness nothing."""
    return bill(total, in_scope, adjudicated={"basic_insurance": str(basic), "critical_illness": "0"}, **parts)


def visit(kind: str, level: str, **more: bool) -> Json:
    return {"kind": kind, "facility_level": level} | more


def year(**layers: tuple[int, int]) -> Json:
    """What the year has counted and paid, by layer, in yuan."""
    return {"layers": {name: {"base": str(base), "paid": str(paid)} for name, (base, paid) in layers.items()}}


def paid(answer: Json, *layers: str) -> tuple[str, ...]:
    return tuple(yuan(answer["layers"][layer]["paid"]) for layer in layers)


def printed(answer: Json, layer: str) -> list[tuple[str, str, str]]:
    """Of each line the rate in per cent, the amount and what it pays."""
    return [
        (str(tier["rate_bp"] // 100), yuan(tier["amount"]), yuan(tier["pays"]))
        for tier in answer["layers"][layer]["tiers"]
    ]


UPPER = (RELIEF, FUND, SUPPLEMENTARY)

LOCAL = Figures(
    relief_annual_limit={"2017-01-01": ((0, fen(10_000)), (fen(30_000), fen(100_000)))},
    fund_smallest_bill={"2017-01-01": fen(30_000)},
    fund_annual_limit={"2017-01-01": fen(50_000)},
)
"""What the city's central hospital says of relief and the fund."""
