"""The facts of a bill, or of a column of similar bills, and the working of each layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.rules.money import Fen, Truth
from app.rules.readings import Accumulation, Readings
from app.rules.registration import BENEFITS, Registration
from app.rules.schedule import Bands, Tier

Kind = Literal["inpatient", "outpatient", "home_bed"]
FacilityLevel = Literal["village", "township", "county", "city", "in_region", "out_of_region"]
Layer = Literal["basic_insurance", "critical_illness", "civil_relief", "major_disease_fund", "supplementary_insurance"]
Adjudicable = Literal["basic_insurance", "critical_illness"]
Limit = Literal["annual_limit", "ceiling", "remaining_cost", "fund_exhausted"]
Reason = tuple[str, str | None, tuple[tuple[str, int], ...]]
"""A code, the name of the figure that it cites if any, and the operands of its sentence.

Operands named in RATES are in basis points, all others in fen.
"""
RATES = frozenset({"points", "rate", "less"})
OF_FIGURES = RATES | {"full", "lowered", "up_to", "smallest", "limit", "threshold"}
"""The operands that follow from the figures in force and not from the bill."""

LAYERS: tuple[Layer, ...] = get_args(Layer)
ADJUDICABLE: tuple[Adjudicable, ...] = get_args(Adjudicable)
AWAY: tuple[FacilityLevel, ...] = ("in_region", "out_of_region")
CLINICS: tuple[FacilityLevel, ...] = ("village", "township")
IN_THE_CITY: tuple[FacilityLevel, ...] = ("village", "township", "county", "city")

EACH_BILL_ALONE: dict[Accumulation, tuple[Layer, ...]] = {
    "calendar_year": (),
    "per_bill": ("civil_relief", "major_disease_fund", "supplementary_insurance"),
    "relief_and_fund_per_bill": ("civil_relief", "major_disease_fund"),
}
"""The layers that count each bill alone, by the reading R5; the others count the calendar year together."""


@dataclass(slots=True)
class Bill:
    """The facts of a bill that the rules use. Amounts in fen.

    The facts that decide which rule applies are one value for all bills of a column. Amounts, and flags that choose
    only between two amounts, may be columns.
    """

    registration: Registration
    kind: Kind
    facility_level: FacilityLevel
    total: Fen
    in_scope: Fen
    readings: Readings
    """The answers to the open questions: those of a request, and for the others the defaults in force on the day."""
    major_disease: bool = False
    chronic_disease: Truth = False
    accident_disability: Truth = False
    unreferred: bool = False
    """Care outside the city without referral, and no emergency."""
    readmitted: Truth = False
    """Not the first admission of the calendar year."""
    readmitted_at_level: Truth = False
    """Not the first admission of the calendar year at this facility level."""
    counted_before: Mapping[Layer, Fen] = field(default_factory=dict)
    """The base that each layer's schedule has counted in the year so far."""
    paid_before: Mapping[Layer, Fen] = field(default_factory=dict)
    """The amount that each layer has paid in the year so far."""
    adjudicated: Mapping[Layer, tuple[Truth, Fen]] = field(default_factory=dict)
    """Whether the insurer has already settled a layer, and the amount it paid (0 where not)."""
    fund_left: Fen | None = None
    """The rest of the major-disease fund's budget for all patients; None where no budget is set."""
    poor: bool = field(init=False)
    """Whether the patient gets the benefits of the registered poor."""

    def __post_init__(self) -> None:
        """Derive `poor` from the registration."""
        self.poor = BENEFITS[self.registration]

    def before(self, layer: Layer) -> Fen:
        """Return the base that the layer counted in the year before this bill; 0 where each bill counts alone (R5)."""
        counted = self.counted_before.get(layer, 0)
        if isinstance(counted, int) and counted == 0:
            return 0
        return 0 if layer in EACH_BILL_ALONE[self.readings.accumulation] else counted


NOT_ADJUDICATED: tuple[Truth, Fen] = (False, 0)
"""A layer that the insurer has not settled: what stands in place of an entry of `Bill.adjudicated`."""


class ReasonLog:
    """The reasons that a rule gives while it calculates."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Reason] = []

    def add(self, code: str, figure: str | None = None, **operands: Fen) -> None:
        """Record a reason: its code, the figure that it cites, the operands of its sentence."""
        self.entries.append((code, figure, tuple(operands.items()) if operands else ()))  # type: ignore[arg-type]

    def add_either(
        self, condition: Truth, when_true: str, when_false: str | None = None, figure: str | None = None
    ) -> None:
        """Record the reason for the outcome of a condition; `figure` is what `when_false` cites."""
        if condition:
            self.add(when_true)
        elif when_false is not None:
            self.add(when_false, figure)


class NoReasonLog(ReasonLog):
    """Records nothing: for columns, and where only the amounts are needed."""

    __slots__ = ()

    def add(self, code: str, figure: str | None = None, **operands: Fen) -> None:
        """Record nothing."""

    def add_either(
        self, condition: Truth, when_true: str, when_false: str | None = None, figure: str | None = None
    ) -> None:
        """Record nothing."""


NO_REASONS = NoReasonLog()


@dataclass(slots=True)
class Working:
    """The working of one layer: every operand of its calculation as data. Fen.

    The layer's rule fills in the base and the amount due; the sequence in layers.py fills in what is paid.
    """

    layer: Layer
    base: Fen = 0
    """The part of the bill that the layer counts."""
    tiers: Sequence[Tier] = ()
    due: Fen = 0
    """The amount that the schedule gives: the sum of the tiers, before any limit."""
    before: Fen = 0
    """The base that the schedule counted in the year before this bill."""
    bands: Bands = ()
    """The schedule."""
    limit: Fen | None = None
    limit_figure: str = ""
    """The name of the figure that is the limit."""
    paid_before: Fen = 0
    """The amount that the layer has paid in the year so far, where it counts towards the limit."""
    deductible: Fen | None = None
    eligible: bool = True
    adjudicated: Truth = False
    """Whether the insurer has already settled the layer."""
    annual_room: Fen | None = None
    """The rest of the layer's limit; None without a limit."""
    ceiling_room: Fen | None = None
    """The rest of the ceiling on all layers together (R13); None without a ceiling."""
    budget: Fen | None = None
    """The rest of the payer's budget for all patients; None where no budget is set."""
    remaining: Fen = 0
    """The amount still unpaid when the layer's turn came."""
    paid: Fen = 0
    left: Fen = 0
    """The bill less everything paid so far, this layer included."""
    reasons: Sequence[Reason] = ()
    read: tuple[str, ...] = ()
    """The names of the figures that the layer read."""
