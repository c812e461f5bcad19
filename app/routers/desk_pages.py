"""The officer's desk: what waits, and the acts of the officer's level as forms. The session is the token itself."""

import hmac
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import TypeAdapter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.clock import Moment
from app.db import funds, objections, procedure
from app.db.funds import NewAllocation, NewReport
from app.db.history import Who
from app.db.objections import Decision
from app.db.procedure import Attempt, Taken
from app.db.refusals import FieldRefusedError, NotThereError, NotYoursError, RefusedError, StaleError, UnmetError
from app.db.tokens import Officer
from app.library import Library
from app.open_data.spreadsheet import DESCRIBING
from app.pages import desk
from app.pages.desk import Visit
from app.pages.forms import checked, nested, typed_in
from app.pages.site import page, spoken_in, with_language
from app.routers.paging import number_in
from app.rules.publicity import STEPS, ReportKind
from app.schemas.notices import DecisionRequest
from app.schemas.projects import (
    ActionRequest,
    AllocationRequest,
    OutcomeRequest,
    ProgressRequest,
    ProjectRequest,
)
from app.wording import text
from app.wording.sentences import sentence

COOKIE = "anda_officer"

EVIDENCE = {
    "post_village_notice": ("evidence.meeting.kind", "evidence.meeting.date", "evidence.meeting.attendance"),
    "approve_in_township": tuple(
        f"evidence.checks.{check}"
        for check in ("truth", "need", "content", "budget", "benefit", "participation", "mechanism")
    ),
    "approve_in_county": (
        "evidence.opinion.department",
        "evidence.opinion.text",
        "evidence.decision.group",
        "evidence.decision.date",
    ),
}
"""The fields of evidence that a step's form has."""

_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)
_ACTION: TypeAdapter[ActionRequest] = TypeAdapter(ActionRequest)
_ALLOCATION: TypeAdapter[AllocationRequest] = TypeAdapter(AllocationRequest)
_PROGRESS: TypeAdapter[ProgressRequest] = TypeAdapter(ProgressRequest)
_OUTCOME: TypeAdapter[OutcomeRequest] = TypeAdapter(OutcomeRequest)
_DECISION: TypeAdapter[DecisionRequest] = TypeAdapter(DecisionRequest)

Json = dict[str, Any]
Errors = list[tuple[str, str]]
Act = Callable[[Connection, Moment], object]


def router(library: Library) -> APIRouter:
    """Build the router of the desk."""
    router = APIRouter(include_in_schema=False, prefix="/desk")

    async def officer_of(request: Request) -> tuple[str, Officer] | None:
        token = request.cookies.get(COOKIE, "")
        holder = await library.holder(token) if token else None
        return (token, holder) if isinstance(holder, Officer) else None

    def login(request: Request, wrong: bool = False, expired: bool = False) -> Response:
        context = {"wrong": wrong, "expired": expired}
        return page(request, "desk_login.html", context, 401 if wrong else 403 if expired else 200)

    def visit(request: Request, officer: Officer) -> Callable[[Moment], Visit]:
        spoken = spoken_in(request)
        return lambda moment: Visit(officer, moment, spoken, library.postings)

    @router.get("")
    async def home(request: Request) -> Response:
        found = await officer_of(request)
        if found is None:
            return login(request)
        token, officer = found
        visiting = visit(request, officer)
        shown = await library.read(lambda connection, moment: desk.home(connection, visiting(moment)))
        return page(request, "desk.html", {**shown, "officer": officer, "guard": desk.guard(token)})

    @router.get("/lists/{which}")
    async def rest(request: Request, which: str) -> Response:
        found = await officer_of(request)
        if found is None:
            return login(request)
        token, officer = found
        visiting = visit(request, officer)
        sent = request.query_params.get("after")
        try:
            after = None if sent is None else number_in(sent, "list")
            shown = await library.read(lambda connection, moment: desk.rest(connection, visiting(moment), which, after))
        except NotThereError:
            return page(request, "not_found.html", {}, 404)
        return page(request, "desk_list.html", {**shown, "guard": desk.guard(token)})

    @router.post("/session")
    async def enter(request: Request) -> Response:
        token = (await typed_in(request)).get("token", "").strip()
        if not isinstance(await library.holder(token), Officer):
            return login(request, wrong=True)
        answer = RedirectResponse(with_language("/desk", spoken_in(request)), 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, path="/desk", httponly=True, samesite="strict", secure=secure)
        return answer

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        answer = RedirectResponse(with_language("/desk", spoken_in(request)), 303)
        answer.delete_cookie(COOKIE, path="/desk", httponly=True, samesite="strict")
        return answer

    @router.get("/new")
    async def new(request: Request) -> Response:
        found = await officer_of(request)
        if found is None:
            return login(request)
        token, officer = found
        context = {"typed": {"place": officer.place}, "errors": [], "guard": desk.guard(token)}
        return page(request, "desk_new.html", {**context, "fields": DESCRIBING})

    @router.post("/new")
    async def declare(request: Request) -> Response:
        found = await officer_of(request)
        typed = await typed_in(request)
        if found is None or not _is_guarded(found[0], typed):
            return login(request, expired=True)
        token, officer = found
        spoken_in(request)
        asked, errors = checked(_PROJECT, nested(typed, DESCRIBING))
        if asked is not None and not library.places.is_division(asked.place):
            errors = [("place", text("validation", "place_unknown", spoken_in(request)))]
        elif asked is not None:
            content = asked.to_content()
            try:
                made = await library.write(
                    lambda connection, moment: procedure.declare(connection, moment, Who("officer", officer), content)
                )
                return RedirectResponse(with_language(f"/desk/projects/{made.id}", spoken_in(request)), 303)
            except RefusedError as error:
                errors = _told(error, request)
        context = {"typed": typed, "errors": errors, "guard": desk.guard(token), "fields": DESCRIBING}
        return page(request, "desk_new.html", context, 422)

    @router.get("/projects/{number}")
    async def project(request: Request, number: int) -> Response:
        found = await officer_of(request)
        return login(request) if found is None else await show(request, found, number)

    async def show(
        request: Request,
        found: tuple[str, Officer],
        number: int,
        typed: Json | None = None,
        errors: Errors | None = None,
    ) -> Response:
        token, officer = found
        visiting = visit(request, officer)
        try:
            shown = await library.read(lambda connection, moment: desk.project(connection, visiting(moment), number))
        except NotThereError:
            return page(request, "not_found.html", {}, 404)
        shown["typed"] |= typed or {}
        context = {
            "project": shown,
            "errors": errors or [],
            "guard": desk.guard(token),
            "fields": DESCRIBING,
            "evidence": EVIDENCE,
            "done": "done" in request.query_params,
        }
        return page(request, "desk_project.html", context, 422 if errors else 200)

    async def act(
        request: Request, number: int, prepare: Callable[[Officer, Json], tuple[Act | None, Errors]]
    ) -> Response:
        """Do what a form asks: validate it, write it, and show the project again, with what was wrong."""
        found = await officer_of(request)
        typed = await typed_in(request)
        if found is None or not _is_guarded(found[0], typed):
            return login(request, expired=True)
        spoken = spoken_in(request)
        write, errors = prepare(found[1], typed)
        if write is not None:
            try:
                await library.write(write)
                return RedirectResponse(with_language(f"/desk/projects/{number}?done=", spoken), 303)
            except RefusedError as error:
                errors = _told(error, request)
        return await show(request, found, number, typed, errors)

    @router.post("/projects/{number}/actions")
    async def take(request: Request, number: int) -> Response:
        def prepare(officer: Officer, typed: Json) -> tuple[Act | None, Errors]:
            action = typed.get("action", "")
            fields = ("action", "note", *EVIDENCE.get(action, ()))
            asked, errors = checked(_ACTION, nested(typed, fields))
            if asked is None or action not in STEPS:
                return None, errors
            given = {} if asked.evidence is None else asked.evidence.model_dump(exclude_none=True)
            step = Taken(asked.action, asked.note or "", given, orjson.loads(orjson.dumps(given)))
            seen = _seen(typed)
            return lambda connection, moment: procedure.take(
                connection, Attempt(moment, officer, seen), number, step, library.postings
            ), []

        return await act(request, number, prepare)

    @router.post("/projects/{number}/revise")
    async def revise(request: Request, number: int) -> Response:
        def prepare(officer: Officer, typed: Json) -> tuple[Act | None, Errors]:
            asked, errors = checked(_PROJECT, nested(typed, DESCRIBING))
            if asked is None:
                return None, errors
            content, seen = asked.to_content(), _seen(typed)
            return lambda connection, moment: procedure.revise(
                connection, Attempt(moment, officer, seen), number, lambda _: content, library.postings
            ), []

        return await act(request, number, prepare)

    @router.post("/projects/{number}/allocations")
    async def allocate(request: Request, number: int) -> Response:
        def prepare(officer: Officer, typed: Json) -> tuple[Act | None, Errors]:
            asked, errors = checked(_ALLOCATION, nested(typed, ("fund", "amount", "document")))
            if asked is None:
                return None, errors
            new, seen = NewAllocation(asked.fund, asked.amount, asked.document), _seen(typed)
            return lambda connection, moment: funds.allocate(
                connection, Attempt(moment, officer, seen), number, new
            ), []

        return await act(request, number, prepare)

    @router.post("/projects/{number}/{kind}")
    async def report(request: Request, number: int, kind: str) -> Response:
        def prepare(officer: Officer, typed: Json) -> tuple[Act | None, Errors]:
            told = nested(typed, ("date", "text", "spent"))
            asked: ProgressRequest | OutcomeRequest | None
            asked, errors = checked(_PROGRESS, told) if kind == "progress" else checked(_OUTCOME, told)
            if asked is None:
                return None, errors
            seen = _seen(typed)

            def write(connection: Connection, moment: Moment) -> object:
                which: ReportKind = "progress" if isinstance(asked, ProgressRequest) else "outcome"
                new = NewReport(which, asked.date or moment.today, asked.text, asked.spent)
                return funds.report(connection, Attempt(moment, officer, seen), number, new)

            return write, []

        return await act(request, number, prepare)

    @router.post("/objections/{number}")
    async def decide(request: Request, number: int) -> Response:
        typed = await typed_in(request)
        project = typed.get("project", "")

        def prepare(officer: Officer, typed: Json) -> tuple[Act | None, Errors]:
            asked, errors = checked(_DECISION, nested(typed, ("outcome", "answer")))
            if asked is None:
                return None, errors
            decision = Decision(asked.outcome, asked.answer)
            return lambda connection, moment: objections.decide(connection, moment, officer, number, decision), []

        return await act(request, int(project) if project.isdigit() else 0, prepare)

    return router


def _is_guarded(token: str, typed: Json) -> bool:
    return hmac.compare_digest(desk.guard(token), typed.get("guard", "").encode("ascii", "replace").decode())


def _seen(typed: Json) -> procedure.Versions | None:
    """Read which version of the project the form was made from: a form that grew stale changes nothing."""
    version = typed.get("version", "")
    return frozenset({int(version)}) if version.isascii() and version.isdigit() else frozenset()


def _told(error: RefusedError, request: Request) -> Errors:
    """Say in the page's language why the store refused."""
    spoken = spoken_in(request)
    match error:
        case UnmetError():
            return [("", sentence("publicity", each.reason, spoken)) for each in error.unmet]
        case FieldRefusedError():
            return [(error.pointer.strip("/"), text("validation", error.code, spoken))]
        case StaleError():
            return [("", text("desk_page", "stale", spoken))]
        case NotYoursError():
            return [("", text("desk_page", "not_yours", spoken))]
    return [("", text("desk_page", "refused", spoken))]
