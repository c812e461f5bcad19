"""The facts of a bill, or of a column of similar bills, and the reasons that the rules give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from app.rules.money import Fen, Truth
from app.rules.readings import Readings
from app.rules.registration import BENEFITS, Registration

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


class Circumstances(NamedTuple):
    """The facts of a bill that decide which rules apply and what they say, apart from every amount.

    A flag is None in a column whose bills differ in it. Bills in the same circumstances are paid by the same terms.
    """

    registration: Registration
    kind: Kind
    facility_level: FacilityLevel
    readings: Readings
    major_disease: bool
    unreferred: bool
    insurer_paid: bool | None
    """The insurer has settled basic insurance, and paid."""
    readmitted: bool | None
    readmitted_at_level: bool | None
    budget: bool
    """The major-disease fund has a budget for all patients."""

    @property
    def poor(self) -> bool:
        """Whether the patient gets the benefits of the registered poor."""
        return BENEFITS[self.registration]


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

    def circumstances(self) -> Circumstances:
        """Return the facts that decide which rules apply."""
        _, paid = self.adjudicated.get("basic_insurance", NOT_ADJUDICATED)
        again, again_at_level = self.flags_of_the_year()
        return Circumstances(
            self.registration,
            self.kind,
            self.facility_level,
            self.readings,
            self.major_disease,
            self.unreferred,
            paid > 0 if isinstance(paid, int) else None,
            again,
            again_at_level,
            self.fund_left is not None,
        )

    def flags_of_the_year(self) -> tuple[bool | None, bool | None]:
        """Return `readmitted` and `readmitted_at_level`, each None where the bills of a column differ."""
        again, at_level = self.readmitted, self.readmitted_at_level
        return again if isinstance(again, bool) else None, at_level if isinstance(at_level, bool) else None


NOT_ADJUDICATED: tuple[Truth, Fen] = (False, 0)
"""A layer that the insurer has not settled: what stands in place of an entry of `Bill.adjudicated`."""


class ReasonLog:
    """The reasons that a rule gives while it calculates."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Reason] = []

    def recorded(self) -> tuple[Reason, ...]:
        """Return the reasons recorded so far."""
        return tuple(self.entries)

    def copy(self) -> "ReasonLog":
        """Return a log that begins with the same reasons."""
        copy = ReasonLog()
        copy.entries = list(self.entries)
        return copy

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
