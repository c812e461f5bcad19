"""What officers do to projects (二.6.(2)), each act in one transaction: the change, the notice, the event.

Whether a step may be taken is read in the table of `app/rules/publicity.py`. Every act is checked in the same order:
is the project there, is it the officer's place and level, is it the version that was seen, do all conditions hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import notices, objections, projects
from app.db.projects.events import Actor, ProjectEvent, append_event
from app.db.projects.notices import CurrentNotice, NoticeDays
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, ForbiddenError, InvalidFieldError, StaleVersionError
from app.projects.notice_days import NoticeCalendar
from app.rules.projects.content import Content, changes, described
from app.rules.projects.procedure import (
    CHANGED_BY,
    ENTRY,
    STEPS,
    Action,
    Facts,
    NoticeKind,
    Status,
    Unmet,
    level_of,
    unmet,
)
from app.rules.projects.publicity import Level
from app.rules.three_valued import because

Versions = frozenset[int]
"""The versions that an officer says he has seen."""

CLOSING: Mapping[Status, notices.ClosedBy] = {"returned": "returned", "withdrawn": "withdrawn"}
"""The statuses in which a project's notice does not stand its days out, and how it is then closed."""


class ActContext(NamedTuple):
    """Who acts, when, and on which versions of the project; None: whichever it is."""

    moment: Moment
    officer: Officer
    seen: Versions | None = None


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step of the procedure that an officer takes: what he notes, and the evidence that he gives."""

    action: Action
    note: str = ""
    evidence: Mapping[str, Any] | None = None
    """Days as days, for the conditions."""
    written: Mapping[str, Any] | None = None
    """The same as it goes on record."""


def declare(connection: Connection, moment: Moment, who: Actor, content: Content) -> ProjectRecord:
    """Declare a project (村申报): the village's officer, or the operator who brings in a list. ForbiddenError."""
    if who.officer is not None:
        _check_place(who.officer, content.place, "village")
    project = projects.put_in(connection, content, moment)
    told = changes(None, described(content))
    append_event(connection, moment, ProjectEvent(project.id, "declare", who, None, "draft", 1, changes=told))
    return project


def take(
    connection: Connection, attempt: ActContext, number: int, step: StepRequest, notice_calendar: NoticeCalendar
) -> ProjectRecord:
    """Take a step of the procedure. NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError."""
    moment = attempt.moment
    before = checked(connection, attempt, number, lambda project: level_of(step.action, project.status))
    standing = notices.standing_of(connection, [before])
    notice = standing.get(number)
    facts = facts_of(connection, moment, [before], standing)[number]
    found, posted = lacking(step.action, replace(facts, note=step.note, evidence=step.evidence), notice_calendar)
    if found:
        raise ConditionsUnmetError(found)
    rule = STEPS[step.action]
    after = projects.change_status(connection, before, rule.to, moment)
    record: dict[str, Any] = {"evidence": dict(step.written)} if step.written else {}
    record |= closed_early(connection, moment, after.status, notice)
    if rule.posts is not None and rule.level is not None and posted is not None:
        reason = step.note if rule.posts == "removal" else None
        record["notice"] = notices.post(connection, after, rule.posts, rule.level, posted, reason=reason)
    _record(connection, attempt, step.action, before, after, note=step.note or None, record=record)
    return after


def revise(
    connection: Connection,
    attempt: ActContext,
    number: int,
    change: Callable[[Content], Content],
    notice_calendar: NoticeCalendar,
) -> ProjectRecord:
    """Change what a project says. During a notice that begins its days again; in the library it is announced.

    NotFoundError, ForbiddenError, StaleVersionError, ConditionsUnmetError; InvalidFieldError where the place
    would be another.
    """
    moment = attempt.moment
    before = checked(connection, attempt, number, lambda project: CHANGED_BY.get(project.status))
    level = CHANGED_BY.get(before.status)
    if level is None:
        raise ConditionsUnmetError([Unmet(because("not_changeable", status=before.status), ENTRY)])
    content = change(before.content)
    told = changes(described(before.content), described(content))
    if not told:
        return before
    if content.place != before.content.place:
        raise InvalidFieldError("/place", "place_fixed")
    in_library = before.status in {"in_library", "under_way"}
    notice = notices.standing(connection, before)
    found = _lost(before, content, in_library)
    posted = None
    if in_library or notice is not None:
        posted, unknown = notice_calendar.perhaps(level, moment.today)
        found += unknown
    if found:
        raise ConditionsUnmetError(found)
    after = projects.change_content(connection, before, content, moment)
    record: dict[str, Any] = {}
    if notice is not None:
        notices.close(connection, notice.id, "superseded", moment)
        record["closed"] = {"notice": notice.id, "by": "superseded"}
    if posted is not None:
        kind: NoticeKind = "announcement" if in_library else "publicity"
        record["notice"] = notices.post(connection, after, kind, level, posted)
    _record(connection, attempt, "revise", before, after, told=told, record=record)
    return after


def lacking(action: Action, facts: Facts, notice_calendar: NoticeCalendar) -> tuple[list[Unmet], NoticeDays | None]:
    """List all for which a step is refused, and fix the days of the notice that it would post."""
    rule, found = STEPS[action], unmet(action, facts)
    if rule.posts is None or rule.level is None or facts.status not in rule.starts:
        return found, None
    posted, unknown = notice_calendar.perhaps(rule.level, facts.today)
    return [*found, *unknown], posted


def facts_of(
    connection: Connection, moment: Moment, projects: Sequence[ProjectRecord], standing: Mapping[int, CurrentNotice]
) -> dict[int, Facts]:
    """Gather what the conditions of a step ask of each project, by its number; what is sent with the step is not in it.

    `standing` are the notices that they stand under. One query, for one project as for a whole desk.
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


def checked(
    connection: Connection, attempt: ActContext, number: int, level: Callable[[ProjectRecord], Level | None]
) -> ProjectRecord:
    """Return a project on which an officer may act. NotFoundError, ForbiddenError, StaleVersionError."""
    project = projects.find(connection, number)
    _check_place(attempt.officer, project.content.place, level(project))
    if attempt.seen is not None and project.version not in attempt.seen:
        raise StaleVersionError
    return project


def closed_early(
    connection: Connection, moment: Moment, status: Status, notice: CurrentNotice | None
) -> dict[str, Any]:
    """Close the notice that a project stood under where it goes back, and return what goes on record of it."""
    why = CLOSING.get(status)
    if notice is None or why is None or notice.days.is_over(moment.today):
        return {}
    notices.close(connection, notice.id, why, moment)
    return {"closed": {"notice": notice.id, "by": why}}


def _check_place(officer: Officer, place: str, level: Level | None) -> None:
    """Refuse whoever acts outside his place, or at another level than his own; None: the place alone counts."""
    if not place.startswith(officer.place) or level not in {None, officer.level}:
        raise ForbiddenError


def _lost(before: ProjectRecord, content: Content, in_library: bool) -> list[Unmet]:
    """List what a change would take away that must stay: the goals in the library, what has been allocated."""
    found = []
    if in_library and not content.performance_goals:
        found.append(Unmet(because("no_performance_goals"), ENTRY))
    amounts = {each.fund: each.amount for each in content.sources}
    found += [
        Unmet(because("below_allocated", fund=fund.fund, allocated=fund.allocated), ENTRY)
        for fund in before.funds
        if fund.allocated > amounts.get(fund.fund, 0)
    ]
    return found


def _record(
    connection: Connection,
    attempt: ActContext,
    action: str,
    before: ProjectRecord,
    after: ProjectRecord,
    *,
    note: str | None = None,
    told: Mapping[str, list[Any]] | None = None,
    record: Mapping[str, Any] | None = None,
) -> None:
    who = Actor("officer", attempt.officer)
    act = ProjectEvent(
        before.id, action, who, before.status, after.status, after.version, note, told or {}, record or {}
    )
    append_event(connection, attempt.moment, act)
