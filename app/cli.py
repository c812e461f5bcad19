"""The command `anda`: serve, migrate, reimburse a file."""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from app import language
from app.audit.files import TableFile, UnreadableFileError
from app.audit.run import check_columns, reimburse_file
from app.audit.screen import UnusableColumnError
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
    _parameters()
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


@app.command("reimburse")
def reimburse_table(
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
    parameters = _parameters()
    output = output or file.with_name(f"{file.stem}.reimbursed{file.suffix}")
    refused = refused or file.with_name(f"{file.stem}.refused{file.suffix}")
    if english:
        language.current.set("en")
    try:
        source = TableFile(file)
        carried = check_columns(source.columns)
        if len({path.resolve() for path in (file, output, refused)}) < 3:
            raise UnreadableFileError("FILE, --output and --refused must be three different files")
        if carried:
            typer.echo(f"Carried along unread: {', '.join(carried)}", err=True)
        with _progress() as progress:
            bar = progress.add_task(file.name, total=source.rows)
            outcome = reimburse_file(source, output, refused, parameters, lambda rows: progress.advance(bar, rows))
    except (UnreadableFileError, UnusableColumnError, OSError) as error:
        typer.echo(f"anda: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(
        f"{outcome.rows} rows: {outcome.reimbursed} reimbursed in {output}, {outcome.refused} refused in {refused}",
        err=True,
    )


def _progress() -> Progress:
    """Show progress on a terminal, and nothing where there is none."""
    console = Console(stderr=True)
    return Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=console, disable=not console.is_terminal
    )


def _parameters() -> Parameters:
    try:
        return load_parameters(Settings())
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
