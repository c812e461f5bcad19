"""The command `anda`: serve, migrate, reimburse a file."""

import json
import os
import tempfile
from typing import Annotated

import typer
import uvicorn

from app.db.store import make_engine
from app.db.store import migrate as migrate_store
from app.examples import BILLS
from app.main import load_parameters
from app.rules.strict_yaml import ParameterError
from app.settings import Settings

app = typer.Typer(
    help="Anda 安达: what a poor family in Ulanqab is owed, to the fen, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API."""
    _stop_at_doubtful_parameters()
    if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        # Each worker counts for itself; the metrics of all are gathered from files in this folder.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="anda-metrics-")
    typer.echo(_invitation(host, port), err=True)
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
    )


@app.command()
def migrate() -> None:
    """Bring the store to the newest migration."""
    settings = Settings()
    migrate_store(make_engine(settings.database_url))
    typer.echo("The store is migrated.", err=True)


def _stop_at_doubtful_parameters() -> None:
    try:
        load_parameters(Settings())
    except ParameterError as error:
        typer.echo(f"anda: the parameters cannot be used. {error}", err=True)
        raise typer.Exit(2) from None


def _invitation(host: str, port: int) -> str:
    bill = json.dumps(BILLS["registered_major_disease"]["value"])
    return (
        f"Serving on http://{host}:{port}, documentation at /docs. Try:\n"
        f"curl -s http://{host}:{port}/v1/reimbursements -H 'Accept-Language: en' "
        f"-H 'Content-Type: application/json' -d '{bill}'"
    )


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
