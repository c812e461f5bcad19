"""The responses of the project library: projects, funds, reports and the history."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.db.projects.events import ActorKind
from app.db.projects.notices import NoticeStatus
from app.rules.projects.content import Construction
from app.rules.projects.procedure import NoticeKind, ReportKind, Status
from app.rules.projects.publicity import Level
from app.schemas.fields import CLOSED
from app.schemas.responses.reimbursements import Yuan

Date = Annotated[str, Field(json_schema_extra={"format": "date"})]
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Next = Annotated[
    str | None, Field(description="Where the next page begins: send it as `cursor`; null on the last page.")
]


@with_config(CLOSED)
class ScheduleAnswer(TypedDict):
    """When the project is to be carried out."""

    start: Date
    """First day of the work."""
    end: Date
    """Last day of the work."""


@with_config(CLOSED)
class BudgetSourceAnswer(TypedDict):
    """A part of the budget and where it comes from."""

    fund: str
    """Name of the fund."""
    amount: Yuan
    """What it is to give, yuan."""


@with_config(CLOSED)
class BudgetAnswer(TypedDict):
    """What the project costs."""

    total: Yuan
    """In all, yuan."""
    sources: list[BudgetSourceAnswer]
    """Where it comes from."""


@with_config(CLOSED)
class BeneficiariesAnswer(TypedDict):
    """Who benefits."""

    households: int
    """Households that benefit."""
    persons: int
    """Persons that benefit."""
    registered_households: int
    """Of the households, those registered as poor."""
    registered_persons: int
    """Of the persons, those registered as poor."""


@with_config(CLOSED)
class FundAnswer(TypedDict):
    """A source of the budget and what of it is allocated."""

    fund: str
    """Name of the fund."""
    amount: Yuan
    """What it is to give, yuan."""
    allocated: Yuan
    """What has been allocated of it, yuan."""
    left: Yuan
    """What can still be allocated, yuan."""


@with_config(CLOSED)
class NoticeSummary(TypedDict):
    """A notice in short."""

    id: Annotated[int, Field(description="Its number.")]
    kind: Annotated[
        NoticeKind,
        Field(
            description="`publicity` open to objections before the next step, `announcement` on entry or change, "
            "`removal`."
        ),
    ]
    level: Annotated[Level, Field(description="Whose notice it is.")]
    posted: Annotated[Date, Field(description="The day it was posted, which is not counted.")]
    last_day: Annotated[Date, Field(description="The last day on display; fixed when it was posted.")]
    status: Annotated[NoticeStatus, Field(description="How it stands today.")]


@with_config(CLOSED)
class ProjectContent(TypedDict):
    """What a project says; null is not said yet."""

    name: Annotated[str, Field(description="Name of the project.")]
    category: Annotated[str, Field(description="Category, as the county sorts them.")]
    construction: Annotated[Construction, Field(description="Kind of construction.")]
    place: Annotated[str, Field(description="The village's division code.")]
    place_name: Annotated[str | None, Field(description="The place in words.")]
    schedule: Annotated[ScheduleAnswer | None, Field(description="When it is to be carried out.")]
    responsible_unit: Annotated[str | None, Field(description="Who answers for it: a unit.")]
    tasks: Annotated[str | None, Field(description="What is to be built or done.")]
    budget: Annotated[BudgetAnswer, Field(description="What it costs and who pays.")]
    beneficiaries: Annotated[BeneficiariesAnswer | None, Field(description="Who benefits.")]
    performance_goals: Annotated[list[str], Field(description="What it is to achieve.")]
    participation: Annotated[str | None, Field(description="How villagers take part.")]
    poverty_reduction_mechanism: Annotated[str | None, Field(description="How it reduces poverty.")]


@with_config(CLOSED)
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


@with_config(CLOSED)
class ProjectsAnswer(TypedDict):
    """A page of projects."""

    items: list[ProjectAnswer]
    """The newest first."""
    next: Next


@with_config(CLOSED)
class AllocationAnswer(TypedDict):
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


@with_config(CLOSED)
class AllocationsAnswer(TypedDict):
    """The allocations to a project."""

    items: list[AllocationAnswer]
    """The oldest first."""
    next: Next


@with_config(CLOSED)
class ReportAnswer(TypedDict):
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


@with_config(CLOSED)
class ReportsAnswer(TypedDict):
    """What was carried out and achieved."""

    items: list[ReportAnswer]
    """The oldest first."""
    next: Next


ChangeAnswer = TypedDict(
    "ChangeAnswer",
    {
        "field": Annotated[str, Field(description="Which.")],
        "from": Annotated[object, Field(description="What it was; null where it was not said.")],
        "to": Annotated[object, Field(description="What it became.")],
    },
)
ChangeAnswer.__doc__ = "A field that changed."
with_config(CLOSED)(ChangeAnswer)

EventAnswer = TypedDict(
    "EventAnswer",
    {
        "number": Annotated[int, Field(description="Its place among all acts of the library, without a gap.")],
        "at": Annotated[Instant, Field(description="When.")],
        "day": Annotated[Date, Field(description="The service's day, in Asia/Shanghai.")],
        "action": Annotated[
            str,
            Field(
                description="The step of the procedure; or declare, revise, object, decide, allocate, progress, "
                "outcome."
            ),
        ],
        "actor": Annotated[ActorKind, Field(description="`officer`, `anyone` or `operator`.")],
        "level": Annotated[Level | None, Field(description="The officer's level.")],
        "place": Annotated[str | None, Field(description="The officer's place.")],
        "from": Annotated[Status | None, Field(description="The project's status before.")],
        "to": Annotated[Status, Field(description="The project's status after.")],
        "version": Annotated[int, Field(description="The project's version after.")],
        "note": Annotated[str | None, Field(description="Why.")],
        "changes": Annotated[list[ChangeAnswer], Field(description="What changed of what the project says.")],
        "record": Annotated[
            Mapping[str, object],
            Field(
                description="Evidence; the notice, objection, decision, allocation or report that came of it, with "
                "its digest."
            ),
        ],
        "previous": Annotated[str, Field(description="The hash of the act before.")],
        "hash": Annotated[str, Field(description="The hash over this act and the one before.")],
    },
)
EventAnswer.__doc__ = "An act, as it stands on record."
with_config(CLOSED)(EventAnswer)


@with_config(CLOSED)
class EventsAnswer(TypedDict):
    """A page of what was done to a project."""

    items: list[EventAnswer]
    """The oldest first."""
    next: Next


@with_config(CLOSED)
class ProjectPackage(TypedDict):
    """A project package of OC4IDS 0.9; its projects are described by the standard."""

    version: str
    """Of the standard: 0.9."""
    uri: str
    """Where this package stands."""
    publishedDate: Instant
    """When it was written."""
    publisher: Mapping[str, object]
    """Who publishes it."""
    projects: list[Mapping[str, object]]
    """The projects, the newest first."""
