"""The work of `anda token create`, `list` and `revoke`: the tokens of officers and institutions."""

import re

import typer

from app.cli.environment import current_moment, open_store, refuse
from app.db import tokens
from app.db.engine import reading, writing
from app.db.ledger import institutions
from app.rules.reference.places import load_divisions

_LONGEST_NAME = 100


def create_token(name: str, place: str | None, institution: str | None, days: int) -> None:
    """Make a token and print it. Exits with 2 where what it is for is in doubt."""
    if (place is None) == (institution is None):
        refuse("either --place or --institution is needed.")
    if place is not None:
        _check_place(place)
    # The list has one line for each token, so a name holds no line break, no tab and no invisible character.
    if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
        refuse(f"--name needs 1 to {_LONGEST_NAME} printable characters.")
    with open_store() as engine, writing(engine) as connection:
        if place is not None:
            secret = tokens.create(connection, place, name.strip(), current_moment().at, days)
            holder = f"the {tokens.level_of(place)} {place}"
        else:
            code = str(institution)
            if institutions.find(connection, code) is None:
                refuse("--institution: the register has no such institution; `anda import-institutions` first.")
            secret = tokens.create_for_institution(connection, code, name.strip(), current_moment().at, days)
            holder = f"the institution {code}"
    typer.echo(secret)
    typer.echo(f"A token for {holder}, valid for {days} days. It cannot be shown again.", err=True)


def list_tokens() -> None:
    """List every token: columns divided by tabs, times in UTC."""
    with open_store() as engine, reading(engine) as connection:
        records = tokens.list_all(connection)
    now = current_moment().at
    typer.echo("id\tplace\tname\tcreated\texpires\tstate")
    for record in records:
        state = "revoked" if record.revoked else "valid" if now < record.expires else "expired"
        times = [f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (record.created, record.expires)]
        typer.echo("\t".join([str(record.id), record.place or str(record.institution), record.name, *times, state]))


def revoke_token(number: int) -> None:
    """Revoke a token. Exits with 1 where there is no such token."""
    with open_store() as engine, writing(engine) as connection:
        known = tokens.revoke(connection, number, current_moment().at)
    if not known:
        typer.echo(f"anda: there is no token {number}; `anda token list` shows them all", err=True)
        raise typer.Exit(1)
    typer.echo(f"Token {number} is revoked.", err=True)


def _check_place(code: str) -> None:
    """Exit with 2 unless this can be the code of a county, township or village that the policies are for."""
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{3}){0,2}", code):
        refuse("--place needs a division code of 6 (county), 9 (township) or 12 digits (village).")
    if "000" in (code[6:9], code[9:12]):
        refuse("--place: leave out the zeros that fill up a code; the digits tell the level.")
    divisions = load_divisions()
    if not (code[:6] in divisions.by_code and code.startswith(divisions.home.prefix)):
        refuse(f"--place: {code[:6]} is no county of {divisions.home.name['en']}.")
