"""Health checks and metrics."""

import os

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import PlainTextResponse, Response

from app.errors import PersonKeyUnusableError, StoreUnavailableError
from app.http.dependencies import LedgerDep, StoreDep
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


@router.get("/readyz", response_model=Ready, responses=problems(503))
async def ready(store: StoreDep, ledger: LedgerDep) -> Response:
    """Say that the store is migrated and can be read and written, and that the persons' key is the store's; else 503.

    The write is a small one, tried every few seconds.
    """
    try:
        await store.check_ready(lambda connection: ledger.key.check(connection, writing=False))
    except PersonKeyUnusableError:
        raise
    except StoreUnavailableError:
        raise ProblemError("not-ready") from None
    status: Ready = {"status": "ready", "parameters": ledger.parameters.fingerprint}
    return json_response(status)


@router.get("/metrics", response_class=PlainTextResponse, responses={**METRICS_TEXT, **problems()})
async def metrics() -> Response:
    """Show the metrics of all workers, for Prometheus."""
    return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """Gather the metrics of every worker, where there is more than one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
