"""A stay to be settled in the ledger, and which settlements, accounts and totals are asked for."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.privacy.identity_numbers import narrowed
from app.rules.registration import Registration
from app.schemas.fields import Day, Request, UtcInstant
from app.schemas.requests.reimbursements import Adjudicated, BillAmounts, ReadingsRequest, VisitRequest, within_total


def _narrowed(value: object) -> object:
    return narrowed(value) if isinstance(value, str) else value


_Narrow = BeforeValidator(_narrowed)
"""Blanks around an identifier and full width make no other one."""

PersonNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,30}$"), _Narrow]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,30}$"), _Narrow]
Id = Annotated[str, Field(pattern=r"^[!-~]{1,64}$"), _Narrow]


class SettlementPatient(Request):
    """What the desk believes of the patient; the register decides, and a difference is warned of."""

    registration: Annotated[
        Registration | None, Field(description="Status in the register of the poor (建档立卡), as the desk has it.")
    ] = None
    major_disease: Annotated[bool | None, Field(description="Has a major disease (重大疾病), as the desk has it.")] = (
        None
    )
    chronic_disease: Annotated[
        bool | None, Field(description="Has a certified chronic disease (慢性病), as the desk has it.")
    ] = None
    accident_disability: Annotated[
        bool, Field(description="Disabled by an accidental injury (意外伤害伤残); paid for once.")
    ] = False


class SettlementRequest(Request):
    """A bill to be settled: a reimbursement request whose year to date the ledger supplies."""

    person: Annotated[PersonNumber, Field(description="The insurer's number of the person (个人编号); never stored.")]
    institution: Annotated[Code, Field(description="Code of the institution (医药机构编码), the token's own.")]
    visit_id: Annotated[Id, Field(description="The institution's number of the visit (就诊ID); settled once.")]
    message_id: Annotated[
        Id, Field(description="The institution's number of this message; repeated, answered the same.")
    ]
    service_date: Annotated[Day, Field(description="Day of discharge, or of the visit; it picks figures and year.")]
    patient: Annotated[
        SettlementPatient | None, Field(description="What the desk believes of the patient; the register decides.")
    ] = None
    visit: Annotated[VisitRequest, Field(description="What kind of care it was; the level is the register's.")]
    bill: Annotated[BillAmounts, Field(description="The bill's amounts (费用), yuan.")]
    adjudicated: Annotated[
        Adjudicated | None, Field(description="What the insurer has settled already; null or left out: nothing.")
    ] = None
    readings: Annotated[
        ReadingsRequest | None, Field(description="How the open questions of the text are read; by default without it.")
    ] = None
    interim: Annotated[
        bool, Field(description="Settled in the course of a stay (中途结算): others of the visit may stand beside it.")
    ] = False

    @model_validator(mode="after")
    def _adjudicated_within_total(self) -> Self:
        within_total(self.adjudicated, self.bill)
        return self


class ReversalRequest(Request):
    """A settlement to be reversed (撤销)."""

    message_id: Annotated[
        Id, Field(description="The institution's number of this message; repeated, answered the same.")
    ]


class AccountLookupRequest(Request):
    """Whose insurance year. The number stands in the body, so that no address and no log holds it."""

    person: Annotated[PersonNumber, Field(description="The insurer's number of the person (个人编号); never stored.")]
    year: Annotated[int, Field(ge=1000, le=9999, description="The insurance year, a calendar year.")]


class SettlementsQuery(Request):
    """Which settlements: by visit, by message, or by what changed."""

    message_id: Annotated[Id | None, Field(description="Those that this message of the institution booked.")] = None
    visit_id: Annotated[Id | None, Field(description="Those of this visit.")] = None
    institution: Annotated[
        Code | None, Field(description="Of this institution; a hospital's token sees only its own.")
    ] = None

    cursor: Annotated[
        str | None, Field(max_length=100, description="The `next` of the page before; the first page without it.")
    ] = None

    changed_since: Annotated[
        UtcInstant | None,
        Field(
            description="Settlements that were reversed, corrected or taken back, or stand again, since this instant.",
            examples=["2018-05-20T01:02:03Z"],
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.message_id is None and self.visit_id is None and self.changed_since is None:
            raise PydanticCustomError("missing", "a visit, a message or an instant", {"field": "visit_id"})
        return self


class TotalsQuery(Request):
    """Which bookings are summed."""

    from_: Annotated[Day, Field(alias="from", description="First day of booking.")]
    to: Annotated[Day, Field(description="Last day of booking, counted too.")]
    institution: Annotated[
        Code | None, Field(description="Of this institution; a hospital's token sees only its own.")
    ] = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.to < self.from_:
            raise PydanticCustomError("ends_before_start", "the end lies before the start", {"field": "to"})
        return self
