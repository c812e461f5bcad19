"""The request for the credit and the interest subsidy of an enterprise."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.rules.assessments.enterprise_credit import Enterprise, EnterpriseLoan, Kind
from app.schemas.fields import Day, MoneyAboveZero, Request

MOST_HOUSEHOLDS = 1_000_000


class EnterpriseLoanTerms(Request):
    """A loan: its first day bears interest, the day it ends bears none."""

    principal: Annotated[MoneyAboveZero, Field(description="What is lent (本金), yuan, above zero.")]
    first_day: Annotated[Day, Field(alias="from", description="First day that bears interest (放款日).")]
    end: Annotated[Day, Field(alias="to", description="Day it ends (到期还清日), which bears none; not before `from`.")]

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.end < self.first_day:
            raise PydanticCustomError(
                "loan_ends_before_start", "a loan that ends no earlier than it starts", {"field": "to"}
            )
        return self


class EnterpriseCreditRequest(Request):
    """A loan whose credit and interest subsidy are asked for; a fact that is null or left out is unknown."""

    as_of: Annotated[Day, Field(description="The day that picks the figures.")]
    kind: Annotated[
        Kind,
        Field(description="`leading_enterprise` (扶贫龙头企业) or `cooperative` (农牧民专业合作社)."),
    ]
    loan: Annotated[EnterpriseLoanTerms, Field(description="The loan (贷款).")]
    households_carried: Annotated[
        int | None,
        Field(ge=0, le=MOST_HOUSEHOLDS, description="How many poor households the borrower carries (带动贫困户)."),
    ] = None
    repaid_on_time: Annotated[
        bool | None, Field(description="Loan and interest were repaid on time (按时还清贷款本息).")
    ] = None
    effect_accepted: Annotated[
        bool | None, Field(description="The county's leading group accepted the effect on poor households (验收合格).")
    ] = None

    def to_enterprise(self) -> Enterprise:
        """Convert to the facts of the rule."""
        loan = EnterpriseLoan(self.loan.principal, self.loan.first_day, self.loan.end)
        return Enterprise(self.kind, loan, self.households_carried, self.repaid_on_time, self.effect_accepted)
