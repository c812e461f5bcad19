"""A project of the village project library as it is declared and changed, and the acts on it."""

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.rules.projects.content import Beneficiaries, Construction, Content, Funding, Schedule
from app.rules.projects.procedure import (
    NO_EVIDENCE,
    Action,
    DepartmentOpinion,
    GroupDecision,
    Meeting,
    MeetingHeld,
    Status,
    StepEvidence,
    TownshipChecks,
)
from app.schemas.fields import Day, Money, MoneyAboveZero, Request
from app.schemas.text import Line, Lines

MOST_ON_A_PAGE = 200

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class ScheduleRequest(Request):
    """When the project is to be carried out (时间进度)."""

    start: Annotated[Day, Field(description="First day of the work.")]
    end: Annotated[Day, Field(description="Last day of the work, not before the first.")]

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end < self.start:
            raise PydanticCustomError("ends_before_start", "the end lies before the start", {"field": "end"})
        return self


class BudgetSource(Request):
    """A part of the budget and where it comes from (资金来源)."""

    fund: Annotated[Line, Field(max_length=100, description="Name of the fund, once in a budget.")]
    amount: Annotated[MoneyAboveZero, Field(description="What it is to give, yuan.")]


class Budget(Request):
    """What the project costs and where the money comes from (资金规模和筹资方式)."""

    total: Annotated[MoneyAboveZero, Field(description="In all, yuan.")]
    sources: Annotated[
        list[BudgetSource],
        Field(min_length=1, max_length=20, description="The sources; together they give the total, to the fen."),
    ]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if len({source.fund for source in self.sources}) < len(self.sources):
            raise PydanticCustomError("fund_repeated", "a fund stands twice", {"field": "sources"})
        if sum(source.amount for source in self.sources) != self.total:
            raise PydanticCustomError("sources_not_total", "the sources do not add up", {"field": "sources"})
        return self


class BeneficiariesRequest(Request):
    """Who benefits (受益对象)."""

    households: Annotated[Count, Field(description="Households that benefit.")]
    persons: Annotated[Count, Field(description="Persons that benefit.")]
    registered_households: Annotated[
        Count, Field(description="Of the households, those registered as poor (建档立卡).")
    ]
    registered_persons: Annotated[Count, Field(description="Of the persons, those registered as poor (建档立卡).")]

    @model_validator(mode="after")
    def _registered_among_all(self) -> Self:
        for registered, among in (("registered_households", "households"), ("registered_persons", "persons")):
            if getattr(self, registered) > getattr(self, among):
                raise PydanticCustomError("registered_above_all", "more than there are", {"field": registered})
        return self

    def to_beneficiaries(self) -> Beneficiaries:
        """Return the beneficiaries as values."""
        return Beneficiaries(self.households, self.persons, self.registered_households, self.registered_persons)


Goals = Annotated[list[Annotated[Lines, Field(max_length=500)]], Field(max_length=30)]


class ProjectRequest(Request):
    """A project as the village declares it (村申报). What is null or left out has not been said yet."""

    name: Annotated[Line, Field(max_length=200, description="Name of the project (项目名称).")]
    category: Annotated[Line, Field(max_length=60, description="Category (项目类别), as the county sorts them.")]
    construction: Annotated[
        Construction,
        Field(
            description="Kind of construction (建设性质): `new` 新建, `expansion` 扩建, `renovation` 改建, "
            "`continuation` 续建."
        ),
    ]
    place: Annotated[
        str, Field(pattern=r"^[0-9]{12}$", description="The village's division code (实施地点), 12 digits; it stays.")
    ]
    place_name: Annotated[Line | None, Field(max_length=100, description="The place in words.")] = None
    schedule: Annotated[ScheduleRequest | None, Field(description="When it is to be carried out (时间进度).")] = None
    responsible_unit: Annotated[
        Line | None, Field(max_length=200, description="Who answers for it (责任单位): a unit, no person's name.")
    ] = None
    tasks: Annotated[Lines | None, Field(max_length=5_000, description="What is to be built or done (建设任务).")] = (
        None
    )
    budget: Annotated[Budget, Field(description="What it costs and who pays (资金规模和筹资方式).")]
    beneficiaries: Annotated[BeneficiariesRequest | None, Field(description="Who benefits (受益对象).")] = None
    performance_goals: Annotated[
        Goals, Field(description="What it is to achieve (绩效目标); without any it does not enter the library.")
    ] = []  # noqa: RUF012 - Pydantic copies it
    participation: Annotated[
        Lines | None, Field(max_length=3_000, description="How villagers take part (群众参与).")
    ] = None
    poverty_reduction_mechanism: Annotated[
        Lines | None, Field(max_length=3_000, description="How it reduces poverty (带贫减贫机制).")
    ] = None

    def to_content(self) -> Content:
        """Return the content of the project."""
        schedule, whom = self.schedule, self.beneficiaries
        return Content(
            name=self.name,
            category=self.category,
            construction=self.construction,
            place=self.place,
            budget=self.budget.total,
            sources=tuple(Funding(source.fund, source.amount) for source in self.budget.sources),
            place_name=self.place_name,
            schedule=None if schedule is None else Schedule(schedule.start, schedule.end),
            responsible_unit=self.responsible_unit,
            tasks=self.tasks,
            beneficiaries=None if whom is None else whom.to_beneficiaries(),
            performance_goals=tuple(self.performance_goals),
            participation=self.participation,
            poverty_reduction_mechanism=self.poverty_reduction_mechanism,
        )


class MeetingRequest(Request):
    """The meeting that decided to declare the project; what is null is missing."""

    kind: Annotated[
        Meeting | None,
        Field(
            description="`village_committee` 村两委会, `villagers_representatives` 村民代表大会, `villagers_assembly` "
            "村民大会."
        ),
    ] = None
    date: Annotated[Day | None, Field(description="The day it was held, not one to come.")] = None
    attendance: Annotated[Count | None, Field(description="How many took part.")] = None


class ChecksRequest(Request):
    """What the township examined (乡审核); every one must be true."""

    truth: Annotated[bool | None, Field(description="The need it describes is true (真实性).")] = None
    need: Annotated[bool | None, Field(description="It is necessary (必要性).")] = None
    content: Annotated[bool | None, Field(description="Its content is in order (建设内容).")] = None
    budget: Annotated[bool | None, Field(description="Its budget is in order (资金概算).")] = None
    benefit: Annotated[bool | None, Field(description="Its expected benefit is plausible (预期效益).")] = None
    participation: Annotated[bool | None, Field(description="Poor villagers take part (贫困群众参与情况).")] = None
    mechanism: Annotated[bool | None, Field(description="It lifts people out of poverty (带贫机制).")] = None

    def to_checks(self) -> TownshipChecks:
        """Return the checks as values."""
        return TownshipChecks(
            truth=self.truth,
            need=self.need,
            content=self.content,
            budget=self.budget,
            benefit=self.benefit,
            participation=self.participation,
            mechanism=self.mechanism,
        )


class OpinionRequest(Request):
    """The opinion of the county's line department (行业主管部门论证)."""

    department: Annotated[Line | None, Field(max_length=200, description="Which department.")] = None
    text: Annotated[Lines | None, Field(max_length=3_000, description="That it is sound, compliant, feasible.")] = None


class GroupDecisionRequest(Request):
    """The decision of the county's leading group (扶贫开发领导小组审定)."""

    group: Annotated[Line | None, Field(max_length=200, description="Which group decided.")] = None
    date: Annotated[Day | None, Field(description="The day it decided, not one to come.")] = None


class EvidenceRequest(Request):
    """What a step must be backed with; the step says what it needs."""

    meeting: Annotated[MeetingRequest | None, Field(description="For `post_village_notice`.")] = None
    checks: Annotated[ChecksRequest | None, Field(description="For `approve_in_township`.")] = None
    opinion: Annotated[OpinionRequest | None, Field(description="For `approve_in_county`.")] = None
    decision: Annotated[GroupDecisionRequest | None, Field(description="For `approve_in_county`.")] = None

    def to_evidence(self) -> StepEvidence:
        """Return the evidence as values."""
        meeting, checks, opinion, decision = self.meeting, self.checks, self.opinion, self.decision
        return StepEvidence(
            None if meeting is None else MeetingHeld(meeting.kind, meeting.date, meeting.attendance),
            None if checks is None else checks.to_checks(),
            None if opinion is None else DepartmentOpinion(opinion.department, opinion.text),
            None if decision is None else GroupDecision(decision.group, decision.date),
        )


class ActionRequest(Request):
    """One step of the procedure."""

    action: Annotated[Action, Field(description="Which step; see the table of the procedure.")]
    note: Annotated[
        Lines | None, Field(max_length=2_000, description="Why; `return`, `withdraw` and `remove` need a reason.")
    ] = None
    evidence: Annotated[EvidenceRequest | None, Field(description="What the step is backed with.")] = None

    def to_evidence(self) -> StepEvidence:
        """Return the evidence as values; none where none was sent."""
        return NO_EVIDENCE if self.evidence is None else self.evidence.to_evidence()


class AllocationRequest(Request):
    """Money allocated to a project of the library (资金安排)."""

    fund: Annotated[Line, Field(max_length=100, description="A source of the project's budget, by its name there.")]
    amount: Annotated[MoneyAboveZero, Field(description="How much, yuan; at most what that source still has.")]
    document: Annotated[Line, Field(max_length=200, description="The document that allocates it, as it is numbered.")]


class ProgressRequest(Request):
    """What was carried out so far (实施情况)."""

    date: Annotated[Day | None, Field(description="The day this describes, not one to come; today without it.")] = None
    text: Annotated[Lines, Field(max_length=5_000, description="What was carried out.")]
    spent: Annotated[Money | None, Field(description="What has been spent so far in all, yuan.")] = None


class OutcomeRequest(Request):
    """What a completed project achieved (竣工后扶贫效果)."""

    date: Annotated[Day | None, Field(description="The day this describes, not one to come; today without it.")] = None
    text: Annotated[Lines, Field(max_length=5_000, description="What it achieved, held against its goals.")]
    spent: Annotated[Money | None, Field(description="What it cost in all, yuan.")] = None
    beneficiaries: Annotated[BeneficiariesRequest | None, Field(description="Who did benefit.")] = None


def to_number(most: int) -> BeforeValidator:
    """Read a whole number of a query, from 1 to `most`."""

    def read(value: object) -> int:
        if (
            isinstance(value, str)
            and value.isascii()
            and value.isdigit()
            and len(value) < 9
            and 1 <= int(value) <= most
        ):
            return int(value)
        raise PydanticCustomError("limit_range", "a whole number from 1 to {most}", {"most": most})

    return BeforeValidator(read)


Limit = Annotated[
    int, to_number(MOST_ON_A_PAGE), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE})
]


def _at_least_a_county(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value, re.ASCII):
        raise PydanticCustomError("place_short", "at least the six digits of a county")
    return value


PlacePrefix = Annotated[str, BeforeValidator(_at_least_a_county), Field(pattern=r"^[0-9]{6,12}$")]
"""The beginning of a division code, at least a county's: a shorter one would look at every row."""


class ProjectsFilter(Request):
    """Which projects."""

    status: Annotated[Status | None, Field(description="Only projects of this status.")] = None
    place: Annotated[
        PlacePrefix | None,
        Field(description="Only projects whose division code begins so: a county, township, village."),
    ] = None
    category: Annotated[Line | None, Field(max_length=60, description="Only projects of exactly this category.")] = None


class ProjectsQuery(ProjectsFilter):
    """Which projects, and which page of them."""

    limit: Annotated[Limit, Field(description="How many at most, 1 to 200.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=100, description="The `next` of the page before; the first page without it.")
    ] = None
