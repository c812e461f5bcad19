"""Health checks and metrics."""

import asyncio
import os

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse, Response

from app.clock import Clock
from app.db import newest_instant
from app.db.engine import is_ready, reading
from app.http.authentication import MAY_BE_ANYONE
from app.http.dependencies import ClockDep, EngineDep, InsiderDep, LedgerDep, SettingsDep
from app.http.exact_json import ExactRoute
from app.http.problems import OpenApiResponses, ProblemError, problems
from app.http.responses import json_response
from app.ledger.ledger import Ledger
from app.schemas.responses.health import Alive, Ready

METRICS_TEXT: OpenApiResponses = {
    200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}

router = APIRouter(route_class=ExactRoute, tags=["Operations"])


@router.get("/healthz", response_model=Alive, responses=problems())
async def alive() -> Response:
    """Say that the process answers."""
    status: Alive = {"status": "alive"}
    return json_response(status)


@router.get("/readyz", response_model=Ready, responses=problems(401, 503), openapi_extra=MAY_BE_ANYONE)
async def ready(
    engine: EngineDep, ledger: LedgerDep, clock: ClockDep, settings: SettingsDep, insider: InsiderDep
) -> Response:
    """Say that the store can be reached and is migrated, and that key and figures are the store's; 503 until so.

    Where `ANDA_TODAY` sets the service's day, `today` names it. On an inner address or with a token, also which figures
    are in force.
    """
    await asyncio.to_thread(_check, engine, ledger, clock)
    status: Ready = {"status": "ready", "today": None if settings.today is None else settings.today.isoformat()}
    if insider:
        status["parameters"] = ledger.parameters.fingerprint
    return json_response(status)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={**METRICS_TEXT, **problems(401, 503)},
    openapi_extra=MAY_BE_ANYONE,
)
async def metrics(insider: InsiderDep) -> Response:
    """Show the metrics of all workers, for Prometheus: on an inner address, or with a token."""
    if not insider:
        raise ProblemError("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)


def _check(engine: Engine, ledger: Ledger, clock: Clock) -> None:
    """Check the store, the clock, the persons' key and the figures. ProblemError, StoreUnavailableError."""
    if not is_ready(engine):
        raise ProblemError("not-ready")
    try:
        with reading(engine) as connection:
            newest_instant.check(connection, clock.now().at)
            ledger.key.check(connection, writing=False)
            ledger.figures.check(connection, writing=False)
    except SQLAlchemyError:
        raise ProblemError("not-ready") from None


def _registry() -> CollectorRegistry:
    """Gather the metrics of every worker, where there is more than one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
