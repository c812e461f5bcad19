"""The work of `anda migrate`."""

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.cli.environment import read_settings
from app.db.engine import make_engine, migrate
from app.errors import StoreNotReadyError


def migrate_store() -> None:
    """Bring the store to the newest migration; exit with 1 where it cannot be."""
    engine = make_engine(read_settings().database_url)
    try:
        migrate(engine)
    except StoreNotReadyError as error:
        typer.echo(f"anda: the store is at revision {error}, of a newer release; run that release instead", err=True)
        raise typer.Exit(1) from None
    except SQLAlchemyError as error:
        typer.echo(f"anda: the store cannot be migrated ({type(error).__name__}); check ANDA_DATABASE_URL", err=True)
        raise typer.Exit(1) from None
    finally:
        engine.dispose()
    typer.echo("The store is migrated.", err=True)
