"""The reimbursement of a bill as it is answered."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.readings import (
    Accumulation,
    BandRates,
    Ceiling,
    ChronicFloor,
    GeneralRelief,
    LayerOrder,
    RemainingCost,
    SupplementaryLimit,
    UncoveredCare,
)
from app.rules.reimbursement.bill import Layer, Limit
from app.schemas.fields import ANSWERED_YUAN_PATTERN, CLOSED
from app.schemas.responses.reference import SourceAnswer

BillWarning = Literal["out_of_catalogue_counted", "above_local_ceiling", "care_unlikely"]
"""What a bill itself calls for to be warned of."""
WarningCode = Literal["assumed_parameters", "policy_period_over"] | BillWarning

Yuan = Annotated[str, Field(pattern=ANSWERED_YUAN_PATTERN, examples=["1200.00"])]
Rate = Annotated[str, Field(pattern=r"^[01]\.[0-9]{2,4}$", examples=["0.80"])]


@with_config(CLOSED)
class PolicyAnswer(TypedDict):
    """Which policy was applied."""

    edition: Annotated[str, Field(examples=["ulanqab-2018"])]
    """Name of the edition of the policy."""
    service_date: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose figures were used."""


@with_config(CLOSED)
class BillAnswer(TypedDict):
    """The bill as it was read. Yuan."""

    total: Yuan
    """The whole bill (总费用), yuan."""
    in_scope: Yuan
    """Its cost inside the insurance catalogue (政策范围内费用), yuan."""


@with_config(CLOSED)
class TierAnswer(TypedDict):
    """A band at work: `amount` of the base lies in it, and pays `pays` at `rate`. Yuan."""

    above: Yuan
    """Lower bound of the band, outside it, yuan; the deductible where that is higher."""
    up_to: Yuan | None
    """Upper bound of the band, inside it, yuan; null for the last band."""
    rate: Rate
    """What the band pays of a yuan."""
    amount: Yuan
    """The part of the base that lies in the band, yuan."""
    pays: Yuan
    """What this part pays, yuan, rounded half up to the fen."""


@with_config(CLOSED)
class ReasonAnswer(TypedDict):
    """Why; made from the working's own operands."""

    code: str
    """What the reason says, for programs."""
    text: str
    """The same in words, with the amounts of this bill."""
    source: SourceAnswer | None
    """The clause it rests on; null where the request itself gave the fact."""


@with_config(CLOSED)
class UsedFigure(SourceAnswer):
    """A figure that the layer read, with its value on the service date."""

    parameter: str
    """Name of the figure; `GET /v1/parameters/{name}` shows all its dated values."""
    value: str
    """Its value on the service date: yuan, a rate, or bands in one line."""


@with_config(CLOSED)
class LayerAnswer(TypedDict):
    """One layer's whole working. Yuan."""

    layer: Layer
    """Which of the five."""
    name: str
    """Its name in words."""
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
    """Why it pays what it pays, or pays nothing."""
    sources: list[UsedFigure]
    """Every figure that it read."""


@with_config(CLOSED)
class GuaranteeAnswer(TypedDict):
    """The chronic-disease guarantee's top-up (慢病报销比例保底)."""

    name: str
    """Its name in words."""
    floor_ratio: Rate
    """The share of the in-scope cost that is guaranteed."""
    paid: Yuan
    """What tops the layers up to it, yuan; 0.00 where they reach it already."""
    source: SourceAnswer
    """Where the guarantee comes from: which care it serves is a reading (R8)."""
    reasons: list[ReasonAnswer]
    """Which care it serves, how it comes about, and that the document names no payer."""


@with_config(CLOSED)
class LumpSumAnswer(TypedDict):
    """Paid beside the bill, outside every limit."""

    benefit: Literal["accident_disability"]
    """Which lump sum."""
    name: str
    """Its name in words."""
    paid: Yuan
    """What is paid, yuan."""
    source: SourceAnswer
    """Where it comes from."""


@with_config(CLOSED)
class SummaryAnswer(TypedDict):
    """The sums: `reimbursed` + `out_of_pocket` = the bill's total. Yuan."""

    reimbursed: Annotated[Yuan, Field(description="All layers and the guarantee; no lump sum.")]
    out_of_pocket: Annotated[Yuan, Field(description="What the patient still owes (个人自付).")]
    reimbursed_ratio: Annotated[
        str, Field(pattern=r"^[01]\.[0-9]{4}$", description="Reimbursed over total, four places, half up.")
    ]
    deposit_required: Annotated[
        bool | None,
        Field(
            description="false for an inpatient with the benefits of the poor in the city's own hospitals (免押金): "
            "county and city by 七.1.(9) and 报告部分三.(三); village and township by 七.1.(9) alone, which names no "
            "level, an assumption. null elsewhere and for everybody else: the document says nothing."
        ),
    ]
    reported_ratio: Annotated[
        Rate | None,
        Field(
            description="The real ratio that the report tells of for chronic, major and severe illness (报告部分三."
            "(三)): a comparison and no promise (R15). null for a patient without the benefits of the poor, or without "
            "a chronic or major disease."
        ),
    ]
    reaches_reported_ratio: Annotated[
        bool | None,
        Field(description="Whether the reimbursement reaches that ratio of the whole bill, exactly; null without one."),
    ]


@with_config(CLOSED)
class ReadingsAnswer(TypedDict):
    """Every switchable reading as it was taken."""

    band_rates: BandRates
    """R1."""
    remaining_cost: RemainingCost
    """R2."""
    general_relief: GeneralRelief
    """R3."""
    accumulation: Accumulation
    """R5."""
    supplementary_limit: SupplementaryLimit
    """R6."""
    chronic_floor: ChronicFloor
    """R8."""
    ceiling: Ceiling
    """R13."""
    layer_order: LayerOrder
    """R14."""
    uncovered_care: UncoveredCare
    """R21."""


@with_config(CLOSED)
class WarningAnswer(TypedDict):
    """What to be careful about."""

    code: Annotated[
        WarningCode,
        Field(
            description="`assumed_parameters`: figures used whose basis is not policy; `policy_period_over`: figures "
            "carried forward; `out_of_catalogue_counted`: cost outside the catalogue counted, and what the patient "
            "would owe otherwise; `above_local_ceiling`: more is paid than the local source allows; `care_unlikely`: a "
            "stay at a village clinic."
        ),
    ]
    text: str
    """The same in words."""
    parameters: list[str]
    """The figures it speaks of."""


@with_config(CLOSED)
class ReimbursementAnswer(TypedDict):
    """A bill's reimbursement, layer by layer, in the order the layers paid."""

    policy: PolicyAnswer
    """The edition, and the day whose figures were used."""
    bill: BillAnswer
    """The bill as it was read."""
    layers: Annotated[list[LayerAnswer], Field(min_length=5, max_length=5)]
    """The five, in the order they paid."""
    guarantee: GuaranteeAnswer | None
    """The chronic-disease top-up; null where it does not serve the patient."""
    lump_sums: list[LumpSumAnswer]
    """What is paid beside the bill."""
    summary: SummaryAnswer
    """The sums."""
    readings: ReadingsAnswer
    """How the open questions of the text were read."""
    warnings: list[WarningAnswer]
    """What to be careful about."""


@with_config(CLOSED)
class ExtremeAnswer(TypedDict):
    """An extreme over all combinations of readings, and the readings nearest to the defaults that give it."""

    out_of_pocket: Yuan
    """What the patient would owe, yuan."""
    reimbursed: Yuan
    """What would be reimbursed, yuan."""
    readings: ReadingsAnswer
    """The readings that give it."""


@with_config(CLOSED)
class AlternativeAnswer(TypedDict):
    """One reading changed by itself, and what that changes for the patient. Yuan."""

    reading: str
    """Which reading is changed."""
    value: str
    """What it is changed to."""
    question: str
    """The question it answers, in words."""
    out_of_pocket: Yuan
    """What the patient would owe, yuan."""
    change: Annotated[
        str,
        Field(
            pattern=r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$",
            description="Out of pocket with it, less out of pocket by default: negative is less to pay.",
        ),
    ]


@with_config(CLOSED)
class RangeAnswer(TypedDict):
    """What depends on the open readings."""

    policy: PolicyAnswer
    """The edition, and the day whose figures were used."""
    default: Annotated[SummaryAnswer, Field(description="The result with every reading at its default.")]
    lowest: ExtremeAnswer
    """The least that the patient could owe."""
    highest: ExtremeAnswer
    """The most that the patient could owe."""
    readings_covered: Annotated[
        int, Field(description="How many readings were switched: those that a request can switch, not every reading.")
    ]
    combinations: Annotated[
        int, Field(description="How many combinations of their values the least and the most were sought among.")
    ]
    not_switchable: Annotated[
        list[str],
        Field(
            description="The numbers of the readings that were not switched: see `GET /v1/readings`.", examples=[["R4"]]
        ),
    ]
    alone: list[AlternativeAnswer]
    """Each other value of each of these readings, by itself."""
    warnings: list[WarningAnswer]
    """What to be careful about."""
