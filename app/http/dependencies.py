"""The dependencies of the endpoints, as types: what the application is built from, and the authors of requests.

`create_app` puts one `Components` on the state of each application; nothing lives in the modules, since a process may
build several applications. Every dependency is `async`: FastAPI runs a plain function in another thread, which costs
more than the function does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NamedTuple, TypeVar, cast

from fastapi import Depends
from sqlalchemy import Connection, Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Clock, Moment
from app.db.idempotency import Reply
from app.db.locks import WriteLock
from app.db.store import Store
from app.db.tokens import Holder, Hospital, Officer
from app.errors import ForbiddenError
from app.http.addresses import Proxies, address_of, is_in
from app.http.authentication import Bearer, token_holder
from app.http.calculation_budget import CalculationBudget
from app.http.idempotency import IdempotencyKey, KeptReplies, key_of, scope_of, write
from app.http.origin import is_foreign
from app.http.preconditions import IfMatch, versions_seen
from app.http.problems import ProblemError
from app.http.rate_limit import RateLimit
from app.http.responses import reply_response
from app.http.sliced_work import SlicedWork
from app.i18n import Language
from app.ledger.access import Caller, ReadLimits
from app.ledger.ledger import Ledger
from app.presenters.entitlements import EntitlementPresenter
from app.presenters.reimbursements import ReimbursementPresenter
from app.projects.notice_days import NoticeCalendar
from app.projects.procedure import ActContext
from app.rules.parameters import Parameters
from app.rules.reference.housing_options import HousingOption
from app.rules.reference.places import Divisions
from app.rules.reference.procedures import Procedures
from app.settings import Settings

Source = TypeVar("Source")
Result = TypeVar("Result")


class LanguageCache:
    """What is built once for each language in the life of an application, as a list that every request receives."""

    def __init__(self) -> None:
        self._results: dict[tuple[object, Language], object] = {}

    def get(self, build: Callable[[Source, Language], Result], source: Source, language: Language) -> Result:
        """Return `build(source, language)`. The source is not compared: an application has one for each function."""
        key = (build, language)
        if key not in self._results:
            self._results[key] = build(source, language)
        return cast("Result", self._results[key])


@dataclass(frozen=True, slots=True)
class Components:
    """What an application is built from."""

    settings: Settings
    parameters: Parameters
    divisions: Divisions
    procedures: Procedures
    housing_options: tuple[HousingOption, ...]
    engine: Engine
    store: Store
    ledger: Ledger
    notice_calendar: NoticeCalendar
    reimbursements: ReimbursementPresenter
    """Presents for programs, in codes."""
    readable_reimbursements: ReimbursementPresenter
    """Presents for the pages, in words."""
    entitlements: EntitlementPresenter
    readable_entitlements: EntitlementPresenter
    proxies: Proxies
    objection_limit: RateLimit
    desk_guess_limit: RateLimit
    """Counts wrong tokens at the desk."""
    language_cache: LanguageCache
    calculation_budget: CalculationBudget
    calculations: SlicedWork
    """Calculations of many bills or members."""
    rendering: SlicedWork
    """Rendering of pages."""


def attach(app: Starlette, components: Components) -> None:
    """Give an application its components."""
    app.state.components = components


async def _components(request: Request) -> Components:
    components: Components = request.app.state.components
    return components


ComponentsDep = Annotated[Components, Depends(_components)]


# ---- the components, each by itself


async def _settings(components: ComponentsDep) -> Settings:
    return components.settings


async def _parameters(components: ComponentsDep) -> Parameters:
    return components.parameters


async def _divisions(components: ComponentsDep) -> Divisions:
    return components.divisions


async def _procedures(components: ComponentsDep) -> Procedures:
    return components.procedures


async def _housing_options(components: ComponentsDep) -> tuple[HousingOption, ...]:
    return components.housing_options


async def _store(components: ComponentsDep) -> Store:
    return components.store


async def _clock(components: ComponentsDep) -> Clock:
    return components.store.clock


async def _ledger(components: ComponentsDep) -> Ledger:
    return components.ledger


async def _notice_calendar(components: ComponentsDep) -> NoticeCalendar:
    return components.notice_calendar


async def _reimbursements(components: ComponentsDep) -> ReimbursementPresenter:
    return components.reimbursements


async def _readable_reimbursements(components: ComponentsDep) -> ReimbursementPresenter:
    return components.readable_reimbursements


async def _entitlements(components: ComponentsDep) -> EntitlementPresenter:
    return components.entitlements


async def _readable_entitlements(components: ComponentsDep) -> EntitlementPresenter:
    return components.readable_entitlements


async def _objection_limit(components: ComponentsDep) -> RateLimit:
    return components.objection_limit


async def _desk_guess_limit(components: ComponentsDep) -> RateLimit:
    return components.desk_guess_limit


async def _calculation_budget(components: ComponentsDep) -> CalculationBudget:
    return components.calculation_budget


async def _calculations(components: ComponentsDep) -> SlicedWork:
    return components.calculations


async def _proxies(components: ComponentsDep) -> Proxies:
    return components.proxies


async def _language_cache(components: ComponentsDep) -> LanguageCache:
    return components.language_cache


SettingsDep = Annotated[Settings, Depends(_settings)]
ParametersDep = Annotated[Parameters, Depends(_parameters)]
DivisionsDep = Annotated[Divisions, Depends(_divisions)]
ProceduresDep = Annotated[Procedures, Depends(_procedures)]
HousingOptionsDep = Annotated[tuple[HousingOption, ...], Depends(_housing_options)]
StoreDep = Annotated[Store, Depends(_store)]
ClockDep = Annotated[Clock, Depends(_clock)]
LedgerDep = Annotated[Ledger, Depends(_ledger)]
NoticeCalendarDep = Annotated[NoticeCalendar, Depends(_notice_calendar)]
ReimbursementPresenterDep = Annotated[ReimbursementPresenter, Depends(_reimbursements)]
ReadableReimbursementPresenterDep = Annotated[ReimbursementPresenter, Depends(_readable_reimbursements)]
EntitlementPresenterDep = Annotated[EntitlementPresenter, Depends(_entitlements)]
ReadableEntitlementPresenterDep = Annotated[EntitlementPresenter, Depends(_readable_entitlements)]
RateLimitDep = Annotated[RateLimit, Depends(_objection_limit)]
DeskGuessLimitDep = Annotated[RateLimit, Depends(_desk_guess_limit)]
CalculationBudgetDep = Annotated[CalculationBudget, Depends(_calculation_budget)]
CalculationsDep = Annotated[SlicedWork, Depends(_calculations)]
ProxiesDep = Annotated[Proxies, Depends(_proxies)]
LanguageCacheDep = Annotated[LanguageCache, Depends(_language_cache)]


# ---- the authors of requests


async def _holder(request: Request, store: StoreDep, proxies: ProxiesDep, _: Bearer) -> Holder:
    return await token_holder(request, store, proxies)


HolderDep = Annotated[Holder, Depends(_holder)]
"""The holder of the request's token. 401 without a valid one."""


async def _officer(holder: HolderDep) -> Officer:
    if not isinstance(holder, Officer):
        raise ForbiddenError
    return holder


async def _county_officer(officer: Annotated[Officer, Depends(_officer)]) -> Officer:
    if officer.level != "county":
        raise ForbiddenError
    return officer


async def _officer_or_anyone(request: Request, store: StoreDep, proxies: ProxiesDep) -> Officer | None:
    if request.headers.get("authorization") is None:
        return None
    holder = await token_holder(request, store, proxies)
    return holder if isinstance(holder, Officer) else None


async def _hospital(holder: HolderDep) -> Hospital:
    if not isinstance(holder, Hospital):
        raise ForbiddenError
    return holder


OfficerDep = Annotated[Officer, Depends(_officer)]
"""An officer of a county, township or village. 401 without a valid token, 403 for a hospital's or the city's."""
CountyOfficerDep = Annotated[Officer, Depends(_county_officer)]
"""The county's officer. 401 without a valid token, 403 for any other."""
OfficerOrAnyone = Annotated[Officer | None, Depends(_officer_or_anyone)]
"""The officer; None without a token or with a hospital's or the city's. 401 for a token that is not valid."""
HospitalDep = Annotated[Hospital, Depends(_hospital)]
"""A hospital. 401 without a valid token, 403 for an officer's."""


class LedgerReading(NamedTuple):
    """A read of the ledger by a hospital, a county's officer or one of the city."""

    caller: Caller
    limits: ReadLimits
    store: Store

    async def read(self, job: Callable[[Connection, Moment], Result], lock: WriteLock = WriteLock.PERSON) -> Result:
        """Read and record the read in one transaction, which is committed before the answer is sent.

        A job that reads more than one person takes the store alone, with `lock`.
        """
        return await self.store.write(job, lock)


async def _ledger_reading(request: Request, holder: HolderDep, settings: SettingsDep, store: StoreDep) -> LedgerReading:
    if isinstance(holder, Officer) and holder.level != "county":
        raise ForbiddenError
    return LedgerReading(Caller(holder, address_of(request)), read_limits(settings), store)


def read_limits(settings: Settings) -> ReadLimits:
    """Return the limits of reads that the settings name."""
    return ReadLimits(settings.lookups_a_day, settings.lookups_an_hour, settings.reads_kept_days)


LedgerReaderDep = Annotated[LedgerReading, Depends(_ledger_reading)]
"""A reader of the ledger. 401 without a valid token, 403 for officers of townships and villages."""


async def _insider(request: Request, components: ComponentsDep, _: Bearer) -> bool:
    settings = components.settings
    hidden = components.proxies.is_unnamed(request.scope)
    if not hidden and is_in(request, settings.inner_networks):
        return True
    if request.headers.get("authorization") is None:
        return False
    await token_holder(request, components.store, components.proxies)
    return True


InsiderDep = Annotated[bool, Depends(_insider)]
"""Whether a request comes from an inner network, or with a token. 401 for a token that is not valid."""


# ---- what anyone may send


async def _own_page(request: Request) -> None:
    """Refuse what a page of another site sends. A form of its own could send text without asking; JSON it could not."""
    if is_foreign(request):
        raise ProblemError("foreign-site")
    if not request.headers.get("content-type"):
        raise ProblemError("unsupported-media-type")


OwnPageOnly = Depends(_own_page)
"""Lets in what a program sends, or a page of this service: 403 for another site's, 415 without a Content-Type."""


# ---- writes


class IdempotentWriter(NamedTuple):
    """Writes once for each idempotency key."""

    request: Request
    store: Store
    key: str | None
    """The header `Idempotency-Key` as it was sent."""
    kept: KeptReplies

    async def write(
        self, scope: str, job: Callable[[Connection, Moment], Reply], lock: WriteLock = WriteLock.LIBRARY
    ) -> Response:
        """Write and respond with the reply. `scope` says whose key it is. ProblemError (422) for an ill-formed key."""
        key = await key_of(self.request, self.key, scope, self.kept)
        return reply_response(await write(self.store, job, key, self.kept, lock=lock))

    async def write_secret(self, scope: str, job: Callable[[Connection, Moment], Reply]) -> Response:
        """Write as `write` does, and keep nothing of the reply: repeated, `job` makes it again."""
        key = await key_of(self.request, self.key, scope, self.kept)
        return reply_response(await write(self.store, job, key, self.kept, secret=True))


async def _idempotent_writer(
    request: Request, store: StoreDep, ledger: LedgerDep, settings: SettingsDep, idempotency_key: IdempotencyKey = None
) -> IdempotentWriter:
    kept = KeptReplies(ledger.key, settings.replies_kept_days)
    return IdempotentWriter(request, store, idempotency_key, kept)


IdempotentWriterDep = Annotated[IdempotentWriter, Depends(_idempotent_writer)]


class OfficerWrite(NamedTuple):
    """An officer's write to a project of the library."""

    officer: Officer
    if_match: str | None
    """The header `If-Match` as it was sent."""
    writer: IdempotentWriter

    def act_context(self, moment: Moment, number: int) -> ActContext:
        """Return the context of an act on a project: the moment, the officer, the versions that the officer saw."""
        return ActContext(moment, self.officer, versions_seen(self.if_match, number))

    async def write(self, job: Callable[[Connection, Moment], Reply]) -> Response:
        """Write, once for each idempotency key of the officer, and respond with the reply."""
        return await self.writer.write(scope_of(self.officer), job)


async def _officer_write(officer: OfficerDep, writer: IdempotentWriterDep, if_match: IfMatch = None) -> OfficerWrite:
    return OfficerWrite(officer, if_match, writer)


WriteContext = Annotated[OfficerWrite, Depends(_officer_write)]
