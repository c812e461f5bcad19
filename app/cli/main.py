"""The command `anda` with all its subcommands; those that load slowly are imported only when they run."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.cli.environment import open_store, read_parameters, read_settings
from app.cli.serve import serve
from app.cli.tokens import token
from app.clock import Clock
from app.db.engine import make_engine
from app.db.engine import migrate as migrate_store
from app.errors import StoreNotReadyError
from app.i18n import negotiation
from app.privacy.pseudonyms import PersonPseudonyms
from app.rules.reference.places import load_divisions

app = typer.Typer(
    help="Anda 安达: what a poor family in Ulanqab is owed, to the fen, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(token, name="token")
app.command()(serve)

English = Annotated[bool, typer.Option("--english", help="Give the reasons in English.")]


@app.command()
def migrate() -> None:
    """Bring the store to the newest migration."""
    engine = make_engine(read_settings().database_url)
    try:
        migrate_store(engine)
    except StoreNotReadyError as error:
        typer.echo(f"anda: the store is at revision {error}, of a newer release; run that release instead", err=True)
        raise typer.Exit(1) from None
    except SQLAlchemyError as error:
        typer.echo(f"anda: the store cannot be migrated ({type(error).__name__}); check ANDA_DATABASE_URL", err=True)
        raise typer.Exit(1) from None
    finally:
        engine.dispose()
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
    english: English = False,
) -> None:
    """Reimburse a file of bills: the layers beside each row; what cannot be calculated goes to a second file."""
    from app.cli.reimburse_file import reimburse_table  # noqa: PLC0415 - loading Polars takes a second

    _set_language(english)
    reimburse_table(file, output, refused, read_parameters(read_settings()))


@app.command("import-projects")
def import_projects(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns as in the export of projects, GET /v1/projects.csv.")
    ],
    english: English = False,
) -> None:
    """Declare the projects of a table as drafts; rows that are refused go to FILE.refused.csv, with the reasons."""
    from app.cli.import_projects import import_table  # noqa: PLC0415 - serving need not wait for it

    _set_language(english)
    with open_store(exit_code=2, fills=True) as engine:
        import_table(file, engine, Clock(read_settings().today), load_divisions())


@app.command("import-institutions")
def import_institutions(
    file: Annotated[Path, typer.Argument(help="CSV or Excel (.xlsx); columns code, name, level.")],
    english: English = False,
) -> None:
    """Write hospitals and clinics into their register; rows that are refused go to FILE.refused.csv."""
    from app.cli import import_registers  # noqa: PLC0415 - serving need not wait for it

    _set_language(english)
    with open_store(exit_code=2, fills=True) as engine:
        import_registers.import_institutions(file, engine, Clock(read_settings().today))


@app.command("import-persons")
def import_persons(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns number, status, from, until: a dated status a row.")
    ],
    english: English = False,
) -> None:
    """Write persons' statuses into their register, each person's anew; no number is kept, only its keyed hash.

    Rows that are refused go to FILE.refused.csv, all of a person's together.
    """
    from app.cli import import_registers  # noqa: PLC0415 - serving need not wait for it

    _set_language(english)
    settings = read_settings()
    key = settings.person_key
    numbers = PersonPseudonyms(None if key is None else key.get_secret_value(), settings.person_key_file)
    with open_store(exit_code=2, fills=True) as engine:
        import_registers.import_persons(file, engine, Clock(settings.today), read_parameters(settings), numbers)


@app.command()
def demo() -> None:
    """Fill an empty store with an invented county around today, and print its officers' tokens."""
    from app.cli.demo import fill_store  # noqa: PLC0415 - serving need not wait for it

    settings = read_settings()
    with open_store(fills=True) as engine:
        fill_store(engine, Clock(settings.today), read_parameters(settings))


@app.command()
def verify(
    including: Annotated[
        str | None, typer.Option(help="The hash of an event noted earlier, which must still be in the chain.")
    ] = None,
) -> None:
    """Check the project library's history and the ledger's chain link by link, and all that is stored against them."""
    from app.cli.verify import verify_store  # noqa: PLC0415 - serving need not wait for it

    with open_store() as engine:
        verify_store(engine, including)


def _set_language(english: bool) -> None:
    """Set the language in which rows are refused."""
    if english:
        negotiation.current.set("en")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
