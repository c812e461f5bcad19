"""Seeds a store with the county of the demo, through the functions behind the API, in order of time."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby
from random import Random
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import SHANGHAI, Moment
from app.db import tokens
from app.db.projects import notices
from app.db.projects.events import Actor
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.objections import Decision, NewObjection
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.demo.county import DemoCounty
from app.demo.days import PostingDays
from app.demo.outcomes import list_outcomes
from app.demo.projects import draw_drafts
from app.demo.timelines import Timeline, TimelineStep
from app.projects import procedure
from app.projects.funds import record_allocation, record_report
from app.projects.notice_days import NoticeCalendar
from app.projects.objections import record_decision, record_objection
from app.projects.procedure import ActContext, StepRequest
from app.rules.projects.content import beneficiaries_described
from app.rules.projects.procedure import ReportKind
from app.rules.projects.publicity import Level
from app.schemas.requests.notices import DecisionRequest, ObjectionRequest
from app.schemas.requests.project_patch import ProjectPatch, patched
from app.schemas.requests.projects import (
    ActionRequest,
    AllocationRequest,
    OutcomeRequest,
    ProgressRequest,
    ProjectRequest,
)

TOKEN_DAYS = 365
"""Days from today for which the tokens are valid."""

DIGITS: dict[Level, int] = {"village": 12, "township": 9, "county": 6}
"""The digits of a division code by level."""

_OPENS, _CLOSES = 8 * 3600 + 1800, 17 * 3600 + 1800
"""Office hours, in seconds of the day."""

Plan = list[TimelineStep]
"""The acts on one project in order."""


class Office(NamedTuple):
    """An office that may act in the county, and its token."""

    level: Level
    place: str
    name: str
    token: str


class SeedResult(NamedTuple):
    """The content of a seeded store."""

    offices: list[Office]
    statuses: Counter[str]
    """The number of projects by status."""
    acts: Counter[str]
    """The number of acts by kind."""


def plan_projects(county: DemoCounty, notice_calendar: NoticeCalendar, today: dt.date) -> list[Plan]:
    """Build the timeline of each project; the same day gives the same timelines.

    ConditionsUnmetError where the days of a notice cannot be calculated.
    """
    chance = _chance("courses", today)
    days = PostingDays(notice_calendar, today)
    outcomes = list(list_outcomes())
    chance.shuffle(outcomes)
    return [
        Timeline(outcome, draft, texts=county.texts, days=days, today=today, chance=chance).build()
        for outcome, draft in zip(outcomes, draw_drafts(county, chance), strict=True)
    ]


def first_day(plans: Iterable[Plan]) -> dt.date:
    """Return the day of the first act of all projects."""
    return min(act.day for plan in plans for act in plan)


def fill(
    connection: Connection, county: DemoCounty, plans: Sequence[Plan], notice_calendar: NoticeCalendar, today: dt.date
) -> SeedResult:
    """Create the tokens and carry out the plans in order of time, all in the caller's transaction."""
    offices = _open_offices(connection, county)
    contested = {number for number, plan in enumerate(plans) if any(step.act == "object" for step in plan)}
    seeding = _Seeding(connection, notice_calendar, _officers(connection, offices), contested)
    for moment, number, act in schedule_acts(plans, today):
        seeding.do(number, act, moment)
    return SeedResult(offices, Counter(seeding.statuses.values()), Counter(act.act for plan in plans for act in plan))


def schedule_acts(plans: Sequence[Plan], today: dt.date) -> list[tuple[Moment, int, TimelineStep]]:
    """Give every act a moment in office hours; return all in order of time with the number of their plan.

    Today's acts happen one after the other from midnight on, so that none lies in the future.
    """
    chance = _chance("times", today)
    timed = sorted(
        (act.day, second, number, position)
        for number, plan in enumerate(plans)
        for position, (act, second) in enumerate(_timed(plan, chance))
    )
    early = 0
    moments = []
    for day, second, number, position in timed:
        early += day == today
        passed = dt.timedelta(seconds=early if day == today else second)
        at = dt.datetime.combine(day, dt.time(), SHANGHAI) + passed
        moments.append((Moment(at.astimezone(dt.UTC), day), number, plans[number][position]))
    return moments


def _timed(plan: Plan, chance: Random) -> Iterator[tuple[TimelineStep, int]]:
    for _, same_day in groupby(plan, key=lambda act: act.day):
        acts = list(same_day)
        yield from zip(acts, sorted(chance.randrange(_OPENS, _CLOSES) for _ in acts), strict=True)


def _chance(what: str, today: dt.date) -> Random:
    # Not for secrets: the same day must give the same county.
    return Random(f"{what} {today}")  # noqa: S311


def _open_offices(connection: Connection, county: DemoCounty) -> list[Office]:
    """Create a token for each office, valid from now on."""
    names: list[tuple[Level, str, str]] = [
        ("county", county.code, f"{county.name}扶贫开发办公室"),
        *(("township", code, f"{county.name}{name}人民政府") for code, name in county.townships.items()),
        *(("village", village.code, f"{village.place_name}村民委员会") for village in county.villages),
    ]
    now = dt.datetime.now(dt.UTC)
    return [
        Office(level, place, name, tokens.create(connection, place, name, now, TOKEN_DAYS))
        for level, place, name in names
    ]


def _officers(connection: Connection, offices: Iterable[Office]) -> dict[str, Officer]:
    """Return the officers by place, found by their tokens as in the endpoints."""
    now = dt.datetime.now(dt.UTC)
    holders = [tokens.find(connection, office.token, now) for office in offices]
    return {officer.place: officer for officer in holders if isinstance(officer, Officer)}


class _Seeding:
    """Carries out the plans as the endpoints do: each request is validated first."""

    def __init__(
        self,
        connection: Connection,
        notice_calendar: NoticeCalendar,
        officers: Mapping[str, Officer],
        contested: Set[int],
    ) -> None:
        self._connection = connection
        self._notice_calendar = notice_calendar
        self._officers = officers
        self._contested = contested
        """The plans with objections."""
        self._places: dict[int, str] = {}
        self._projects: dict[int, int] = {}
        self._notices: dict[tuple[int, Level], int] = {}
        """The newest notice at each level of the contested projects."""
        self._objections: dict[tuple[int, int], int] = {}
        self.statuses: dict[int, str] = {}

    def do(self, number: int, act: TimelineStep, moment: Moment) -> None:
        """Carry out one act on the project of a plan."""
        connection = self._connection
        match act.act:
            case "declare":
                self._places[number] = str(act.request["place"])
                content = ProjectRequest.model_validate(act.request).to_content()
                actor = Actor("officer", self._officer(number, act.level))
                project = procedure.declare(connection, moment, actor, content)
                self._projects[number] = project.id
            case "object":
                request = ObjectionRequest.model_validate(act.request)
                new = NewObjection(request.content, request.name, request.contact)
                objection = record_objection(connection, moment, self._notices[number, act.level], new)
                self._objections[number, act.objection] = objection.id
                return
            case "decide":
                verdict = DecisionRequest.model_validate(act.request)
                objection_id = self._objections[number, act.objection]
                officer = self._officer(number, act.level)
                decision = Decision(verdict.outcome, verdict.answer)
                _, project = record_decision(connection, moment, officer, objection_id, decision)
            case _:
                context = ActContext(moment, self._officer(number, act.level))
                project = self._change(context, self._projects[number], act)
        if act.act in {"act", "revise"} and number in self._contested:
            self._remember_notice(number, project.id)
        self.statuses[number] = project.status

    def _change(self, context: ActContext, project: int, act: TimelineStep) -> ProjectRecord:
        connection = self._connection
        match act.act:
            case "revise":
                ProjectPatch.model_validate(act.request)
                return procedure.revise(connection, context, project, patched(act.request), self._notice_calendar)
            case "allocate":
                allocation = AllocationRequest.model_validate(act.request)
                new = NewAllocation(allocation.fund, allocation.amount, allocation.document)
                return record_allocation(connection, context, project, new)[1]
            case "progress" | "outcome":
                return record_report(connection, context, project, _report(act.act, act.request, context.moment))[1]
        step = _step(act.request)
        return procedure.take(connection, context, project, step, self._notice_calendar)

    def _remember_notice(self, number: int, project: int) -> None:
        newest = notices.newest_of(self._connection, [project]).get(project)
        if newest is not None:
            self._notices[number, newest.level] = newest.id

    def _officer(self, number: int, level: Level) -> Officer:
        return self._officers[self._places[number][: DIGITS[level]]]


def _step(content: Mapping[str, object]) -> StepRequest:
    request = ActionRequest.model_validate(content)
    return StepRequest(request.action, request.note or "", request.to_evidence())


def _report(kind: ReportKind, request: Mapping[str, object], moment: Moment) -> NewReport:
    if kind == "progress":
        progress = ProgressRequest.model_validate(request)
        return NewReport(kind, progress.date or moment.today, progress.text, progress.spent)
    outcome = OutcomeRequest.model_validate(request)
    whom = outcome.beneficiaries
    beneficiaries = None if whom is None else beneficiaries_described(whom.to_beneficiaries())
    return NewReport(kind, outcome.date or moment.today, outcome.text, outcome.spent, beneficiaries)
