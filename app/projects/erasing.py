"""Texts that are erased: who objected, and what should never have been written. An event of its own says so.

What is left of a row is held by a digest in that event, so that `anda verify` finds any other change of it.
"""

from collections.abc import Collection
from typing import Literal

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import events, notices, objections, projects
from app.db.projects.events import ERASED, OPERATOR, ErasedEntry, EventRecord, ProjectEvent, append_event

ObjectionText = Literal["name", "contact", "content", "answer"]
"""The texts of an objection that can be erased."""


def erase_objection(
    connection: Connection, moment: Moment, number: int, texts: Collection[ObjectionText], reason: str
) -> list[ErasedEntry]:
    """Erase texts of an objection, and the answer from the history too; return what was changed. NotFoundError."""
    objection = objections.find_complete(connection, number)
    project_id = notices.find(connection, objection.notice_id).project_id
    left = objection._replace(
        name=None if "name" in texts else objection.name,
        contact=None if "contact" in texts else objection.contact,
        content=ERASED if "content" in texts else objection.content,
        answer=ERASED if "answer" in texts and objection.answer is not None else objection.answer,
    )
    entries: list[ErasedEntry] = []
    if left != objection:
        left = objections.set_texts(connection, left)
        entries.append({"kind": "objection", "id": number, "digest": objections.digest_of(left)})
    if left.answer != objection.answer:
        entries.extend(
            _without_note(connection, event)
            for event in events.events_of(connection, project_id)
            if "decision" in event.record and event.record["decision"]["objection"] == number
        )
    _put_on_record(connection, moment, project_id, entries, reason)
    return entries


def erase_note(connection: Connection, moment: Moment, number: int, reason: str) -> list[ErasedEntry]:
    """Erase the note of an event, which is the reason of an act; return what was changed. LookupError.

    The answer to an objection is a note too; it goes with the objection.
    """
    event = events.find(connection, number)
    if event is None:
        raise LookupError(f"there is no event {number}")
    if "decision" in event.record:
        return erase_objection(connection, moment, event.record["decision"]["objection"], ["answer"], reason)
    entries = [] if event.note in {None, ERASED} else [_without_note(connection, event)]
    _put_on_record(connection, moment, event.project_id, entries, reason)
    return entries


def _without_note(connection: Connection, event: EventRecord) -> ErasedEntry:
    left = events.erase_note(connection, event.number)
    return {"kind": "event", "id": event.number, "digest": events.digest_of_event(left)}


def _put_on_record(
    connection: Connection, moment: Moment, project_id: int, entries: list[ErasedEntry], reason: str
) -> None:
    if not entries:
        return
    project = projects.find(connection, project_id)
    status, version = project.status, project.version
    act = ProjectEvent(project_id, "erase", OPERATOR, status, status, version, note=reason, record={"erased": entries})
    append_event(connection, moment, act)
