"""The command `anda` with all its subcommands: their options, and what their help says.

Each imports what it does when it runs, and nothing is imported here but Typer: a worker process of `anda serve` imports
this module before it can answer its supervisor.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.db.row_ids import LARGEST_ID

app = typer.Typer(
    help="Anda 安达: what a poor family in Ulanqab is owed, to the fen, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
token = typer.Typer(help="Keep the tokens that officers write with.", no_args_is_help=True)
app.add_typer(token, name="token")
parameters = typer.Typer(help="Keep the figures of policy that the ledger settles with.", no_args_is_help=True)
app.add_typer(parameters, name="parameters")
erase = typer.Typer(
    help="Erase a text that may not stay, on record; backups made before still hold it.", no_args_is_help=True
)
app.add_typer(erase, name="erase")

English = Annotated[bool, typer.Option("--english", help="Give the reasons in English.")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API."""
    from app.cli.serve import serve_api

    serve_api(host, port, workers)


@app.command()
def migrate() -> None:
    """Bring the store to the newest migration."""
    from app.cli.migrate import migrate_store

    migrate_store()


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
    from app.cli.environment import read_parameters, read_settings, set_language
    from app.cli.reimburse_file import reimburse_table

    set_language(english)
    reimburse_table(file, output, refused, read_parameters(read_settings()))


@app.command("import-projects")
def import_projects(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns as in the export of projects, GET /v1/projects.csv.")
    ],
    english: English = False,
) -> None:
    """Declare the projects of a table as drafts; rows that are refused go to FILE.refused.csv, with the reasons."""
    from app.cli.environment import open_store, read_settings, set_language
    from app.cli.import_projects import import_table
    from app.clock import Clock
    from app.rules.reference.places import load_divisions

    set_language(english)
    with open_store(exit_code=2, fills=True) as engine:
        import_table(file, engine, Clock(read_settings().today), load_divisions())


@app.command("import-institutions")
def import_institutions(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns code, name, level, and place (optional).")
    ],
    english: English = False,
) -> None:
    """Write hospitals and clinics into their register; rows that are refused go to FILE.refused.csv."""
    from app.cli import import_registers
    from app.cli.environment import open_store, read_settings, set_language
    from app.clock import Clock

    set_language(english)
    with open_store(exit_code=2, fills=True) as engine:
        import_registers.import_institutions(file, engine, Clock(read_settings().today))


@app.command("import-persons")
def import_persons(
    file: Annotated[
        Path, typer.Argument(help="CSV or Excel (.xlsx); columns number, status, from, until: a dated status a row.")
    ],
    county: Annotated[
        str | None, typer.Option(help="Six digits of the county that the persons of the file belong to.")
    ] = None,
    english: English = False,
) -> None:
    """Write persons' statuses into their register, each person's anew; no number is kept, only its keyed hash.

    Rows that are refused go to FILE.refused.csv, all of a person's together.
    """
    from app.cli import import_registers, tokens
    from app.cli.environment import open_store, read_parameters, read_settings, set_language
    from app.clock import Clock
    from app.privacy.pseudonyms import person_pseudonyms

    set_language(english)
    if county is not None:
        tokens.check_county(county)
    settings = read_settings()
    with open_store(exit_code=2, fills=True) as engine:
        numbers = person_pseudonyms(settings)
        clock, parameters = Clock(settings.today), read_parameters(settings)
        import_registers.import_persons(file, engine, clock, parameters, numbers, county=county)


@app.command()
def demo() -> None:
    """Fill an empty store with an invented county around today, and print its officers' tokens."""
    from app.cli.demo import fill_store
    from app.cli.environment import open_store, read_parameters, read_settings
    from app.clock import Clock

    settings = read_settings()
    with open_store(fills=True) as engine:
        fill_store(engine, Clock(settings.today), read_parameters(settings))


@app.command()
def verify(
    including: Annotated[
        str | None, typer.Option(help="The hash of an event noted earlier, which must still be in the chain.")
    ] = None,
    since: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="NUMBER:HASH",
            help="A noted event, to go on from: those up to it are not looked at again. Repeated, one for each chain.",
        ),
    ] = None,
) -> None:
    """Check the project library's history and the ledger's chain link by link, and all that is stored against them."""
    from app.cli.verify import verify_store

    verify_store(including, since or [])


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new file; on SQLite a database, on PostgreSQL a packed script.")],
) -> None:
    """Back up the store as it is at one moment, while the service goes on; the persons' key is not in it."""
    from app.cli.backup import back_up_store

    back_up_store(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `anda backup` has made, of the same kind of database.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where the store holds something, which is lost then.")
    ] = False,
) -> None:
    """Put a backup in place of the store, in one step; stop the service first."""
    from app.cli.backup import restore_store

    restore_store(file, replace=replace)


@app.command("rotate-key")
def rotate_key() -> None:
    """Give the key of the persons' numbers a new generation, and hash what is stored once more.

    Stop the services first. A file gets the generation by itself; ANDA_PERSON_KEY gets it from you, as its
    last line.
    """
    from app.cli.rotate_key import rotate_key as rotate

    rotate()


Reason = Annotated[str, typer.Option(help="Why, without anybody's data: it stands in the history for all to read.")]


@erase.command("objection")
def erase_objection(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The objection's number.")],
    text: Annotated[list[str], typer.Option(help="What to erase: name, contact, content or answer; may be repeated.")],
    reason: Reason,
) -> None:
    """Erase who made an objection and how to reach them, what it says, or the answer to it."""
    from app.cli.erase import erase_of_objection

    erase_of_objection(number, text, reason)


@erase.command("note")
def erase_note(
    number: Annotated[int, typer.Argument(metavar="EVENT", min=1, max=LARGEST_ID, help="The event's number.")],
    reason: Reason,
) -> None:
    """Erase the note of an event of the history: the reason that an officer gave."""
    from app.cli.erase import erase_of_event

    erase_of_event(number, reason)


@erase.command("project")
def erase_project(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The project's number.")],
    text: Annotated[str, typer.Option(help="What to erase: a text of the project, by its field, as tasks.")],
    reason: Reason,
) -> None:
    """Erase a text of a project: what it is, what it ever was, and what was posted of it."""
    from app.cli.erase import erase_of_project

    erase_of_project(number, text, reason)


@erase.command("report")
def erase_report(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The report's number.")],
    reason: Reason,
) -> None:
    """Erase the text of a report of what was carried out or achieved."""
    from app.cli.erase import erase_of_report

    erase_of_report(number, reason)


@token.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="What the list calls it: an office, not a person.")],
    place: Annotated[
        str | None,
        typer.Option(
            help="Division code: 6 digits for a county's officer, 9 a township's, 12 a village's, 4 the city's."
        ),
    ] = None,
    institution: Annotated[
        str | None, typer.Option(help="Instead of a place: the code of the hospital that settles with it.")
    ] = None,
    *,
    person: Annotated[
        str | None, typer.Option(help="The person of the office who acts with it; kept in the store, in no log.")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            help="The only network that an institution's token is valid from, as 10.20.0.0/16; it then may stand in "
            "the address, at /fsi/TOKEN/callService."
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that it is valid for.")] = 365,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    from app.cli import tokens

    tokens.create_token(name, place, institution, days, person=person, network=network)


@token.command("list")
def list_tokens() -> None:
    """List every token: columns divided by tabs, times in UTC."""
    from app.cli import tokens

    tokens.list_tokens()


@token.command("revoke")
def revoke_token(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The id that the list shows.")],
) -> None:
    """Revoke a token: nobody writes with it any more."""
    from app.cli import tokens

    tokens.revoke_token(number)


@parameters.command("accept")
def accept_parameters() -> None:
    """Let the figures of this deployment be those that the store is settled with, and print what changes."""
    from app.cli.parameters import accept_parameters as accept

    accept()


def main() -> None:
    """Run the command line. What it writes, the store, keys, results, is for the one who runs it only."""
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
