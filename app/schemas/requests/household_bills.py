"""The request for the reimbursement of a household's bills."""

from collections import Counter
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.rules.registration import Registration
from app.schemas.fields import Day, Money, Request
from app.schemas.requests.reimbursements import Adjudicated, BillAmounts, ReadingsRequest, VisitRequest, within_total
from app.schemas.text import without_private_number

MOST_MEMBERS = 50
MOST_BILLS = 500

MemberId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(without_private_number)]


class BillMember(Request):
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
    visit: Annotated[VisitRequest, Field(description="What kind of care it was, and where (就诊).")]
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
        list[BillMember], Field(min_length=1, max_length=MOST_MEMBERS, description="The members; 50 at most.")
    ]
    bills: Annotated[
        list[HouseholdBill], Field(max_length=MOST_BILLS, description="Their bills, in any order; 500 at most.")
    ]
    readings: Annotated[
        ReadingsRequest | None,
        Field(description="How the open questions are read; null or left out: by default, each bill on its own day."),
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
