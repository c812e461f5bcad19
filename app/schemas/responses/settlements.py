"""What the settlement ledger answers."""

from typing import Annotated, Literal

from pydantic import Field

from app.rules.registration import Registration
from app.rules.reimbursement.bill import FacilityLevel, Kind
from app.schemas.fields import Answer
from app.schemas.responses.projects import Date, Instant, Next
from app.schemas.responses.reimbursements import ReimbursementAnswer, Yuan

SignedYuan = Annotated[str, Field(pattern=r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$", examples=["-120.00"])]


class LayerToDate(Answer):
    """What a layer has done in the year. Yuan."""

    base: Yuan
    """What its schedule has counted, yuan."""
    paid: Yuan
    """What it has paid, yuan."""


class LayersToDate(Answer):
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


class YearToDateAnswer(Answer):
    """A person's insurance year as it stands (年度累计)."""

    settlements: int
    """How many settlements stand in it."""
    admissions: int
    """Stays and home sick-beds."""
    admissions_by_level: dict[FacilityLevel, int]
    """Those by facility level."""
    layers: LayersToDate
    """What each layer has counted and paid."""


class AccountAnswer(YearToDateAnswer):
    """A person's insurance year."""

    year: int
    """The calendar year."""
    guarantee: Yuan
    """What the chronic-disease guarantee (慢病报销比例保底) has topped up; it stands outside the layers. Yuan."""


class YearAround(Answer):
    """The year before and after a settlement."""

    year: int
    """The calendar year of the service date."""
    before: YearToDateAnswer
    """What the settlement found."""
    after: YearToDateAnswer
    """What it left."""


class KnownAnswer(Answer):
    """What the register knew of the person on the service date."""

    in_register: bool
    """Whether the register knows the person at all."""
    registration: Registration
    """Status in the register of the poor."""
    major_disease: bool
    """Has a major disease."""
    chronic_disease: bool
    """Has a certified chronic disease."""


class SettledVisit(Answer):
    """What kind of care it was, and where."""

    kind: Kind
    """Kind of visit."""
    facility_level: FacilityLevel
    """The institution's level in the register."""


class FiguresUsed(Answer):
    """The figures that it was calculated with."""

    edition: str
    """Edition of the policy."""
    fingerprint: str
    """Hash over every figure and source."""


class LedgerWarningAnswer(Answer):
    """What to be careful about."""

    code: str
    """For programs."""
    text: str
    """In words."""
    fields: list[str]
    """The fields that differ from the registers."""


class SettlementMade(Answer):
    """A settlement as it was booked."""

    id: int
    """Its number."""
    institution: str
    """Code of the institution."""
    visit_id: str
    """The institution's number of the visit."""
    message_id: str
    """The institution's number of the message."""
    service_date: Date
    """Day of discharge, or of the visit."""
    made: Instant
    """When it was booked."""
    person: KnownAnswer
    """What the register knew of the person."""
    visit: SettledVisit
    """The kind of care and the level that it was settled with."""
    reimbursement: ReimbursementAnswer
    """The whole working."""
    year_to_date: YearAround
    """The year before and after."""
    parameters: FiguresUsed
    """Which figures it rests on."""
    warnings: list[LedgerWarningAnswer]
    """What to be careful about."""


class SettlementAnswer(SettlementMade):
    """A settlement, and how it stands now."""

    status: Literal["standing", "reversed", "annulled"]
    """`annulled`: taken back as if it had never arrived (冲正)."""
    reversed_by: int | None
    """The reversal that undid it."""


class BookedAmounts(Answer):
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


class ReversalAnswer(Answer):
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
    """The institution's number of the message."""
    service_date: Date
    """Day of discharge, or of the visit."""
    made: Instant
    """When it was booked."""
    amounts: BookedAmounts
    """What is taken back: negative."""


class SettlementsAnswer(Answer):
    """Settlements and reversals."""

    items: list[SettlementAnswer | ReversalAnswer]
    """The oldest first."""
    next: Next


class BookedSum(Answer):
    """What was booked, summed."""

    count: int
    """How many bookings."""
    amounts: BookedAmounts
    """Their sums."""


class InstitutionTotals(Answer):
    """What an institution booked."""

    institution: str
    """Its code."""
    settlements: BookedSum
    """Settlements, those reversed later included."""
    reversals: BookedSum
    """Reversals, negative."""
    net: BookedAmounts
    """Both together."""


class TotalsAnswer(Answer):
    """What was booked between two days, for reconciliation; what was annulled counts nowhere."""

    first: Annotated[Date, Field(alias="from")]
    """First day of booking."""
    to: Date
    """Last day of booking."""
    institutions: list[InstitutionTotals]
    """By institution."""
    settlements: BookedSum
    """All settlements."""
    reversals: BookedSum
    """All reversals."""
    net: BookedAmounts
    """All together."""
