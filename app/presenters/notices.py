"""Notices and objections as the API answers them; nothing of who objected."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.clock import instant
from app.db.projects.notices import ObjectionCounts, status_on
from app.i18n import Language
from app.presenters.sources import document_name

Json = dict[str, Any]


def summary_answer(notice: Mapping[str, Any], today: dt.date) -> Json:
    """Show a notice in short: what it is and how it stands today."""
    return {
        "id": notice["id"],
        "kind": notice["kind"],
        "level": notice["level"],
        "posted": notice["posted"].isoformat(),
        "last_day": notice["last_day"].isoformat(),
        "status": status_on(notice, today),
    }


def notice_answer(notice: Mapping[str, Any], counts: ObjectionCounts, today: dt.date, language: Language) -> Json:
    """Show a notice as it was posted, how it stands today, and the objections to it counted."""
    closed = notice["closed"]
    status = status_on(notice, today)
    return {
        **summary_answer(notice, today),
        "project": notice["project_id"],
        "place": notice["place"],
        "days_left": (notice["last_day"] - today).days if status == "open" else 0,
        "next_step_from": (notice["last_day"] + dt.timedelta(days=1)).isoformat(),
        "closed": None if closed is None else {"at": instant(closed), "by": notice["closed_by"]},
        "text": notice["text"],
        "figures": [{**each, "document": document_name(each["document"], language)} for each in notice["figures"]],
        "objections": counts._asdict(),
    }


def objection_answer(objection: Mapping[str, Any]) -> Json:
    """Show an objection to the officers who decide it, or to whoever holds its receipt."""
    decided = objection["decided"]
    return {
        "id": objection["id"],
        "notice": objection["notice_id"],
        "made": instant(objection["made"]),
        "late": objection["late"],
        "content": objection["content"],
        "outcome": objection["outcome"],
        "answer": objection["answer"],
        "decided": None if decided is None else instant(decided),
    }
