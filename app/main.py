"""The application: its settings, its parameters, its store, its routers, and how it answers errors."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from app import __version__
from app.clock import Clock, is_working_day
from app.db.engine import make_engine
from app.db.store import Store
from app.errors import RefusedError, StoreUnavailableError
from app.http.addresses import Proxies
from app.http.beside_loop import let_the_loop_switch
from app.http.calculation_budget import CalculationBudget
from app.http.connections import Connections, connection_limits
from app.http.dependencies import Components, LanguageCache, attach, read_limits
from app.http.fast_route import FastRoute
from app.http.metrics import metrics_for
from app.http.middleware import RequestMiddleware
from app.http.openapi import describe
from app.http.problems import ProblemError, described, respond
from app.http.rate_limit import DESK_GUESSES_A_MINUTE, RateLimit
from app.http.sliced_work import SlicedWork
from app.ledger.ledger import Ledger
from app.logs import configure_logs
from app.national.codes import load_codes
from app.national.dispatcher import Dispatcher
from app.pages.not_found import missing_page
from app.pages.rendering import prepare
from app.presenters.entitlements import EntitlementPresenter
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import person_pseudonyms
from app.projects.notice_days import NoticeCalendar
from app.routers import (
    differences,
    enterprise_credit,
    entitlements,
    funds,
    health,
    housing_options,
    national,
    notices,
    open_data,
    persons,
    poverty,
    procedures,
    projects,
    rebookings,
    reference,
    regions,
    reimbursements,
    relocation_plan,
    settlement_batches,
    settlements,
)
from app.routers.pages import bill, desk, documentation, home, household, policy
from app.routers.pages import notices as notice_pages
from app.rules.parameters import NoPolicyInForceError
from app.rules.reference.housing_options import load_housing_options
from app.rules.reference.places import load_divisions
from app.rules.reference.procedures import load_procedures
from app.settings import Settings, load_parameters

log: FilteringBoundLogger = structlog.get_logger("anda")

API_ROUTERS = (
    reimbursements.router,
    reference.router,
    entitlements.router,
    poverty.router,
    regions.router,
    procedures.router,
    housing_options.router,
    open_data.router,
    projects.router,
    funds.router,
    notices.router,
    settlements.router,
    settlement_batches.router,
    differences.router,
    rebookings.router,
    persons.router,
    national.router,
    health.router,
)
"""The routers of the API in the order of the OpenAPI document; the first route that matches an address serves it."""
PAGE_ROUTERS = (
    home.router,
    bill.router,
    policy.router,
    desk.router,
    household.router,
    notice_pages.router,
    documentation.problems_router,
    documentation.router,
)
"""The routers of the pages for people."""


class Service(FastAPI):
    """FastAPI's application inside the middleware that surrounds every request."""

    request_middleware: RequestMiddleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        await self.request_middleware(scope, receive, send)

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request that the middleware hands on."""
        await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None) -> Service:
    """Build the application. ParameterError, naming file and line, where a figure of policy is in doubt."""
    return _build(settings or Settings(), alone=False)


def serve_app() -> Service:
    """Build the only application of a process that serves it until the process ends. ParameterError as above."""
    return _build(Settings(), alone=True)


def _build(settings: Settings, *, alone: bool) -> Service:
    configure_logs()
    components = _load_components(settings)
    if settings.today is not None:
        log.warning("ANDA_TODAY sets the day", today=settings.today.isoformat())
    metrics = metrics_for()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Connections]]:
        prepare()
        if alone:
            _freeze_start()
            let_the_loop_switch()
        yield {"connections": Connections(connection_limits(settings), metrics)}
        components.store.close()
        components.engine.dispose()

    app = Service(
        title="Anda 安达",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    attach(app, components)
    national.attach(app, national.Door(_dispatcher(components), settings.national_trusted, components.proxies))
    fast = _fast_routers(components)
    app.request_middleware = RequestMiddleware(
        app.respond,
        fast={route.path: route for router in fast for route in router.routes if isinstance(route, FastRoute)},
        max_body_bytes=settings.max_body_bytes,
        access_log=settings.access_log,
        public_address=settings.public_address,
        metrics=metrics,
        proxies=components.proxies,
    )
    # As they stand: including a router would build each of its routes, and all their schemas, a second time at the
    # first request, which takes half a second.
    for router in (*fast, *API_ROUTERS, *PAGE_ROUTERS):
        app.router.routes.extend(router.routes)
    documentation.mount_assets(app)
    _handle_errors(app)
    describe(app, components.reimbursements, settings.today)
    return app


def _freeze_start() -> None:
    """Take what stands at the start out of garbage collection, which then pauses less (by 25-45 ms).

    Frozen objects are never freed. A process that builds several applications must not do this.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _load_components(settings: Settings) -> Components:
    parameters = load_parameters(settings)
    engine = make_engine(settings.database_url, statement_seconds=settings.statement_seconds)
    reimbursement_presenter = ReimbursementPresenter(parameters)
    store = Store(engine, Clock(settings.today))
    return Components(
        settings=settings,
        parameters=parameters,
        divisions=load_divisions(),
        procedures=load_procedures(parameters),
        housing_options=load_housing_options(),
        engine=engine,
        store=store,
        ledger=Ledger(parameters, reimbursement_presenter, person_pseudonyms(settings)),
        notice_calendar=NoticeCalendar(parameters, is_working_day),
        reimbursements=reimbursement_presenter,
        readable_reimbursements=ReimbursementPresenter(parameters, readable=True),
        entitlements=EntitlementPresenter(parameters),
        readable_entitlements=EntitlementPresenter(parameters, readable=True),
        proxies=Proxies(settings.trusted_proxies),
        objection_limit=RateLimit(settings.objections_a_minute),
        desk_guess_limit=RateLimit(DESK_GUESSES_A_MINUTE),
        language_cache=LanguageCache(),
        calculation_budget=CalculationBudget(settings.bills_a_minute, settings.unlimited_networks, store),
        calculations=SlicedWork(),
        rendering=SlicedWork(),
    )


def _dispatcher(components: Components) -> Dispatcher:
    settings = components.settings
    codes = load_codes(settings.national_codes, settings.national_scope)
    limits = read_limits(settings)
    return Dispatcher(components.store, components.ledger, codes, limits, region=settings.region)


def _fast_routers(components: Components) -> list[APIRouter]:
    """Build the routers whose routes the middleware calls without FastAPI's own handling."""
    return [
        reimbursements.fast_router(components),
        entitlements.fast_router(components),
        poverty.fast_router(components.parameters, components.calculation_budget),
        enterprise_credit.fast_router(components.parameters, components.calculation_budget),
        relocation_plan.fast_router(components.parameters, components.divisions, components.calculation_budget),
    ]


def _handle_errors(app: FastAPI) -> None:
    async def respond_with_problem(request: Request, error: Exception) -> Response:
        problem = described(error, request.method) or ProblemError("internal-error")
        page = missing_page(request, problem.slug)
        return page or respond(problem, request.url.path, request.scope["anda.request_id"])

    # Exception itself as well: the response to an unforeseen error is built here, and the middleware logs it.
    foreseen = (
        ProblemError,
        RequestValidationError,
        NoPolicyInForceError,
        RefusedError,
        StoreUnavailableError,
        HTTPException,
    )
    for error_class in (*foreseen, Exception):
        app.add_exception_handler(error_class, respond_with_problem)
