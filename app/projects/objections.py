"""Objections (异议) to notices: recorded, and decided."""

import json
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import notices, objections, projects
from app.db.projects.events import ANYONE, Actor, EventDetails, ProjectEvent, append_event, append_events
from app.db.projects.notices import NoticeRecord
from app.db.projects.objections import Decision, NewObjection, ObjectionRecord
from app.db.projects.projects import ProjectRecord
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, ForbiddenError, NotFoundError, Resource
from app.rules.projects.procedure import LEVEL_OF, OWN_WAY, Unmet
from app.rules.three_valued import because


class ObjectionReceipt(NamedTuple):
    """The receipt of an objection: its number, the secret that only its maker has, and whether it was late."""

    id: int
    receipt: str
    late: bool


def receipt_content(notice_id: int, once: str, new: NewObjection) -> str:
    """Return what a receipt is derived from: the notice, the sender's own secret, and the objection."""
    return json.dumps([notice_id, once, *new])


def known_receipt(connection: Connection, receipts: Sequence[str]) -> str | None:
    """Return the first of some receipts that was given already; the first of all where none was; None without any."""
    known = (each for each in receipts if objections.find_by_receipt(connection, each) is not None)
    return next(known, next(iter(receipts), None))


def record_objection(
    connection: Connection,
    moment: Moment,
    notice_id: int,
    new: NewObjection,
    receipt: str | None = None,
    *,
    displayed: int | None = None,
) -> ObjectionReceipt:
    """Record an objection to a notice, in time or late, and only once for each receipt. NotFoundError.

    `receipt` is a secret that cannot be guessed. Without it, a new one is drawn. Above `displayed` objections to a
    notice (None: above no number) new ones wait with their public display; for the procedure they are objections like
    the others.
    """
    notice = notices.find(connection, notice_id)
    late = notice.status_on(moment.today) != "open"
    if receipt is None:
        receipt = secrets.token_urlsafe(18)
    elif (stored := objections.find_by_receipt(connection, receipt)) is not None:
        return ObjectionReceipt(stored.id, receipt, stored.late)
    objection = objections.insert_objection(connection, notice, new, receipt, moment, late=late, displayed=displayed)
    project = projects.find(connection, notice.project_id)
    entry: EventDetails = {
        "objection": {
            "id": objection.id,
            "notice": notice_id,
            "late": late,
            "digest": objections.digest_of(objection),
        }
    }
    status, version = project.status, project.version
    event = ProjectEvent(project.id, "object", ANYONE, status, status, version, record=entry)
    append_event(connection, moment, event)
    return ObjectionReceipt(objection.id, receipt, late)


def record_decision(
    connection: Connection, moment: Moment, officer: Officer, number: int, decision: Decision
) -> tuple[ObjectionRecord, ProjectRecord]:
    """Decide an objection, once. One that was made in time and is upheld returns the project (退回).

    For the officer of the notice's level. NotFoundError, ForbiddenError, ConditionsUnmetError.
    """
    decided, project = record_decisions(connection, moment, officer, [number], decision)
    return decided[0], project


def record_decisions(
    connection: Connection,
    moment: Moment,
    officer: Officer,
    numbers: Sequence[int],
    decision: Decision,
    *,
    notice: int | None = None,
) -> tuple[list[ObjectionRecord], ProjectRecord]:
    """Decide some objections to one notice under one answer: each once, each on record; all of them or none.

    For the officer of the notice's level. NotFoundError, also where one is to another notice; ForbiddenError,
    ConditionsUnmetError.
    """
    found = objections.find_all(connection, numbers)
    of_one_notice = {each.notice_id for each in found}
    if len(found) < len(numbers) or len(of_one_notice) != 1 or notice not in {None, *of_one_notice}:
        raise NotFoundError(Resource.OBJECTION)
    posted = notices.find(connection, found[0].notice_id)
    if officer.level != posted.level or not posted.place.startswith(officer.place):
        raise ForbiddenError
    if any(each.outcome is not None for each in found):
        raise ConditionsUnmetError([Unmet(because("decided_already"), OWN_WAY)])
    objections.set_decision(connection, [each.id for each in found], decision, moment)
    project = projects.find(connection, posted.project_id)
    events = []
    for objection in found:
        project, event = _carry_out(connection, moment, officer, (objection, posted, project), decision)
        events.append(event)
    append_events(connection, moment, events)
    return objections.find_all(connection, numbers), project


def _carry_out(
    connection: Connection,
    moment: Moment,
    officer: Officer,
    about: tuple[ObjectionRecord, NoticeRecord, ProjectRecord],
    decision: Decision,
) -> tuple[ProjectRecord, ProjectEvent]:
    """Return the project where the decision asks for it; give it as it is then, and the event for the history."""
    objection, notice, before = about
    outcome, answer = decision
    details: EventDetails = {"decision": {"objection": objection.id, "outcome": outcome}}
    returns = outcome == "upheld" and not objection.late and notice.kind == "publicity"
    after = before
    if returns and before.status in LEVEL_OF:
        standing = notices.standing(connection, before)
        after = projects.change_status(connection, before, "returned", moment)
        if standing is not None and not standing.days.is_over(moment.today):
            notices.close(connection, standing.id, "returned", moment)
            details["closed"] = {"notice": standing.id, "by": "returned"}
    who = Actor("officer", officer)
    event = ProjectEvent(
        before.id, "decide", who, before.status, after.status, after.version, note=answer, record=details
    )
    return after, event
