"""The command `anda serve`: the API on uvicorn, with one or several worker processes."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.cli.environment import read_parameters, read_settings, refuse
from app.national.codes import load_codes
from app.rules.strict_yaml import ParameterError
from app.schemas.examples import BILLS


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API."""
    import uvicorn  # noqa: PLC0415 - no other command needs it

    settings = read_settings()
    read_parameters(settings)
    try:
        load_codes(settings.national_codes)
    except ParameterError as error:
        refuse(f"the codes of the national interface cannot be used. {error}")
    typer.echo(_greeting(host, port), err=True)
    with _shared_metrics(workers):
        uvicorn.run(
            "app.main:serve_app",
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
        )


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Share a folder between several workers: each writes its metrics there, and any of them adds all up."""
    if workers == 1 or "PROMETHEUS_MULTIPROC_DIR" in os.environ:
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
