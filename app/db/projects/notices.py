"""The notices (公示、公告): posted with their days fixed, closed early where the project goes back, found."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from app.clock import Moment
from app.db.projects.events import digest
from app.db.projects.models import Notice, Objection
from app.db.projects.projects import ProjectRecord
from app.errors import NotFoundError, Resource
from app.rules.projects.content import described
from app.rules.projects.procedure import DISPLAYED_IN, LEVEL_OF, NoticeKind
from app.rules.projects.publicity import Level
from app.rules.projects.publicity import NoticePeriod as Days

ClosedBy = Literal["superseded", "returned", "withdrawn"]
NoticeStatus = Literal["open", "over", "closed"]

_NOTICES = Notice.__table__


class NoticeDays(NamedTuple):
    """A notice's days, and the figures of policy that fixed them."""

    days: Days
    figures: list[dict[str, Any]]


class CurrentNotice(NamedTuple):
    """The notice that a project stands under now."""

    id: int
    days: Days


class ObjectionCounts(NamedTuple):
    """The objections to a notice, counted."""

    in_time: int = 0
    late: int = 0
    undecided: int = 0
    upheld: int = 0
    dismissed: int = 0


NONE = ObjectionCounts()


def post(
    connection: Connection,
    project: ProjectRecord,
    kind: NoticeKind,
    level: Level,
    posted: NoticeDays,
    *,
    reason: str | None = None,
) -> dict[str, Any]:
    """Post a notice on a project as it stands, and return what goes on record of it."""
    text = described(project.content) | ({"reason": reason} if reason else {})
    place = project.content.place
    days = posted.days
    row = {
        "project_id": project.id,
        "place": place,
        "township": place[:9],
        "county": place[:6],
        "level": level,
        "kind": kind,
        "posted": days.posted,
        "last_day": days.last_day,
        "text": text,
        "figures": posted.figures,
    }
    number = connection.execute(insert(Notice).values(row).returning(Notice.id)).scalar_one()
    return {
        "id": number,
        "kind": kind,
        "level": level,
        "posted": days.posted.isoformat(),
        "last_day": days.last_day.isoformat(),
        "digest": digest_of(row),
    }


def digest_of(row: Mapping[str, Any]) -> str:
    """Return the digest of what a notice says, for the record."""
    return digest({name: row[name] for name in ("level", "kind", "posted", "last_day", "text", "figures")})


def standing(connection: Connection, project: ProjectRecord) -> CurrentNotice | None:
    """Return the notice of its level that a project stands under; None where it stands under none."""
    return standing_of(connection, [project]).get(project.id)


def standing_of(connection: Connection, projects: Iterable[ProjectRecord]) -> dict[int, CurrentNotice]:
    """Return the notice of its level that each project stands under, by the project's number, in one query."""
    levels = {each.id: LEVEL_OF[each.status] for each in projects if each.status in DISPLAYED_IN}
    theirs = Notice.project_id.in_(list(levels)) & (Notice.kind == "publicity") & Notice.closed.is_(None)
    newest = select(func.max(Notice.id)).where(theirs).group_by(Notice.project_id)
    told = select(Notice.id, Notice.project_id, Notice.level, Notice.posted, Notice.last_day)
    return {
        row.project_id: CurrentNotice(row.id, Days(row.posted, row.last_day))
        for row in connection.execute(told.where(Notice.id.in_(newest)))
        if row.level == levels[row.project_id]
    }


def close(connection: Connection, number: int, why: ClosedBy, moment: Moment) -> None:
    """Close a notice before its days are over."""
    connection.execute(update(Notice).where(Notice.id == number).values(closed=moment.at, closed_by=why))


def find(connection: Connection, number: int) -> dict[str, Any]:
    """Return a notice. NotFoundError where there is none of that number."""
    found = connection.execute(select(_NOTICES).where(_NOTICES.c.id == number)).one_or_none()
    if found is None:
        raise NotFoundError(Resource.NOTICE)
    return found._asdict()


def successor(connection: Connection, notice: Mapping[str, Any]) -> int | None:
    """Return the number of the notice that took the place of one; None where none did."""
    if notice["closed_by"] != "superseded":
        return None
    same = (
        (Notice.project_id == notice["project_id"]) & (Notice.level == notice["level"]) & (Notice.kind == "publicity")
    )
    return connection.execute(select(func.min(Notice.id)).where(same, Notice.id > notice["id"])).scalar_one()


def status_on(notice: Mapping[str, Any], today: dt.date) -> NoticeStatus:
    """Say how a notice stands on a day, read off its days."""
    if notice["closed"] is not None:
        return "closed"
    return "over" if today > notice["last_day"] else "open"


def newest_of(connection: Connection, projects: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return each project's newest notice."""
    newest = select(func.max(Notice.id)).where(Notice.project_id.in_(list(projects))).group_by(Notice.project_id)
    rows = connection.execute(select(_NOTICES).where(_NOTICES.c.id.in_(newest)))
    return {row.project_id: row._asdict() for row in rows}


def objections_to(connection: Connection, notices: Iterable[int]) -> Callable[[int], ObjectionCounts]:
    """Count the objections to some notices."""
    grouped = (
        select(Objection.notice_id, Objection.late, Objection.outcome, func.count())
        .where(Objection.notice_id.in_(list(notices)))
        .group_by(Objection.notice_id, Objection.late, Objection.outcome)
    )
    counts: dict[int, ObjectionCounts] = {}
    for notice, late, outcome, count in connection.execute(grouped):
        before = counts.get(notice, NONE)
        for name in ("late" if late else "in_time", outcome or "undecided"):
            before = before._replace(**{name: getattr(before, name) + count})
        counts[notice] = before
    return lambda notice: counts.get(notice, NONE)
