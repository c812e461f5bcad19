"""The acts of officers on projects (二.6.(2)). Each act is one transaction: the change, the notice, the event.

The table of `app/rules/projects/procedure.py` says whether a step may be taken. Every act checks in the same order that
the project exists, that its place and level are the officer's, that its version was seen, that all conditions hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import notices, objections, projects
from app.db.projects.events import Actor, ClosedBy, EventAction, EventDetails, ProjectEvent, append_event
from app.db.projects.notices import CurrentNotice, NoticeDays
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import (
    ConditionsUnmetError,
    ForbiddenError,
    InvalidFieldError,
    NotFoundError,
    Resource,
    StaleVersionError,
)
from app.projects.notice_days import NoticeCalendar
from app.rules.projects.content import Content, FieldChanges, changes, described
from app.rules.projects.procedure import (
    CHANGED_BY,
    ENTRY,
    NO_EVIDENCE,
    OWN_WAY,
    STEPS,
    Action,
    Facts,
    NoticeKind,
    Status,
    StepEvidence,
    Unmet,
    level_of,
    unmet,
)
from app.rules.projects.publicity import Level
from app.rules.three_valued import because

Versions = frozenset[int]
"""The versions that the officer has seen, by the request."""

CLOSING: Mapping[Status, ClosedBy] = {"returned": "returned", "withdrawn": "withdrawn"}
"""The statuses that close a project's notice before its last day, and the reason that is stored."""


class ActContext(NamedTuple):
    """The moment of an act, its officer, and the versions of the project that were seen; None for any version."""

    moment: Moment
    officer: Officer
    seen: Versions | None = None


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step of the procedure that an officer takes, with a note and the evidence."""

    action: Action
    note: str = ""
    evidence: StepEvidence = NO_EVIDENCE


def declare(connection: Connection, moment: Moment, who: Actor, content: Content) -> ProjectRecord:
    """Declare a project (村申报): the village's officer, or the operator with an import. ForbiddenError."""
    if who.officer is not None:
        _check_place(who.officer, content.place, "village")
    project = projects.create(connection, content, moment)
    event = ProjectEvent(project.id, "declare", who, None, "draft", 1, changes=changes(None, described(content)))
    append_event(connection, moment, event)
    return project


def take(
    connection: Connection, context: ActContext, number: int, step: StepRequest, notice_calendar: NoticeCalendar
) -> ProjectRecord:
    """Take a step of the procedure. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError."""
    moment = context.moment
    before = find_for_act(connection, context, number, lambda project: level_of(step.action, project.status))
    standing = notices.standing_of(connection, [before])
    notice = standing.get(number)
    facts = facts_of(connection, moment, [before], standing)[number]
    missing, days = lacking(step.action, replace(facts, note=step.note, evidence=step.evidence), notice_calendar)
    if missing:
        raise ConditionsUnmetError(missing)
    rule = STEPS[step.action]
    after = projects.change_status(connection, before, rule.to, moment)
    details: EventDetails = {}
    if evidence := step.evidence.to_record():
        details["evidence"] = evidence
    if notice is not None and (reason := _close_early(connection, moment, after.status, notice)) is not None:
        details["closed"] = {"notice": notice.id, "by": reason}
    if rule.posts is not None and rule.level is not None and days is not None:
        removal = step.note if rule.posts == "removal" else None
        details["notice"] = notices.post(connection, after, rule.posts, rule.level, days, reason=removal)
    _append(connection, context, step.action, before, after, note=step.note or None, details=details)
    return after


def revise(
    connection: Connection,
    context: ActContext,
    number: int,
    change: Callable[[Content], Content],
    notice_calendar: NoticeCalendar,
) -> ProjectRecord:
    """Change the content of a project. During a notice its days begin again; in the library the change is announced.

    NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError; InvalidFieldError where the place
    would be another.
    """
    moment = context.moment
    before = find_for_act(connection, context, number, lambda project: CHANGED_BY.get(project.status))
    level = CHANGED_BY.get(before.status)
    if level is None:
        raise ConditionsUnmetError([Unmet(because("not_changeable", status=before.status), OWN_WAY)])
    content = change(before.content)
    changed = changes(described(before.content), described(content))
    if not changed:
        return before
    if content.place != before.content.place:
        raise InvalidFieldError("/place", "place_fixed")
    in_library = before.status in {"in_library", "under_way"}
    notice = notices.standing(connection, before)
    missing = _lost(before, content, in_library)
    days = None
    if in_library or notice is not None:
        days, unknown = notice_calendar.perhaps(level, moment.today)
        missing += unknown
    if missing:
        raise ConditionsUnmetError(missing)
    after = projects.change_content(connection, before, content, moment)
    details: EventDetails = {}
    if notice is not None:
        notices.close(connection, notice.id, "superseded", moment)
        details["closed"] = {"notice": notice.id, "by": "superseded"}
    if days is not None:
        kind: NoticeKind = "announcement" if in_library else "publicity"
        details["notice"] = notices.post(connection, after, kind, level, days)
    _append(connection, context, "revise", before, after, changed=changed, details=details)
    return after


def lacking(action: Action, facts: Facts, notice_calendar: NoticeCalendar) -> tuple[list[Unmet], NoticeDays | None]:
    """List the conditions that a step does not meet, and fix the days of the notice that it would post."""
    rule, missing = STEPS[action], unmet(action, facts)
    if rule.posts is None or rule.level is None or facts.status not in rule.starts:
        return missing, None
    days, unknown = notice_calendar.perhaps(rule.level, facts.today)
    return [*missing, *unknown], days


def facts_of(
    connection: Connection, moment: Moment, projects: Sequence[ProjectRecord], standing: Mapping[int, CurrentNotice]
) -> dict[int, Facts]:
    """Gather the facts for the conditions of a step, by project number, without the note and evidence of a step.

    `standing` holds the notices that the projects stand under. One query serves any number of projects.
    """
    undecided = objections.undecided_in_time(connection, [project.id for project in projects])
    return {
        project.id: Facts(
            project.status,
            moment.today,
            has_performance_goals=bool(project.content.performance_goals),
            notice=standing[project.id].days if project.id in standing else None,
            undecided_objections=undecided[project.id],
        )
        for project in projects
    }


def find_for_act(
    connection: Connection, context: ActContext, number: int, level: Callable[[ProjectRecord], Level | None]
) -> ProjectRecord:
    """Return a project that the officer may act on. NotFoundError, ForbiddenError, StaleVersionError.

    What the officer may not read is not found here either: a refusal would tell that it is there.
    """
    project = projects.find(connection, number)
    if not project.is_shown_to(context.officer):
        raise NotFoundError(Resource.PROJECT)
    _check_place(context.officer, project.content.place, level(project))
    if context.seen is not None and project.version not in context.seen:
        raise StaleVersionError
    return project


def _close_early(connection: Connection, moment: Moment, status: Status, notice: CurrentNotice) -> ClosedBy | None:
    """Close the notice of a project that goes back before the last day, and return the reason; None where it stays."""
    reason = CLOSING.get(status)
    if reason is None or notice.days.is_over(moment.today):
        return None
    notices.close(connection, notice.id, reason, moment)
    return reason


def _check_place(officer: Officer, place: str, level: Level | None) -> None:
    """Refuse an officer of another place or level. Where the level is None, only the place counts. ForbiddenError."""
    if not place.startswith(officer.place) or level not in {None, officer.level}:
        raise ForbiddenError


def _lost(before: ProjectRecord, content: Content, in_library: bool) -> list[Unmet]:
    """List what a change would remove that must stay: the goals in the library, and amounts that are allocated."""
    lost = []
    if in_library and not content.performance_goals:
        lost.append(Unmet(because("no_performance_goals"), ENTRY))
    amounts = {each.fund: each.amount for each in content.sources}
    lost += [
        Unmet(because("below_allocated", fund=fund.fund, allocated=fund.allocated), OWN_WAY)
        for fund in before.funds
        if fund.allocated > amounts.get(fund.fund, 0)
    ]
    return lost


def _append(
    connection: Connection,
    context: ActContext,
    action: EventAction,
    before: ProjectRecord,
    after: ProjectRecord,
    *,
    details: EventDetails,
    note: str | None = None,
    changed: FieldChanges | None = None,
) -> None:
    who = Actor("officer", context.officer)
    event = ProjectEvent(
        before.id, action, who, before.status, after.status, after.version, note, changed or {}, details
    )
    append_event(connection, context.moment, event)
