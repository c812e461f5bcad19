"""The notice board for people: what is on display, a notice, an objection, its poster, the project's page, a feed."""

import hashlib
import io
import secrets
from typing import Any

import orjson
import segno
from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.answers.notices import objection_answer
from app.clock import Moment
from app.db import objections
from app.db.lists import WantedNotices
from app.db.objections import NewObjection
from app.db.refusals import KeyReusedError, NotThereError
from app.db.replies import Key, Reply
from app.library import Library
from app.objection_limit import ObjectionLimit
from app.pages import notices as shown
from app.pages.feed import Site
from app.pages.feed import feed as written_feed
from app.pages.site import page, picture, spoken_in, with_language
from app.problems import ProblemError, field_errors
from app.routers.paging import cursor, day_and_number, number_in
from app.routers.projects import write
from app.schemas.notices import NoticesQuery, ObjectionRequest
from app.wording import text

_QUERY: TypeAdapter[NoticesQuery] = TypeAdapter(NoticesQuery)
_OBJECTION: TypeAdapter[ObjectionRequest] = TypeAdapter(ObjectionRequest)
_KEY = 64
"""Characters of a form's key at most."""

_COUNTY = 6
"""Digits of a county's code."""

Json = dict[str, Any]


def router(library: Library, limit: ObjectionLimit, contact: str | None, publisher: str) -> APIRouter:
    """Build the router of the notice board. `contact` is the line that notices show, `publisher` whose board it is."""
    router = APIRouter(include_in_schema=False)

    @router.get("/notices")
    async def board(request: Request) -> Response:
        spoken = spoken_in(request)
        asked = {name: value for name, value in request.query_params.items() if name != "lang" and value}
        chosen = {"place": asked["county"]} if "county" in asked else {}
        try:
            query = _QUERY.validate_python({"status": "open", **chosen, **_known(asked)})
            after, understood = day_and_number(query.cursor), True
        except (ValidationError, ProblemError):
            query, after, understood = NoticesQuery(status="open"), None, False
        county = query.place[:_COUNTY] if query.place else None

        def read(connection: Connection, moment: Moment) -> tuple[list[Json], Json | None]:
            wanted = WantedNotices(moment.today, query.status, query.place, after)
            return shown.board(connection, wanted, spoken)

        items, last = await library.read(read)
        following = last and cursor(last["last_day"].toordinal(), last["id"])
        counties = [place for place in library.places.by_code.values() if place.prefecture == library.places.home]
        context = {"notices": items, "query": query, "county": county, "counties": counties, "following": following}
        return page(request, "board.html", {**context, "understood": understood})

    @router.get("/notices.atom")
    async def feed(request: Request) -> Response:
        spoken = spoken_in(request)

        def read(connection: Connection, moment: Moment) -> list[Json]:
            return shown.board(connection, WantedNotices(moment.today, "open"), spoken)[0]

        site = Site(str(request.base_url).rstrip("/"), publisher, spoken)
        written = written_feed(await library.read(read), site)
        return Response(written, media_type="application/atom+xml; charset=utf-8")

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
        context["elsewhere"] = f"/notices/{number}"
        context["key"] = typed.get("key") or secrets.token_urlsafe(18)
        return page(request, "notice.html", {**context, "decides": shown.deciding_place(found)}, status)

    async def find(request: Request, number: str) -> Json | None:
        spoken = spoken_in(request)
        if not _is_number(number):
            return None
        try:
            return await library.read(lambda connection, moment: shown.notice(connection, moment, int(number), spoken))
        except NotThereError:
            return None

    @router.post("/notices/{number}/objection")
    async def object_to(request: Request, number: str) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        fields = ("content", "name", "contact", "key")
        typed = {name: value.replace("\r\n", "\n") for name in fields if isinstance(value := form.get(name), str)}
        spoken = spoken_in(request)
        if await find(request, number) is None:
            return page(request, "not_found.html", {}, 404)
        said = {name: value.strip() for name, value in typed.items() if name != "key" and value.strip()}
        try:
            asked = _OBJECTION.validate_python(said)
        except ValidationError as error:
            found = field_errors(error.errors(include_url=False, include_input=False))
            errors = {each.pointer.strip("/"): each.message for each in found}
            return await show_notice(request, number, typed, errors, 422)
        try:
            limit.count(request)
        except ProblemError:
            refused = text("notices_page", "too_many", spoken)
            return await show_notice(request, number, typed, {}, 429, refused)
        new = NewObjection(asked.content, asked.name, asked.contact)

        def make(connection: Connection, moment: Moment) -> Reply:
            made = objections.make(connection, moment, int(number), new)
            return Reply(303, {}, made.receipt.encode())

        try:
            reply = await write(library, make, _key_of(number, typed.get("key", ""), said))
        except KeyReusedError:
            # The form of before was sent once more with something else in it: another objection.
            return await show_notice(
                request, number, {**typed, "key": ""}, {}, 422, text("notices_page", "again", spoken)
            )
        # By its own address, so that the page may be loaded again and read in the other language.
        return RedirectResponse(with_language(f"/objections/{reply.body.decode()}?made=", spoken), 303)

    @router.get("/objections/{receipt}")
    async def answered(request: Request, receipt: str) -> Response:
        def read(connection: Connection, moment: Moment) -> Json:
            found = objections.by_receipt(connection, receipt)
            notice = shown.notice(connection, moment, found["notice_id"], spoken_in(request))
            return {"objection": objection_answer(found), "notice": notice}

        try:
            told = await library.read(read)
        except NotThereError:
            return page(request, "not_found.html", {}, 404)
        if "made" in request.query_params:
            return page(request, "receipt.html", {**told, "receipt": receipt})
        return page(request, "objection.html", told)

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
            drawn, kind="svg", scale=4, border=4, light="white"
        )
        return picture(drawn.getvalue())

    @router.get("/projects/{number}")
    async def project(request: Request, number: str) -> Response:
        if not _is_number(number):
            return page(request, "not_found.html", {}, 404)
        try:
            found = await library.read(lambda connection, moment: shown.project(connection, moment, int(number)))
        except NotThereError:
            return page(request, "not_found.html", {}, 404)
        return page(request, "project.html", {"project": found})

    return router


def _known(asked: dict[str, str]) -> Json:
    """Read the query of the board: `all` is no status, and other names mean nothing."""
    known: Json = {name: asked[name] for name in ("place", "cursor") if name in asked}
    if "status" in asked:
        known["status"] = None if asked["status"] == "all" else asked["status"]
    return known


def _is_number(number: str) -> bool:
    try:
        return number_in(number, "notice") > 0
    except NotThereError:
        return False


def _key_of(number: str, key: str, said: Json) -> Key | None:
    """Return the key of a form: sent twice, by a double click or by going back, it makes one objection."""
    if not key or len(key) > _KEY:
        return None
    return Key(f"page of notice {number}", key, hashlib.sha256(orjson.dumps(said)).hexdigest())
