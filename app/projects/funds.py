"""Allocations from a project's sources, and reports of what was carried out, as they are recorded."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert

from app.db.projects import projects
from app.db.projects.events import Actor, ProjectEvent, append_event
from app.db.projects.funds import digest_of_allocation, digest_of_report
from app.db.projects.models import Allocation, Report
from app.db.projects.projects import ProjectRecord
from app.errors import ConditionsUnmetError, InvalidFieldError
from app.projects.procedure import ActContext, checked
from app.rules.projects.procedure import ENTRY, FUNDED_IN, REPORTED_IN, ReportKind, Unmet
from app.rules.three_valued import because


class NewAllocation(NamedTuple):
    """Money to allocate: from which source of the budget, how much in fen, by which document."""

    fund: str
    amount: int
    document: str


class NewReport(NamedTuple):
    """What was carried out or achieved, by a day; `spent` so far in fen."""

    kind: ReportKind
    day: dt.date
    text: str
    spent: int | None = None
    beneficiaries: Mapping[str, int] | None = None


def record_allocation(
    connection: Connection, attempt: ActContext, number: int, new: NewAllocation
) -> tuple[int, ProjectRecord]:
    """Allocate money to a project of the library, never above what its source still has; return the number given.

    The county's officer. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError;
    InvalidFieldError for an unknown fund.
    """
    before = checked(connection, attempt, number, lambda _: "county")
    if before.status not in FUNDED_IN:
        raise ConditionsUnmetError([Unmet(because("not_in_library", status=before.status), ENTRY)])
    fund = next((each for each in before.funds if each.fund == new.fund), None)
    if fund is None:
        raise InvalidFieldError("/fund", "fund_unknown")
    if new.amount > fund.left:
        raise ConditionsUnmetError([Unmet(because("above_budget", fund=fund.fund, left=fund.left), ENTRY)])
    after = projects.allocate(connection, before, fund, new.amount, attempt.moment)
    row = {"project_id": number, **new._asdict(), "made": attempt.moment.at}
    made = connection.execute(insert(Allocation).values(row).returning(Allocation.id)).scalar_one()
    told = {"allocation": {"id": made, "digest": digest_of_allocation(row)}}
    _record(connection, attempt, "allocate", after, told)
    return made, after


def record_report(
    connection: Connection, attempt: ActContext, number: int, new: NewReport
) -> tuple[int, ProjectRecord]:
    """Put on record what was carried out, or what a completed project achieved; return the number given.

    The township's officer. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError;
    InvalidFieldError for a day to come.
    """
    before = checked(connection, attempt, number, lambda _: "township")
    if before.status not in REPORTED_IN[new.kind]:
        raise ConditionsUnmetError([Unmet(because(f"no_{new.kind}_yet", status=before.status), ENTRY)])
    if new.day > attempt.moment.today:
        raise InvalidFieldError("/date", "day_to_come")
    after = projects.change_status(connection, before, before.status, attempt.moment)
    row = {"project_id": number, **new._asdict(), "made": attempt.moment.at}
    made = connection.execute(insert(Report).values(row).returning(Report.id)).scalar_one()
    _record(connection, attempt, new.kind, after, {"report": {"id": made, "digest": digest_of_report(row)}})
    return made, after


def _record(
    connection: Connection, attempt: ActContext, action: str, after: ProjectRecord, record: Mapping[str, Any]
) -> None:
    who = Actor("officer", attempt.officer)
    act = ProjectEvent(after.id, action, who, after.status, after.status, after.version, record=record)
    append_event(connection, attempt.moment, act)
