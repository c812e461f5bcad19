"""Lists by pages (keyset): a page begins where the one before ended, so that writes in between move nothing.

Projects come newest first; notices by their last day, the latest first. What an officer has to look after comes in the
order in which it is due: notices that end soon, undecided objections.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from app.db.projects.models import Notice, Objection, Project
from app.db.projects.notices import NoticeStatus
from app.db.projects.objections import SHOWN
from app.db.projects.projects import ProjectRecord, with_sources
from app.db.tokens import Officer
from app.rules.projects.procedure import PUBLISHED, Status

Item = TypeVar("Item")

_PROJECTS = Project.__table__
_NOTICES = Notice.__table__


class Page(NamedTuple, Generic[Item]):
    """Some items, and whether there are more after them."""

    items: Sequence[Item]
    more: bool


class ProjectFilter(NamedTuple):
    """Which projects, and after which of them."""

    status: Status | None = None
    place: str | None = None
    """A division code, or the beginning of one."""
    category: str | None = None
    after: int | None = None


class NoticeFilter(NamedTuple):
    """Which notices, on which day, and after which of them."""

    today: dt.date
    status: NoticeStatus | None = None
    place: str | None = None
    after: tuple[dt.date, int] | None = None


def projects(connection: Connection, wanted: ProjectFilter, officer: Officer | None, limit: int) -> Page[ProjectRecord]:
    """List projects that may be read: the published ones, and all in the officer's place."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.place is not None:
        conditions.append(_inside(Project, wanted.place))
    if wanted.category is not None:
        conditions.append(Project.category == wanted.category)
    if wanted.status is not None:
        conditions.append(Project.status == wanted.status)
    if wanted.status is None or (officer is None and wanted.status not in PUBLISHED):
        conditions.append(_shown_to(officer))
    elif officer is not None and wanted.status not in PUBLISHED:
        # Without an OR, which would look at every review of the library for those of one place.
        conditions.append(_inside(Project, officer.place))
    if wanted.after is not None:
        conditions.append(Project.id < wanted.after)
    told = select(_PROJECTS).where(*conditions).order_by(_PROJECTS.c.id.desc()).limit(limit + 1)
    rows = connection.execute(told).all()
    return Page(with_sources(connection, rows[:limit]), len(rows) > limit)


def notices(connection: Connection, wanted: NoticeFilter, limit: int) -> Page[dict[str, Any]]:
    """List notices, which anyone may read."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.place is not None:
        conditions.append(_inside(Notice, wanted.place))
    match wanted.status:
        case "open":
            conditions += [Notice.last_day >= wanted.today, Notice.closed.is_(None)]
        case "over":
            conditions.append(Notice.closed.is_(None))
            if wanted.after is None or wanted.after[0] >= wanted.today:
                # Not besides a cursor: SQLite would begin at this bound and read down to the other.
                conditions.append(Notice.last_day < wanted.today)
        case "closed":
            conditions.append(Notice.closed.is_not(None))
    if wanted.after is not None:
        conditions.append(tuple_(_NOTICES.c.last_day, _NOTICES.c.id) < wanted.after)
    order = (_NOTICES.c.last_day.desc(), _NOTICES.c.id.desc())
    rows = connection.execute(select(_NOTICES).where(*conditions).order_by(*order).limit(limit + 1)).all()
    return Page([row._asdict() for row in rows[:limit]], len(rows) > limit)


def ending(
    connection: Connection,
    officer: Officer,
    days: tuple[dt.date, dt.date],
    after: tuple[dt.date, int] | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """List the notices in an officer's place that end between two days, both counted, the first to end first."""
    soon = _NOTICES.c.last_day.between(*days) & _NOTICES.c.closed.is_(None) & _inside(Notice, officer.place)
    told = select(_NOTICES).where(soon).order_by(_NOTICES.c.last_day, _NOTICES.c.id)
    if after is not None:
        told = told.where(tuple_(_NOTICES.c.last_day, _NOTICES.c.id) > after)
    rows = connection.execute(told.limit(limit + 1)).all()
    return Page([row._asdict() for row in rows[:limit]], len(rows) > limit)


def undecided(connection: Connection, officer: Officer, after: int | None, limit: int) -> Page[dict[str, Any]]:
    """List the undecided objections that an officer decides, the oldest first, with the notice's text."""
    # By its beginning, which no index answers: a place has many notices, and the undecided objections are few.
    inside = func.substr(Notice.place, 1, len(officer.place)) == officer.place
    told = select(*SHOWN, Notice.text, Notice.project_id).join(Notice, Notice.id == Objection.notice_id)
    told = told.where(Objection.outcome.is_(None), Notice.level == officer.level, inside).order_by(Objection.id)
    if after is not None:
        told = told.where(Objection.id > after)
    rows = connection.execute(told.limit(limit + 1)).all()
    return Page([row._asdict() for row in rows[:limit]], len(rows) > limit)


def _inside(table: Any, place: str) -> ColumnElement[bool]:
    """Keep what lies in a place. Whole codes have a column each, with an index that is in the list's order."""
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
