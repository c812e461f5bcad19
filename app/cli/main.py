"""The command `anda`: serve, migrate, reimburse a file, import projects, keep the officers' tokens, and more."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, Moment
from app.db import tokens
from app.db.engine import gather_statistics, is_ready, make_engine, reading, writing
from app.db.engine import migrate as migrate_store
from app.db.ledger import institutions
from app.db.projects import events
from app.db.types import LARGEST_ID
from app.i18n import negotiation
from app.ledger import verification as ledger_verification
from app.main import load_parameters
from app.national.codes import load_codes
from app.privacy.pseudonyms import PersonPseudonyms
from app.projects import verification
from app.rules.parameters import Parameters
from app.rules.reference.places import load_divisions
from app.rules.strict_yaml import ParameterError
from app.schemas.examples import BILLS
from app.settings import Settings

app = typer.Typer(
    help="Anda 安达: what a poor family in Ulanqab is owed, to the fen, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
token = typer.Typer(help="Keep the tokens that officers write with.", no_args_is_help=True)
app.add_typer(token, name="token")

_MOST_FAULTS = 20
_LONGEST_NAME = 100


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API."""
    settings = _settings()
    _parameters(settings)
    try:
        load_codes(settings.national_codes)
    except ParameterError as error:
        _refuse(f"the codes of the national interface cannot be used. {error}")
    typer.echo(_invitation(host, port), err=True)
    with _shared_metrics(workers):
        uvicorn.run(
            "app.main:serve_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=settings.trusted_proxies,
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
    engine = make_engine(_settings().database_url)
    try:
        migrate_store(engine)
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
    english: Annotated[bool, typer.Option("--english", help="Give the reasons in English.")] = False,
) -> None:
    """Reimburse a file of bills: the layers beside each row; what cannot be calculated goes to a second file."""
    from app.cli.reimburse_file import reimburse_table  # noqa: PLC0415 - a second of loading that serving need not wait for

    if english:
        negotiation.current.set("en")
    reimburse_table(file, output, refused, _parameters(_settings()))


@app.command("import-projects")
def import_projects(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns as in the export of projects, GET /v1/projects.csv.")
    ],
    english: Annotated[bool, typer.Option("--english", help="Give the reasons in English.")] = False,
) -> None:
    """Declare the projects of a table as drafts; rows that are refused go to FILE.refused.csv, with the reasons."""
    from app.cli.import_projects import import_table  # noqa: PLC0415 - serving need not wait for it

    if english:
        negotiation.current.set("en")
    with _store(unusable=2, fills=True) as engine:
        import_table(file, engine, Clock(_settings().today), load_divisions())


@app.command("import-institutions")
def import_institutions(
    file: Annotated[Path, typer.Argument(help="CSV or Excel (.xlsx); columns code, name, level.")],
    english: Annotated[bool, typer.Option("--english", help="Give the reasons in English.")] = False,
) -> None:
    """Write hospitals and clinics into their register; rows that are refused go to FILE.refused.csv."""
    from app.cli import import_registers  # noqa: PLC0415 - serving need not wait for it

    if english:
        negotiation.current.set("en")
    with _store(unusable=2, fills=True) as engine:
        import_registers.import_institutions(file, engine, Clock(_settings().today))


@app.command("import-persons")
def import_persons(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns number, status, from, until: a dated status a row.")
    ],
    english: Annotated[bool, typer.Option("--english", help="Give the reasons in English.")] = False,
) -> None:
    """Write persons' statuses into their register, each person's anew; no number is kept, only its keyed hash.

    Rows that are refused go to FILE.refused.csv, all of a person's together.
    """
    from app.cli import import_registers  # noqa: PLC0415 - serving need not wait for it

    if english:
        negotiation.current.set("en")
    settings = _settings()
    key = settings.person_key
    numbers = PersonPseudonyms(None if key is None else key.get_secret_value(), settings.person_key_file)
    with _store(unusable=2, fills=True) as engine:
        import_registers.import_persons(file, engine, Clock(settings.today), _parameters(settings), numbers)


@app.command()
def demo() -> None:
    """Fill an empty store with an invented county around today, and print its officers' tokens."""
    from app.cli.demo import fill_store  # noqa: PLC0415 - serving need not wait for it

    settings = _settings()
    with _store(fills=True) as engine:
        fill_store(engine, Clock(settings.today), _parameters(settings))


@token.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="What the list calls it: an office, not a person.")],
    place: Annotated[
        str | None,
        typer.Option(help="Division code: 6 digits for a county's officer, 9 a township's, 12 a village's."),
    ] = None,
    institution: Annotated[
        str | None, typer.Option(help="Instead of a place: the code of the hospital that settles with it.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that it is valid for.")] = 365,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    if (place is None) == (institution is None):
        _refuse("either --place or --institution is needed.")
    if place is not None:
        _check_place(place)
    # The list has one line for each token: no line breaks, tabs or what cannot be seen.
    if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
        _refuse(f"--name needs 1 to {_LONGEST_NAME} printable characters.")
    with _store() as engine, writing(engine) as connection:
        if place is not None:
            made = tokens.create(connection, place, name.strip(), _now().at, days)
            whose = f"the {tokens.level_of(place)} {place}"
        else:
            code = str(institution)
            if institutions.find(connection, code) is None:
                _refuse("--institution: the register has no such institution; `anda import-institutions` first.")
            made = tokens.create_for_institution(connection, code, name.strip(), _now().at, days)
            whose = f"the institution {code}"
    typer.echo(made)
    typer.echo(f"A token for {whose}, valid for {days} days. It cannot be shown again.", err=True)


@token.command("list")
def list_tokens() -> None:
    """List every token: columns divided by tabs, times in UTC."""
    with _store() as engine, reading(engine) as connection:
        kept = tokens.kept(connection)
    now = _now().at
    typer.echo("id\tplace\tname\tcreated\texpires\tstate")
    for each in kept:
        state = "revoked" if each.revoked else "valid" if now < each.expires else "expired"
        times = [f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (each.created, each.expires)]
        typer.echo("\t".join([str(each.id), each.place or str(each.institution), each.name, *times, state]))


@token.command("revoke")
def revoke_token(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The id that the list shows.")],
) -> None:
    """Revoke a token: nobody writes with it any more."""
    with _store() as engine, writing(engine) as connection:
        known = tokens.revoke(connection, number, _now().at)
    if not known:
        typer.echo(f"anda: there is no token {number}; `anda token list` shows them all", err=True)
        raise typer.Exit(1)
    typer.echo(f"Token {number} is revoked.", err=True)


@app.command()
def verify(
    including: Annotated[
        str | None, typer.Option(help="The hash of an event noted earlier, which must still be in the chain.")
    ] = None,
) -> None:
    """Check the project library's history link by link, all that is stored against it, and the ledger's accounts."""
    with _store() as engine, reading(engine) as connection:
        found = verification.verify(connection)
        found.faults.extend(ledger_verification.faults(connection))
        if including is not None and not events.holds(connection, including):
            found.faults.append("the event of that hash is not in the chain")
    for fault in found.faults[:_MOST_FAULTS]:
        typer.echo(f"anda: {fault}", err=True)
    if len(found.faults) > _MOST_FAULTS:
        typer.echo(f"anda: and {len(found.faults) - _MOST_FAULTS} more", err=True)
    if found.faults:
        raise typer.Exit(1)
    typer.echo(f"{found.head.number} events, unbroken; the newest has the hash {found.head.hash}")


def _now() -> Moment:
    """Return the service's moment: the day that is set, if one is."""
    return Clock(_settings().today).now()


def _check_place(code: str) -> None:
    """Exit with 2 unless this can be the code of a county, township or village that the policies are for."""
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{3}){0,2}", code):
        _refuse("--place needs a division code of 6 (county), 9 (township) or 12 digits (village).")
    if "000" in (code[6:9], code[9:12]):
        _refuse("--place: leave out the zeros that fill up a code; the digits tell the level.")
    divisions = load_divisions()
    if not (code[:6] in divisions.by_code and code.startswith(divisions.home.prefix)):
        _refuse(f"--place: {code[:6]} is no county of {divisions.home.name['en']}.")


def _refuse(message: str) -> NoReturn:
    typer.echo(f"anda: {message}", err=True)
    raise typer.Exit(2)


@contextmanager
def _store(unusable: int = 1, *, fills: bool = False) -> Iterator[Engine]:
    """Give the migrated store, to be filled or not; exit with 1, or with what is said, where there is none."""
    try:
        engine = make_engine(_settings().database_url)
        try:
            if not is_ready(engine):
                typer.echo("anda: the store is not there or not migrated; `anda migrate`, ANDA_DATABASE_URL", err=True)
                raise typer.Exit(unusable)
            try:
                yield engine
            finally:
                if fills:
                    gather_statistics(engine)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        typer.echo(f"anda: the store cannot be used ({type(error).__name__}); check ANDA_DATABASE_URL", err=True)
        raise typer.Exit(unusable) from None


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
