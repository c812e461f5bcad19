"""Allocations from the sources of a project's budget, and reports of what was carried out and achieved."""

from sqlalchemy import Connection

from app.db.projects import funds, projects
from app.db.projects.events import Actor, EventAction, EventDetails, ProjectEvent, append_event
from app.db.projects.funds import (
    AllocationRecord,
    NewAllocation,
    NewReport,
    ReportRecord,
    digest_of_allocation,
    digest_of_report,
)
from app.db.projects.projects import ProjectRecord
from app.errors import ConditionsUnmetError, InvalidFieldError
from app.projects.procedure import ActContext, find_for_act
from app.rules.projects.procedure import ENTRY, FUNDED_IN, OWN_WAY, REPORT_REQUIRED_BY, REPORTED_IN, Unmet
from app.rules.three_valued import because


def record_allocation(
    connection: Connection, context: ActContext, number: int, new: NewAllocation
) -> tuple[AllocationRecord, ProjectRecord]:
    """Allocate money to a project of the library, at most what its source still has left.

    For the county's officer. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError;
    InvalidFieldError for an unknown fund.
    """
    before = find_for_act(connection, context, number, lambda _: "county")
    if before.status not in FUNDED_IN:
        raise ConditionsUnmetError([Unmet(because("not_in_library", status=before.status), ENTRY)])
    fund = next((each for each in before.funds if each.fund == new.fund), None)
    if fund is None:
        raise InvalidFieldError("/fund", "fund_unknown")
    if new.amount > fund.left:
        raise ConditionsUnmetError([Unmet(because("above_budget", fund=fund.fund, left=fund.left), OWN_WAY)])
    after = projects.allocate(connection, before, fund, new.amount, context.moment)
    allocation = funds.insert_allocation(connection, number, new, context.moment)
    entry: EventDetails = {"allocation": {"id": allocation.id, "digest": digest_of_allocation(number, new)}}
    _append(connection, context, "allocate", after, entry)
    return allocation, after


def record_report(
    connection: Connection, context: ActContext, number: int, new: NewReport
) -> tuple[ReportRecord, ProjectRecord]:
    """Record what was carried out, or what a completed project achieved.

    For the township's officer. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError;
    InvalidFieldError for a day in the future.
    """
    before = find_for_act(connection, context, number, lambda _: "township")
    if before.status not in REPORTED_IN[new.kind]:
        raise ConditionsUnmetError(
            [Unmet(because(f"no_{new.kind}_yet", status=before.status), REPORT_REQUIRED_BY[new.kind])]
        )
    if new.day > context.moment.today:
        raise InvalidFieldError("/date", "day_to_come")
    after = projects.change_status(connection, before, before.status, context.moment)
    report = funds.insert_report(connection, number, new, context.moment)
    entry: EventDetails = {"report": {"id": report.id, "digest": digest_of_report(number, new)}}
    _append(connection, context, new.kind, after, entry)
    return report, after


def _append(
    connection: Connection, context: ActContext, action: EventAction, after: ProjectRecord, details: EventDetails
) -> None:
    who = Actor("officer", context.officer)
    event = ProjectEvent(after.id, action, who, after.status, after.status, after.version, record=details)
    append_event(connection, context.moment, event)
