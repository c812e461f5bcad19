"""A request, everything that it leaves out filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.reimbursement_oracle.amounts import fen, on_day
from tests.support.reimbursement_oracle.figures import (
    AWAY,
    CLINICS,
    DEFAULT_READINGS,
    LAYERS,
    POOR,
    READINGS,
    SHIPPED,
    Figures,
)

Json = dict[str, Any]

Defaults = Mapping[str, str | Mapping[str, str]]
"""Readings of a deployment: the value, or the values by the first day of each (the shipped one holds before)."""


@dataclass(frozen=True)
class Case:
    """One bill, with what its year has seen before it, and the readings and figures that hold; money in fen."""

    day: str
    poor: bool
    major_disease: bool
    chronic_disease: bool
    accident_disability: bool
    kind: str
    level: str
    unreferred: bool
    total: int
    in_scope: int
    admissions: int
    admissions_at_level: int
    counted_before: Mapping[str, int]
    paid_before: Mapping[str, int]
    adjudicated: Mapping[str, int]
    readings: Mapping[str, str]
    figures: Figures
    fund_left: int | None

    @property
    def stay(self) -> bool:
        """Whether it is an admission, or a home bed that is paid as one (七.1.(8): the poor's)."""
        return self.kind == "inpatient" or (self.kind == "home_bed" and self.poor)

    @property
    def clinic_visit(self) -> bool:
        """Whether it is an outpatient visit at a township or village."""
        return self.kind == "outpatient" and self.level in CLINICS


def readings_of(asked: Mapping[str, str | None] | None, defaults: Defaults | None, day: str) -> dict[str, str]:
    """The request's readings, else the deployment's of that day, else those that ship."""
    taken = dict(DEFAULT_READINGS)
    for name, value in (defaults or {}).items():
        dated = {"": taken[name], **({"": value} if isinstance(value, str) else value)}
        taken[name] = on_day(dated, day)
    taken.update({name: value for name, value in (asked or {}).items() if value is not None})
    for name, value in taken.items():
        if value not in READINGS[name]:
            raise ValueError(f"{name} has no value {value}")
    return taken


def read(
    request: Json, defaults: Defaults | None = None, figures: Figures | None = None, fund_left: int | None = None
) -> Case:
    """Read the body of `POST /v1/reimbursements`; what is missing or null has the contract's default."""
    patient, visit, bill = request["patient"], request["visit"], request["bill"]
    year = request.get("year_to_date") or {}
    by_layer = year.get("layers") or {}
    adjudicated = request.get("adjudicated") or {}

    def before(layer: str, what: str) -> int:
        return fen((by_layer.get(layer) or {}).get(what) or 0)

    def yes(of: Json, name: str, otherwise: bool = False) -> bool:
        value = of.get(name)
        return otherwise if value is None else bool(value)

    return Case(
        day=request["service_date"],
        poor=POOR[patient["registration"]],
        major_disease=yes(patient, "major_disease"),
        chronic_disease=yes(patient, "chronic_disease"),
        accident_disability=yes(patient, "accident_disability"),
        kind=visit["kind"],
        level=visit["facility_level"],
        unreferred=visit["facility_level"] in AWAY and not (yes(visit, "referred", True) or yes(visit, "emergency")),
        total=fen(bill["total"]),
        in_scope=fen(bill["in_scope"]),
        admissions=int(year.get("admissions") or 0),
        admissions_at_level=int(year.get("admissions_at_level") or 0),
        counted_before={layer: before(layer, "base") for layer in LAYERS},
        paid_before={layer: before(layer, "paid") for layer in LAYERS},
        adjudicated={layer: fen(amount) for layer, amount in adjudicated.items() if amount is not None},
        readings=readings_of(request.get("readings"), defaults, request["service_date"]),
        figures=SHIPPED if figures is None else figures,
        fund_left=fund_left,
    )
