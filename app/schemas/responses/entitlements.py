"""A household's entitlements as they are answered."""

from typing import Annotated, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.entitlements.benefits import Form, Status
from app.rules.entitlements.case import Per
from app.rules.parameters import Basis
from app.schemas.fields import CLOSED
from app.schemas.responses.reference import SourceAnswer
from app.schemas.responses.reimbursements import Yuan

DayAnswer = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2018-10-31"])]
PointerAnswer = Annotated[str, Field(examples=["/household/members/0/disability"])]


@with_config(CLOSED)
class PaymentAnswer(TypedDict):
    """A part of a year's amount, and when it is paid at the latest."""

    by: DayAnswer
    """The last day on which it is paid."""
    amount: Yuan
    """How much, yuan."""


@with_config(CLOSED)
class OtherwiseAnswer(TypedDict):
    """What an entitlement would be under another value of one reading, all other readings as taken."""

    value: Annotated[str, Field(examples=["every_pupil"])]
    """The other value."""
    status: Status
    """The status under it; unknown facts stay unknown."""
    amount: Yuan | None
    """The amount under it, yuan; null as in the entitlement itself."""
    per: Per | None
    """What that amount is for."""


@with_config(CLOSED)
class EntitlementReadingAnswer(TypedDict):
    """An open question that an entitlement rests on."""

    reading: Annotated[str, Field(examples=["pupils_allowance"])]
    """Its name, as GET /v1/readings lists it."""
    taken: Annotated[str, Field(examples=["boarders"])]
    """The value taken: the request's, else the default in force on `as_of`."""
    basis: Basis
    """What the value in force rests on; `assumption` for a value that only the request chose."""
    otherwise: list[OtherwiseAnswer]
    """The same entitlement under each other value."""


@with_config(CLOSED)
class TogetherAnswer(TypedDict):
    """What an entitlement would be under several readings switched together, where none alone changes it."""

    values: Annotated[dict[str, str], Field(examples=[{"pupils_allowance": "every_pupil"}])]
    """The readings that are switched, and their values."""
    status: Status
    """The status under them; unknown facts stay unknown."""
    amount: Yuan | None
    """The amount under them, yuan; null as in the entitlement itself."""
    per: Per | None
    """What that amount is for."""


@with_config(CLOSED)
class EntitlementAnswer(TypedDict):
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
    """The figure or the clause it rests on; its basis is that of the condition, the same where it is refused."""
    readings: list[EntitlementReadingAnswer]
    """The open questions of which another answer would change the status, the amount or its period; empty where none \
would. Who is refused should ask the office where this list is not empty."""
    together: NotRequired[list[TogetherAnswer]]
    """The smallest sets of readings that change it together, where none does alone; left out otherwise."""
    area_ceiling_m2: NotRequired[int | None]
    """Floor area that the house of a relocated registered household may have, m²; given with \
`relocation.building_subsidy` only, null there for a household relocated along."""


@with_config(CLOSED)
class QuestionAnswer(TypedDict):
    """A missing fact to ask for."""

    pointer: PointerAnswer
    """JSON pointer to the missing fact."""
    text: str
    """The question, in words."""
    decides: list[str]
    """The benefits that the fact could decide."""


@with_config(CLOSED)
class EntitlementWarning(TypedDict):
    """Something to know of the answer as a whole."""

    code: str
    """What it is, for programs."""
    text: str
    """The same in words."""
    parameters: list[str]
    """The figures it speaks of."""
    pointer: str | None
    """JSON pointer to the fact it speaks of; null where it speaks of none."""


@with_config(CLOSED)
class EntitlementsSummary(TypedDict):
    """What is due in all."""

    cash_per_year: Yuan
    """Cash due each year: by the year, by the school year, and twelve times by the month; yuan."""
    cash_once: Yuan
    """Cash due once, yuan."""
    in_kind: int
    """How many benefits in kind are due."""
    undecided: int
    """How many hang on missing facts."""


@with_config(CLOSED)
class EntitlementsAnswer(TypedDict):
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


@with_config(CLOSED)
class BenefitAnswer(TypedDict):
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


@with_config(CLOSED)
class BenefitsAnswer(TypedDict):
    """Every benefit, in the order in which entitlements are answered."""

    benefits: list[BenefitAnswer]
    """The benefits."""
