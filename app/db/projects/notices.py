"""The notices (公示、公告): posted with their days fixed, closed early where the project goes back, and found."""

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Literal, NamedTuple, NotRequired, TypedDict

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from app.clock import Moment
from app.db.chain import digest
from app.db.projects.events import ClosedBy, NoticeEntry
from app.db.projects.models import Notice, Objection
from app.db.projects.projects import ProjectRecord
from app.db.tokens import LEVELS
from app.errors import NotFoundError, Resource
from app.rules.parameters import Basis
from app.rules.projects.content import ContentFields, described
from app.rules.projects.procedure import DISPLAYED_IN, LEVEL_OF, NoticeKind
from app.rules.projects.publicity import Level, NoticePeriod

NoticeStatus = Literal["open", "over", "closed"]


class PostedText(ContentFields):
    """A project as it was posted; with the reason where the notice is of a removal. A column of JSON."""

    reason: NotRequired[str | None]


class PostedFigure(TypedDict):
    """A figure of policy that fixed the days of a notice, with its source. A column of JSON."""

    parameter: str
    value: str
    document: str
    clause: str
    basis: Basis
    effective_from: str


class NoticeDays(NamedTuple):
    """The days of a notice, and the figures of policy that fixed them."""

    days: NoticePeriod
    figures: list[PostedFigure]


class NoticeContent(NamedTuple):
    """What a notice says. It never changes, and the history holds a digest of it."""

    level: Level
    kind: NoticeKind
    posted: dt.date
    last_day: dt.date
    text: PostedText
    figures: list[PostedFigure]


class NoticeRecord(NamedTuple):
    """A notice: a row of `notices`, field by column."""

    id: int
    project_id: int
    place: str
    township: str
    county: str
    level: Level
    kind: NoticeKind
    posted: dt.date
    last_day: dt.date
    """The last day on display."""
    text: PostedText
    figures: list[PostedFigure]
    closed: dt.datetime | None
    closed_by: ClosedBy | None
    salt: str | None = None
    """None for one of an earlier release."""

    @property
    def content(self) -> NoticeContent:
        """What the notice says."""
        return NoticeContent(self.level, self.kind, self.posted, self.last_day, self.text, self.figures)

    @property
    def decided_in(self) -> str:
        """The division code of the village, township or county whose officer decides the objections to the notice."""
        return next(self.place[:digits] for digits, level in LEVELS.items() if level == self.level)

    def status_on(self, today: dt.date) -> NoticeStatus:
        """Return the status of the notice on a day; it follows from the days and is not stored."""
        if self.closed is not None:
            return "closed"
        return "over" if today > self.last_day else "open"


class CurrentNotice(NamedTuple):
    """The notice that a project stands under now."""

    id: int
    days: NoticePeriod


class ObjectionCounts(NamedTuple):
    """The objections to a notice, counted."""

    in_time: int = 0
    late: int = 0
    undecided: int = 0
    upheld: int = 0
    dismissed: int = 0


NO_OBJECTIONS = ObjectionCounts()

_NOTICES = Notice.__table__
IS_DISPLAYED = Objection.waiting.is_(False) | Objection.outcome.is_not(None)
"""Whether everybody may see that there is an objection."""
COLUMNS = [_NOTICES.c[name] for name in NoticeRecord._fields]
"""The columns of a `NoticeRecord`."""


def post(
    connection: Connection,
    project: ProjectRecord,
    kind: NoticeKind,
    level: Level,
    days: NoticeDays,
    *,
    reason: str | None = None,
) -> NoticeEntry:
    """Post a notice on a project as it stands, and return its entry for the history."""
    text: PostedText = {**described(project.content), "reason": reason}
    if not reason:
        del text["reason"]
    period = days.days
    content = NoticeContent(level, kind, period.posted, period.last_day, text, days.figures)
    place = project.content.place
    row = {
        "project_id": project.id,
        "place": place,
        "township": place[:9],
        "county": place[:6],
        **content._asdict(),
        "salt": (salt := secrets.token_hex(16)),
    }
    number = connection.execute(insert(Notice).values(row).returning(Notice.id)).scalar_one()
    return {
        "id": number,
        "kind": kind,
        "level": level,
        "posted": period.posted.isoformat(),
        "last_day": period.last_day.isoformat(),
        "digest": digest_of(content, salt),
    }


def digest_of(content: NoticeContent, salt: str | None = None) -> str:
    """Return the digest of what a notice says, for the history."""
    return digest(content._asdict() | ({} if salt is None else {"salt": salt}))


def of_project(connection: Connection, project_id: int) -> list[NoticeRecord]:
    """List the notices of a project, the oldest first."""
    query = select(*COLUMNS).where(Notice.project_id == project_id).order_by(Notice.id)
    return [NoticeRecord._make(row) for row in connection.execute(query)]


def set_text(connection: Connection, notice: NoticeRecord, text: PostedText) -> NoticeRecord:
    """Replace what a notice says by what is left of it, under a salt of its own, and return it."""
    left = notice._replace(text=text, salt=secrets.token_hex(16))
    values = {"text": left.text, "salt": left.salt}
    connection.execute(update(Notice).where(Notice.id == notice.id).values(values))
    return left


def standing(connection: Connection, project: ProjectRecord) -> CurrentNotice | None:
    """Return the notice of its level that a project stands under; None where it stands under none."""
    return standing_of(connection, [project]).get(project.id)


_PROJECTS: BindParameter[int] = bindparam("projects", expanding=True)
_NEWEST_IDS = select(func.max(Notice.id)).where(Notice.project_id.in_(_PROJECTS)).group_by(Notice.project_id)
_NEWEST = select(*COLUMNS).where(_NOTICES.c.id.in_(_NEWEST_IDS))
_STANDING = select(Notice.id, Notice.project_id, Notice.level, Notice.posted, Notice.last_day).where(
    Notice.id.in_(_NEWEST_IDS.where(Notice.kind == "publicity", Notice.closed.is_(None)))
)


def standing_of(connection: Connection, projects: Iterable[ProjectRecord]) -> dict[int, CurrentNotice]:
    """Return the notice of its level that each project stands under, by the project's number, in one query."""
    levels = {each.id: LEVEL_OF[each.status] for each in projects if each.status in DISPLAYED_IN}
    return {
        row.project_id: CurrentNotice(row.id, NoticePeriod(row.posted, row.last_day))
        for row in connection.execute(_STANDING, {"projects": list(levels)})
        if row.level == levels[row.project_id]
    }


def close(connection: Connection, number: int, reason: ClosedBy, moment: Moment) -> None:
    """Close a notice before its days are over."""
    connection.execute(update(Notice).where(Notice.id == number).values(closed=moment.at, closed_by=reason))


def find(connection: Connection, number: int) -> NoticeRecord:
    """Return a notice. NotFoundError where there is none of that number."""
    row = connection.execute(select(*COLUMNS).where(_NOTICES.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(Resource.NOTICE)
    return NoticeRecord._make(row)


def successor(connection: Connection, notice: NoticeRecord) -> int | None:
    """Return the number of the notice that superseded a notice; None where none did."""
    if notice.closed_by != "superseded":
        return None
    same = (Notice.project_id == notice.project_id) & (Notice.level == notice.level) & (Notice.kind == "publicity")
    return connection.execute(select(func.min(Notice.id)).where(same, Notice.id > notice.id)).scalar_one()


def newest_of(connection: Connection, projects: Iterable[int]) -> dict[int, NoticeRecord]:
    """Return the newest notice of each project, by the project's number."""
    rows = connection.execute(_NEWEST, {"projects": list(projects)})
    return {notice.project_id: notice for notice in map(NoticeRecord._make, rows)}


def all_notices(connection: Connection, projects: Collection[int] | None = None) -> Iterator[NoticeRecord]:
    """Iterate over every notice, in the order of the numbers; of some projects, or of all."""
    query = select(*COLUMNS).order_by(_NOTICES.c.id)
    if projects is not None:
        query = query.where(_NOTICES.c.project_id.in_(projects))
    with connection.execute(query, execution_options={"yield_per": 1_000}) as rows:
        yield from map(NoticeRecord._make, rows)


def objections_to(connection: Connection, notices: Iterable[int]) -> Callable[[int], ObjectionCounts]:
    """Count the displayed objections to some notices, and return the counts by the notice's number.

    An objection that waits with its public display counts once it is decided.
    """
    grouped = (
        select(Objection.notice_id, Objection.late, Objection.outcome, func.count())
        .where(Objection.notice_id.in_(list(notices)), IS_DISPLAYED)
        .group_by(Objection.notice_id, Objection.late, Objection.outcome)
    )
    counts: dict[int, ObjectionCounts] = {}
    for notice, late, outcome, count in connection.execute(grouped):
        before = counts.get(notice, NO_OBJECTIONS)
        for name in ("late" if late else "in_time", outcome or "undecided"):
            before = before._replace(**{name: getattr(before, name) + count})
        counts[notice] = before
    return lambda notice: counts.get(notice, NO_OBJECTIONS)
