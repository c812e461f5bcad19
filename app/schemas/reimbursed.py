"""The reimbursement of a bill as it is answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.rules.readings import (
    Accumulation,
    BandRates,
    Ceiling,
    GeneralRelief,
    LayerOrder,
    RemainingCost,
    SupplementaryLimit,
)
from app.rules.reimbursement.bill import Layer, Limit
from app.schemas.amounts import ANSWERED_YUAN_PATTERN, Answer
from app.schemas.reference import Source

Yuan = Annotated[str, Field(pattern=ANSWERED_YUAN_PATTERN, examples=["1200.00"])]
Rate = Annotated[str, Field(pattern=r"^[01]\.[0-9]{2,4}$", examples=["0.80"])]


class PolicyAnswer(Answer):
    """Which policy was applied."""

    edition: Annotated[str, Field(examples=["ulanqab-2018"])]
    service_date: Annotated[str, Field(json_schema_extra={"format": "date"})]


class BillAnswer(Answer):
    """The bill as it was read. Yuan."""

    total: Yuan
    in_scope: Yuan


class TierAnswer(Answer):
    """A band at work: `amount` of the base lies in it, and pays `pays` at `rate`. Yuan."""

    above: Yuan
    up_to: Yuan | None
    rate: Rate
    amount: Yuan
    pays: Yuan


class ReasonAnswer(Answer):
    """Why; made from the working's own operands."""

    code: str
    text: str
    source: Source | None


class UsedFigure(Source):
    """A figure that the layer read, with its value on the service date."""

    parameter: str
    value: str


class LayerAnswer(Answer):
    """One layer's whole working. Yuan."""

    layer: Layer
    name: str
    outcome: Annotated[
        Literal["paid", "nothing_due", "not_eligible", "adjudicated"],
        Field(
            description="`not_eligible`: patient or care lie outside the layer whatever the amount; `nothing_due`: the "
            "schedule gives nothing or a limit is used up; `adjudicated`: taken as the insurer settled it."
        ),
    ]
    base: Annotated[Yuan, Field(description="What of the bill the layer counted.")]
    deductible: Annotated[
        Yuan | None, Field(description="Deductible (起付线) of basic insurance; null where the layer has none.")
    ]
    tiers: Annotated[list[TierAnswer], Field(description="The bands in which something lies; they add up to `due`.")]
    due: Annotated[Yuan, Field(description="What the schedule gives.")]
    limited_by: Annotated[Limit | None, Field(description="What cut `due` down to `paid`, or null.")]
    paid: Annotated[Yuan, Field(description="What the layer pays.")]
    left: Annotated[Yuan, Field(description="The bill less all paid so far.")]
    reasons: list[ReasonAnswer]
    sources: list[UsedFigure]


class GuaranteeAnswer(Answer):
    """The chronic-disease guarantee's top-up (慢病报销比例保底)."""

    name: str
    floor_ratio: Rate
    paid: Yuan
    source: Source


class LumpSumAnswer(Answer):
    """Paid beside the bill, outside every limit."""

    benefit: Literal["accident_disability"]
    name: str
    paid: Yuan
    source: Source


class SummaryAnswer(Answer):
    """The sums: `reimbursed` + `out_of_pocket` = the bill's total. Yuan."""

    reimbursed: Annotated[Yuan, Field(description="All layers and the guarantee; no lump sum.")]
    out_of_pocket: Annotated[Yuan, Field(description="What the patient still owes (个人自付).")]
    reimbursed_ratio: Annotated[
        str, Field(pattern=r"^[01]\.[0-9]{4}$", description="Reimbursed over total, four places, half up.")
    ]
    deposit_required: Annotated[
        bool | None,
        Field(
            description="false for an inpatient with the benefits of the poor (免押金), true for another; else null."
        ),
    ]


class ReadingsAnswer(Answer):
    """Every switchable reading as it was taken."""

    band_rates: BandRates
    remaining_cost: RemainingCost
    general_relief: GeneralRelief
    accumulation: Accumulation
    supplementary_limit: SupplementaryLimit
    ceiling: Ceiling
    layer_order: LayerOrder


class WarningAnswer(Answer):
    """What to be careful about."""

    code: Literal["assumed_parameters", "policy_period_over"]
    text: str
    parameters: list[str]


class ReimbursementAnswer(Answer):
    """A bill's reimbursement, layer by layer, in the order the layers paid."""

    policy: PolicyAnswer
    bill: BillAnswer
    layers: Annotated[list[LayerAnswer], Field(min_length=5, max_length=5)]
    guarantee: GuaranteeAnswer | None
    lump_sums: list[LumpSumAnswer]
    summary: SummaryAnswer
    readings: ReadingsAnswer
    warnings: list[WarningAnswer]


class ExtremeAnswer(Answer):
    """An extreme over all combinations of readings, and the readings nearest to the defaults that give it."""

    out_of_pocket: Yuan
    reimbursed: Yuan
    readings: ReadingsAnswer


class AlternativeAnswer(Answer):
    """One reading changed by itself, and what that changes for the patient. Yuan."""

    reading: str
    value: str
    question: str
    out_of_pocket: Yuan
    change: Annotated[
        str,
        Field(
            pattern=r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$",
            description="Out of pocket with it, less out of pocket by default: negative is less to pay.",
        ),
    ]


class RangeAnswer(Answer):
    """What hangs on the open readings."""

    policy: PolicyAnswer
    default: Annotated[SummaryAnswer, Field(description="The result with every reading at its default.")]
    lowest: ExtremeAnswer
    highest: ExtremeAnswer
    combinations: Annotated[int, Field(description="How many combinations of readings were tried.")]
    alone: list[AlternativeAnswer]
    warnings: list[WarningAnswer]
