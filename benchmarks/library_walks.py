"""A project brought to each status through the service's own functions: the rows that the seed copies."""

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
from app.settings import Settings, load_parameters

Row = dict[str, Any]

TODAY = dt.date(2020, 6, 30)
"""The service's day."""

STATUSES: tuple[Status, ...] = get_args(Status)
TABLES: tuple[type[Base], ...] = (Project, ProjectSource, Notice, Objection, Allocation, Report, Event)
"""In the order of their foreign keys."""

_WHOLE_PATH = (
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
_STEPS_TO: Mapping[Status, tuple[str, ...]] = {
    "draft": (),
    "village_notice": (*_WHOLE_PATH[:1], "object"),
    "township_review": _WHOLE_PATH[:2],
    "township_notice": (*_WHOLE_PATH[:3], "object", "dismiss"),
    "county_review": _WHOLE_PATH[:4],
    "county_notice": _WHOLE_PATH[:5],
    "in_library": _WHOLE_PATH[:7],
    "under_way": _WHOLE_PATH[:9],
    "completed": _WHOLE_PATH,
    "returned": (*_WHOLE_PATH[:1], "object", "uphold"),
    "withdrawn": (*_WHOLE_PATH[:1], "withdraw"),
    "removed": (*_WHOLE_PATH[:7], "remove"),
}
"""The acts that bring a declared project to each status."""

_DAYS_BEFORE = {"submit_to_township": 11, "submit_to_county": 11, "enter_library": 11, "object": 1}
"""Days after the act before it; all others happen on the same day."""

_FURTHEST_BACK = 700
"""Days. Short of the meetings and decisions of the examples, whose days stay."""

_FUND = str(PROJECT["budget"]["sources"][0]["fund"])


class Village(NamedTuple):
    """A village, and the officer of each level who acts on its projects."""

    code: str
    officers: Mapping[Level, Officer]


class Walk(NamedTuple):
    """A project brought to its status: its rows, and how many days earlier a copy may lie and still be consistent."""

    slack: int
    rows: Mapping[type[Base], Sequence[Row]]


def content_of(village: str) -> Content:
    """Build the documentation's project in a village."""
    return ProjectRequest.model_validate({**PROJECT, "place": village}).to_content()


def step(action: Action) -> StepRequest:
    """Build a step with the documentation's evidence, and with a reason where it needs one."""
    example = PROJECT_ACTIONS.get(action, {"value": {"action": action}})["value"]
    asked = ActionRequest.model_validate({"note": "村民代表会议讨论后决定。", **example})
    return StepRequest(action, asked.note or "", asked.to_evidence())


def walk(connection: Connection, village: Village, status: Status) -> Walk:
    """Bring a new project to a status, so that it has that status today, and read its rows."""
    acts = _STEPS_TO[status]
    day = TODAY - dt.timedelta(days=sum(_DAYS_BEFORE.get(act, 0) for act in acts))
    declared_by = Actor("officer", village.officers["village"])
    project = procedure.declare(connection, _moment(day, 0), declared_by, content_of(village.code))
    number = project.id
    for hour, act in enumerate(acts, 1):
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
                request = step(act)  # type: ignore[arg-type]
                level = level_of(request.action, project.status)
                assert level is not None
                context = ActContext(moment, village.officers[level])
                project = procedure.take(connection, context, number, request, _notice_calendar())
    return Walk(_slack(status, acts), {table: _rows(connection, table, number) for table in TABLES})


@cache
def _notice_calendar() -> NoticeCalendar:
    return NoticeCalendar(load_parameters(Settings()), is_working_day)


def _slack(status: Status, acts: Sequence[str]) -> int:
    """A notice still on display may be on its last day; otherwise the day matters little."""
    return 10 - ("object" in acts) if status in DISPLAYED_IN else _FURTHEST_BACK


def _moment(day: dt.date, hour: int) -> Moment:
    """Return an hour of the working day in Shanghai."""
    return Moment(dt.datetime.combine(day, dt.time(hour, 30), dt.UTC), day)


def _newest(connection: Connection, project: int) -> tuple[int, int]:
    """Return the numbers of a project's newest notice and objection, 0 where there is none."""
    notice = connection.scalar(
        select(Notice.id).where(Notice.project_id == project).order_by(Notice.id.desc()).limit(1)
    )
    newest_objection = select(Objection.id).where(Objection.notice_id == notice).order_by(Objection.id.desc()).limit(1)
    return notice or 0, connection.scalar(newest_objection) or 0


def _rows(connection: Connection, table: type[Base], project: int) -> list[Row]:
    columns = table.__table__.columns
    statement = select(*columns)
    if table is Project:
        statement = statement.where(Project.id == project)
    elif table is Objection:
        statement = statement.where(Objection.notice_id.in_(select(Notice.id).where(Notice.project_id == project)))
    else:
        statement = statement.where(columns["project_id"] == project)
    return [row._asdict() for row in connection.execute(statement.order_by(*table.__table__.primary_key))]
