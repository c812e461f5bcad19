"""The session of the officer's desk: its cookie, the guard of its forms, and the page that asks for the token.

The session is the token itself. A form that comes after the session has ended is carried along as hidden fields and
shown again once the officer has entered the token.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple, TypeVar

from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Moment
from app.db.store import Store
from app.db.tokens import Officer
from app.http.authentication import note_token
from app.http.dependencies import NoticeCalendarDep, StoreDep
from app.pages import desk as views
from app.pages.desk import DeskContext
from app.pages.desk_contexts import LoginContext
from app.pages.desk_forms import CARRIED
from app.pages.forms import Typed, typed_in
from app.pages.rendering import language_of, page
from app.projects.notice_days import NoticeCalendar

COOKIE = "anda_officer"

_CARRIED = "kept."
"""Prefix of the name of a field that the login carries along."""

Result = TypeVar("Result")


class OfficerSession(NamedTuple):
    """The officer at the desk, and the token of the session."""

    token: str
    officer: Officer


class Desk(NamedTuple):
    """A request of the desk, and what it is carried out with."""

    request: Request
    store: Store
    notice_calendar: NoticeCalendar

    async def session(self) -> OfficerSession | None:
        """Return the session of the cookie; None without a valid token of an officer."""
        token = self.request.cookies.get(COOKIE, "")
        holder = await self.store.holder(token) if token else None
        if token:
            note_token(self.request.scope, None if holder is None else holder.id)
        return OfficerSession(token, holder) if isinstance(holder, Officer) else None

    async def read(self, session: OfficerSession, view: Callable[[Connection, DeskContext], Result]) -> Result:
        """Read what a page shows to the officer, in the language of the page."""
        language = language_of(self.request)

        def read(connection: Connection, moment: Moment) -> Result:
            return view(connection, DeskContext(session.officer, moment, language, self.notice_calendar))

        return await self.store.read(read)


async def _desk(request: Request, store: StoreDep, notice_calendar: NoticeCalendarDep) -> Desk:
    return Desk(request, store, notice_calendar)


DeskDep = Annotated[Desk, Depends(_desk)]


async def _session(desk: DeskDep) -> OfficerSession | None:
    return await desk.session()


SessionDep = Annotated[OfficerSession | None, Depends(_session)]
"""The session; None without a valid token of an officer."""
TypedDep = Annotated[dict[str, str], Depends(typed_in)]
"""The fields of the form as they were typed."""


async def _form_session(typed: TypedDep, session: SessionDep) -> OfficerSession | None:
    return session if session is not None and is_guarded(session.token, typed) else None


FormSessionDep = Annotated[OfficerSession | None, Depends(_form_session)]
"""The session of a form that the desk made; None for any other form and without a session."""


def login(request: Request, why: str = "", status: int = 200, carried: Mapping[str, str] | None = None) -> Response:
    """Ask for the token, and say why. `carried` is a form that came too late, which is shown again afterwards."""
    context: LoginContext = {"why": why, "carried": carried or {}}
    return page(request, "desk/login.html", context, status)


def too_late(request: Request, typed: Typed) -> Response:
    """Ask for the token again and carry the form along, unless it comes from another site's page."""
    fields = {} if is_foreign(request) else {f"{_CARRIED}{name}": typed[name] for name in typed if name in CARRIED}
    return login(request, "once_more", 403, {"form": request.url.path, **fields} if fields else None)


def carried_on(typed: Typed) -> dict[str, str]:
    """Return the fields that a login form carries along, for the next login page."""
    return {name: value for name, value in typed.items() if name == "form" or name.removeprefix(_CARRIED) in CARRIED}


def carried_form(typed: Typed) -> dict[str, str]:
    """Return the fields of the form that the login carried along, by their own names."""
    return {name.removeprefix(_CARRIED): value for name, value in typed.items() if name.startswith(_CARRIED)}


def is_guarded(token: str, typed: Typed) -> bool:
    """Whether a form holds the guard that is derived from the token."""
    return hmac.compare_digest(views.guard(token), typed.get("guard", "").encode("ascii", "replace").decode())


def is_foreign(request: Request) -> bool:
    """Whether a page of another site sent a form, by the headers in which the browser names the origin.

    The login has no session from which a guard could be derived. A browser so old that it names neither site nor
    origin may enter, as it could not otherwise. The risk is small: an attacker could only make an officer work under
    another token, and the first line of the desk shows the token's level and place.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    # Without the scheme: behind a proxy that ends TLS, the service sees another scheme than the browser.
    return origin is not None and origin.partition("://")[2] != request.base_url.netloc
