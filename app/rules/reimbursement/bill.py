"""The facts of a bill (or of a column of bills alike in kind), and what a layer makes of them."""

from collections.abc import Mapping
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
Limit = Literal["annual_limit", "ceiling", "remaining_cost"]
Operand = int | str

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
    readings: Readings = DEFAULT

    @property
    def poor(self) -> bool:
        """Whether the patient gets the benefits of the registered poor."""
        return BENEFITS[self.registration]

    def before(self, layer: Layer) -> Fen:
        """What the layer's schedule has counted before this bill; nothing where each bill counts alone (R5)."""
        if self.readings.accumulation == "per_bill":
            return 0
        return self.counted_before.get(layer, 0)


class Notes:
    """The reasons a rule gives while it works: a code, and the operands its sentence is made from."""

    __slots__ = ("reasons",)

    def __init__(self) -> None:
        self.reasons: list[tuple[str, dict[str, Operand]]] = []

    def because(self, code: str, **operands: Fen | str) -> None:
        """Note a reason; amounts among the operands are in fen, rates are written out."""
        self.reasons.append((code, operands))  # type: ignore[arg-type]

    def because_if(self, condition: Truth, when_true: str, when_false: str | None = None) -> None:
        """Note the reason that the condition decides; none where it has none."""
        code = when_true if condition else when_false
        if code is not None:
            self.because(code)


class Silence(Notes):
    """Takes notes of nothing: for columns, and where only the amounts are asked for."""

    __slots__ = ()

    def because(self, code: str, **operands: Fen | str) -> None:
        """Note nothing."""

    def because_if(self, condition: Truth, when_true: str, when_false: str | None = None) -> None:
        """Note nothing."""


@dataclass(slots=True)
class Counted:
    """What a layer's rule makes of a bill: the base, its tiers and what they give, before any limit. Fen."""

    base: Fen
    tiers: list[Tier]
    due: Fen
    before: Fen = 0
    limit: int | None = None
    paid_before: Fen = 0
    deductible: Fen | None = None


@dataclass(slots=True)
class Working:
    """One layer's whole working: every operand of its sum, kept as data. Fen.

    `annual_room` and `ceiling_room` are None where no such limit applies; `remaining` is what was left to pay.
    """

    layer: Layer
    eligible: bool
    given: Truth
    base: Fen
    before: Fen
    deductible: Fen | None
    tiers: list[Tier]
    due: Fen
    annual_room: Fen | None
    ceiling_room: Fen | None
    remaining: Fen
    paid: Fen
    left: Fen
    reasons: list[tuple[str, dict[str, Operand]]]
    read: tuple[str, ...]
