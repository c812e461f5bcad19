"""Texts that are erased: who objected, and what should never have been written. An event of its own says so.

What is left of a row is held by a digest in that event, so that `anda verify` finds any other change of it.
"""

from collections.abc import Collection
from typing import Literal

from sqlalchemy import Connection

from app.clock import Moment
from app.db import idempotency
from app.db.projects import events, funds, notices, objections, projects
from app.db.projects.events import ERASED, OPERATOR, ErasedEntry, EventRecord, ProjectEvent, append_event
from app.db.projects.notices import NoticeRecord, PostedText

ObjectionText = Literal["name", "contact", "content", "answer"]
"""The texts of an objection that can be erased."""
ProjectText = Literal["name", "place_name", "responsible_unit", "tasks", "participation", "poverty_reduction_mechanism"]
"""The texts of a project that can be erased: from what it is, what it was, and what was posted of it."""


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
            _keep_left(connection, event._replace(note=ERASED))
            for event in events.events_of(connection, project_id)
            if "decision" in event.record and event.record["decision"]["objection"] == number
        )
    erased = {objection.content, objection.answer} - {left.content, left.answer}
    _put_on_record(connection, moment, project_id, (entries, erased), reason)
    return entries


def erase_note(connection: Connection, moment: Moment, number: int, reason: str) -> list[ErasedEntry]:
    """Erase the note of an event, the reason of an act, and where it was posted; return what was changed. LookupError.

    The answer to an objection is a note too; it goes with the objection.
    """
    event = events.find(connection, number)
    if event is None:
        raise LookupError(f"there is no event {number}")
    if "decision" in event.record:
        return erase_objection(connection, moment, event.record["decision"]["objection"], ["answer"], reason)
    if event.note in {None, ERASED}:
        return []
    entries = [_keep_left(connection, event._replace(note=ERASED))]
    entries.extend(
        _keep_posted(connection, notice, {**notice.text, "reason": ERASED})
        for notice in notices.of_project(connection, event.project_id)
        if notice.text.get("reason") == event.note
    )
    _put_on_record(connection, moment, event.project_id, (entries, {event.note}), reason)
    return entries


def erase_project_text(
    connection: Connection, moment: Moment, number: int, field: ProjectText, reason: str
) -> list[ErasedEntry]:
    """Erase a text of a project, whatever it was at any time; return what was changed. NotFoundError."""
    projects.find(connection, number)
    entries: list[ErasedEntry] = []
    erased: set[str | None] = set()
    for event in events.events_of(connection, number):
        pair = event.changes.get(field, [])
        if texts := {value for value in pair if isinstance(value, str) and value != ERASED}:
            erased |= texts
            changes = event.changes | {field: [ERASED if isinstance(value, str) else value for value in pair]}
            entries.append(_keep_left(connection, event._replace(changes=changes)))
    for notice in notices.of_project(connection, number):
        if notice.text[field] in erased:
            left = notice.text.copy()
            left[field] = ERASED
            entries.append(_keep_posted(connection, notice, left))
    if projects.text_of(connection, number, field) in erased - {None}:
        projects.set_text(connection, number, field, ERASED)
    _put_on_record(connection, moment, number, (entries, erased), reason)
    return entries


def erase_report(connection: Connection, moment: Moment, number: int, reason: str) -> list[ErasedEntry]:
    """Erase the text of a report; return what was changed. LookupError."""
    report = funds.find_report(connection, number)
    if report is None:
        raise LookupError(f"there is no report {number}")
    if report.text == ERASED:
        return []
    left = funds.set_report_text(connection, report, ERASED)
    digest = funds.digest_of_report(left.project_id, left.content)
    entries: list[ErasedEntry] = [{"kind": "report", "id": number, "digest": digest}]
    _put_on_record(connection, moment, report.project_id, (entries, {report.text}), reason)
    return entries


def _keep_left(connection: Connection, left: EventRecord) -> ErasedEntry:
    kept = events.set_texts(connection, left)
    return {"kind": "event", "id": kept.number, "digest": events.digest_of_event(kept)}


def _keep_posted(connection: Connection, notice: NoticeRecord, text: PostedText) -> ErasedEntry:
    kept = notices.set_text(connection, notice, text)
    return {"kind": "notice", "id": kept.id, "digest": notices.digest_of(kept.content, kept.salt)}


def _put_on_record(
    connection: Connection,
    moment: Moment,
    project_id: int,
    erased: tuple[list[ErasedEntry], Collection[str | None]],
    reason: str,
) -> None:
    """Write the event that names what was changed, and take stored answers out that repeat an erased text."""
    entries, texts = erased
    if not entries:
        return
    idempotency.delete_holding(connection, [text for text in texts if text])
    project = projects.find(connection, project_id)
    status, version = project.status, project.version
    act = ProjectEvent(project_id, "erase", OPERATOR, status, status, version, note=reason, record={"erased": entries})
    append_event(connection, moment, act)
