"""The answer of the enterprise-credit assessment."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.assessments.enterprise_credit import CreditRange, Kind, Standing
from app.schemas.fields import CLOSED
from app.schemas.responses.reasoned import CitedFigure, FactQuestion, Pointer
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import Rate, WarningAnswer, Yuan


@with_config(CLOSED)
class CreditAnswer(TypedDict):
    """The loan among the amounts of the credit. Yuan."""

    principal: Yuan
    """What is lent."""
    least: Yuan
    """Least credit that is given."""
    most: Yuan
    """Most credit that is given."""
    range: CreditRange
    """Where the loan stands among them, both included in `within`."""


@with_config(CLOSED)
class InterestSubsidyAnswer(TypedDict):
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


@with_config(CLOSED)
class EnterpriseCreditAnswer(TypedDict):
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
    questions: list[FactQuestion]
    """The same as questions."""
    reasons: list[str]
    """Why, in words."""
    source: SourceAnswer
    """The rule that the status rests on; its basis is `assumption` where the document leaves it open."""
    procedures: list[Literal["enterprise_credit", "enterprise_interest_subsidy"]]
    """How credit and subsidy are applied for; see `GET /v1/procedures`."""
    sources: list[CitedFigure]
    """Every figure that was read."""
    warnings: list[WarningAnswer]
    """What to be careful about."""
