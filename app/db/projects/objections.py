"""Objections (异议): anyone may make one, a late one is marked, and each is decided once, with an answer."""

import datetime as dt
import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, case, func, insert, select, update

from app.clock import Moment
from app.db.chain import digest
from app.db.projects.models import Notice, Objection
from app.db.projects.notices import NoticeRecord
from app.db.tokens import LEVELS
from app.errors import NotFoundError, Resource
from app.rules.projects.procedure import Outcome


class NewObjection(NamedTuple):
    """An objection to make: its content, and the name and contact of its maker where they are given."""

    content: str
    name: str | None = None
    contact: str | None = None


class Decision(NamedTuple):
    """A decision on an objection, and the answer to its maker."""

    outcome: Outcome
    answer: str


class ObjectionRecord(NamedTuple):
    """An objection without its maker: the columns of `objections` that may leave the store."""

    id: int
    notice_id: int
    made: dt.datetime
    late: bool
    content: str
    outcome: Outcome | None
    answer: str | None
    decided: dt.datetime | None
    waiting: bool
    """Not displayed to everybody before it is decided."""


class CompleteObjection(NamedTuple):
    """An objection with its maker and the hash of its receipt, for the check of the history only."""

    id: int
    notice_id: int
    made: dt.datetime
    late: bool
    content: str
    name: str | None
    contact: str | None
    receipt: str
    outcome: Outcome | None
    answer: str | None
    decided: dt.datetime | None
    waiting: bool = False
    salt: str | None = None
    """None for one of an earlier release."""


_OBJECTIONS = Objection.__table__
COLUMNS = [_OBJECTIONS.c[name] for name in ObjectionRecord._fields]
"""The columns of an `ObjectionRecord`. Name and contact never leave the store."""
_STREAMED = {"yield_per": 1_000}


def insert_objection(
    connection: Connection,
    notice: NoticeRecord,
    objection: NewObjection,
    receipt: str,
    moment: Moment,
    *,
    late: bool,
    displayed: int | None,
) -> CompleteObjection:
    """Insert an objection to a notice under a receipt, of which only the hash is stored.

    Where the notice has `displayed` objections already, it waits with its public display.
    """
    waiting = displayed is not None and _has_as_many(connection, notice.id, displayed)
    values = {
        "notice_id": notice.id,
        "place": notice.decided_in,
        "made": moment.at,
        "late": late,
        "waiting": waiting,
        **objection._asdict(),
        "receipt": _hash(receipt),
        "salt": (salt := secrets.token_hex(16)),
    }
    number = connection.execute(insert(Objection).values(values).returning(Objection.id)).scalar_one()
    content, name, contact = objection
    return CompleteObjection(
        number, notice.id, moment.at, late, content, name, contact, _hash(receipt), None, None, None, waiting, salt
    )


def find_complete(connection: Connection, number: int) -> CompleteObjection:
    """Return an objection with its maker, for the erasing of its texts only. NotFoundError."""
    query = select(*(_OBJECTIONS.c[name] for name in CompleteObjection._fields)).where(_OBJECTIONS.c.id == number)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(Resource.OBJECTION)
    return CompleteObjection._make(row)


def set_texts(connection: Connection, objection: CompleteObjection) -> CompleteObjection:
    """Replace the texts of an objection by what is left of them, under a salt of its own, and return it."""
    left = objection._replace(salt=secrets.token_hex(16))
    names = ("content", "name", "contact", "answer", "salt")
    values = {name: getattr(left, name) for name in names}
    connection.execute(update(Objection).where(Objection.id == left.id).values(values))
    return left


def set_decision(connection: Connection, numbers: Sequence[int], decision: Decision, moment: Moment) -> None:
    """Set the decision on some objections."""
    values = {**decision._asdict(), "decided": moment.at}
    connection.execute(update(Objection).where(Objection.id.in_(numbers)).values(values))


_PROJECTS: BindParameter[int] = bindparam("projects", expanding=True)
_UNDECIDED = (
    select(Notice.project_id, func.count())
    .join(Objection, Objection.notice_id == Notice.id)
    .where(Notice.project_id.in_(_PROJECTS), Notice.kind == "publicity")
    .where(Objection.outcome.is_(None), Objection.late.is_(False))
    .group_by(Notice.project_id)
)


def undecided_in_time(connection: Connection, projects: Iterable[int]) -> Counter[int]:
    """Count, for each project, the objections made in time that are not decided, to any notice of it; one query.

    All notices of the project count, not only the current one: a change of the project removes no objection.
    """
    rows = connection.execute(_UNDECIDED, {"projects": list(projects)})
    return Counter({row.project_id: row[1] for row in rows})


def find_all(connection: Connection, numbers: Sequence[int]) -> list[ObjectionRecord]:
    """Return some objections, the oldest first, without their makers; numbers without one are left out."""
    query = select(*COLUMNS).where(Objection.id.in_(numbers)).order_by(Objection.id)
    return [ObjectionRecord._make(row) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> ObjectionRecord:
    """Return an objection, without its maker. NotFoundError."""
    return _required(_find(connection, _OBJECTIONS.c.id == number))


def by_receipt(connection: Connection, receipt: str) -> ObjectionRecord:
    """Return the objection that a receipt was given for. NotFoundError."""
    return _required(find_by_receipt(connection, receipt))


def find_by_receipt(connection: Connection, receipt: str) -> ObjectionRecord | None:
    """Return the objection that a receipt was given for; None where there is none."""
    return _find(connection, _OBJECTIONS.c.receipt == _hash(receipt))


def all_objections(connection: Connection, projects: Collection[int] | None = None) -> Iterator[CompleteObjection]:
    """Iterate over every objection, in the order of the numbers; of some projects, or of all."""
    query = select(*(_OBJECTIONS.c[name] for name in CompleteObjection._fields)).order_by(_OBJECTIONS.c.id)
    if projects is not None:
        query = query.where(Objection.notice_id.in_(select(Notice.id).where(Notice.project_id.in_(projects))))
    with connection.execute(query, execution_options=_STREAMED) as rows:
        yield from map(CompleteObjection._make, rows)


def wrongly_placed(connection: Connection, projects: Collection[int] | None = None) -> list[int]:
    """List the objections whose place is not that of their notice's level, in their order; of some projects, or all."""
    digits = case({level: count for count, level in LEVELS.items()}, value=Notice.level)
    query = select(Objection.id).join(Notice, Notice.id == Objection.notice_id)
    query = query.where(Objection.place.is_distinct_from(func.substr(Notice.place, 1, digits))).order_by(Objection.id)
    if projects is not None:
        query = query.where(Notice.project_id.in_(projects))
    return list(connection.execute(query).scalars())


def digest_of(objection: CompleteObjection) -> str:
    """Return the digest of an objection as it was made, for the history.

    The salt in it is a secret: without it, nobody can test a guess of the name against the digest. Whether it waits is
    in it only where it does, since earlier releases let none wait.
    """
    made: dict[str, object] = {
        "notice_id": objection.notice_id,
        "late": objection.late,
        "content": objection.content,
        "name": objection.name,
        "contact": objection.contact,
        "receipt": objection.receipt,
    }
    waiting = {"waiting": True} if objection.waiting else {}
    salted = {} if objection.salt is None else {"salt": objection.salt}
    return digest({**made, **waiting, **salted})


def _has_as_many(connection: Connection, notice_id: int, number: int) -> bool:
    """Whether a notice has so many objections."""
    some = select(Objection.id).where(Objection.notice_id == notice_id).limit(number).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() >= number


def _required(objection: ObjectionRecord | None) -> ObjectionRecord:
    if objection is None:
        raise NotFoundError(Resource.OBJECTION)
    return objection


def _find(connection: Connection, condition: ColumnElement[bool]) -> ObjectionRecord | None:
    row = connection.execute(select(*COLUMNS).where(condition)).one_or_none()
    return None if row is None else ObjectionRecord._make(row)


def _hash(receipt: str) -> str:
    return hashlib.sha256(receipt.encode("utf-8", "surrogatepass")).hexdigest()
