"""Fills a store with the demo's county, through the functions that the API itself uses, in order of time."""

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
from app.demo.outcomes import endings
from app.demo.projects import Json, drafts
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
"""Days from today that the tokens are valid for."""

DIGITS: dict[Level, int] = {"village": 12, "township": 9, "county": 6}
"""Of a level's division codes."""

_OPENS, _CLOSES = 8 * 3600 + 1800, 17 * 3600 + 1800
"""Office hours, in seconds of the day."""

Plan = list[TimelineStep]
"""What is done to one project, the first act first."""


class Office(NamedTuple):
    """Who may act in the county, and the token to act with."""

    level: Level
    place: str
    name: str
    token: str


class Filled(NamedTuple):
    """What was made."""

    offices: list[Office]
    statuses: Counter[str]
    """Projects by status."""
    acts: Counter[str]
    """Acts by what was done."""


def planned(county: DemoCounty, notice_calendar: NoticeCalendar, today: dt.date) -> list[Plan]:
    """Draw up what is done to each project, the same for the same day.

    ConditionsUnmetError where no notice can be dated.
    """
    chance = _chance("courses", today)
    days = PostingDays(notice_calendar, today)
    ways = list(endings())
    chance.shuffle(ways)
    several = zip(ways, drafts(county, chance), strict=True)
    return [
        Timeline(ending, draft, texts=county.texts, days=days, today=today, chance=chance).drawn_up()
        for ending, draft in several
    ]


def begins(plans: Iterable[Plan]) -> dt.date:
    """Return the day of the first act of all."""
    return min(act.day for plan in plans for act in plan)


def fill(
    connection: Connection, county: DemoCounty, plans: Sequence[Plan], notice_calendar: NoticeCalendar, today: dt.date
) -> Filled:
    """Make the tokens and do all that is planned, in order of time; everything or, where it is broken off, nothing."""
    offices = _open_offices(connection, county, begins(plans), today)
    contested = {number for number, plan in enumerate(plans) if any(act.what == "object" for act in plan)}
    filling = _Filling(connection, notice_calendar, _officers(connection, offices, today), contested)
    for moment, number, act in in_order(plans, today):
        filling.do(number, act, moment)
    return Filled(offices, Counter(filling.statuses.values()), Counter(act.what for plan in plans for act in plan))


def in_order(plans: Sequence[Plan], today: dt.date) -> list[tuple[Moment, int, TimelineStep]]:
    """Give every act its moment, in office hours, and put all in order, with the number of the project's plan.

    Today's acts are done in the first minutes of the day, one after the other: none may lie in the future.
    """
    chance = _chance("times", today)
    timed = sorted(
        (act.day, second, number, position)
        for number, plan in enumerate(plans)
        for position, (act, second) in enumerate(_timed(plan, chance))
    )
    early = 0
    found = []
    for day, second, number, position in timed:
        early += day == today
        passed = dt.timedelta(seconds=early if day == today else second)
        at = dt.datetime.combine(day, dt.time(), SHANGHAI) + passed
        found.append((Moment(at.astimezone(dt.UTC), day), number, plans[number][position]))
    return found


def _timed(plan: Plan, chance: Random) -> Iterator[tuple[TimelineStep, int]]:
    for _, same_day in groupby(plan, key=lambda act: act.day):
        acts = list(same_day)
        yield from zip(acts, sorted(chance.randrange(_OPENS, _CLOSES) for _ in acts), strict=True)


def _chance(what: str, today: dt.date) -> Random:
    # A demo keeps no secret: the same day brings the same county.
    return Random(f"{what} {today}")  # noqa: S311


def _open_offices(connection: Connection, county: DemoCounty, first: dt.date, today: dt.date) -> list[Office]:
    """Make a token for each office, as of the first day."""
    named: list[tuple[Level, str, str]] = [
        ("county", county.code, f"{county.name}扶贫开发办公室"),
        *(("township", code, f"{county.name}{name}人民政府") for code, name in county.townships.items()),
        *(("village", village.code, f"{village.place_name}村民委员会") for village in county.villages),
    ]
    opened = dt.datetime.combine(first, dt.time(), SHANGHAI)
    days = (today - first).days + TOKEN_DAYS
    return [
        Office(level, place, name, tokens.create(connection, place, name, opened, days)) for level, place, name in named
    ]


def _officers(connection: Connection, offices: Iterable[Office], today: dt.date) -> dict[str, Officer]:
    """Find the officers by their places, as the endpoints do: by the token."""
    now = dt.datetime.combine(today, dt.time(), SHANGHAI)
    found = [tokens.find(connection, office.token, now) for office in offices]
    return {officer.place: officer for officer in found if isinstance(officer, Officer)}


class _Filling:
    """Does what is planned, as the endpoints do it: what is asked is validated first, then done."""

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
        """The plans with objections in them."""
        self._places: dict[int, str] = {}
        self._projects: dict[int, int] = {}
        self._notices: dict[tuple[int, Level], int] = {}
        """The newest notice at each level, of projects that are objected to."""
        self._objections: dict[tuple[int, int], int] = {}
        self.statuses: dict[int, str] = {}

    def do(self, number: int, act: TimelineStep, moment: Moment) -> None:
        """Do one act to the project of a plan."""
        connection = self._connection
        match act.what:
            case "declare":
                self._places[number] = act.request["place"]
                content = ProjectRequest.model_validate(act.request).to_content()
                who = Actor("officer", self._officer(number, act.level))
                project = procedure.declare(connection, moment, who, content)
                self._projects[number] = project.id
            case "object":
                asked = ObjectionRequest.model_validate(act.request)
                new = NewObjection(asked.content, asked.name, asked.contact)
                made = record_objection(connection, moment, self._notices[number, act.level], new)
                self._objections[number, act.objection] = made.id
                return
            case "decide":
                decision = DecisionRequest.model_validate(act.request)
                which = self._objections[number, act.objection]
                officer = self._officer(number, act.level)
                told = Decision(decision.outcome, decision.answer)
                _, project = record_decision(connection, moment, officer, which, told)
            case _:
                attempt = ActContext(moment, self._officer(number, act.level))
                project = self._attempt(attempt, self._projects[number], act)
        if act.what in {"act", "revise"} and number in self._contested:
            self._take_note(number, project.id)
        self.statuses[number] = project.status

    def _attempt(self, attempt: ActContext, project: int, act: TimelineStep) -> ProjectRecord:
        connection = self._connection
        match act.what:
            case "revise":
                ProjectPatch.model_validate(act.request)
                return procedure.revise(connection, attempt, project, patched(act.request), self._notice_calendar)
            case "allocate":
                asked = AllocationRequest.model_validate(act.request)
                new = NewAllocation(asked.fund, asked.amount, asked.document)
                return record_allocation(connection, attempt, project, new)[1]
            case "progress" | "outcome":
                return record_report(connection, attempt, project, _report(act.what, act.request, attempt.moment))[1]
        step = _step(act.request)
        return procedure.take(connection, attempt, project, step, self._notice_calendar)

    def _take_note(self, number: int, project: int) -> None:
        newest = notices.newest_of(self._connection, [project]).get(project)
        if newest is not None:
            self._notices[number, newest.level] = newest.id

    def _officer(self, number: int, level: Level) -> Officer:
        return self._officers[self._places[number][: DIGITS[level]]]


def _step(request: Json) -> StepRequest:
    asked = ActionRequest.model_validate(request)
    return StepRequest(asked.action, asked.note or "", asked.to_evidence())


def _report(kind: ReportKind, request: Json, moment: Moment) -> NewReport:
    if kind == "progress":
        progress = ProgressRequest.model_validate(request)
        return NewReport(kind, progress.date or moment.today, progress.text, progress.spent)
    outcome = OutcomeRequest.model_validate(request)
    whom = outcome.beneficiaries
    beneficiaries = None if whom is None else beneficiaries_described(whom.to_beneficiaries())
    return NewReport(kind, outcome.date or moment.today, outcome.text, outcome.spent, beneficiaries)
