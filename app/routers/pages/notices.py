"""The notice board for people: what is on display, a notice, an objection, its poster, the project's page, a feed."""

import base64
import hashlib
import io
import json
import secrets
from typing import Any
from urllib.parse import quote

import segno
from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.clock import Moment
from app.db.projects.lists import NoticeFilter
from app.db.projects.notices import NoticeRecord
from app.db.projects.objections import NewObjection
from app.db.store import Store
from app.errors import NotFoundError, Resource
from app.http.pagination import cursor, number_in
from app.http.problems import ProblemError, field_errors
from app.http.rate_limit import RateLimit
from app.i18n import text
from app.pages import notices as shown
from app.pages import notices_filter
from app.pages.feed import feed
from app.pages.notices import NoticePage
from app.pages.rendering import language_of, page, picture, with_language
from app.projects.objections import record_objection
from app.rules.reference.places import Divisions
from app.schemas.requests.notices import ObjectionRequest
from app.schemas.responses.notices import NoticeAnswer

_OBJECTION: TypeAdapter[ObjectionRequest] = TypeAdapter(ObjectionRequest)
_SECRET = 18
"""Bytes of chance in a form."""

Json = dict[str, Any]


def router(store: Store, divisions: Divisions, limit: RateLimit, contact: str | None, publisher: str) -> APIRouter:
    """Build the router of the notice board.

    `contact` is the line that the deployment shows on notices, `publisher` the author of the feed.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/notices")
    async def board(request: Request) -> Response:
        language = language_of(request)
        asked = notices_filter.read(request.query_params, divisions, language)
        context: Json = {"asked": asked, "counties": notices_filter.counties(divisions)}
        if asked.errors:
            return page(request, "board.html", {**context, "notices": [], "following": None}, 422)

        def read(connection: Connection, moment: Moment) -> tuple[list[NoticeAnswer], NoticeRecord | None]:
            wanted = NoticeFilter(moment.today, asked.query.status, asked.query.place, asked.after)
            return shown.board(connection, wanted, language)

        items, last = await store.read(read)
        following = None if last is None else cursor(last.last_day.toordinal(), last.id)
        return page(request, "board.html", {**context, "notices": items, "following": following})

    @router.get("/notices.atom")
    async def atom(request: Request) -> Response:
        language = language_of(request)

        def read(connection: Connection, moment: Moment) -> list[NoticeAnswer]:
            return shown.board(connection, NoticeFilter(moment.today, "open"), language)[0]

        return Response(
            feed(await store.read(read), str(request.base_url).rstrip("/"), publisher, language),
            media_type="application/atom+xml; charset=utf-8",
        )

    @router.get("/notices/{number}")
    async def notice(request: Request, number: str) -> Response:
        return await show_notice(request, number, {}, {})

    async def show_notice(
        request: Request, number: str, typed: Json, errors: dict[str, str], status: int = 200, refused: str = ""
    ) -> Response:
        found = await find(request, number)
        if found is None:
            return page(request, "not_found.html", {}, 404)
        context = {"notice": found, "typed": typed, "errors": errors, "refused": refused, "contact": contact}
        context |= {"decides": shown.deciding_place(found), "once": secrets.token_urlsafe(_SECRET)}
        return page(request, "notice.html", context, status)

    async def find(request: Request, number: str) -> NoticePage | None:
        language = language_of(request)
        if not _is_number(number):
            return None
        try:
            return await store.read(lambda connection, moment: shown.notice(connection, moment, int(number), language))
        except NotFoundError:
            return None

    @router.get("/notices/{number}/objection")
    async def form_of(request: Request, number: str) -> Response:
        """Lead from the address that a refused form stands at, in the other language too, to the notice."""
        return RedirectResponse(with_language(f"/notices/{quote(number)}", language_of(request)) + "#objections", 303)

    @router.post("/notices/{number}/objection")
    async def object_to(request: Request, number: str) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        names = ("content", "name", "contact", "once")
        typed = {name: value.replace("\r\n", "\n") for name in names if isinstance(value := form.get(name), str)}
        once = typed.pop("once", "")
        language = language_of(request)
        if await find(request, number) is None:
            return page(request, "not_found.html", {}, 404)
        try:
            asked = _OBJECTION.validate_python({name: value.strip() for name, value in typed.items() if value.strip()})
        except ValidationError as error:
            found = field_errors(error.errors(include_url=False, include_input=False))
            errors = {each.pointer.strip("/"): each.message for each in found}
            return await show_notice(request, number, typed, errors, 422)
        try:
            limit.count(request)
        except ProblemError:
            refused = text("notices_page", "too_many", language)
            return await show_notice(request, number, typed, {}, 429, refused)
        new = NewObjection(asked.content, asked.name, asked.contact)

        receipt = _receipt_of_form(int(number), once, new)
        made = await store.write(
            lambda connection, moment: record_objection(connection, moment, int(number), new, receipt)
        )
        return RedirectResponse(with_language(f"/objections/{made.receipt}", language), 303)

    @router.get("/objections/{receipt}")
    async def answered(request: Request, receipt: str) -> Response:
        try:
            found = await store.read(lambda connection, _: shown.objection(connection, receipt))
        except NotFoundError:
            return page(request, "not_found.html", {}, 404)
        return page(request, "objection.html", {"objection": found, "receipt": receipt})

    @router.get("/notices/{number}/poster")
    async def poster(request: Request, number: str) -> Response:
        found = await find(request, number)
        if found is None:
            return page(request, "not_found.html", {}, 404)
        address = f"{request.base_url}notices/{number}"
        context = {"notice": found, "address": address, "contact": contact, "decides": shown.deciding_place(found)}
        return page(request, "poster.html", context)

    @router.get("/notices/{number}/qr.svg")
    async def qr(request: Request, number: str) -> Response:
        if not _is_number(number):
            return page(request, "not_found.html", {}, 404)
        drawn = io.BytesIO()
        segno.make(f"{request.base_url}notices/{number}", error="m").save(
            drawn, kind="svg", scale=4, border=4, light="#fff"
        )
        return picture(drawn.getvalue())

    @router.get("/projects/{number}")
    async def project(request: Request, number: str) -> Response:
        if not _is_number(number):
            return page(request, "not_found.html", {}, 404)
        try:
            found = await store.read(lambda connection, moment: shown.project(connection, moment, int(number)))
        except NotFoundError:
            return page(request, "not_found.html", {}, 404)
        return page(request, "project.html", {"project": found})

    return router


def _is_number(number: str) -> bool:
    try:
        return number_in(number, Resource.NOTICE) > 0
    except NotFoundError:
        return False


def _receipt_of_form(notice: int, once: str, new: NewObjection) -> str | None:
    """Return the receipt that a form and what is written in it come to: sent again, it is the same objection.

    Only who has the form can come to it. None where the form bears no secret.
    """
    if len(once) < len(secrets.token_urlsafe(_SECRET)):
        return None
    told = json.dumps([notice, once, *new], ensure_ascii=True)
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:_SECRET]).decode()
