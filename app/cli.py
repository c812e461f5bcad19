"""The command `anda`: serve, migrate, reimburse a file."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app import language
from app.db.store import make_engine
from app.db.store import migrate as migrate_store
from app.examples import BILLS
from app.main import load_parameters
from app.rules.parameters import Parameters
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
    _parameters(_settings())
    typer.echo(_invitation(host, port), err=True)
    with _shared_metrics(workers):
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


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Give several workers a folder: each counts for itself there, and whoever is asked adds all up."""
    if workers == 1 or "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="anda-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


@app.command()
def migrate() -> None:
    """Bring the store to the newest migration."""
    try:
        migrate_store(make_engine(_settings().database_url))
    except SQLAlchemyError as error:
        typer.echo(f"anda: the store cannot be migrated ({type(error).__name__}); check ANDA_DATABASE_URL", err=True)
        raise typer.Exit(1) from None
    typer.echo("The store is migrated.", err=True)


@app.command()
def reimburse(
    file: Annotated[
        Path, typer.Argument(help="CSV or Parquet; columns named after the request's fields, as bill.total.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Where the rows go with their layers; .csv or .parquet. [FILE.reimbursed]")
    ] = None,
    refused: Annotated[
        Path | None, typer.Option(help="Where the rows go that cannot be calculated. [FILE.refused]")
    ] = None,
    english: Annotated[bool, typer.Option("--english", help="Give the reasons in English.")] = False,
) -> None:
    """Reimburse a file of bills: the layers beside each row; what cannot be calculated goes to a second file."""
    from app.audit.command import reimburse_table  # noqa: PLC0415 - a second of loading that serving need not wait for

    if english:
        language.current.set("en")
    reimburse_table(file, output, refused, _parameters(_settings()))


def _settings() -> Settings:
    """Read the settings; exit with 2 and the setting's name where one cannot be used."""
    known = {f"ANDA_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith("ANDA_") and name.upper() not in known:
            typer.echo(f"anda: there is no setting {name}; it is ignored. Known: {', '.join(sorted(known))}", err=True)
    try:
        return Settings()
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            typer.echo(f"anda: the setting ANDA_{str(each['loc'][0]).upper()} cannot be used. {each['msg']}", err=True)
        raise typer.Exit(2) from None


def _parameters(settings: Settings) -> Parameters:
    """Load the parameters; exit with 2, file and line where one is in doubt."""
    try:
        return load_parameters(settings)
    except ParameterError as error:
        typer.echo(f"anda: the parameters cannot be used. {error}", err=True)
        raise typer.Exit(2) from None


def _invitation(host: str, port: int) -> str:
    bill = json.dumps(BILLS["registered_major_disease"]["value"])
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return (
        f"Serving on {address}, documentation at /docs. Try:\n"
        f"curl -s {address}/v1/reimbursements -H 'Accept-Language: en' "
        f"-H 'Content-Type: application/json' -d '{bill}'"
    )


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
