"""The facts of a bill (or of a column of bills alike in kind), and what a layer makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.rules.money import Fen, Truth
from app.rules.readings import DEFAULT, Readings
from app.rules.registration import BENEFITS, Registration
from app.rules.schedule import Tier

Kind = Literal["inpatient", "outpatient", "home_bed"]
FacilityLevel = Literal["village", "township", "county", "city", "in_region", "out_of_region"]
Layer = Literal["basic_insurance", "critical_illness", "civil_relief", "major_disease_fund", "supplementary_insurance"]
Adjudicable = Literal["basic_insurance", "critical_illness"]
Limit = Literal["annual_limit", "ceiling", "remaining_cost", "fund_exhausted"]
Reason = tuple[str, str | None, tuple[tuple[str, int], ...]]
"""A code, the figure it speaks of where its source is a figure's, and the operands of its sentence.

Operands named in RATES are in basis points, all others in fen.
"""
RATES = frozenset({"points", "rate"})

LAYERS: tuple[Layer, ...] = get_args(Layer)
ADJUDICABLE: tuple[Adjudicable, ...] = get_args(Adjudicable)
AWAY: tuple[FacilityLevel, ...] = ("in_region", "out_of_region")
CLINICS: tuple[FacilityLevel, ...] = ("village", "township")


@dataclass(slots=True)
class Bill:
    """What the rules know of a bill. Amounts in fen.

    What decides which rule applies is one value for all bills of a column; amounts, and the flags that only choose
    between two amounts, may be columns.
    """

    registration: Registration
    kind: Kind
    facility_level: FacilityLevel
    total: Fen
    in_scope: Fen
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
    """What each layer's schedule has counted in the year so far."""
    paid_before: Mapping[Layer, Fen] = field(default_factory=dict)
    """What each layer has paid in the year so far."""
    adjudicated: Mapping[Layer, tuple[Truth, Fen]] = field(default_factory=dict)
    """Whether the insurer has settled a layer already, and at how much (0 where not)."""
    fund_left: Fen | None = None
    """What the major-disease fund still holds for everybody together; None where no purse is kept."""
    readings: Readings = DEFAULT
    poor: bool = field(init=False)
    """Whether the patient gets the benefits of the registered poor."""

    def __post_init__(self) -> None:
        """Read the patient's standing off the status."""
        self.poor = BENEFITS[self.registration]

    def before(self, layer: Layer) -> Fen:
        """What the layer's schedule has counted before this bill; nothing where each bill counts alone (R5)."""
        counted = self.counted_before.get(layer, 0)
        if isinstance(counted, int) and counted == 0:
            return 0
        return 0 if self.readings.accumulation == "per_bill" else counted


class ReasonLog:
    """The reasons a rule gives while it works."""

    __slots__ = ("reasons",)

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def because(self, code: str, figure: str | None = None, **operands: Fen) -> None:
        """Note a reason: its code, the figure it speaks of, the operands of its sentence."""
        self.reasons.append((code, figure, tuple(operands.items()) if operands else ()))  # type: ignore[arg-type]

    def because_if(
        self, condition: Truth, when_true: str, when_false: str | None = None, figure: str | None = None
    ) -> None:
        """Note the reason that the condition decides, none where it has none; `figure` is what it is compared with."""
        if condition:
            self.because(when_true)
        elif when_false is not None:
            self.because(when_false, figure)


class NoReasonLog(ReasonLog):
    """Takes notes of nothing: for columns, and where only the amounts are asked for."""

    __slots__ = ()

    def because(self, code: str, figure: str | None = None, **operands: Fen) -> None:
        """Note nothing."""

    def because_if(
        self, condition: Truth, when_true: str, when_false: str | None = None, figure: str | None = None
    ) -> None:
        """Note nothing."""


NO_REASONS = NoReasonLog()


@dataclass(slots=True)
class Working:
    """One layer's whole working: every operand of its sum, kept as data. Fen.

    The layer's rule gives what it counts and what its schedule owes; the fold in layers.py fills in what is paid.
    """

    layer: Layer
    base: Fen = 0
    """What of the bill the layer counts."""
    tiers: Sequence[Tier] = ()
    due: Fen = 0
    """What the schedule owes: the sum of the tiers, before any limit."""
    before: Fen = 0
    """What the schedule had counted in the year before."""
    limit: int | None = None
    paid_before: Fen = 0
    deductible: Fen | None = None
    eligible: bool = True
    given: Truth = False
    """Whether the insurer has settled the layer already."""
    annual_room: Fen | None = None
    """What the layer's limit still allows; None without a limit."""
    ceiling_room: Fen | None = None
    """What the ceiling on all layers together still allows (R13); None without one."""
    budget: Fen | None = None
    """What the payer still holds for everybody together; None where no purse is kept."""
    remaining: Fen = 0
    """What was left to pay when the layer's turn came."""
    paid: Fen = 0
    left: Fen = 0
    """The bill less all paid so far, this layer included."""
    reasons: Sequence[Reason] = ()
    read: tuple[str, ...] = ()
    """The names of the figures that the layer read."""
