"""The commands `anda backup` and `anda restore`."""

from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.cli.environment import read_settings
from app.db import backup
from app.db.engine import make_engine, newest_revision, reading, revision_of
from app.errors import BackupError, PersonKeyUnusableError
from app.ledger.person_key import PersonKey
from app.privacy.pseudonyms import person_pseudonyms
from app.settings import Settings


def back_up_store(file: Path) -> None:
    """Back the store up into a new file; exit with 1 where it cannot be."""
    engine = make_engine(read_settings().database_url)
    try:
        backup.back_up(engine, file)
    except (BackupError, SQLAlchemyError) as error:
        _fail(error)
    finally:
        engine.dispose()
    typer.echo(
        f"The store is backed up in {file}. The key of the persons' numbers is not in it; keep that elsewhere.",
        err=True,
    )


def restore_store(file: Path, *, replace: bool) -> None:
    """Put a backup in the store's place, and say what it still needs; exit with 1 where it cannot be."""
    settings = read_settings()
    engine = make_engine(settings.database_url)
    try:
        backup.restore(engine, file, replace=replace)
        typer.echo(f"The store is restored from {file}.", err=True)
        _say_what_it_needs(engine, settings)
    except (BackupError, SQLAlchemyError) as error:
        _fail(error)
    finally:
        engine.dispose()


def _say_what_it_needs(engine: Engine, settings: Settings) -> None:
    with reading(engine) as connection:
        revision = revision_of(connection)
        if revision != newest_revision():
            needs = "`anda migrate`" if revision is not None and revision < newest_revision() else "the newer release"
            typer.echo(f"It stands at migration {revision}, this release at {newest_revision()}: {needs}.", err=True)
            return
        try:
            PersonKey(person_pseudonyms(settings)).check(connection, writing=False)
        except PersonKeyUnusableError as error:
            typer.echo(f"It waits for its key: {error}.", err=True)


def _fail(error: Exception) -> NoReturn:
    # The database's own message may hold what people wrote, so it is not printed.
    why = str(error) if isinstance(error, BackupError) else f"the store cannot be used ({type(error).__name__})"
    typer.echo(f"anda: {why}", err=True)
    raise typer.Exit(1) from None
