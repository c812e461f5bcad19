"""A household's bills as they are posted, and their reimbursement as it is answered."""

from collections import Counter
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.rules.registration import Registration
from app.schemas.fields import Answer, Day, Money, Request
from app.schemas.requests.reimbursements import Adjudicated, BillAmounts, Readings, Visit, within_total
from app.schemas.responses.reimbursements import ReimbursementAnswer, Yuan
from app.schemas.texts import without_private_number

MOST_MEMBERS = 50
MOST_BILLS = 500

MemberId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(without_private_number)]


class Member(Request):
    """A member of the household: an id of the sender's own choosing, never a name or a number of the person's."""

    id: Annotated[MemberId, Field(description="The sender's own word for the member; 1 to 64 characters.")]
    major_disease: Annotated[bool, Field(description="Has a major disease (重大疾病).")] = False
    chronic_disease: Annotated[bool, Field(description="Has a certified chronic disease (慢性病).")] = False
    accident_disability: Annotated[
        bool,
        Field(description="Disabled by an accidental injury (意外伤害伤残); paid once, beside the first bill."),
    ] = False


class HouseholdBill(Request):
    """One bill of a member; the year before it is made of the bills before it."""

    member: Annotated[MemberId, Field(description="The id of the member treated.")]
    service_date: Annotated[Day, Field(description="Day of discharge, or of the visit.")]
    visit: Annotated[Visit, Field(description="What kind of care it was, and where (就诊).")]
    bill: Annotated[BillAmounts, Field(description="The bill's amounts (费用), yuan.")]
    adjudicated: Annotated[
        Adjudicated | None,
        Field(description="What the insurer has settled already (已结算); null or left out: nothing."),
    ] = None

    @model_validator(mode="after")
    def _adjudicated_within_total(self) -> Self:
        within_total(self.adjudicated, self.bill)
        return self


class HouseholdRequest(Request):
    """A household's year of bills."""

    registration: Annotated[
        Registration, Field(description="The household's status in the register of the poor (建档立卡).")
    ]
    annual_net_income: Annotated[
        Money | None, Field(description="The household's net income of a year (年纯收入), yuan; null where unknown.")
    ] = None
    members: Annotated[
        list[Member], Field(min_length=1, max_length=MOST_MEMBERS, description="The members; 50 at most.")
    ]
    bills: Annotated[
        list[HouseholdBill], Field(max_length=MOST_BILLS, description="Their bills, in any order; 500 at most.")
    ]
    readings: Annotated[
        Readings | None,
        Field(description="How the open questions of the text are read; null or left out: each by its default."),
    ] = None

    @model_validator(mode="after")
    def _each_bill_has_its_member(self) -> Self:
        ids = Counter(member.id for member in self.members)
        repeated = next((number for number, member in enumerate(self.members) if ids[member.id] > 1), None)
        if repeated is not None:
            raise PydanticCustomError(
                "member_repeated", "each id once", {"field": "members", "item": repeated, "part": "id"}
            )
        unknown = next((number for number, bill in enumerate(self.bills) if bill.member not in ids), None)
        if unknown is not None:
            raise PydanticCustomError(
                "member_unknown", "the id of a member", {"field": "bills", "item": unknown, "part": "member"}
            )
        return self


class LayerTotals(Answer):
    """What each layer pays in all. Yuan."""

    basic_insurance: Yuan
    """Basic insurance (基本医疗保险)."""
    critical_illness: Yuan
    """Critical-illness insurance (大病保险)."""
    civil_relief: Yuan
    """Civil-affairs relief (民政救助)."""
    major_disease_fund: Yuan
    """Major-disease fund (大病基金)."""
    supplementary_insurance: Yuan
    """Supplementary insurance (大额补充保险)."""


class Totals(Answer):
    """Sums over several bills: `reimbursed` + `out_of_pocket` = `total`. Yuan."""

    bills: int
    """How many bills."""
    total: Yuan
    """The bills' totals."""
    layers: LayerTotals
    """What each layer pays."""
    guarantee: Yuan
    """What the chronic-disease guarantee tops up."""
    lump_sums: Yuan
    """What is paid beside the bills."""
    reimbursed: Yuan
    """All layers and the guarantee; no lump sum."""
    out_of_pocket: Yuan
    """What the patients still owe (个人自付)."""


class YearTotals(Totals):
    """The sums of one calendar year."""

    year: int
    """The calendar year of the service dates."""


class HouseholdYearTotals(YearTotals):
    """The household's sums of one calendar year, beside its income."""

    share_of_income: str | None
    """Out of pocket over the household's net income of a year, four places, half up; null where that is not known."""


class MemberTotals(Totals):
    """A member's sums, in all and by year."""

    id: str
    """The member's id."""
    years: list[YearTotals]
    """By calendar year."""


class HouseholdTotals(Totals):
    """The household's sums, in all and by year."""

    years: list[HouseholdYearTotals]
    """By calendar year."""
    share_of_income: str | None
    """Out of pocket in all over the net income of a year, four places, half up; null where that is not known."""


class LayerMet(Answer):
    """What a layer had counted and paid in the year before a bill. Yuan."""

    base: Yuan
    """What its schedule had counted."""
    paid: Yuan
    """What it had paid."""


class LayersMet(Answer):
    """The year before a bill, by layer."""

    basic_insurance: LayerMet
    """Basic insurance (基本医疗保险) so far."""
    critical_illness: LayerMet
    """Critical-illness insurance (大病保险) so far."""
    civil_relief: LayerMet
    """Civil-affairs relief (民政救助) so far."""
    major_disease_fund: LayerMet
    """Major-disease fund (大病基金) so far."""
    supplementary_insurance: LayerMet
    """Supplementary insurance (大额补充保险) so far."""


class YearMet(Answer):
    """The year to date that a bill met, as a single reimbursement takes it."""

    admissions: int
    """Stays and home sick-beds before it."""
    admissions_at_level: int
    """Those at the bill's facility level."""
    layers: LayersMet
    """By layer."""


class HouseholdAnswer(Answer):
    """A household's bills reimbursed, in the request's order, and their sums."""

    bills: list[ReimbursementAnswer]
    """Each as `POST /v1/reimbursements` answers it with the year to date that it met."""
    years_to_date: list[YearMet]
    """The year to date that each bill met, in the same order."""
    members: list[MemberTotals]
    """In the request's order."""
    summary: HouseholdTotals
    """The household's sums."""
