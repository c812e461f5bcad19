"""The officer's desk: the lists of what waits, and the acts of the officer's level as forms.

A form that is not carried out is shown again with all that was typed: on its page,
or, where the session had ended, after the officer has entered the token again.
"""

import re
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.db.locks import WriteLock
from app.errors import (
    ConditionsUnmetError,
    ForbiddenError,
    InvalidFieldError,
    NotFoundError,
    RefusedError,
    Resource,
    StaleVersionError,
)
from app.http.dependencies import DivisionsDep
from app.http.origin import is_foreign
from app.http.pagination import event_number_in, number_in
from app.http.problems import ProblemError, field_refused
from app.i18n import Language, text
from app.pages import desk as views
from app.pages import desk_actions
from app.pages.desk_actions import ACTS, ProjectAction, ReadAct
from app.pages.desk_contexts import (
    DeclarationContext,
    FormsContext,
    HomeContext,
    ListContext,
    ObjectionContext,
    ProjectContext,
    TogetherContext,
)
from app.pages.desk_forms import (
    decision_form,
    decisions_form,
    declaration_form,
    in_words,
    left_over,
    project_forms,
    summary,
    unmet_in_words,
)
from app.pages.forms import Form, FormError, SubmittedForm, Typed
from app.pages.rendering import language_of, page, with_language
from app.routers.pages.desk_session import (
    Desk,
    DeskDep,
    FormSessionDep,
    OfficerSession,
    SessionDep,
    TypedDep,
    carried_form,
    carried_on,
    forget,
    is_guarded,
    keep,
    login,
    too_late,
)

_ADDRESS = re.compile(
    r"/desk/(?:(?P<new>new)|projects/(?P<project>[0-9]+)/(?P<act>[a-z]+)"
    r"|objections/(?P<objection>[0-9]+)|notices/(?P<notice>[0-9]+))",
    re.ASCII,
)
"""The addresses of the desk's forms, without those of entering and leaving."""

router = APIRouter(include_in_schema=False, prefix="/desk")


# ---- the first page, the lists, entering and leaving


@router.get("")
async def show_home(desk: DeskDep, session: SessionDep) -> Response:
    """Show the lists of the desk."""
    return login(desk.request) if session is None else await _home_page(desk, session)


async def _home_page(desk: Desk, session: OfficerSession, stayed: bool = False) -> Response:
    lists = await desk.read(session, views.home)
    context: HomeContext = {
        **lists,
        "officer": session.officer,
        "guard": views.guard(session.secret),
        "stayed": stayed,
    }
    return page(desk.request, "desk/home.html", context, 403 if stayed else 200)


@router.get("/lists/{which}")
async def show_list(which: str, desk: DeskDep, session: SessionDep) -> Response:
    """Show one list of the desk after a number."""
    if session is None:
        return login(desk.request)
    number = desk.request.query_params.get("after")
    try:
        after = None if number is None else number_in(number, Resource.DESK_LIST)
        rows = await desk.read(session, lambda connection, context: views.one_list(connection, context, which, after))
    except NotFoundError:
        return _not_found(desk.request)
    context: ListContext = {**rows, "guard": views.guard(session.secret)}
    return page(desk.request, "desk/list.html", context)


@router.post("/session")
async def enter(desk: DeskDep, typed: TypedDep) -> Response:
    """Begin a session by a token, and show the desk or the form that came too late."""
    request = desk.request
    if is_foreign(request):
        return login(request, "from_elsewhere", 403)
    try:
        session = await desk.begin(typed.get("token", "").strip())
    except ProblemError:
        return login(request, "too_many_tokens", 429, carried_on(typed))
    if session is None:
        return login(request, "token_wrong", 401, carried_on(typed))
    response = await _resume(desk, session, typed)
    keep(request, response, session)
    return response


async def _resume(desk: Desk, session: OfficerSession, typed: Typed) -> Response:
    """Show the form that came too late, filled in and not carried out; the desk where there is none."""
    address = _ADDRESS.fullmatch(typed.get("form", ""))
    fields = carried_form(typed)
    if address is None or (address["act"] and address["act"] not in ACTS):
        return RedirectResponse(with_language("/desk", language_of(desk.request)), 303)
    if address["new"]:
        return _declaration_page(desk.request, session, SubmittedForm("new", fields, resumed=True))
    if address["notice"]:
        return await _together_page(desk, session, address["notice"], SubmittedForm("", fields, resumed=True))
    if address["objection"]:
        return await _objection_page(desk, session, address["objection"], SubmittedForm("", fields, resumed=True))
    sent = SubmittedForm(desk_actions.form_of(address["act"], fields), fields, resumed=True)
    return await _project_page(desk, session, address["project"], sent)


@router.post("/leave")
async def leave(desk: DeskDep, typed: TypedDep) -> Response:
    """End the session, unless the form is not one that the desk made."""
    request = desk.request
    response = RedirectResponse(with_language("/desk", language_of(request)), 303)
    if desk.secret and is_guarded(desk.secret, typed):
        await desk.end()
        forget(request, response)
        return response
    session = await desk.session()
    return response if session is None else await _home_page(desk, session, stayed=True)


@router.get("/session")
@router.get("/leave")
async def back_to_desk(request: Request) -> Response:
    """Redirect from the address of a form to the desk: the link to the other language leads there."""
    return RedirectResponse(with_language("/desk", language_of(request)), 303)


# ---- a new project


@router.get("/new")
async def show_form_of_project(request: Request, session: SessionDep) -> Response:
    """Show the form of a new project."""
    return login(request) if session is None else _declaration_page(request, session)


def _declaration_page(request: Request, session: OfficerSession, sent: SubmittedForm | None = None) -> Response:
    form = declaration_form({"place": session.officer.place}, sent, language_of(request))
    context: DeclarationContext = {**_forms_context(request, session, [form], sent), "form": form}
    return page(request, "desk/new.html", context, _status(sent))


@router.post("/new")
async def declare(desk: DeskDep, typed: TypedDep, session: FormSessionDep, divisions: DivisionsDep) -> Response:
    """Declare a project."""
    if session is None:
        return too_late(desk.request, typed)
    language_of(desk.request)
    content, errors = desk_actions.content_in(typed)
    if content is not None and not divisions.is_division(content.place):
        errors = [field_refused("/place", "place_unknown")]
    act = None if content is None or errors else desk_actions.declaration(session.officer, content)
    result = await _carry_out(desk, (act, errors), typed)
    if isinstance(result, Response):
        return result
    return _declaration_page(desk.request, session, SubmittedForm("new", typed, result))


# ---- a project


@router.get("/projects/{number}")
async def show_project(number: str, desk: DeskDep, session: SessionDep) -> Response:
    """Show a project with the acts that are open to the officer."""
    return login(desk.request) if session is None else await _project_page(desk, session, number)


async def _project_page(
    desk: Desk, session: OfficerSession, number: str, sent: SubmittedForm | None = None
) -> Response:
    request, language = desk.request, language_of(desk.request)
    try:
        project_number = number_in(number, Resource.PROJECT)
        after = event_number_in(request)
        project = await desk.read(
            session, lambda connection, context: views.project(connection, context, project_number, after)
        )
    except NotFoundError:
        return _not_found(request)
    if sent is not None and sent.resumed and sent.typed.get("version") != str(project["version"]):
        sent = sent._replace(errors=[FormError("", text("desk_page", "stale", language))])
    steps, others = project_forms(project, sent, language)
    context: ProjectContext = {
        **_forms_context(request, session, [*steps, *others], sent),
        "project": project,
        "steps": steps,
        "others": others,
        "done": request.query_params.get("done"),
    }
    return page(request, "desk/project.html", context, _status(sent))


@router.post("/projects/{number}/{act}")
async def act_on_project(number: str, act: str, desk: DeskDep, typed: TypedDep, session: FormSessionDep) -> Response:
    """Carry out an act on a project."""
    if session is None:
        return too_late(desk.request, typed)
    language_of(desk.request)
    try:
        target = ProjectAction(session.officer, number_in(number, Resource.PROJECT), desk.notice_calendar)
    except NotFoundError:
        return _not_found(desk.request)
    if act not in ACTS:
        return _not_found(desk.request)
    result = await _carry_out(desk, desk_actions.on_project(act, target, typed), typed)
    if isinstance(result, Response):
        return result
    return await _project_page(desk, session, number, SubmittedForm(desk_actions.form_of(act, typed), typed, result))


@router.get("/projects/{number}/{act}")
async def back_to_project(request: Request, number: str) -> Response:
    """Redirect from the address of a form to its project: the link to the other language leads there."""
    if not number.isascii() or not number.isdigit():
        return _not_found(request)
    return RedirectResponse(with_language(f"/desk/projects/{number}", language_of(request)), 303)


# ---- an objection


@router.get("/objections/{number}")
async def show_objection(number: str, desk: DeskDep, session: SessionDep) -> Response:
    """Show an objection with the form that decides it."""
    return login(desk.request) if session is None else await _objection_page(desk, session, number)


async def _objection_page(
    desk: Desk, session: OfficerSession, number: str, sent: SubmittedForm | None = None
) -> Response:
    request = desk.request
    try:
        objection_number = number_in(number, Resource.OBJECTION)
        objection = await desk.read(
            session, lambda connection, context: views.objection(connection, context, objection_number)
        )
    except NotFoundError:
        return _not_found(request)
    sent = None if sent is None else sent._replace(form=f"objection-{objection_number}")
    forms = [] if objection["outcome"] else [decision_form(objection_number, sent, language_of(request))]
    context: ObjectionContext = {
        **_forms_context(request, session, forms, sent),
        "objection": objection,
        "forms": forms,
    }
    return page(request, "desk/objection.html", context, _status(sent))


@router.post("/objections/{number}")
async def decide(number: str, desk: DeskDep, typed: TypedDep, session: FormSessionDep) -> Response:
    """Decide an objection."""
    if session is None:
        return too_late(desk.request, typed)
    language_of(desk.request)
    try:
        objection_number = number_in(number, Resource.OBJECTION)
    except NotFoundError:
        return _not_found(desk.request)
    result = await _carry_out(desk, desk_actions.decision(session.officer, objection_number, typed), typed)
    if isinstance(result, Response):
        return result
    return await _objection_page(desk, session, number, SubmittedForm("", typed, result))


# ---- the objections to a notice, decided together


@router.get("/notices/{number}")
async def show_objections(number: str, desk: DeskDep, session: SessionDep) -> Response:
    """Show the undecided objections to a notice with the form that decides them together."""
    return login(desk.request) if session is None else await _together_page(desk, session, number)


async def _together_page(
    desk: Desk, session: OfficerSession, number: str, sent: SubmittedForm | None = None
) -> Response:
    request = desk.request
    try:
        notice = number_in(number, Resource.NOTICE)
        found = await desk.read(session, lambda connection, context: views.objections_to(connection, context, notice))
    except NotFoundError:
        return _not_found(request)
    sent = None if sent is None else sent._replace(form=f"notice-{notice}")
    listed = found["objections"]
    forms = [decisions_form(notice, listed[-1]["id"], sent, language_of(request))] if listed else []
    context: TogetherContext = {**_forms_context(request, session, forms, sent), "decides": found, "forms": forms}
    return page(request, "desk/together.html", context, _status(sent))


@router.post("/notices/{number}")
async def decide_together(number: str, desk: DeskDep, typed: TypedDep, session: FormSessionDep) -> Response:
    """Decide the undecided objections to a notice that the page showed, under one answer."""
    if session is None:
        return too_late(desk.request, typed)
    language_of(desk.request)
    try:
        notice = number_in(number, Resource.NOTICE)
    except NotFoundError:
        return _not_found(desk.request)
    result = await _carry_out(desk, desk_actions.decisions(session.officer, notice, typed), typed)
    if isinstance(result, Response):
        return result
    return await _together_page(desk, session, number, SubmittedForm("", typed, result))


# ---- what they share


async def _carry_out(desk: Desk, read: ReadAct, typed: Typed) -> Response | list[FormError]:
    """Do what a form asks for and redirect to its project; or return what is wrong with the form."""
    act, errors = read
    language = language_of(desk.request)
    if act is None:
        return in_words(errors, typed, language)
    try:
        result = await desk.store.write(act, WriteLock.LIBRARY)
    except RefusedError as error:
        return _refusal(error, typed, language)
    done = "again" if result.before else ""
    return RedirectResponse(with_language(f"/desk/projects/{result.project}?done={done}", language), 303)


def _not_found(request: Request) -> Response:
    return page(request, "not_found.html", {}, 404)


def _forms_context(
    request: Request, session: OfficerSession, forms: Sequence[Form], sent: SubmittedForm | None
) -> FormsContext:
    """Return what is wrong with the form that was sent, and what of it the page has no field for."""
    language = language_of(request)
    return {
        "guard": views.guard(session.secret),
        "wrong": summary(forms, sent, language),
        "resumed": sent is not None and sent.resumed,
        "left_over": left_over(forms, sent, language),
    }


def _status(sent: SubmittedForm | None) -> int:
    return 200 if sent is None or sent.resumed else 422


def _refusal(error: RefusedError, typed: Typed, language: Language) -> list[FormError]:
    """Say in the page's language why an act was refused."""
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
