"""The application: its settings, its parameters, its store, its routers, and what happens when something goes wrong."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import __version__
from app.clock import Clock, is_working_day
from app.db.engine import make_engine
from app.db.store import Store
from app.errors import RefusedError, StoreUnavailableError
from app.http.fast_route import FastRoute
from app.http.metrics import metrics_for
from app.http.middleware import RequestMiddleware
from app.http.openapi import describe
from app.http.problems import ProblemError, described, respond
from app.http.rate_limit import RateLimit
from app.ledger.ledger import Ledger
from app.logs import configure_logs
from app.national.codes import load_codes
from app.pages.not_found import missing_page
from app.pages.rendering import prepare
from app.presenters.entitlements import EntitlementPresenter
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import PersonPseudonyms
from app.projects.notice_days import NoticeCalendar
from app.routers import (
    enterprise_credit,
    entitlements,
    funds,
    health,
    national,
    notices,
    open_data,
    persons,
    poverty,
    procedures,
    projects,
    reference,
    regions,
    reimbursements,
    relocation_plan,
    settlements,
)
from app.routers.pages import bill, desk, documentation, home, household, policy
from app.routers.pages import notices as notice_pages
from app.rules.parameters import NoPolicyInForceError, Parameters, load, shipped_files
from app.rules.projects.publicity import check_figures
from app.rules.reference.places import load_divisions
from app.settings import Settings


class Service(FastAPI):
    """FastAPI's application inside the exchange that surrounds every request."""

    exchange: RequestMiddleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.exchange(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what the exchange hands on."""
        await super().__call__(scope, receive, send)


def load_parameters(settings: Settings) -> Parameters:
    """Load the shipped figures and lay the deployment's own over them. ParameterError stops the start."""
    parameters = load(shipped_files(), settings.parameters)
    check_figures(parameters)
    return parameters


def create_app(settings: Settings | None = None) -> Service:
    """Build the application. ParameterError, naming file and line, where a figure of policy is in doubt."""
    settings = settings or Settings()
    configure_logs()
    parameters = load_parameters(settings)
    divisions = load_divisions()
    engine = make_engine(settings.database_url)
    store = Store(engine, Clock(settings.today))
    notice_calendar = NoticeCalendar(parameters, is_working_day)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        prepare()
        # What stands at the start stands for good: the collector need not look at it again (pauses of 25-45 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        yield
        store.close()
        engine.dispose()

    app = Service(
        title="Anda 安达",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        lifespan=lifespan,
    )
    answers = ReimbursementPresenter(parameters)
    claims = EntitlementPresenter(parameters)
    numbers = PersonPseudonyms(
        None if settings.person_key is None else settings.person_key.get_secret_value(), settings.person_key_file
    )
    ledger = Ledger(parameters, answers, numbers)
    limit = RateLimit(settings.objections_a_minute)
    fast = [
        reimbursements.fast_router(answers),
        entitlements.fast_router(claims, divisions),
        poverty.fast_router(parameters),
        enterprise_credit.fast_router(parameters),
        relocation_plan.fast_router(parameters),
    ]
    app.exchange = RequestMiddleware(
        app.answer,
        fast={route.path: route for router in fast for route in router.routes if isinstance(route, FastRoute)},
        max_body_bytes=settings.max_body_bytes,
        access_log=settings.access_log,
        public_address=settings.public_address,
        metrics=metrics_for(),
    )
    for router in fast:
        app.include_router(router)
    app.include_router(reimbursements.router(answers))
    app.include_router(reference.router(parameters))
    app.include_router(entitlements.router(claims))
    app.include_router(poverty.router(parameters))
    app.include_router(regions.router(divisions))
    app.include_router(procedures.router(parameters))
    app.include_router(open_data.router(store, settings.publisher, settings.oc4ids_prefix))
    app.include_router(projects.router(store, notice_calendar, divisions))
    app.include_router(funds.router(store))
    app.include_router(notices.router(store, limit))
    app.include_router(settlements.router(store, ledger))
    app.include_router(persons.router(store, ledger))
    codes = load_codes(settings.national_codes)
    app.include_router(national.router(store, ledger, codes, settings.national_trusted))
    app.include_router(health.router(engine, ledger))
    app.include_router(home.router())
    app.include_router(bill.router(answers, store.clock))
    app.include_router(policy.router(answers))
    app.include_router(desk.router(store, notice_calendar, divisions))
    app.include_router(household.router(claims, parameters, store.clock))
    app.include_router(notice_pages.router(store, divisions, limit, settings.contact, settings.publisher))
    app.include_router(documentation.router())
    documentation.add_pages(app)
    _answer_problems(app)
    describe(app, answers)
    return app


def _answer_problems(app: FastAPI) -> None:
    async def answer_problem(request: Request, error: Exception) -> Response:
        known = described(error, request.method) or ProblemError("internal-error")
        return missing_page(request, known.slug) or respond(known, request.url.path, request.scope["anda.request_id"])

    # Exception itself as well: what nobody foresaw is answered here and logged by the exchange.
    foreseen = (
        ProblemError,
        RequestValidationError,
        NoPolicyInForceError,
        RefusedError,
        StoreUnavailableError,
        HTTPException,
    )
    for raised in (*foreseen, Exception):
        app.add_exception_handler(raised, answer_problem)
