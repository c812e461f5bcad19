"""What the project library answers: projects, notices, objections, funds, reports, history."""

from typing import Annotated, Any

from pydantic import Field

from app.db.projects.events import ActorKind
from app.db.projects.notices import NoticeStatus
from app.rules.projects.content import Construction
from app.rules.projects.procedure import NoticeKind, ReportKind, Status
from app.rules.projects.publicity import Level
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
    actor: ActorKind
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
