"""The work of `anda serve`: the API on uvicorn, with one or several worker processes."""

import gc
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app.cli.environment import read_parameters, read_settings, refuse
from app.cli.workers import end_with_the_parent, supervise
from app.logs import configure_logs
from app.national.codes import load_codes
from app.rules.strict_yaml import ParameterError
from app.schemas.examples import BILLS

if TYPE_CHECKING:
    from app.main import Service

WORKER_PATIENCE = 30
"""Seconds after which a worker that does not answer its supervisor is taken for hung, and replaced."""


def serve_api(host: str, port: int, workers: int) -> None:
    """Serve the API. Exits with 2 where a setting or a figure is in doubt, with 1 where no worker can start."""
    settings = read_settings()
    read_parameters(settings)
    try:
        load_codes(settings.national_codes)
    except ParameterError as error:
        refuse(f"the codes of the national interface cannot be used. {error}")
    typer.echo(_greeting(host, port), err=True)
    configure_logs()
    config = uvicorn.Config(
        "app.cli.serve:build_service",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http="app.http.protocol:HttpProtocol",
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=settings.shutdown_seconds,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_worker_healthcheck=WORKER_PATIENCE,
    )
    if workers == 1:
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            raise typer.Exit(STARTUP_FAILURE)
    else:
        with _shared_metrics():
            served = supervise(config)
        if not served:
            raise typer.Exit(1)


def build_service() -> "Service":
    """Build the application of a process that serves it; a worker ends when its supervisor does."""
    end_with_the_parent()
    # What is made here stays: looking through it for what could be collected costs a seventh of a start.
    gc.disable()
    try:
        from app.main import serve_app  # noqa: PLC0415 - the supervisor of workers serves nothing itself

        return serve_app()
    finally:
        gc.enable()


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """Share a folder between several workers: each writes its metrics there, and any of them adds all up."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="anda-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _greeting(host: str, port: int) -> str:
    bill = json.dumps(BILLS["registered_major_disease"]["value"])
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return (
        f"Serving on {address}, documentation at /docs. Try:\n"
        f"curl -s {address}/v1/reimbursements -H 'Accept-Language: en' "
        f"-H 'Content-Type: application/json' -d '{bill}'"
    )
