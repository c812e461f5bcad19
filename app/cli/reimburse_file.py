"""The command `anda reimburse`, apart from the others: only it needs the tables' library, which takes long to load."""

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from app.bulk.columns import UnusableColumnError
from app.bulk.files import TableFile, UnreadableFileError
from app.bulk.run import check_columns, reimburse_file
from app.rules.parameters import Parameters


def reimburse_table(file: Path, output: Path | None, refused: Path | None, parameters: Parameters) -> None:
    """Reimburse a file and say what was done, on standard error. Exits with 2 where the file as a whole is wrong."""
    output = output or file.with_name(f"{file.stem}.reimbursed{file.suffix}")
    refused = refused or file.with_name(f"{file.stem}.refused{file.suffix}")
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
