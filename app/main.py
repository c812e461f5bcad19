"""The application: its settings, its parameters, its store, its routers, and what happens when something goes wrong."""

import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app import __version__
from app.db.store import make_engine
from app.exchange import Exchange, metrics_for
from app.logs import configure_logs
from app.openapi import describe
from app.problems import SLUG_OF_STATUS, FieldError, ProblemError, before_first_day, field_errors, problem, respond
from app.routers import documentation, health, reference, reimbursements
from app.rules.parameters import NoPolicyInForceError, Parameters, load, shipped_files
from app.settings import Settings


def load_parameters(settings: Settings) -> Parameters:
    """Load the shipped figures and lay the deployment's own over them. ParameterError stops the start."""
    return load(shipped_files(), settings.parameters)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application. ParameterError, naming file and line, where a figure of policy is in doubt."""
    settings = settings or Settings()
    configure_logs()
    parameters = load_parameters(settings)
    engine = make_engine(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What stands at the start stands for good: the collector need not look at it again (pauses of 25-45 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        yield
        engine.dispose()

    app = FastAPI(
        title="Anda 安达",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(
        Exchange,
        max_body_bytes=settings.max_body_bytes,
        access_log=settings.access_log,
        metrics=metrics_for(),
    )
    # Standing in the application's own list, and first in it, the hot route is found without a search.
    app.router.routes.extend(reimbursements.hot_router(parameters).routes)
    app.include_router(reimbursements.router(parameters))
    app.include_router(reference.router(parameters))
    app.include_router(health.router(engine, parameters.fingerprint))
    app.include_router(documentation.router())
    documentation.add_pages(app)
    _answer_problems(app)
    describe(app, parameters)
    return app


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    async def answer_problem(request: Request, error: ProblemError) -> Response:
        return respond(_problem(request, error.slug, error.operands, error.errors), error.headers)

    @app.exception_handler(RequestValidationError)
    async def answer_validation(request: Request, error: RequestValidationError) -> Response:
        return respond(_problem(request, "validation-error", None, field_errors(error.errors())))

    @app.exception_handler(NoPolicyInForceError)
    async def answer_no_policy(request: Request, error: NoPolicyInForceError) -> Response:
        place = "/service_date" if request.method == "POST" else "/on"
        errors = [before_first_day(place)]
        return respond(_problem(request, "no-policy-in-force", {"first_day": error.first_day}, errors))

    @app.exception_handler(HTTPException)
    async def answer_http(request: Request, error: HTTPException) -> Response:
        slug = SLUG_OF_STATUS.get(error.status_code, "bad-request")
        return respond(_problem(request, slug), error.headers)


def _problem(
    request: Request,
    slug: str,
    operands: Mapping[str, object] | None = None,
    errors: Sequence[FieldError] = (),
) -> dict[str, Any]:
    return problem(slug, request.url.path, request.scope["anda.request_id"], operands, errors)
