"""Lists by pages (keyset): a page begins where the one before ended, so that writes in between move nothing.

Projects are listed newest first; notices by their last day, the latest first. The lists of an officer's desk, notices
that end soon and undecided objections, are in the order in which they are due; events and the objections to a notice in
the order in which they were made.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar, get_args

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from app.db.projects import events as event_rows
from app.db.projects import notices as notice_rows
from app.db.projects import objections as objection_rows
from app.db.projects import projects as project_rows
from app.db.projects.events import EventRecord
from app.db.projects.models import Event, Notice, Objection, Project
from app.db.projects.notices import IS_DISPLAYED, NoticeRecord, NoticeStatus, PostedText
from app.db.projects.objections import ObjectionRecord
from app.db.projects.projects import ProjectRecord, ProjectRow
from app.db.tokens import Officer
from app.rules.projects.procedure import PUBLISHED, Status

Item = TypeVar("Item")

_PROJECTS = Project.__table__
_NOTICES = Notice.__table__


class Page(NamedTuple, Generic[Item]):
    """A page of a list, and whether there are more items after it."""

    items: Sequence[Item]
    more: bool


class UndecidedObjection(NamedTuple):
    """An undecided objection, with the project and the text of its notice."""

    objection: ObjectionRecord
    project_id: int
    text: PostedText


class ProjectFilter(NamedTuple):
    """The projects to list, and the number of the last one of the page before."""

    status: Status | None = None
    place: str | None = None
    """A division code, or the beginning of one."""
    category: str | None = None
    after: int | None = None


class NoticeFilter(NamedTuple):
    """The notices to list on a day, and the last day and number of the last one of the page before."""

    today: dt.date
    status: NoticeStatus | None = None
    place: str | None = None
    after: tuple[dt.date, int] | None = None


def projects(
    connection: Connection, filters: ProjectFilter, officer: Officer | None, limit: int
) -> Page[ProjectRecord]:
    """List projects that may be read: the published ones, and all in the officer's place."""
    conditions: list[ColumnElement[bool]] = []
    if filters.place is not None:
        conditions.append(_inside(Project, filters.place))
    if filters.category is not None:
        conditions.append(Project.category == filters.category)
    if filters.status is not None:
        conditions.append(Project.status == filters.status)
    if filters.status is None or (officer is None and filters.status not in PUBLISHED):
        conditions.append(_shown_to(officer))
    elif officer is not None and filters.status not in PUBLISHED:
        # Without an OR, which would look at every review of the library for those of one place.
        conditions.append(_inside(Project, officer.place))
    if filters.after is not None:
        conditions.append(Project.id < filters.after)
    query = select(*project_rows.COLUMNS).where(*conditions).order_by(_PROJECTS.c.id.desc()).limit(limit + 1)
    rows = [ProjectRow._make(row) for row in connection.execute(query)]
    return Page(project_rows.with_sources(connection, rows[:limit]), len(rows) > limit)


def notices(connection: Connection, filters: NoticeFilter, limit: int) -> Page[NoticeRecord]:
    """List notices, which anyone may read."""
    conditions: list[ColumnElement[bool]] = []
    if filters.place is not None:
        conditions.append(_inside(Notice, filters.place))
    match filters.status:
        case "open":
            conditions += [Notice.last_day >= filters.today, Notice.closed.is_(None)]
        case "over":
            conditions.append(Notice.closed.is_(None))
            if filters.after is None or filters.after[0] >= filters.today:
                # Not together with a cursor: SQLite would begin at this bound and read down to the other.
                conditions.append(Notice.last_day < filters.today)
        case "closed":
            conditions.append(Notice.closed.is_not(None))
    if filters.after is not None:
        conditions.append(tuple_(_NOTICES.c.last_day, _NOTICES.c.id) < filters.after)
    order = (_NOTICES.c.last_day.desc(), _NOTICES.c.id.desc())
    return _notices(connection, select(*notice_rows.COLUMNS).where(*conditions).order_by(*order), limit)


def ending(
    connection: Connection,
    officer: Officer,
    days: tuple[dt.date, dt.date],
    after: tuple[dt.date, int] | None,
    limit: int,
) -> Page[NoticeRecord]:
    """List the notices in an officer's place that end between two days, both counted, the first to end first."""
    soon = _NOTICES.c.last_day.between(*days) & _NOTICES.c.closed.is_(None) & _inside(Notice, officer.place)
    query = select(*notice_rows.COLUMNS).where(soon).order_by(_NOTICES.c.last_day, _NOTICES.c.id)
    if after is not None:
        query = query.where(tuple_(_NOTICES.c.last_day, _NOTICES.c.id) > after)
    return _notices(connection, query, limit)


def events(
    connection: Connection, project_id: int, after: int | None, limit: int, *, everybody: bool
) -> Page[EventRecord]:
    """List the events of a project, the oldest first; for everybody, without the objections that are not displayed."""
    query = select(*event_rows.COLUMNS).where(Event.project_id == project_id, Event.number > (after or 0))
    if everybody:
        hidden = select(Objection.id).join(Notice, Notice.id == Objection.notice_id)
        hidden = hidden.where(Notice.project_id == project_id, ~IS_DISPLAYED)
        query = query.where(or_(Event.action != "object", Event.record["objection"]["id"].as_integer().not_in(hidden)))
    rows = [EventRecord._make(row) for row in connection.execute(query.order_by(Event.number).limit(limit + 1))]
    return Page(rows[:limit], len(rows) > limit)


def objections(
    connection: Connection, notice_id: int, after: int | None, limit: int, *, undecided: bool = False
) -> Page[ObjectionRecord]:
    """List the objections to a notice, the oldest first, without their makers; all, or the undecided ones."""
    query = select(*objection_rows.COLUMNS).where(Objection.notice_id == notice_id, Objection.id > (after or 0))
    if undecided:
        query = query.where(Objection.outcome.is_(None))
    rows = [ObjectionRecord._make(row) for row in connection.execute(query.order_by(Objection.id).limit(limit + 1))]
    return Page(rows[:limit], len(rows) > limit)


def undecided(connection: Connection, officer: Officer, after: int | None, limit: int) -> Page[UndecidedObjection]:
    """List the undecided objections that an officer decides, the oldest first, with the notice's text."""
    query = select(*objection_rows.COLUMNS, Notice.project_id, Notice.text)
    query = query.join(Notice, Notice.id == Objection.notice_id)
    query = query.where(Objection.outcome.is_(None), Objection.place == officer.place).order_by(Objection.id)
    if after is not None:
        query = query.where(Objection.id > after)
    rows = [
        UndecidedObjection(ObjectionRecord._make(columns), project_id, text)
        for *columns, project_id, text in connection.execute(query.limit(limit + 1))
    ]
    return Page(rows[:limit], len(rows) > limit)


def _notices(connection: Connection, query: Select[tuple[object, ...]], limit: int) -> Page[NoticeRecord]:
    rows = [NoticeRecord._make(row) for row in connection.execute(query.limit(limit + 1))]
    return Page(rows[:limit], len(rows) > limit)


def _inside(table: type[Project] | type[Notice], place: str) -> ColumnElement[bool]:
    """Select the rows in a place. Each whole code has its column, with an index in the order of the list."""
    digits = max((each for each in _COLUMNS if each <= len(place)), default=0)
    begins: ColumnElement[bool] = func.substr(table.place, 1, len(place)) == place
    if not digits:
        return begins
    whole: ColumnElement[bool] = getattr(table, _COLUMNS[digits]) == place[:digits]
    return whole if digits == len(place) else whole & begins


_COLUMNS = {6: "county", 9: "township", 12: "place"}
"""By the digits of a code."""


def _shown_to(officer: Officer | None) -> ColumnElement[bool]:
    # NOT IN, which no index answers: a page is read in its order and never sorted.
    published = Project.status.not_in(_HIDDEN)
    return published if officer is None else or_(published, _inside(Project, officer.place))


_HIDDEN = [status for status in get_args(Status) if status not in PUBLISHED]
