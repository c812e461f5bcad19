"""The session of the officer's desk: its cookie, the guard of its forms, and the page that asks for the token.

The token begins a session with a secret of its own, which the cookie holds. A form that comes after the session has
ended is carried along as hidden fields and shown again once the officer has entered the token.
"""

import hmac
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, NamedTuple, TypeVar

import structlog
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from structlog.typing import FilteringBoundLogger

from app.clock import Moment
from app.db import desk_sessions
from app.db.locks import WriteLock
from app.db.store import Store
from app.db.tokens import Officer
from app.errors import StoreUnavailableError
from app.http.addresses import address_of
from app.http.authentication import note_token
from app.http.dependencies import DeskGuessLimitDep, NoticeCalendarDep, StoreDep
from app.http.origin import is_foreign
from app.http.problems import ProblemError
from app.http.rate_limit import RateLimit
from app.pages import desk as views
from app.pages.desk import DeskContext
from app.pages.desk_contexts import LoginContext
from app.pages.desk_forms import CARRIED
from app.pages.forms import Typed, typed_in
from app.pages.rendering import language_of, page
from app.projects.notice_days import NoticeCalendar

log: FilteringBoundLogger = structlog.get_logger("anda")

COOKIE = "anda_officer"
TLS_COOKIE = f"__Host-{COOKIE}"
"""Over TLS, a name that browsers take from this very host alone, and send by TLS alone."""

_CARRIED = "kept."
"""Prefix of the name of a field that the login carries along."""

Result = TypeVar("Result")


class OfficerSession(NamedTuple):
    """The officer at the desk, and the secret of the session."""

    secret: str
    officer: Officer


class Desk(NamedTuple):
    """A request of the desk, and what it is carried out with."""

    request: Request
    store: Store
    notice_calendar: NoticeCalendar
    guesses: RateLimit
    """Counts the tokens that were none, by address."""

    @property
    def secret(self) -> str:
        """The secret of the cookie; empty without one."""
        return self.request.cookies.get(_cookie(self.request), "")

    async def session(self) -> OfficerSession | None:
        """Return the session of the cookie; None where there is none or it has ended."""
        secret = self.secret
        if not secret:
            return None
        found = await self.store.read(lambda connection, moment: desk_sessions.find(connection, secret, moment.at))
        if found is None:
            return None
        note_token(self.request.scope, found.officer.id)
        if found.must_store_use:
            # Where nothing can be written now, the page is shown all the same, and the session ends the sooner.
            with suppress(StoreUnavailableError):
                await self.store.write(
                    lambda connection, moment: desk_sessions.store_use(connection, secret, moment.at),
                    WriteLock.LIBRARY,
                )
        return OfficerSession(secret, found.officer)

    async def begin(self, token: str) -> OfficerSession | None:
        """Begin a session instead of the cookie's; None for a token that is not a valid one of an officer.

        ProblemError (429) where the address has tried too many tokens.
        """
        if self.guesses.is_reached(self.request):
            self._log_guess("slowed")
            raise ProblemError("too-many-requests")
        holder = await self.store.holder(token, address_of(self.request)) if token else None
        if token:
            note_token(self.request.scope, None if holder is None else holder.id)
        if not isinstance(holder, Officer):
            with suppress(ProblemError):
                self.guesses.count(self.request)
            self._log_guess("refused")
            return None
        former, number = self.secret, holder.id

        def begin(connection: Connection, moment: Moment) -> str:
            desk_sessions.end(connection, former)
            return desk_sessions.begin(connection, number, moment.at)

        return OfficerSession(await self.store.write(begin, WriteLock.LIBRARY), holder)

    async def end(self) -> None:
        """End the session of the cookie."""
        secret = self.secret
        await self.store.write(lambda connection, _: desk_sessions.end(connection, secret), WriteLock.LIBRARY)

    def _log_guess(self, outcome: str) -> None:
        log.warning(
            "desk token",
            outcome=outcome,
            address=address_of(self.request),
            request_id=self.request.scope["anda.request_id"],
        )

    async def read(self, session: OfficerSession, view: Callable[[Connection, DeskContext], Result]) -> Result:
        """Read what a page shows to the officer, in the language of the page."""
        language = language_of(self.request)

        def read(connection: Connection, moment: Moment) -> Result:
            return view(connection, DeskContext(session.officer, moment, language, self.notice_calendar))

        return await self.store.read(read)


async def _desk(
    request: Request, store: StoreDep, notice_calendar: NoticeCalendarDep, guesses: DeskGuessLimitDep
) -> Desk:
    return Desk(request, store, notice_calendar, guesses)


DeskDep = Annotated[Desk, Depends(_desk)]


async def _session(desk: DeskDep) -> OfficerSession | None:
    return await desk.session()


SessionDep = Annotated[OfficerSession | None, Depends(_session)]
"""The session; None where there is none or it has ended."""
TypedDep = Annotated[dict[str, str], Depends(typed_in)]
"""The fields of the form as they were typed."""


async def _form_session(typed: TypedDep, session: SessionDep) -> OfficerSession | None:
    return session if session is not None and is_guarded(session.secret, typed) else None


FormSessionDep = Annotated[OfficerSession | None, Depends(_form_session)]
"""The session of a form that the desk made; None for any other form and without a session."""


def keep(request: Request, response: Response, session: OfficerSession) -> None:
    """Give the browser the cookie of a session, which no script and no other site can use."""
    secure = _is_tls(request)
    path = "/" if secure else "/desk"
    response.set_cookie(_cookie(request), session.secret, path=path, httponly=True, samesite="strict", secure=secure)


def forget(request: Request, response: Response) -> None:
    """Take the cookie away from the browser."""
    secure = _is_tls(request)
    path = "/" if secure else "/desk"
    response.delete_cookie(_cookie(request), path=path, httponly=True, samesite="strict", secure=secure)


def _cookie(request: Request) -> str:
    return TLS_COOKIE if _is_tls(request) else COOKIE


def _is_tls(request: Request) -> bool:
    return request.url.scheme == "https"


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


def is_guarded(secret: str, typed: Typed) -> bool:
    """Whether a form holds the guard that is derived from the session's secret.

    The login has no session from which a guard could be derived; `is_foreign` stands for it there. The risk of an old
    browser is small: an attacker could only make an officer work under another token, and the first line of the desk
    shows the token's level and place.
    """
    return hmac.compare_digest(views.guard(secret), typed.get("guard", "").encode("ascii", "replace").decode())
