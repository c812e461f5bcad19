"""The figures of the clauses and the base figures; those that a deployment may set stand in `Figures`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from tests.support.reimbursement_oracle.amounts import fen

BASIC, CRITICAL = "basic_insurance", "critical_illness"
RELIEF, FUND, SUPPLEMENTARY = "civil_relief", "major_disease_fund", "supplementary_insurance"
LAYERS = (BASIC, CRITICAL, RELIEF, FUND, SUPPLEMENTARY)

ORDER: dict[str, list[str]] = {  # R14
    "relief_first": [BASIC, CRITICAL, RELIEF, FUND, SUPPLEMENTARY],
    "insurance_first": [BASIC, CRITICAL, SUPPLEMENTARY, RELIEF, FUND],
}

READINGS: dict[str, tuple[str, ...]] = {  # the first of each is the one that ships
    "band_rates": ("marginal", "whole_amount"),  # R1
    "remaining_cost": ("whole_bill", "in_scope", "relief_in_scope"),  # R2
    "general_relief": ("first_band", "whole_then_bands", "parallel"),  # R3
    "accumulation": ("calendar_year", "per_bill", "relief_and_fund_per_bill"),  # R5
    "supplementary_limit": ("calendar_year", "per_bill"),  # R6
    "chronic_floor": ("clinic_outpatient", "outpatient", "all_care"),  # R8
    "uncovered_care": ("not_served", "served"),  # R21
    "ceiling": ("none", "ninety_percent"),  # R13
    "layer_order": ("relief_first", "insurance_first"),  # R14
}
DEFAULT_READINGS = {name: values[0] for name, values in READINGS.items()}

FIRST_DAY = "2017-01-01"
FIRST_DAY_AFTER = "2019-01-01"
"""The first day for which the figures are carried forward."""

POOR = {"none": False, "registered": True, "exited_with_policy": True, "exited_without_policy": False}  # R10

CLINICS = ("village", "township")
OWN_CITY = ("village", "township", "county", "city")
AWAY = ("in_region", "out_of_region")


class Band(NamedTuple):
    """A band: its lower bound excluded, its upper included (fen), and its rate (basis points)."""

    above: int
    up_to: int | None
    rate_bp: int


Bands = tuple[Band, ...]


def bands(*rows: tuple[int, int | None, int]) -> Bands:
    """Bands written in yuan and per cent."""
    return tuple(
        Band(above * 100, None if up_to is None else up_to * 100, per_cent * 100) for above, up_to, per_cent in rows
    )


POINTS_FOR_THE_POOR_BP = 500  # 七.1.(3): basic insurance of a stay, each band of critical illness

_CITY = bands((0, 30_000, 65), (30_000, 70_000, 70), (70_000, 200_000, 75), (200_000, None, 80))
STAY_BANDS = {
    "village": bands((0, None, 90)),
    "township": bands((0, None, 90)),
    "county": bands((0, None, 75)),
    "city": _CITY,
    "in_region": _CITY,
    "out_of_region": _CITY,
}
STAY_DEDUCTIBLE = {
    level: fen(amount)
    for level, amount in {
        "village": 200,
        "township": 200,
        "county": 400,
        "city": 1_200,
        "in_region": 1_200,
        "out_of_region": 1_200,
    }.items()
}
LESS_ON_A_LATER_STAY = fen(100)
FIRST_PAID_BP = {"in_region": 1_500, "out_of_region": 2_000}
CLINIC_RATE_BP = {False: 7_000, True: 8_000}  # 七.1.(3): the ordinary patient's, the poor's
BASIC_ANNUAL_LIMIT = fen(160_000)

CRITICAL_BANDS = bands((14_000, None, 60))
CRITICAL_ANNUAL_LIMIT = fen(500_000)  # of an ordinary patient

GENERAL_RELIEF_BP = 1_000  # 七.1.(3), last sentence
BANDS_ABOVE_30_000 = bands((30_000, 70_000, 80), (70_000, 200_000, 85), (200_000, None, 90))  # 七.1.(4)
RELIEF_BANDS = bands((0, 30_000, 10)) + BANDS_ABOVE_30_000  # R3: first_band

FUND_BANDS = bands((0, 30_000, 40), (30_000, 50_000, 50), (50_000, None, 60))  # 七.1.(5)

SUPPLEMENTARY_BANDS = bands(  # 七.1.(6)
    (0, 10_000, 0), (10_000, 30_000, 40), (30_000, 50_000, 50), (50_000, 70_000, 60), (70_000, None, 70)
)
SUPPLEMENTARY_LIMIT = fen(80_000)
LUMP_SUM = fen(20_000)  # 七.1.(6): accidental injury with disability

FLOOR_BP = 9_000  # 七.1.(7)
CEILING_BP = 9_000  # R13

ReliefLimits = Sequence[tuple[int, int]]
"""Limits by the bill's total: (above which total, how much a year), in fen."""


@dataclass(frozen=True)
class Figures:
    """What a deployment's parameter file may set, each by the first day on which it holds; money in fen."""

    registered_threshold_share: Mapping[str, Fraction] = field(
        default_factory=lambda: {FIRST_DAY: Fraction(1), "2019-01-01": Fraction(1, 2)}
    )
    registered_annual_limit: Mapping[str, int | None] = field(
        default_factory=lambda: {FIRST_DAY: fen(500_000), "2019-01-01": None}
    )
    relief_annual_limit: Mapping[str, ReliefLimits] = field(default_factory=lambda: {FIRST_DAY: ()})
    fund_smallest_bill: Mapping[str, int] = field(default_factory=lambda: {FIRST_DAY: 0})
    fund_annual_limit: Mapping[str, int | None] = field(default_factory=lambda: {FIRST_DAY: None})


SHIPPED = Figures()
