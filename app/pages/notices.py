"""The contents of the notice board and of a project's public page, built from the answers of the API."""

from collections.abc import Sequence

from sqlalchemy import Connection
from typing_extensions import TypedDict

from app.clock import Moment
from app.db.ledger.events import DayHead
from app.db.projects import lists, notices, objections, projects
from app.db.projects.lists import NoticeFilter
from app.db.projects.notices import NoticeRecord
from app.db.projects.objections import ObjectionRecord
from app.errors import NotFoundError, Resource
from app.i18n import Language
from app.pages.forms import Control, Form, Summary, Typed
from app.presenters.notices import notice_answer, objection_answer
from app.presenters.projects import event_answer, project_answer
from app.schemas.responses.notices import NoticeAnswer, ObjectionAnswer
from app.schemas.responses.projects import EventAnswer, ProjectAnswer

AT_ONCE = 30
EVENTS_AT_ONCE = 100
"""Events of a project's history that one page shows; it links to the later ones."""


class BoardContext(TypedDict):
    """The context of `notices/board.html`."""

    controls: Sequence[Control]
    typed: Typed
    refused: Summary | None
    notices: Sequence[NoticeAnswer]
    following: str | None
    """The cursor of the next page."""
    ledger_head: DayHead | None
    """The newest event of the ledger's chain, for anyone to note."""


class NoticePage(NoticeAnswer):
    """A notice, the number of the notice that superseded it, and whether its project has a public page."""

    successor: int | None
    project_has_page: bool


class NoticeContext(TypedDict):
    """The context of `notices/notice.html`."""

    notice: NoticePage
    form: Form
    refused: Summary | None
    decides: str
    once: str
    """The secret of the form, from which the receipt of its objection is derived."""


class PosterContext(TypedDict):
    """The context of `notices/poster.html`."""

    notice: NoticePage
    address: str
    decides: str


class ObjectionPage(ObjectionAnswer):
    """An objection, and the code of the text that says its effect on the project."""

    counts: str


class ReceiptContext(TypedDict):
    """The context of `notices/objection.html`."""

    objection: ObjectionPage
    receipt: str


class ProjectPage(ProjectAnswer):
    """A published project with a page of its history."""

    events: list[EventAnswer]
    following: int | None
    """The number of the event after which the next page begins; None on the last."""


class ProjectPageContext(TypedDict):
    """The context of `notices/project.html`."""

    project: ProjectPage


def board(
    connection: Connection, filters: NoticeFilter, language: Language
) -> tuple[list[NoticeAnswer], NoticeRecord | None]:
    """List a page of notices, and return the last of them where there are more."""
    page = lists.notices(connection, filters, AT_ONCE)
    counts = notices.objections_to(connection, [each.id for each in page.items])
    answers = [notice_answer(each, counts(each.id), filters.today, language) for each in page.items]
    return answers, page.items[-1] if page.more else None


def notice(connection: Connection, moment: Moment, number: int, language: Language) -> NoticePage:
    """Show a notice as it was posted, its successor, and whether its project has a public page. NotFoundError."""
    record = notices.find(connection, number)
    return {
        **notice_answer(record, notices.objections_to(connection, [number])(number), moment.today, language),
        "successor": notices.successor(connection, record),
        "project_has_page": projects.find(connection, record.project_id).is_shown_to(None),
    }


def objection(connection: Connection, receipt: str) -> ObjectionPage:
    """Show an objection to the holder of its receipt, with its effect on the project. NotFoundError."""
    record = objections.by_receipt(connection, receipt)
    return {**objection_answer(record), "counts": _counts(record, notices.find(connection, record.notice_id))}


def _counts(objection: ObjectionRecord, notice: NoticeRecord) -> str:
    if not objection.late:
        return f"received_in_time_{notice.kind}"
    closed = notice.closed is not None and notice.closed <= objection.made
    return "received_closed" if closed else "received_late"


def project(connection: Connection, moment: Moment, number: int, after: int | None = None) -> ProjectPage:
    """Show a published project with its history after an event. NotFoundError for one that is not published."""
    record = projects.find(connection, number)
    if not record.is_shown_to(None):
        raise NotFoundError(Resource.PROJECT)
    newest = notices.newest_of(connection, [number]).get(number)
    page = lists.events(connection, number, after, EVENTS_AT_ONCE, everybody=True)
    return {
        **project_answer(record, newest, moment.today),
        "events": [event_answer(event) for event in page.items],
        "following": page.items[-1].number if page.more else None,
    }


def deciding_place(notice: NoticeAnswer) -> str:
    """Return the division code of the office that decides objections to a notice."""
    digits = {"village": 12, "township": 9, "county": 6}[notice["level"]]
    return notice["place"][:digits]
