"""A household's entitlements as they are answered."""

from typing import Annotated

from pydantic import Field

from app.rules.entitlements.benefits import Form, Per, Status
from app.schemas.fields import Answer
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import Yuan

DayAnswer = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2018-10-31"])]
PointerAnswer = Annotated[str, Field(examples=["/household/members/0/disability"])]


class PaymentAnswer(Answer):
    """A part of a year's amount, and when it is paid at the latest."""

    by: DayAnswer
    """The last day on which it is paid."""
    amount: Yuan
    """How much, yuan."""


class EntitlementAnswer(Answer):
    """A benefit, whether it may be claimed, and why."""

    benefit: Annotated[str, Field(examples=["education.living_allowance"])]
    """Its id, as GET /v1/benefits lists it."""
    name: str
    """Its name."""
    member: str | None
    """The member who may claim it; null for the household as a whole."""
    status: Status
    """`undecided` where some missing fact decides it, or decides its amount."""
    form: Form
    """What it is: money, help in kind, or priority over others."""
    amount: Yuan | None
    """How much, yuan; null in kind, where it is set elsewhere (a reason says by whom), and where nothing is due."""
    per: Per | None
    """What the amount is for; null where that does not apply."""
    payments: list[PaymentAnswer]
    """What of it is still to be paid in the calendar year of `as_of`, on and after that day."""
    reasons: list[str]
    """Why, in words: what holds, or what rules it out, or what is not known."""
    missing: list[PointerAnswer]
    """JSON pointers to the missing facts that could decide it; empty unless it is undecided."""
    procedure: str | None
    """How it is applied for: an id of GET /v1/procedures; null where the document gives no procedure."""
    source: SourceAnswer
    """The figure or the clause it rests on."""
    area_ceiling_m2: Annotated[
        int | None,
        Field(
            default=None,
            description="Floor area that the house of a relocated registered household may have, m²; given with "
            "`relocation.building_subsidy` only, null there for a household relocated along.",
        ),
    ]


class QuestionAnswer(Answer):
    """A missing fact to ask for."""

    pointer: PointerAnswer
    """JSON pointer to the missing fact."""
    text: str
    """The question, in words."""
    decides: list[str]
    """The benefits that the fact could decide."""


class EntitlementWarning(Answer):
    """Something to know of the answer as a whole."""

    code: str
    """What it is, for programs."""
    text: str
    """The same in words."""
    parameters: list[str]
    """The figures it speaks of."""
    pointer: str | None
    """JSON pointer to the fact it speaks of; null where it speaks of none."""


class EntitlementsSummary(Answer):
    """What is due in all."""

    cash_per_year: Yuan
    """Cash due each year: by the year, by the school year, and twelve times by the month; yuan."""
    cash_once: Yuan
    """Cash due once, yuan."""
    in_kind: int
    """How many benefits in kind are due."""
    undecided: int
    """How many hang on missing facts."""


class EntitlementsAnswer(Answer):
    """Every benefit that the household may claim, and every one that it may not, and why."""

    as_of: DayAnswer
    """The day for which it was asked."""
    entitlements: list[EntitlementAnswer]
    """In the order of GET /v1/benefits, within a benefit in the order of the members."""
    questions: list[QuestionAnswer]
    """The missing facts that still decide something, those that decide most benefits first."""
    warnings: list[EntitlementWarning]
    """What to know of the answer as a whole."""
    summary: EntitlementsSummary
    """The sums of what is due, and how much is not decided."""


class BenefitAnswer(Answer):
    """A benefit that a household or its members may claim."""

    id: Annotated[str, Field(examples=["education.living_allowance"])]
    """Its id."""
    group: Annotated[str, Field(examples=["education"])]
    """The part of the policy it belongs to."""
    name: str
    """Its name."""
    who: str
    """Who may claim it, in words."""
    of: Annotated[str, Field(pattern="^(member|household)$")]
    """Whether each member may claim it, or the household as a whole."""
    form: Form
    """What it is: money, help in kind, or priority over others."""
    per: Per | None
    """What its amount is for."""
    procedure: str | None
    """How it is applied for: an id of GET /v1/procedures; null where the document gives no procedure."""
    parameters: list[str]
    """The figures that are its own, as GET /v1/parameters lists them."""
    source: SourceAnswer
    """The clause it rests on."""


class BenefitsAnswer(Answer):
    """Every benefit, in the order in which entitlements are answered."""

    benefits: list[BenefitAnswer]
    """The benefits."""
