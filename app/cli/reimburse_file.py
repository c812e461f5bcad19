"""The command `anda reimburse`: a file of bills. Apart from the others, for it alone loads Polars, which is slow."""

from pathlib import Path

import typer

from app.bulk.columns import UnusableColumnError
from app.bulk.files import TableFile, UnreadableFileError
from app.bulk.run import check_columns, reimburse_file
from app.cli.progress import progress_bar
from app.rules.parameters import Parameters


def reimburse_table(file: Path, output: Path | None, refused: Path | None, parameters: Parameters) -> None:
    """Reimburse a file and print a summary on standard error. Exits with 2 where the file as a whole cannot be used."""
    output = output or file.with_name(f"{file.stem}.reimbursed{file.suffix}")
    refused = refused or file.with_name(f"{file.stem}.refused{file.suffix}")
    try:
        source = TableFile(file)
        unread = check_columns(source.columns)
        if len({path.resolve() for path in (file, output, refused)}) < 3:
            raise UnreadableFileError("FILE, --output and --refused must be three different files")
        if unread:
            typer.echo(f"Carried along unread: {', '.join(unread)}", err=True)
        with progress_bar() as progress:
            task = progress.add_task(file.name, total=source.rows)
            outcome = reimburse_file(source, output, refused, parameters, lambda rows: progress.advance(task, rows))
    except (UnreadableFileError, UnusableColumnError, OSError) as error:
        typer.echo(f"anda: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(
        f"{outcome.rows} rows: {outcome.reimbursed} reimbursed in {output}, {outcome.refused} refused in {refused}",
        err=True,
    )
