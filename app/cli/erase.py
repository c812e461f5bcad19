"""The commands of `anda erase`: a text is erased at the word of the county, on record."""

from collections.abc import Callable, Sequence
from typing import get_args

import typer
from sqlalchemy import Connection

from app.cli.environment import current_moment, open_store, refuse
from app.clock import Moment
from app.db.engine import erasing
from app.db.projects.events import ErasedEntry
from app.errors import NotFoundError
from app.projects.erasing import (
    ObjectionText,
    ProjectText,
    erase_note,
    erase_objection,
    erase_project_text,
    erase_report,
)

_LONGEST_REASON = 500


def erase_of_objection(number: int, texts: Sequence[str], reason: str) -> None:
    """Erase texts of an objection. Exits with 1 where there is no such objection, or nothing to erase."""
    known: dict[str, ObjectionText] = {name: name for name in get_args(ObjectionText)}
    unknown = [text for text in texts if text not in known]
    if unknown or not texts:
        refuse(f"--text takes {', '.join(known)}; it may be repeated.")
    chosen = [known[text] for text in texts]
    _erase(lambda connection, moment: erase_objection(connection, moment, number, chosen, reason), reason)


def erase_of_event(number: int, reason: str) -> None:
    """Erase the note of an event. Exits with 1 where there is no such event, or nothing to erase."""
    _erase(lambda connection, moment: erase_note(connection, moment, number, reason), reason)


def erase_of_project(number: int, text: str, reason: str) -> None:
    """Erase a text of a project. Exits with 1 where there is no such project, or nothing to erase."""
    known: dict[str, ProjectText] = {name: name for name in get_args(ProjectText)}
    if text not in known:
        refuse(f"--text takes one of {', '.join(known)}.")
    _erase(lambda connection, moment: erase_project_text(connection, moment, number, known[text], reason), reason)


def erase_of_report(number: int, reason: str) -> None:
    """Erase the text of a report. Exits with 1 where there is no such report, or nothing to erase."""
    _erase(lambda connection, moment: erase_report(connection, moment, number, reason), reason)


def _erase(erase: Callable[[Connection, Moment], list[ErasedEntry]], reason: str) -> None:
    if not (reason.strip() and reason.isprintable() and len(reason) <= _LONGEST_REASON):
        refuse(f"--reason needs 1 to {_LONGEST_REASON} printable characters; everybody reads it.")
    try:
        with open_store() as engine, erasing(engine) as connection:
            entries = erase(connection, current_moment())
    except (NotFoundError, LookupError):
        typer.echo("anda: there is none of this number", err=True)
        raise typer.Exit(1) from None
    if not entries:
        typer.echo("anda: there is nothing to erase", err=True)
        raise typer.Exit(1)
    what = ", ".join(f"{entry['kind']} {entry['id']}" for entry in entries)
    typer.echo(f"Erased, and on record: {what}. Backups that were made before still hold it.", err=True)
