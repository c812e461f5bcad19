"""A project taken to each status by the service's own acts: the rows that a filled library is copied from."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from sqlalchemy import Connection, select

from app.clock import Moment, is_working_day
from app.db.models import Base
from app.db.projects.events import Actor
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.models import Allocation, Event, Notice, Objection, Project, ProjectSource, Report
from app.db.projects.objections import Decision, NewObjection
from app.db.tokens import Officer
from app.main import load_parameters
from app.projects import procedure
from app.projects.funds import record_allocation, record_report
from app.projects.notice_days import NoticeCalendar
from app.projects.objections import record_decision, record_objection
from app.projects.procedure import ActContext, StepRequest
from app.rules.projects.content import Content
from app.rules.projects.procedure import DISPLAYED_IN, Action, Status, level_of
from app.rules.projects.publicity import Level
from app.schemas.examples import OBJECTIONS, PROJECT, PROJECT_ACTIONS
from app.schemas.requests.projects import ActionRequest, ProjectRequest
from app.settings import Settings

Row = dict[str, Any]

TODAY = dt.date(2020, 6, 30)
"""The service's day."""

STATUSES: tuple[Status, ...] = get_args(Status)
TABLES: tuple[type[Base], ...] = (Project, ProjectSource, Notice, Objection, Allocation, Report, Event)
"""In the order in which rows refer to one another."""

_TO_THE_END = (
    "post_village_notice",
    "submit_to_township",
    "approve_in_township",
    "submit_to_county",
    "approve_in_county",
    "enter_library",
    "allocate",
    "start",
    "progress",
    "complete",
    "outcome",
)
_WAYS: Mapping[Status, tuple[str, ...]] = {
    "draft": (),
    "village_notice": (*_TO_THE_END[:1], "object"),
    "township_review": _TO_THE_END[:2],
    "township_notice": (*_TO_THE_END[:3], "object", "dismiss"),
    "county_review": _TO_THE_END[:4],
    "county_notice": _TO_THE_END[:5],
    "in_library": _TO_THE_END[:7],
    "under_way": _TO_THE_END[:9],
    "completed": _TO_THE_END,
    "returned": (*_TO_THE_END[:1], "object", "uphold"),
    "withdrawn": (*_TO_THE_END[:1], "withdraw"),
    "removed": (*_TO_THE_END[:7], "remove"),
}
"""What was done to a project of each status, after it was declared."""

_DAYS_BEFORE = {"submit_to_township": 11, "submit_to_county": 11, "enter_library": 11, "object": 1}
"""How long after the act before; the others come on the same day."""

_FURTHEST_BACK = 700
"""Days. After all meetings and decisions of the examples, which stay where they are."""

_FUND = str(PROJECT["budget"]["sources"][0]["fund"])


class Village(NamedTuple):
    """A village, and the officers of each level who act on its projects."""

    code: str
    officers: Mapping[Level, Officer]


class Walk(NamedTuple):
    """A project that went to its status: its rows, and how many days further back they may lie and still hold."""

    slack: int
    rows: Mapping[type[Base], Sequence[Row]]


def content_of(village: str) -> Content:
    """Describe the documentation's project in a village."""
    return ProjectRequest.model_validate({**PROJECT, "place": village}).to_content()


def step(action: Action) -> StepRequest:
    """Write a step with the documentation's evidence, and with a reason where it needs one."""
    example = PROJECT_ACTIONS.get(action, {"value": {"action": action}})["value"]
    asked = ActionRequest.model_validate({"note": "村民代表会议讨论后决定。", **example})
    return StepRequest(action, asked.note or "", asked.to_evidence())


def walk(connection: Connection, village: Village, status: Status) -> Walk:
    """Take a new project to a status, so that it stands there today, and read its rows."""
    way = _WAYS[status]
    day = TODAY - dt.timedelta(days=sum(_DAYS_BEFORE.get(act, 0) for act in way))
    declared_by = Actor("officer", village.officers["village"])
    project = procedure.declare(connection, _moment(day, 0), declared_by, content_of(village.code))
    number = project.id
    for hour, act in enumerate(way, 1):
        day += dt.timedelta(days=_DAYS_BEFORE.get(act, 0))
        moment = _moment(day, hour)
        notice, objection = _newest(connection, number)
        match act:
            case "object":
                record_objection(connection, moment, notice, NewObjection(OBJECTIONS["anonymous"]["value"]["content"]))
            case "dismiss" | "uphold":
                decision = Decision("upheld" if act == "uphold" else "dismissed", "已经调查，在村务公开栏答复。")
                officer = village.officers["township" if act == "dismiss" else "village"]
                record_decision(connection, moment, officer, objection, decision)
            case "allocate":
                new = NewAllocation(_FUND, 30_000_000, "乌财农〔2018〕12号")
                record_allocation(connection, ActContext(moment, village.officers["county"]), number, new)
            case "progress" | "outcome":
                report = NewReport(act, day, "管道已经铺设，八十户已经通水。", 20_000_000)
                record_report(connection, ActContext(moment, village.officers["township"]), number, report)
            case _:
                taken = step(act)  # type: ignore[arg-type]
                level = level_of(taken.action, project.status)
                assert level is not None
                attempt = ActContext(moment, village.officers[level])
                project = procedure.take(connection, attempt, number, taken, _postings())
    return Walk(_slack(status, way), {table: _rows(connection, table, number) for table in TABLES})


@cache
def _postings() -> NoticeCalendar:
    return NoticeCalendar(load_parameters(Settings()), is_working_day)


def _slack(status: Status, way: Sequence[str]) -> int:
    """Where its notice is still on display it may be on its last day; else the day matters little."""
    return 10 - ("object" in way) if status in DISPLAYED_IN else _FURTHEST_BACK


def _moment(day: dt.date, hour: int) -> Moment:
    """Tell an hour of the working day in Shanghai."""
    return Moment(dt.datetime.combine(day, dt.time(hour, 30), dt.UTC), day)


def _newest(connection: Connection, project: int) -> tuple[int, int]:
    """Return the numbers of a project's newest notice and objection, 0 where there is none."""
    notice = connection.scalar(
        select(Notice.id).where(Notice.project_id == project).order_by(Notice.id.desc()).limit(1)
    )
    made = select(Objection.id).where(Objection.notice_id == notice).order_by(Objection.id.desc()).limit(1)
    return notice or 0, connection.scalar(made) or 0


def _rows(connection: Connection, table: type[Base], project: int) -> list[Row]:
    columns = table.__table__.columns
    told = select(*columns)
    if table is Project:
        told = told.where(Project.id == project)
    elif table is Objection:
        told = told.where(Objection.notice_id.in_(select(Notice.id).where(Notice.project_id == project)))
    else:
        told = told.where(columns["project_id"] == project)
    return [row._asdict() for row in connection.execute(told.order_by(*table.__table__.primary_key))]
