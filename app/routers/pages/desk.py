"""The officer's desk: what waits, and the acts of the officer's level as forms. The session is the token itself.

A form that is not carried out is shown again with all that was typed: on its page, or, once the officer has entered
again, on the page that answers his entering.
"""

import hmac
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.clock import Moment
from app.db.store import Store
from app.db.tokens import Officer
from app.errors import (
    ConditionsUnmetError,
    ForbiddenError,
    InvalidFieldError,
    NotFoundError,
    RefusedError,
    Resource,
    StaleVersionError,
)
from app.http.pagination import number_in
from app.http.problems import field_refused
from app.i18n import Language, text
from app.pages import desk, desk_actions
from app.pages.desk import DeskContext
from app.pages.desk_actions import ACTS, ProjectAction, ReadAct
from app.pages.desk_forms import (
    CARRIED,
    decision_form,
    declaration_form,
    in_words,
    left_over,
    project_forms,
    summary,
    unmet_in_words,
)
from app.pages.forms import Form, FormError, SubmittedForm, Typed, typed_in
from app.pages.rendering import language_of, page, with_language
from app.projects.notice_days import NoticeCalendar
from app.rules.reference.places import Divisions

COOKIE = "anda_officer"

_KEPT = "kept."
"""Before the name of a field that the login carries along."""
_ADDRESS = re.compile(r"/desk/(?:(new)|projects/([0-9]+)/([a-z]+)|objections/([0-9]+))", re.ASCII)
"""Where the forms of the desk are sent, but for entering and leaving."""

Json = dict[str, Any]


class OfficerSession(NamedTuple):
    """Who is at the desk, by which token."""

    token: str
    officer: Officer


def router(store: Store, notice_calendar: NoticeCalendar, divisions: Divisions) -> APIRouter:
    """Build the router of the desk."""
    router = APIRouter(include_in_schema=False, prefix="/desk")

    async def entered(request: Request) -> OfficerSession | None:
        token = request.cookies.get(COOKIE, "")
        holder = await store.holder(token) if token else None
        return OfficerSession(token, holder) if isinstance(holder, Officer) else None

    async def entered_with(request: Request, typed: Typed) -> OfficerSession | None:
        found = await entered(request)
        return found if found is not None and _is_guarded(found.token, typed) else None

    def visit(request: Request, officer: Officer) -> Callable[[Moment], DeskContext]:
        language = language_of(request)
        return lambda moment: DeskContext(officer, moment, language, notice_calendar)

    @router.get("")
    async def home(request: Request) -> Response:
        found = await entered(request)
        return _login(request) if found is None else await show_home(request, found)

    async def show_home(request: Request, found: OfficerSession, stayed: bool = False) -> Response:
        visiting = visit(request, found.officer)
        shown = await store.read(lambda connection, moment: desk.home(connection, visiting(moment)))
        context = {**shown, "officer": found.officer, "guard": desk.guard(found.token), "stayed": stayed}
        return page(request, "desk/home.html", context, 403 if stayed else 200)

    @router.get("/lists/{which}")
    async def rest(request: Request, which: str) -> Response:
        found = await entered(request)
        if found is None:
            return _login(request)
        visiting = visit(request, found.officer)
        sent = request.query_params.get("after")
        try:
            after = None if sent is None else number_in(sent, Resource.DESK_LIST)
            shown = await store.read(
                lambda connection, moment: desk.one_list(connection, visiting(moment), which, after)
            )
        except NotFoundError:
            return _not_found(request)
        return page(request, "desk/list.html", {**shown, "guard": desk.guard(found.token)})

    @router.post("/session")
    async def enter(request: Request) -> Response:
        typed = await typed_in(request)
        if _is_foreign(request):
            return _login(request, "from_elsewhere", 403)
        token = typed.get("token", "").strip()
        holder = await store.holder(token)
        if not isinstance(holder, Officer):
            return _login(request, "token_wrong", 401, _carried_on(typed))
        answer = await resume(request, OfficerSession(token, holder), typed)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, path="/desk", httponly=True, samesite="strict", secure=secure)
        return answer

    async def resume(request: Request, found: OfficerSession, typed: Typed) -> Response:
        """Show the form again that came too late, filled in and not carried out; the desk where there is none."""
        at = _ADDRESS.fullmatch(typed.get("form", ""))
        kept = {name.removeprefix(_KEPT): value for name, value in typed.items() if name.startswith(_KEPT)}
        if at is None or (at[3] and at[3] not in ACTS):
            return RedirectResponse(with_language("/desk", language_of(request)), 303)
        if at[1]:
            return show_new(request, found, SubmittedForm("new", kept, resumed=True))
        if at[4]:
            return await show_objection(request, found, at[4], SubmittedForm("", kept, resumed=True))
        return await show_project(
            request, found, at[2], SubmittedForm(desk_actions.form_of(at[3], kept), kept, resumed=True)
        )

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        typed = await typed_in(request)
        token = request.cookies.get(COOKIE, "")
        answer = RedirectResponse(with_language("/desk", language_of(request)), 303)
        if token and _is_guarded(token, typed):
            answer.delete_cookie(COOKIE, path="/desk", httponly=True, samesite="strict")
            return answer
        found = await entered(request)
        return answer if found is None else await show_home(request, found, stayed=True)

    @router.get("/new")
    async def new(request: Request) -> Response:
        found = await entered(request)
        return _login(request) if found is None else show_new(request, found)

    def show_new(request: Request, found: OfficerSession, sent: SubmittedForm | None = None) -> Response:
        form = declaration_form({"place": found.officer.place}, sent, language_of(request))
        return _forms(request, "desk/new.html", found, [form], sent, {"form": form})

    @router.post("/new")
    async def declare(request: Request) -> Response:
        typed = await typed_in(request)
        found = await entered_with(request, typed)
        if found is None:
            return _too_late(request, typed)
        language_of(request)
        content, errors = desk_actions.content_in(typed)
        if content is not None and not divisions.is_division(content.place):
            errors = [field_refused("/place", "place_unknown")]
        act = None if content is None or errors else desk_actions.declaration(found.officer, content)
        done = await carry_out(request, (act, errors), typed)
        if isinstance(done, Response):
            return done
        return show_new(request, found, SubmittedForm("new", typed, done))

    async def carry_out(request: Request, read: ReadAct, typed: Typed) -> Response | list[FormError]:
        """Do what a form asks and lead on to its project; or say what was wrong."""
        act, errors = read
        language = language_of(request)
        if act is None:
            return in_words(errors, typed, language)
        try:
            done = await store.write(act)
        except RefusedError as error:
            return _told(error, typed, language)
        how = "again" if done.before else ""
        return RedirectResponse(with_language(f"/desk/projects/{done.project}?done={how}", language), 303)

    @router.get("/projects/{number}")
    async def project(request: Request, number: str) -> Response:
        found = await entered(request)
        return _login(request) if found is None else await show_project(request, found, number)

    async def show_project(
        request: Request, found: OfficerSession, number: str, sent: SubmittedForm | None = None
    ) -> Response:
        visiting, language = visit(request, found.officer), language_of(request)
        try:
            wanted = number_in(number, Resource.PROJECT)
            shown = await store.read(lambda connection, moment: desk.project(connection, visiting(moment), wanted))
        except NotFoundError:
            return _not_found(request)
        if sent is not None and sent.resumed and sent.typed.get("version") != str(shown["version"]):
            sent = sent._replace(errors=[FormError("", text("desk_page", "stale", language))])
        steps, others = project_forms(shown, sent, language)
        done = request.query_params.get("done")
        context = {"project": shown, "steps": steps, "others": others, "done": done}
        return _forms(request, "desk/project.html", found, [*steps, *others], sent, context)

    @router.post("/projects/{number}/{act}")
    async def do(request: Request, number: str, act: str) -> Response:
        typed = await typed_in(request)
        found = await entered_with(request, typed)
        if found is None:
            return _too_late(request, typed)
        language_of(request)
        try:
            acting = ProjectAction(found.officer, number_in(number, Resource.PROJECT), notice_calendar)
        except NotFoundError:
            return _not_found(request)
        if act not in ACTS:
            return _not_found(request)
        done = await carry_out(request, desk_actions.on_project(act, acting, typed), typed)
        if isinstance(done, Response):
            return done
        return await show_project(request, found, number, SubmittedForm(desk_actions.form_of(act, typed), typed, done))

    @router.get("/objections/{number}")
    async def objection(request: Request, number: str) -> Response:
        found = await entered(request)
        return _login(request) if found is None else await show_objection(request, found, number)

    async def show_objection(
        request: Request, found: OfficerSession, number: str, sent: SubmittedForm | None = None
    ) -> Response:
        visiting = visit(request, found.officer)
        try:
            wanted = number_in(number, Resource.OBJECTION)
            shown = await store.read(lambda connection, moment: desk.objection(connection, visiting(moment), wanted))
        except NotFoundError:
            return _not_found(request)
        sent = None if sent is None else sent._replace(form=f"objection-{wanted}")
        forms = [] if shown["outcome"] else [decision_form(wanted, sent, language_of(request))]
        context = {"objection": shown, "forms": forms}
        return _forms(request, "desk/objection.html", found, forms, sent, context)

    @router.post("/objections/{number}")
    async def decide(request: Request, number: str) -> Response:
        typed = await typed_in(request)
        found = await entered_with(request, typed)
        if found is None:
            return _too_late(request, typed)
        language_of(request)
        try:
            wanted = number_in(number, Resource.OBJECTION)
        except NotFoundError:
            return _not_found(request)
        done = await carry_out(request, desk_actions.decision(found.officer, wanted, typed), typed)
        if isinstance(done, Response):
            return done
        return await show_objection(request, found, number, SubmittedForm("", typed, done))

    @router.get("/session")
    @router.get("/leave")
    async def back_to_desk(request: Request) -> Response:
        """Answer who asks, in the other language or anew, for the address that a form was sent to."""
        return RedirectResponse(with_language("/desk", language_of(request)), 303)

    @router.get("/projects/{number}/{act}")
    async def back_to_project(request: Request, number: str) -> Response:
        if not number.isascii() or not number.isdigit():
            return _not_found(request)
        return RedirectResponse(with_language(f"/desk/projects/{number}", language_of(request)), 303)

    return router


def _login(request: Request, why: str = "", status: int = 200, carried: Json | None = None) -> Response:
    """Ask for the token, and say why; `carried` is a form that came too late, to be shown again."""
    return page(request, "desk/login.html", {"why": why, "carried": carried or {}}, status)


def _too_late(request: Request, typed: Typed) -> Response:
    """Ask for the token again and keep what was typed, unless another site's page has typed it."""
    kept = {} if _is_foreign(request) else {f"{_KEPT}{name}": typed[name] for name in typed if name in CARRIED}
    return _login(request, "once_more", 403, {"form": request.url.path, **kept} if kept else None)


def _carried_on(typed: Typed) -> Json:
    return {name: value for name, value in typed.items() if name == "form" or name.removeprefix(_KEPT) in CARRIED}


def _not_found(request: Request) -> Response:
    return page(request, "not_found.html", {}, 404)


def _forms(
    request: Request, template: str, found: OfficerSession, forms: list[Form], sent: SubmittedForm | None, context: Json
) -> Response:
    """Show a page with forms, what was wrong with the one that was sent, and what of it the page has no field for."""
    language: Language = language_of(request)
    told = {
        "guard": desk.guard(found.token),
        "wrong": summary(forms, sent, language),
        "resumed": sent is not None and sent.resumed,
        "left_over": left_over(forms, sent, language),
    }
    return page(request, template, {**context, **told}, 200 if sent is None or sent.resumed else 422)


def _is_guarded(token: str, typed: Typed) -> bool:
    return hmac.compare_digest(desk.guard(token), typed.get("guard", "").encode("ascii", "replace").decode())


def _is_foreign(request: Request) -> bool:
    """Whether a page of another site sent a form, as far as the browser says where it comes from.

    The login has no session yet that a guard could follow from, so the browser is asked. One so old that it names
    neither site nor origin is let in: it could not enter at all otherwise, and whoever misuses it gains only that an
    officer works under another's token, which the desk's first line shows by level and place.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    # Without the scheme: a proxy that ends TLS hands the request on without it.
    return origin is not None and origin.partition("://")[2] != request.base_url.netloc


def _told(error: RefusedError, typed: Typed, language: Language) -> list[FormError]:
    """Say in the page's language why the store refused."""
    match error:
        case ConditionsUnmetError():
            return unmet_in_words(error.unmet, typed, language)
        case InvalidFieldError():
            return in_words([field_refused(error.pointer, error.code)], typed, language)
        case StaleVersionError():
            return [FormError("", text("desk_page", "stale", language))]
        case ForbiddenError():
            return [FormError("", text("desk_page", "not_yours", language))]
    return [FormError("", text("desk_page", "refused_otherwise", language))]
