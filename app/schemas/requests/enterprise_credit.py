"""A leading enterprise's or cooperative's loan, its credit and its interest subsidy."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.rules.assessments.enterprise_credit import CreditRange, Enterprise, EnterpriseLoan, Kind, Standing
from app.schemas.fields import Answer, Day, MoneyAboveZero, Request
from app.schemas.responses.reasoned import CitedFigure, OpenQuestion, Pointer
from app.schemas.responses.reference import Source
from app.schemas.responses.reimbursements import Rate, WarningAnswer, Yuan

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
        """Hand the facts to the rule."""
        loan = EnterpriseLoan(self.loan.principal, self.loan.first_day, self.loan.end)
        return Enterprise(self.kind, loan, self.households_carried, self.repaid_on_time, self.effect_accepted)


class CreditAnswer(Answer):
    """The loan among the amounts of the credit. Yuan."""

    principal: Yuan
    """What is lent."""
    least: Yuan
    """Least credit that is given."""
    most: Yuan
    """Most credit that is given."""
    range: CreditRange
    """Where the loan stands among them, both included in `within`."""


class InterestSubsidyAnswer(Answer):
    """The subsidy of the loan's interest (贷款贴息). Yuan."""

    rate: Rate
    """What is subsidised of a yuan, a year."""
    days: int
    """The loan's days: the first counted, the day it ends not."""
    days_a_year: int
    """Days to the year by which interest is counted."""
    calculated: Yuan
    """Principal x rate x days / days to the year, rounded once, half up to the fen; whoever is entitled."""
    amount: Yuan | None
    """What is due: `calculated` where entitled, 0.00 where not; null while undecided."""
    per: Literal["once"]
    """Once, after the loan is repaid."""


class EnterpriseCreditAnswer(Answer):
    """Whether a loan lies within the credit, what of its interest is subsidised, and why."""

    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    """The day whose figures were used."""
    kind: Kind
    """As the request says."""
    status: Standing
    """Whether the interest subsidy is due; `undecided`: a fact in `missing` decides it."""
    credit: CreditAnswer
    """The loan among the amounts of the credit."""
    interest_subsidy: InterestSubsidyAnswer
    """The subsidy of its interest."""
    missing: list[Pointer]
    """The facts that could still decide the status, JSON pointers."""
    questions: list[OpenQuestion]
    """The same as questions."""
    reasons: list[str]
    """Why, in words."""
    source: Source
    """The rule that the status rests on; its basis is `assumption` where the document leaves it open."""
    procedures: list[Literal["enterprise_credit", "enterprise_interest_subsidy"]]
    """How credit and subsidy are applied for; see `GET /v1/procedures`."""
    sources: list[CitedFigure]
    """Every figure that was read."""
    warnings: list[WarningAnswer]
    """What to be careful about."""
