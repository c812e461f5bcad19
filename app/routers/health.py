"""Health checks and metrics."""

import os

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse, Response

from app.db import newest_instant
from app.errors import ClockBehindError, FiguresDifferError, PersonKeyUnusableError, StoreUnavailableError
from app.http.authentication import MAY_BE_ANYONE
from app.http.dependencies import ClockDep, InsiderDep, LedgerDep, SettingsDep, StoreDep
from app.http.exact_json import ExactRoute
from app.http.problems import OpenApiResponses, ProblemError, problems
from app.http.responses import json_response
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
    store: StoreDep, ledger: LedgerDep, clock: ClockDep, settings: SettingsDep, insider: InsiderDep
) -> Response:
    """Say that the store is migrated and can be read and written, and that key and figures are the store's; else 503.

    The write is a small one, tried every few seconds. Where `ANDA_TODAY` sets the service's day, `today` names it. On
    an inner address or with a token, also which figures are in force.
    """

    def check(connection: Connection) -> None:
        newest_instant.check(connection, clock.now().at)
        ledger.key.check(connection, writing=False)
        ledger.figures.check(connection, writing=False)

    try:
        await store.check_ready(check)
    except (ClockBehindError, FiguresDifferError, PersonKeyUnusableError):
        raise
    except StoreUnavailableError:
        raise ProblemError("not-ready") from None
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


def _registry() -> CollectorRegistry:
    """Gather the metrics of every worker, where there is more than one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
