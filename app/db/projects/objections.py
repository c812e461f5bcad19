"""Objections (异议): made by anyone, kept and marked when late, decided once with an answer."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from app.clock import Moment
from app.db.models import Notice, Objection
from app.db.projects import notices, projects
from app.db.projects.events import ANYONE, Act, Who, digest, put_on_record
from app.db.projects.projects import Stored
from app.db.tokens import Officer
from app.errors import NotThereError, NotYoursError, UnmetError
from app.rules.projects.procedure import LEVEL_OF, PUBLICITY, Outcome, Unmet
from app.rules.three_valued import because

_OBJECTIONS = Objection.__table__
SHOWN = [column for column in _OBJECTIONS.columns if column.name not in {"name", "contact", "receipt"}]
"""Name and contact never leave the store."""


class NewObjection(NamedTuple):
    """What somebody objects, and who it is, if that is said."""

    content: str
    name: str | None = None
    contact: str | None = None


class Decision(NamedTuple):
    """What becomes of an objection, and the answer to whoever made it."""

    outcome: Outcome
    answer: str


class Made(NamedTuple):
    """An objection that was made: its number, the receipt that only its maker has, and whether it came too late."""

    id: int
    receipt: str
    late: bool


def make(connection: Connection, moment: Moment, notice_id: int, new: NewObjection, receipt: str | None = None) -> Made:
    """Keep an objection to a notice, on time or late; under one receipt only once. NotThereError.

    `receipt` is a secret that nobody can guess; one is made up where none is given.
    """
    notice = notices.find(connection, notice_id)
    late = notices.status_on(notice, moment.today) != "open"
    if receipt is None:
        receipt = secrets.token_urlsafe(18)
    elif (found := _under(connection, receipt)) is not None:
        return Made(found["id"], receipt, found["late"])
    row = {
        "notice_id": notice_id,
        "made": moment.at,
        "late": late,
        **new._asdict(),
        "receipt": _hash(receipt),
    }
    number = connection.execute(insert(Objection).values(row).returning(Objection.id)).scalar_one()
    project = projects.find(connection, notice["project_id"])
    made = {"id": number, "notice": notice_id, "late": late, "digest": digest_of(row)}
    status, version = project.status, project.version
    put_on_record(
        connection, moment, Act(project.id, "object", ANYONE, status, status, version, record={"objection": made})
    )
    return Made(number, receipt, late)


def decide(
    connection: Connection, moment: Moment, officer: Officer, number: int, decision: Decision
) -> tuple[dict[str, Any], Stored]:
    """Decide an objection, once; one made in time that is upheld returns the project (退回).

    The officer is the one of the notice's level. NotThereError, NotYoursError, UnmetError.
    """
    objection = find(connection, number)
    notice = notices.find(connection, objection["notice_id"])
    if officer.level != notice["level"] or not notice["place"].startswith(officer.place):
        raise NotYoursError
    if objection["outcome"] is not None:
        raise UnmetError([Unmet(because("decided_already"), PUBLICITY)])
    outcome, answer = decision
    decided = {**decision._asdict(), "decided": moment.at}
    connection.execute(update(Objection).where(Objection.id == number).values(decided))
    before = projects.find(connection, notice["project_id"])
    record: dict[str, Any] = {"decision": {"objection": number, "outcome": outcome, "digest": digest(answer)}}
    returns = outcome == "upheld" and not objection["late"] and notice["kind"] == "publicity"
    after = before
    if returns and before.status in LEVEL_OF:
        standing = notices.standing(connection, before)
        after = projects.change_status(connection, before, "returned", moment)
        if standing is not None and not standing.days.is_over(moment.today):
            notices.close(connection, standing.id, "returned", moment)
            record["closed"] = {"notice": standing.id, "by": "returned"}
    who = Who("officer", officer)
    act = Act(before.id, "decide", who, before.status, after.status, after.version, note=answer, record=record)
    put_on_record(connection, moment, act)
    return find(connection, number), after


def undecided_in_time(connection: Connection, projects: Iterable[int]) -> Counter[int]:
    """Count, for each project, the objections made in time to any notice of it that nobody has decided; one query.

    Of the project, not of the notice that stands now: nobody gets rid of an objection by changing the project.
    """
    theirs = Notice.project_id.in_(list(projects)) & (Notice.kind == "publicity")
    waiting = Objection.outcome.is_(None) & Objection.late.is_(False)
    counted = select(Notice.project_id, func.count()).join(Objection, Objection.notice_id == Notice.id)
    rows = connection.execute(counted.where(theirs, waiting).group_by(Notice.project_id))
    return Counter({row.project_id: row[1] for row in rows})


def to_notice(connection: Connection, notice_id: int) -> list[dict[str, Any]]:
    """List the objections to a notice, the oldest first, without who made them."""
    told = select(*SHOWN).where(Objection.notice_id == notice_id).order_by(Objection.id)
    return [row._asdict() for row in connection.execute(told)]


def find(connection: Connection, number: int) -> dict[str, Any]:
    """Return an objection, without who made it. NotThereError."""
    return _find(connection, _OBJECTIONS.c.id == number)


def by_receipt(connection: Connection, receipt: str) -> dict[str, Any]:
    """Return the objection that a receipt was given for. NotThereError."""
    return _find(connection, _OBJECTIONS.c.receipt == _hash(receipt))


def digest_of(row: Mapping[str, Any]) -> str:
    """Return the digest of an objection, for the record; the receipt's hash makes it impossible to guess back."""
    return digest({name: row[name] for name in ("notice_id", "late", "content", "name", "contact", "receipt")})


def _under(connection: Connection, receipt: str) -> dict[str, Any] | None:
    try:
        return by_receipt(connection, receipt)
    except NotThereError:
        return None


def _find(connection: Connection, which: Any) -> dict[str, Any]:
    found = connection.execute(select(*SHOWN).where(which)).one_or_none()
    if found is None:
        raise NotThereError("objection")
    return found._asdict()


def _hash(receipt: str) -> str:
    return hashlib.sha256(receipt.encode("utf-8", "surrogatepass")).hexdigest()
