"""The answers of the settlement ledger."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.registration import Registration
from app.rules.reimbursement.bill import FacilityLevel, Kind
from app.schemas.fields import CLOSED
from app.schemas.responses.projects import Date, Instant, Next
from app.schemas.responses.reimbursements import ReimbursementAnswer, Yuan

SignedYuan = Annotated[str, Field(pattern=r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$", examples=["-120.00"])]


@with_config(CLOSED)
class LayerToDate(TypedDict):
    """What a layer has done in the year. Yuan."""

    base: Yuan
    """What its schedule has counted, yuan."""
    paid: Yuan
    """What it has paid, yuan."""


@with_config(CLOSED)
class LayersToDate(TypedDict):
    """By layer."""

    basic_insurance: LayerToDate
    """Basic insurance (基本医疗保险)."""
    critical_illness: LayerToDate
    """Critical-illness insurance (大病保险)."""
    civil_relief: LayerToDate
    """Civil-affairs relief (民政救助)."""
    major_disease_fund: LayerToDate
    """Major-disease fund (大病基金)."""
    supplementary_insurance: LayerToDate
    """Supplementary insurance (大额补充保险)."""


@with_config(CLOSED)
class YearToDateAnswer(TypedDict):
    """A person's insurance year as it stands (年度累计)."""

    settlements: Annotated[int, Field(description="How many settlements stand in it.")]
    admissions: Annotated[int, Field(description="Stays and home hospital beds.")]
    admissions_by_level: Annotated[dict[FacilityLevel, int], Field(description="Those by facility level.")]
    layers: Annotated[LayersToDate, Field(description="What each layer has counted and paid.")]


@with_config(CLOSED)
class AccountAnswer(YearToDateAnswer):
    """A person's insurance year."""

    year: int
    """The calendar year."""
    guarantee: Yuan
    """What the chronic-disease guarantee (慢病报销比例保底) has topped up; it stands outside the layers. Yuan."""


@with_config(CLOSED)
class YearAround(TypedDict):
    """The year before and after a settlement."""

    year: int
    """The calendar year of the service date."""
    before: YearToDateAnswer
    """What the settlement found."""
    after: YearToDateAnswer
    """What it left."""


@with_config(CLOSED)
class KnownAnswer(TypedDict):
    """What the register knew of the person on the service date."""

    in_register: bool
    """Whether the register knows the person at all."""
    registration: Registration
    """Status in the register of the poor."""
    major_disease: bool
    """Has a major disease."""
    chronic_disease: bool
    """Has a certified chronic disease."""


@with_config(CLOSED)
class SettledVisit(TypedDict):
    """What kind of care it was, and where."""

    kind: Kind
    """Kind of visit."""
    facility_level: FacilityLevel
    """The institution's level in the register."""


@with_config(CLOSED)
class FiguresUsed(TypedDict):
    """The figures that it was calculated with."""

    edition: str
    """Edition of the policy."""
    fingerprint: str
    """Hash over every figure and source."""


@with_config(CLOSED)
class LedgerWarningAnswer(TypedDict):
    """What to be careful about."""

    code: str
    """For programs."""
    text: str
    """In words."""
    fields: list[str]
    """The fields that differ from the registers."""


@with_config(CLOSED)
class SettlementMade(TypedDict):
    """A settlement as it was booked."""

    id: Annotated[int, Field(description="Its number.")]
    institution: Annotated[str, Field(description="Code of the institution.")]
    visit_id: Annotated[str, Field(description="The institution's number of the visit.")]
    message_id: Annotated[str, Field(description="The institution's number of the message.")]
    service_date: Annotated[Date, Field(description="Day of discharge, or of the visit.")]
    made: Annotated[Instant, Field(description="When it was booked.")]
    person: Annotated[KnownAnswer, Field(description="What the register knew of the person.")]
    visit: Annotated[SettledVisit, Field(description="The kind of care and the level that it was settled with.")]
    reimbursement: Annotated[ReimbursementAnswer, Field(description="The whole working.")]
    year_to_date: Annotated[YearAround, Field(description="The year before and after.")]
    parameters: Annotated[FiguresUsed, Field(description="Which figures it rests on.")]
    warnings: Annotated[list[LedgerWarningAnswer], Field(description="What to be careful about.")]


@with_config(CLOSED)
class BookedAmounts(TypedDict):
    """Amounts of a booking or a sum; those of a reversal are negative. Yuan."""

    total: SignedYuan
    """The bills, yuan."""
    in_scope: SignedYuan
    """Inside the insurance catalogue, yuan."""
    basic_insurance: SignedYuan
    """Paid by basic insurance, yuan."""
    critical_illness: SignedYuan
    """Paid by critical-illness insurance, yuan."""
    civil_relief: SignedYuan
    """Paid by civil-affairs relief, yuan."""
    major_disease_fund: SignedYuan
    """Paid by the major-disease fund, yuan."""
    supplementary_insurance: SignedYuan
    """Paid by supplementary insurance, yuan."""
    guarantee: SignedYuan
    """Topped up by the chronic-disease guarantee, yuan."""
    lump_sum: SignedYuan
    """Paid beside the bills, yuan."""
    out_of_pocket: SignedYuan
    """Paid by the patients, yuan."""


@with_config(CLOSED)
class SettlementChange(TypedDict):
    """A correction (更正) of a settlement."""

    id: int
    """Its number."""
    made: Instant
    """When it was booked."""
    amounts: BookedAmounts
    """The difference to what the settlement was before."""


@with_config(CLOSED)
class SettlementAnswer(SettlementMade):
    """A settlement with its amounts now, and how it stands."""

    status: Literal["standing", "corrected", "reversed", "annulled"]
    """`corrected`: stands, with other amounts than it was booked with; `annulled`: taken back (冲正)."""
    reversed_by: int | None
    """The reversal that undid it."""
    corrections: list[SettlementChange]
    """Its corrections, the oldest first: less their amounts, the settlement is as it was booked."""


@with_config(CLOSED)
class ReversalAnswer(TypedDict):
    """The reversal of a settlement."""

    id: int
    """Its number."""
    status: Literal["reversal", "annulled"]
    """`annulled`: the reversal itself was taken back."""
    reverses: int
    """The settlement that it undid."""
    institution: str
    """Code of the institution."""
    visit_id: str
    """The institution's number of the visit."""
    message_id: str
    """The institution's number of the message; empty where the county rebooked the settlement."""
    service_date: Date
    """Day of discharge, or of the visit."""
    made: Instant
    """When it was booked."""
    amounts: BookedAmounts
    """What is taken back: negative."""


@with_config(CLOSED)
class CorrectionAnswer(TypedDict):
    """The correction (更正) of a settlement after an earlier one was rebooked."""

    id: int
    """Its number."""
    status: Literal["correction", "annulled"]
    """`annulled`: the correction was taken back."""
    corrects: int
    """The settlement that it changes, whose number stays what it is."""
    institution: str
    """Code of the institution."""
    visit_id: str
    """The institution's number of the visit."""
    service_date: Date
    """Day of discharge, or of the visit."""
    made: Instant
    """When it was booked."""
    amounts: BookedAmounts
    """The difference: what is paid more, or with a minus less."""


@with_config(CLOSED)
class InstitutionDifference(TypedDict):
    """What a rebooking changes for the bookings of an institution."""

    institution: str
    """Its code."""
    amounts: BookedAmounts
    """The difference; of `out_of_pocket` that of the patient at this institution."""


@with_config(CLOSED)
class RebookingAnswer(TypedDict):
    """A settlement that is reversed although later ones depend on it, and the corrections of these."""

    settlement: int
    """The settlement that is reversed."""
    status: Literal["standing", "undone"]
    """`undone`: taken back as if it had never been."""
    day: Date
    """The day on which it was booked."""
    undone: Instant | None
    """When it was undone."""
    reversal: ReversalAnswer
    """The reversal of the settlement."""
    corrections: list[CorrectionAnswer]
    """The corrections of the later settlements, in their order."""
    institutions: list[InstitutionDifference]
    """The difference by institution. Who pays it, and to whom, is not decided here."""
    difference: BookedAmounts
    """All together; `out_of_pocket` is the patient's."""


@with_config(CLOSED)
class SettlementsAnswer(TypedDict):
    """Settlements, reversals and corrections."""

    items: list[SettlementAnswer | ReversalAnswer | CorrectionAnswer]
    """The oldest first."""
    next: Next


@with_config(CLOSED)
class BookedSum(TypedDict):
    """What was booked, summed."""

    count: int
    """How many bookings."""
    amounts: BookedAmounts
    """Their sums."""


@with_config(CLOSED)
class InstitutionTotals(TypedDict):
    """What an institution booked."""

    institution: str
    """Its code."""
    settlements: BookedSum
    """Settlements, those reversed later included."""
    reversals: BookedSum
    """Reversals, negative."""
    corrections: BookedSum
    """Corrections: differences of earlier settlements, in the period of their own day."""
    net: BookedAmounts
    """All together."""


_FirstDay = TypedDict("_FirstDay", {"from": Annotated[Date, Field(description="First day of booking.")]})


@with_config(CLOSED)
class LedgerHeadAnswer(TypedDict):
    """The newest event of the ledger's chain, which whoever noted it can have looked for: `anda verify --including`."""

    day: Annotated[str | None, Field(json_schema_extra={"format": "date"})]
    """The day on which it was sealed; null before the first event."""
    number: int
    """How many events are sealed."""
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The hash of the newest, in which those of all before it are contained."""


@with_config(CLOSED)
class TotalsAnswer(_FirstDay):
    """What was booked between two days, for reconciliation; what was annulled counts nowhere."""

    to: Date
    """Last day of booking."""
    institutions: list[InstitutionTotals]
    """By institution."""
    settlements: BookedSum
    """All settlements."""
    reversals: BookedSum
    """All reversals."""
    corrections: BookedSum
    """All corrections."""
    net: BookedAmounts
    """All together."""
