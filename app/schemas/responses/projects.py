"""What the project library answers: projects, notices, objections, funds, reports, history."""

from typing import Annotated, Any

from pydantic import Field

from app.db.projects.events import Actor
from app.db.projects.notices import ClosedBy, NoticeStatus
from app.rules.parameters import Basis
from app.rules.projects.content import Construction
from app.rules.projects.procedure import Level, NoticeKind, Outcome, ReportKind, Status
from app.schemas.fields import Answer
from app.schemas.responses.reimbursements import Yuan

Date = Annotated[str, Field(json_schema_extra={"format": "date"})]
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Next = Annotated[
    str | None, Field(description="Where the next page begins: send it as `cursor`; null on the last page.")
]


class ScheduleAnswer(Answer):
    """When the project is to be carried out."""

    start: Date
    """First day of the work."""
    end: Date
    """Last day of the work."""


class BudgetSourceAnswer(Answer):
    """A part of the budget and where it comes from."""

    fund: str
    """Name of the fund."""
    amount: Yuan
    """What it is to give, yuan."""


class BudgetAnswer(Answer):
    """What the project costs."""

    total: Yuan
    """In all, yuan."""
    sources: list[BudgetSourceAnswer]
    """Where it comes from."""


class BeneficiariesAnswer(Answer):
    """Who benefits."""

    households: int
    """Households that benefit."""
    persons: int
    """Persons that benefit."""
    registered_households: int
    """Of the households, those registered as poor."""
    registered_persons: int
    """Of the persons, those registered as poor."""


class FundAnswer(Answer):
    """A source of the budget and what of it is allocated."""

    fund: str
    """Name of the fund."""
    amount: Yuan
    """What it is to give, yuan."""
    allocated: Yuan
    """What has been allocated of it, yuan."""
    left: Yuan
    """What can still be allocated, yuan."""


class NoticeSummary(Answer):
    """A notice in short."""

    id: int
    """Its number."""
    kind: NoticeKind
    """`publicity` open to objections before the next step, `announcement` on entry or change, `removal`."""
    level: Level
    """Whose notice it is."""
    posted: Date
    """The day it was posted, which is not counted."""
    last_day: Date
    """The last day on display; fixed when it was posted."""
    status: NoticeStatus
    """How it stands today."""


class ProjectContent(Answer):
    """What a project says; null is not said yet."""

    name: str
    """Name of the project."""
    category: str
    """Category, as the county sorts them."""
    construction: Construction
    """Kind of construction."""
    place: str
    """The village's division code."""
    place_name: str | None
    """The place in words."""
    schedule: ScheduleAnswer | None
    """When it is to be carried out."""
    responsible_unit: str | None
    """Who answers for it: a unit."""
    tasks: str | None
    """What is to be built or done."""
    budget: BudgetAnswer
    """What it costs and who pays."""
    beneficiaries: BeneficiariesAnswer | None
    """Who benefits."""
    performance_goals: list[str]
    """What it is to achieve."""
    participation: str | None
    """How villagers take part."""
    poverty_reduction_mechanism: str | None
    """How it reduces poverty."""


class ProjectAnswer(ProjectContent):
    """A project of the library as it stands."""

    id: int
    """Its number."""
    version: int
    """Goes up with every act; the ETag names it."""
    status: Status
    """Where in the procedure it is."""
    wanting: list[str]
    """What it should still say by 二.6.(1)."""
    funds: list[FundAnswer]
    """Its sources and what of them is allocated."""
    notice: NoticeSummary | None
    """Its newest notice."""
    declared: Instant
    """When it was declared."""
    changed: Instant
    """When anything last happened to it."""


class ProjectsAnswer(Answer):
    """A page of projects."""

    items: list[ProjectAnswer]
    """The newest first."""
    next: Next


class NoticeText(ProjectContent):
    """A project as it was posted."""

    reason: str | None = None
    """Why it is taken out of the library; only in the notice of a removal."""


class NoticeFigure(Answer):
    """A figure of policy that fixed a notice's days, as it was then."""

    parameter: str
    """Name of the figure."""
    value: str
    """What it was."""
    document: str
    """The document that it stands in."""
    clause: str
    """The clause."""
    basis: Basis
    """How far it can be trusted."""
    effective_from: Date
    """First day it holds."""


class NoticeClosed(Answer):
    """That a notice does not count any more: it was closed early, or a new one took its place."""

    at: Instant
    """When."""
    by: ClosedBy
    """Why: a change superseded it, or the project was sent back or withdrawn."""


class ObjectionCounts(Answer):
    """The objections to a notice, counted."""

    in_time: int
    """Made while it was on display."""
    late: int
    """Made after that; kept, and without effect."""
    undecided: int
    """Not decided yet."""
    upheld: int
    """Decided, and found right."""
    dismissed: int
    """Decided, and not found right."""


class NoticeAnswer(NoticeSummary):
    """A notice as it was posted, and how it stands today."""

    project: int
    """Number of the project."""
    place: str
    """The village's division code."""
    days_left: int
    """Days on display after today; 0 on the last day, and where it is over or closed."""
    next_step_from: Date
    """The first day on which the next step is possible."""
    closed: NoticeClosed | None
    """Null where it stands its days."""
    text: NoticeText
    """The project as it was posted; never changed."""
    figures: list[NoticeFigure]
    """The figures of policy that fixed its days."""
    objections: ObjectionCounts
    """How many objections there are."""


class NoticesAnswer(Answer):
    """A page of notices."""

    items: list[NoticeAnswer]
    """Those that end last first."""
    next: Next


class ObjectionMade(Answer):
    """An objection that was received."""

    id: int
    """Its number."""
    receipt: str
    """Shown this once: whoever holds it can read the answer at `/v1/objections/{receipt}`."""
    late: bool
    """Whether it came after the notice's last day."""


class ObjectionAnswer(Answer):
    """An objection and its answer; never who made it."""

    id: int
    """Its number."""
    notice: int
    """Number of the notice."""
    made: Instant
    """When it was made."""
    late: bool
    """Whether it came after the notice's last day."""
    content: str
    """What is objected to, and why."""
    outcome: Outcome | None
    """Null until it is decided."""
    answer: str | None
    """The answer, once it is decided."""
    decided: Instant | None
    """When it was decided."""


class ObjectionsAnswer(Answer):
    """The objections to a notice."""

    items: list[ObjectionAnswer]
    """The oldest first."""
    next: Next


class AllocationAnswer(Answer):
    """Money allocated to a project."""

    id: int
    """Its number."""
    project: int
    """Number of the project."""
    fund: str
    """The source of the budget."""
    amount: Yuan
    """How much, yuan."""
    document: str
    """The document that allocates it."""
    made: Instant
    """When."""


class AllocationsAnswer(Answer):
    """The allocations to a project."""

    items: list[AllocationAnswer]
    """The oldest first."""
    next: Next


class ReportAnswer(Answer):
    """What was carried out or achieved."""

    id: int
    """Its number."""
    project: int
    """Number of the project."""
    kind: ReportKind
    """`progress` what was carried out, `outcome` what it achieved."""
    date: Date
    """The day this describes."""
    text: str
    """In words."""
    spent: Yuan | None
    """What has been spent so far, yuan."""
    beneficiaries: BeneficiariesAnswer | None
    """Who did benefit."""
    made: Instant
    """When it was put on record."""


class ReportsAnswer(Answer):
    """What was carried out and achieved."""

    items: list[ReportAnswer]
    """The oldest first."""
    next: Next


class ChangeAnswer(Answer):
    """A field that changed."""

    field: str
    """Which."""
    before: Annotated[Any, Field(alias="from")]
    """What it was; null where it was not said."""
    after: Annotated[Any, Field(alias="to")]
    """What it became."""


class EventAnswer(Answer):
    """An act, as it stands on record."""

    number: int
    """Its place among all acts of the library, without a gap."""
    at: Instant
    """When."""
    day: Date
    """The service's day, in Asia/Shanghai."""
    action: str
    """The step of the procedure; or declare, revise, object, decide, allocate, progress, outcome."""
    actor: Actor
    """`officer`, `anyone` or `operator`."""
    level: Level | None
    """The officer's level."""
    place: str | None
    """The officer's place."""
    before: Annotated[Status | None, Field(alias="from")]
    """The project's status before."""
    after: Annotated[Status, Field(alias="to")]
    """The project's status after."""
    version: int
    """The project's version after."""
    note: str | None
    """Why."""
    changes: list[ChangeAnswer]
    """What changed of what the project says."""
    record: dict[str, Any]
    """Evidence; the notice, objection, decision, allocation or report that came of it, with its digest."""
    previous: str
    """The hash of the act before."""
    hash: str
    """The hash over this act and the one before."""


class EventsAnswer(Answer):
    """All that was done to a project."""

    items: list[EventAnswer]
    """The oldest first."""
    next: Next


class ProjectPackage(Answer):
    """A project package of OC4IDS 0.9; its projects are described by the standard."""

    version: str
    """Of the standard: 0.9."""
    uri: str
    """Where this package stands."""
    published_date: Annotated[Instant, Field(alias="publishedDate")]
    """When it was written."""
    publisher: dict[str, Any]
    """Who publishes it."""
    projects: list[dict[str, Any]]
    """The projects, the newest first."""
