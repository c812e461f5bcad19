"""Notices and objections as the API answers them, without the makers of objections."""

import datetime as dt
from typing import cast

from app.clock import instant
from app.db.projects.notices import NoticeRecord, ObjectionCounts
from app.db.projects.objections import ObjectionRecord
from app.i18n import Language
from app.presenters.sources import document_name
from app.rules.projects.content import ContentFields
from app.schemas.responses.notices import NoticeAnswer, NoticeClosed, NoticeFigure, NoticeText, ObjectionAnswer
from app.schemas.responses.projects import NoticeSummary


def summary_answer(notice: NoticeRecord, today: dt.date) -> NoticeSummary:
    """Present a notice in short, with its status today."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "level": notice.level,
        "posted": notice.posted.isoformat(),
        "last_day": notice.last_day.isoformat(),
        "status": notice.status_on(today),
    }


def notice_answer(notice: NoticeRecord, counts: ObjectionCounts, today: dt.date, language: Language) -> NoticeAnswer:
    """Present a notice as it was posted, with its status today and the count of the objections to it."""
    return {
        **summary_answer(notice, today),
        "project": notice.project_id,
        "place": notice.place,
        "days_left": (notice.last_day - today).days if notice.status_on(today) == "open" else 0,
        "next_step_from": (notice.last_day + dt.timedelta(days=1)).isoformat(),
        "closed": _closed(notice),
        "text": _posted_text(notice.text),
        "figures": _figures(notice, language),
        "objections": {
            "in_time": counts.in_time,
            "late": counts.late,
            "undecided": counts.undecided,
            "upheld": counts.upheld,
            "dismissed": counts.dismissed,
        },
    }


def _posted_text(text: NoticeText) -> NoticeText:
    """Return a text as it was posted; a field that a later release added to projects is null in it."""
    return cast("NoticeText", {**dict.fromkeys(ContentFields.__annotations__), **text})


def objection_answer(objection: ObjectionRecord) -> ObjectionAnswer:
    """Present an objection, to the officers who decide it or to the holder of its receipt."""
    return {
        "id": objection.id,
        "notice": objection.notice_id,
        "made": instant(objection.made),
        "late": objection.late,
        "content": objection.content,
        "outcome": objection.outcome,
        "answer": objection.answer,
        "decided": None if objection.decided is None else instant(objection.decided),
        "waiting": objection.waiting,
    }


def _closed(notice: NoticeRecord) -> NoticeClosed | None:
    if notice.closed is None or notice.closed_by is None:
        return None
    return {"at": instant(notice.closed), "by": notice.closed_by}


def _figures(notice: NoticeRecord, language: Language) -> list[NoticeFigure]:
    return [{**each, "document": document_name(each["document"], language)} for each in notice.figures]
