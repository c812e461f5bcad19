"""What the notice board and a project's public page show, from the same answers as the API."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.clock import Moment
from app.db.projects import lists, notices, objections, projects
from app.db.projects.events import events_of
from app.db.projects.lists import NoticeFilter
from app.errors import NotFoundError, Resource
from app.i18n import Language
from app.presenters.notices import notice_answer, objection_answer
from app.presenters.projects import event_answer, project_answer

Json = dict[str, Any]

AT_ONCE = 30


def board(connection: Connection, wanted: NoticeFilter, language: Language) -> tuple[list[Json], Json | None]:
    """List a page of notices, and the last of them where there are more."""
    page = lists.notices(connection, wanted, AT_ONCE)
    counts = notices.objections_to(connection, [each["id"] for each in page.items])
    shown = [notice_answer(each, counts(each["id"]), wanted.today, language) for each in page.items]
    return shown, dict(page.items[-1]) if page.more else None


def notice(connection: Connection, moment: Moment, number: int, language: Language) -> Json:
    """Show a notice as it was posted, what took its place, and whether its project has a page. NotFoundError."""
    found = notices.find(connection, number)
    return {
        **notice_answer(found, notices.objections_to(connection, [number])(number), moment.today, language),
        "successor": notices.successor(connection, found),
        "project_has_page": projects.find(connection, found["project_id"]).is_shown_to(None),
    }


def objection(connection: Connection, receipt: str) -> Json:
    """Show an objection to whoever holds its receipt, and the code of what it does to the project. NotFoundError."""
    found = objections.by_receipt(connection, receipt)
    return {**objection_answer(found), "counts": _counts(found, notices.find(connection, found["notice_id"]))}


def _counts(objection: Mapping[str, Any], notice: Mapping[str, Any]) -> str:
    if not objection["late"]:
        return f"received_in_time_{notice['kind']}"
    closed = notice["closed"] is not None and notice["closed"] <= objection["made"]
    return "received_closed" if closed else "received_late"


def project(connection: Connection, moment: Moment, number: int) -> Json:
    """Show a published project with its timeline. NotFoundError for one that is not published."""
    found = projects.find(connection, number)
    if not found.is_shown_to(None):
        raise NotFoundError(Resource.PROJECT)
    newest = notices.newest_of(connection, [number]).get(number)
    events = [event_answer(event) for event in events_of(connection, number)]
    return {**project_answer(found, newest, moment.today), "events": events}


def deciding_place(shown: Mapping[str, Any]) -> str:
    """Return the division code of whoever decides objections to a notice."""
    digits = {"village": 12, "township": 9, "county": 6}[shown["level"]]
    return str(shown["place"])[:digits]
