"""Objections (异议) to notices: recorded, and decided."""

import secrets
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, update

from app.clock import Moment
from app.db.projects import notices, projects
from app.db.projects.events import ANYONE, Actor, ProjectEvent, append_event, digest
from app.db.projects.models import Objection
from app.db.projects.objections import _hash, _under, digest_of, find
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, ForbiddenError
from app.rules.projects.procedure import LEVEL_OF, PUBLICITY, Outcome, Unmet
from app.rules.three_valued import because


class NewObjection(NamedTuple):
    """What somebody objects, and who it is, if that is said."""

    content: str
    name: str | None = None
    contact: str | None = None


class Decision(NamedTuple):
    """What becomes of an objection, and the answer to whoever made it."""

    outcome: Outcome
    answer: str


class ObjectionReceipt(NamedTuple):
    """An objection that was made: its number, the receipt that only its maker has, and whether it came too late."""

    id: int
    receipt: str
    late: bool


def record_objection(
    connection: Connection, moment: Moment, notice_id: int, new: NewObjection, receipt: str | None = None
) -> ObjectionReceipt:
    """Keep an objection to a notice, on time or late; under one receipt only once. NotFoundError.

    `receipt` is a secret that nobody can guess; one is made up where none is given.
    """
    notice = notices.find(connection, notice_id)
    late = notices.status_on(notice, moment.today) != "open"
    if receipt is None:
        receipt = secrets.token_urlsafe(18)
    elif (found := _under(connection, receipt)) is not None:
        return ObjectionReceipt(found["id"], receipt, found["late"])
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
    append_event(
        connection,
        moment,
        ProjectEvent(project.id, "object", ANYONE, status, status, version, record={"objection": made}),
    )
    return ObjectionReceipt(number, receipt, late)


def record_decision(
    connection: Connection, moment: Moment, officer: Officer, number: int, decision: Decision
) -> tuple[dict[str, Any], ProjectRecord]:
    """Decide an objection, once; one made in time that is upheld returns the project (退回).

    The officer is the one of the notice's level. NotFoundError, ForbiddenError, ConditionsUnmetError.
    """
    objection = find(connection, number)
    notice = notices.find(connection, objection["notice_id"])
    if officer.level != notice["level"] or not notice["place"].startswith(officer.place):
        raise ForbiddenError
    if objection["outcome"] is not None:
        raise ConditionsUnmetError([Unmet(because("decided_already"), PUBLICITY)])
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
    who = Actor("officer", officer)
    act = ProjectEvent(before.id, "decide", who, before.status, after.status, after.version, note=answer, record=record)
    append_event(connection, moment, act)
    return find(connection, number), after
