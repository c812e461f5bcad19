"""The notice board for people: what is on display, a notice, an objection, its poster, the project's page, a feed."""

import io
import secrets
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.clock import Moment
from app.db.ledger import events
from app.db.locks import WriteLock
from app.db.projects.lists import NoticeFilter
from app.db.projects.notices import NoticeRecord
from app.db.projects.objections import NewObjection
from app.db.store import Store
from app.errors import NotFoundError, Resource
from app.http.dependencies import DivisionsDep, LedgerDep, RateLimitDep, SettingsDep, StoreDep
from app.http.origin import is_foreign
from app.http.pagination import cursor, event_number_in, number_in
from app.http.problems import ProblemError
from app.i18n import text
from app.pages import notices, notices_filter, objection_form
from app.pages.feed import feed
from app.pages.forms import SubmittedForm, validate
from app.pages.notices import (
    BoardContext,
    NoticeContext,
    NoticePage,
    PosterContext,
    ProjectPageContext,
    ReceiptContext,
)
from app.pages.place_names import PlaceNames
from app.pages.rendering import language_of, page, picture, with_language
from app.projects.objections import ObjectionReceipt, known_receipt, receipt_content, record_objection
from app.schemas.requests.notices import ObjectionRequest
from app.schemas.responses.notices import NoticeAnswer

_OBJECTION: TypeAdapter[ObjectionRequest] = TypeAdapter(ObjectionRequest)
_SECRET = 18
"""Random bytes in the secret of a form."""

router = APIRouter(include_in_schema=False)


@router.get("/notices")
async def show_board(request: Request, store: StoreDep, divisions: DivisionsDep) -> Response:
    """Show a page of the notices that a filter finds."""
    language = language_of(request)
    filters = notices_filter.read(request.query_params, divisions, language)
    context: BoardContext = {
        "controls": notices_filter.controls(filters, divisions, language),
        "typed": filters.typed,
        "refused": notices_filter.refusal(filters, language),
        "notices": [],
        "following": None,
        "ledger_head": None,
    }
    if context["refused"] is not None:
        return page(request, "notices/board.html", context, 422)

    def read(connection: Connection, moment: Moment) -> tuple[list[NoticeAnswer], NoticeRecord | None]:
        query = filters.query
        context["ledger_head"] = events.day_head(connection)
        return notices.board(connection, NoticeFilter(moment.today, query.status, query.place, filters.after), language)

    context["notices"], last = await store.read(read)
    context["following"] = None if last is None else cursor(last.last_day.toordinal(), last.id)
    return page(request, "notices/board.html", context)


@router.get("/notices.atom")
async def send_feed(request: Request, store: StoreDep, settings: SettingsDep, divisions: DivisionsDep) -> Response:
    """Send the open notices as a feed."""
    language = language_of(request)

    def read(connection: Connection, moment: Moment) -> list[NoticeAnswer]:
        return notices.board(connection, NoticeFilter(moment.today, "open"), language)[0]

    return Response(
        feed(
            await store.read(read),
            str(request.base_url).rstrip("/"),
            settings.publisher,
            PlaceNames(divisions, language),
        ),
        media_type="application/atom+xml; charset=utf-8",
    )


@router.get("/notices/{number}")
async def show_notice(request: Request, number: str, store: StoreDep) -> Response:
    """Show a notice with the form of an objection."""
    notice = await _find_notice(request, store, number)
    return _not_found(request) if notice is None else _notice_page(request, notice)


@router.get("/notices/{number}/objection")
async def back_to_notice(request: Request, number: str) -> Response:
    """Redirect from the address of the form to the notice: a refused form links to it in the other language."""
    return RedirectResponse(with_language(f"/notices/{quote(number)}", language_of(request)) + "#objections", 303)


@router.post("/notices/{number}/objection")
async def object_to(
    request: Request, number: str, store: StoreDep, limit: RateLimitDep, settings: SettingsDep, ledger: LedgerDep
) -> Response:
    """Record an objection, and redirect to the page of its receipt; or show the form again with what is wrong."""
    form = await request.form(max_files=0, max_fields=10)
    names = ("content", "name", "contact", "once")
    typed = {name: value.replace("\r\n", "\n") for name in names if isinstance(value := form.get(name), str)}
    once = typed.pop("once", "")
    language = language_of(request)
    notice = await _find_notice(request, store, number)
    if notice is None:
        return _not_found(request)
    if is_foreign(request):
        from_elsewhere = text("notices_page", "from_elsewhere", language)
        return _notice_page(request, notice, objection_form.submitted({}, {}), 403, from_elsewhere)
    stated = {name: value.strip() for name, value in typed.items() if value.strip()}
    objection, errors = validate(_OBJECTION, stated)
    if objection is None:
        wrong = {each.pointer.strip("/"): each.message for each in errors}
        return _notice_page(request, notice, objection_form.submitted(typed, wrong), 422)
    try:
        limit.count(request)
    except ProblemError:
        too_many = text("notices_page", "too_many", language)
        return _notice_page(request, notice, objection_form.submitted(typed, {}), 429, too_many)
    new = NewObjection(objection.content, objection.name, objection.contact)
    posted, displayed = notice["id"], settings.objections_displayed

    def record(connection: Connection, moment: Moment) -> ObjectionReceipt:
        # A form that is sent twice is one objection. Without its secret, whoever knows the content could find it.
        receipts = ledger.key.receipts(receipt_content(posted, once, new)) if _has_secret(once) else []
        ledger.key.check(connection, writing=True)
        known = known_receipt(connection, receipts)
        return record_objection(connection, moment, posted, new, known, displayed=displayed)

    result = await store.write(record, WriteLock.LIBRARY)
    return RedirectResponse(with_language(f"/objections/{result.receipt}", language), 303)


@router.get("/objections/{receipt}")
async def show_objection(request: Request, receipt: str, store: StoreDep) -> Response:
    """Show an objection and its answer to the holder of its receipt."""
    try:
        objection = await store.read(lambda connection, _: notices.objection(connection, receipt))
    except NotFoundError:
        return _not_found(request)
    context: ReceiptContext = {"objection": objection, "receipt": receipt}
    return page(request, "notices/objection.html", context)


@router.get("/notices/{number}/poster")
async def show_poster(request: Request, number: str, store: StoreDep) -> Response:
    """Show a notice as a poster of one page of A4."""
    notice = await _find_notice(request, store, number)
    if notice is None:
        return _not_found(request)
    context: PosterContext = {
        "notice": notice,
        "address": f"{request.base_url}notices/{number}",
        "decides": notices.deciding_place(notice),
    }
    return page(request, "notices/poster.html", context)


@router.get("/notices/{number}/qr.svg")
async def show_qr(request: Request, number: str) -> Response:
    """Draw the address of a notice as a QR code."""
    if not _is_number(number):
        return _not_found(request)
    import segno  # noqa: PLC0415 - no other page needs it

    drawn = io.BytesIO()
    segno.make(f"{request.base_url}notices/{number}", error="m").save(
        drawn, kind="svg", scale=4, border=4, light="#fff"
    )
    return picture(drawn.getvalue())


@router.get("/projects/{number}")
async def show_project(request: Request, number: str, store: StoreDep) -> Response:
    """Show a published project with a page of its history."""
    if not _is_number(number):
        return _not_found(request)
    try:
        after = event_number_in(request)
        project = await store.read(lambda connection, moment: notices.project(connection, moment, int(number), after))
    except NotFoundError:
        return _not_found(request)
    context: ProjectPageContext = {"project": project}
    return page(request, "notices/project.html", context)


async def _find_notice(request: Request, store: Store, number: str) -> NoticePage | None:
    language = language_of(request)
    if not _is_number(number):
        return None
    try:
        return await store.read(lambda connection, moment: notices.notice(connection, moment, int(number), language))
    except NotFoundError:
        return None


def _notice_page(
    request: Request,
    notice: NoticePage,
    sent: SubmittedForm | None = None,
    status: int = 200,
    reason: str = "",
) -> Response:
    language = language_of(request)
    context: NoticeContext = {
        "notice": notice,
        "form": objection_form.objection_form(notice["id"], sent, language),
        "refused": None if sent is None else objection_form.refusal(sent, language, reason),
        "decides": notices.deciding_place(notice),
        "once": secrets.token_urlsafe(_SECRET),
    }
    return page(request, "notices/notice.html", context, status)


def _not_found(request: Request) -> Response:
    return page(request, "not_found.html", {}, 404)


def _is_number(number: str) -> bool:
    try:
        return number_in(number, Resource.NOTICE) > 0
    except NotFoundError:
        return False


def _has_secret(once: str) -> bool:
    """Whether a form has the secret that it was shown with."""
    return len(once) >= len(secrets.token_urlsafe(_SECRET))
