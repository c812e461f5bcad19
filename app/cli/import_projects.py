"""The command `anda import-projects`: the operator declares each row of a table of projects as a draft.

The rows are declared in short transactions, between which other writers have their turn. An import that breaks off
leaves what was declared; run again, it refuses the projects that are there already and declares the rest.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.cli.progress import progress_bar
from app.cli.turns import write_in_turns
from app.clock import Clock
from app.db.projects.events import OPERATOR
from app.db.projects.presence import has_project_like
from app.http.problems import FieldError, field_errors, field_refused
from app.i18n import negotiation, text
from app.projects import procedure
from app.rules.projects.content import Content
from app.rules.reference.places import Divisions
from app.schemas.requests.projects import ProjectRequest
from app.schemas.validation import validated
from app.tables.reader import ProjectTable, Row, UnreadableTableError
from app.tables.rejects import Refused, refused_path, write_refused

_DIGITS_OF_A_VILLAGE = 12
_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)


class ProjectImport:
    """An import of projects: declares rows, and counts what it has done."""

    def __init__(self, engine: Engine, clock: Clock, divisions: Divisions) -> None:
        self._engine = engine
        self._clock = clock
        self._divisions = divisions
        self.rows = 0
        self.declared = 0
        """Projects declared and committed."""
        self.already_there = 0
        """Rows refused only because the project is there already."""

    def declare(self, rows: Iterable[Row], columns: int) -> Iterator[Refused]:
        """Declare the valid rows, and yield those that are refused, in their order."""
        parsed = ((row, self._read(row, columns)) for row in rows)
        for results in write_in_turns(self._engine, parsed, self._declare):
            self.rows += len(results)
            self.declared += results.count(None)
            for refused in results:
                if refused is not None:
                    row, errors = refused
                    yield Refused(row.number, [(error.pointer, error.message) for error in errors], row.cells)

    def _declare(
        self, connection: Connection, parsed: tuple[Row, Content | list[FieldError]]
    ) -> tuple[Row, list[FieldError]] | None:
        """Declare a project; return the row and its errors where it is refused."""
        row, result = parsed
        if not isinstance(result, Content):
            return row, result
        if has_project_like(connection, result):
            self.already_there += 1
            return row, [field_refused("", "already_there")]
        procedure.declare(connection, self._clock.now(), OPERATOR, result)
        return None

    def _read(self, row: Row, columns: int) -> Content | list[FieldError]:
        """Read a row as a project; return the errors where it is none."""
        if not row.fits:
            message = text("validation", "record_length", negotiation.current.get())
            return [FieldError("", "record_length", message.format(fields=len(row.cells), columns=columns))]
        try:
            request = validated(_PROJECT, row.request)
        except RequestValidationError as error:
            return field_errors(error.errors())
        if len(request.place) != _DIGITS_OF_A_VILLAGE or not self._divisions.is_division(request.place):
            return [field_refused("/place", "place_unknown")]
        return request.to_content()


def import_table(file: Path, engine: Engine, clock: Clock, divisions: Divisions) -> None:
    """Import a file and print a summary on standard error.

    Exits with 1 where rows were refused, with 2 where the file as a whole or the store cannot be used.
    """
    refused = refused_path(file)
    run = ProjectImport(engine, clock, divisions)
    try:
        table = ProjectTable(file)
        # The whole file is read before anything is declared: one that breaks off in the middle is refused as a whole.
        rows = sum(1 for _ in table.rows())
        with progress_bar() as progress:
            table_rows = progress.track(table.rows(), total=rows, description=file.name)
            count = write_refused(refused, table.columns, run.declare(table_rows, len(table.columns)))
    except (UnreadableTableError, OSError, SQLAlchemyError) as error:
        # The database's own message may hold what people wrote, so it is not printed.
        why = f"the store cannot be used ({type(error).__name__})" if isinstance(error, SQLAlchemyError) else error
        typer.echo(f"anda: {why}", err=True)
        if run.declared:
            typer.echo(f"{run.declared} projects are declared and kept; run it again for the others.", err=True)
        raise typer.Exit(2) from None
    already_there = f", of them already there {run.already_there}" if run.already_there else ""
    typer.echo(
        f"{run.rows} rows: {run.declared} declared as drafts, {count} refused in {refused}{already_there}",
        err=True,
    )
    if count:
        raise typer.Exit(1)
