"""The command `anda import-projects`: a table of projects, of which each row is declared as a draft by the operator.

Rows are declared some hundred at a time, each lot in one transaction: an import that is broken off leaves whole lots,
and run again it refuses what is there already and declares the rest.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import typer
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.db.engine import writing
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

AT_ONCE = 200
"""Rows that are declared in one transaction; others who write wait for it, a fraction of a second."""

_DIGITS_OF_A_VILLAGE = 12
_PROJECT: TypeAdapter[ProjectRequest] = TypeAdapter(ProjectRequest)


class Importing:
    """Declares the rows of a table, and counts them."""

    def __init__(self, engine: Engine, clock: Clock, divisions: Divisions) -> None:
        self._engine = engine
        self._clock = clock
        self._places = divisions
        self.rows = 0
        self.declared = 0
        """How many are declared and kept."""
        self.already_there = 0
        """How many are refused for nothing but being there."""

    def refusing(self, rows: Iterable[Row], columns: int) -> Iterator[Refused]:
        """Declare the rows that can be, lot by lot, and give back those that are refused, in their order."""
        waiting = iter(rows)
        while lot := list(islice(waiting, AT_ONCE)):
            checked = [(row, self._checked(row, columns)) for row in lot]
            declared = 0
            refused = []
            with writing(self._engine) as connection:
                moment = self._clock.now()
                for row, found in checked:
                    if isinstance(found, Content) and not has_project_like(connection, found):
                        procedure.declare(connection, moment, OPERATOR, found)
                        declared += 1
                    else:
                        refused.append((row, found))
            self.rows += len(lot)
            self.declared += declared
            for row, found in refused:
                if isinstance(found, Content):
                    self.already_there += 1
                    errors = [field_refused("", "already_there")]
                else:
                    errors = found
                yield Refused(row.number, [(each.pointer, each.message) for each in errors], row.cells)

    def _checked(self, row: Row, columns: int) -> Content | list[FieldError]:
        """Read a row as a project, or say why it is none."""
        if not row.fits:
            words = text("validation", "record_length", negotiation.current.get())
            return [FieldError("", "record_length", words.format(fields=len(row.cells), columns=columns))]
        try:
            project = validated(_PROJECT, row.request)
        except RequestValidationError as error:
            return field_errors(error.errors())
        if len(project.place) != _DIGITS_OF_A_VILLAGE or not self._places.is_division(project.place):
            return [field_refused("/place", "place_unknown")]
        return project.to_content()


def import_table(file: Path, engine: Engine, clock: Clock, divisions: Divisions) -> None:
    """Import a file and say what was done, on standard error.

    Exits with 1 where rows were refused, with 2 where the file as a whole is wrong or the store cannot be used.
    """
    refused = refused_path(file)
    importing = Importing(engine, clock, divisions)
    try:
        table = ProjectTable(file)
        # To the end before anything is declared: a file that breaks off in the middle is wrong as a whole.
        rows = sum(1 for _ in table.rows())
        with _progress() as progress:
            told = progress.track(table.rows(), total=rows, description=file.name)
            count = write_refused(refused, table.columns, importing.refusing(told, len(table.columns)))
    except (UnreadableTableError, OSError, SQLAlchemyError) as error:
        # What the database says may hold what people wrote.
        why = f"the store cannot be used ({type(error).__name__})" if isinstance(error, SQLAlchemyError) else error
        typer.echo(f"anda: {why}", err=True)
        if importing.declared:
            typer.echo(f"{importing.declared} projects are declared and kept; run it again for the others.", err=True)
        raise typer.Exit(2) from None
    there = f", of them already there {importing.already_there}" if importing.already_there else ""
    typer.echo(
        f"{importing.rows} rows: {importing.declared} declared as drafts, {count} refused in {refused}{there}", err=True
    )
    if count:
        raise typer.Exit(1)


def _progress() -> Progress:
    """Show progress on a terminal, and nothing where there is none."""
    console = Console(stderr=True)
    return Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=console, disable=not console.is_terminal
    )
