"""The work of `anda token create`, `list` and `revoke`: the tokens of officers and institutions."""

import datetime as dt
import re
from ipaddress import ip_network

import typer

from app.cli.environment import current_moment, open_store, refuse
from app.db import tokens
from app.db.engine import reading, writing
from app.db.ledger import institutions
from app.rules.reference.places import load_divisions

_LONGEST_NAME = 100

_LEAST_BITS = 8
"""Bits of the largest network that a token may be bound to: a smaller number binds it to nothing."""


def create_token(
    name: str,
    place: str | None,
    institution: str | None,
    days: int,
    *,
    person: str | None = None,
    network: str | None = None,
) -> None:
    """Make a token and print it. Exits with 2 where what it is for is in doubt."""
    if (place is None) == (institution is None):
        refuse("either --place or --institution is needed.")
    if place is not None:
        _check_place(place)
    if network is not None:
        if institution is None:
            refuse("--network is for the token of an --institution.")
        network = _read_network(network)
    # The list has one line for each token, so a name holds no line break, no tab and no invisible character.
    for option, given in (("--name", name), ("--person", person)):
        if given is not None and not (given.strip() and given.isprintable() and len(given) <= _LONGEST_NAME):
            refuse(f"{option} needs 1 to {_LONGEST_NAME} printable characters.")
    person = person and person.strip()
    with open_store(writes=True) as engine, writing(engine) as connection:
        if place is not None:
            secret = tokens.create(connection, place, name.strip(), current_moment().at, days, person=person)
            level = "city" if len(place) == tokens.CITY_DIGITS else tokens.level_of(place)
            holder = f"the {level} {place}"
        else:
            registered = institutions.find(connection, str(institution))
            if registered is None:
                refuse("--institution: the register has no such institution; `anda import-institutions` first.")
            code = registered.code
            at = current_moment().at
            secret = tokens.create_for_institution(
                connection, code, name.strip(), at, days, person=person, network=network
            )
            holder = f"the institution {code}" + (f" in {network}" if network else "")
    typer.echo(secret)
    typer.echo(f"A token for {holder}, valid for {days} days. It cannot be shown again.", err=True)


def list_tokens() -> None:
    """List every token: columns divided by tabs, times in UTC."""
    with open_store() as engine, reading(engine) as connection:
        records = tokens.list_all(connection)
    now = current_moment().at
    typer.echo("id\tplace\tname\tcreated\texpires\tstate\tperson\tnetwork")
    for record in records:
        state = "revoked" if record.revoked else _state(record, now)
        times = [f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (record.created, record.expires)]
        holder = record.place or str(record.institution)
        shown = [str(record.id), holder, record.name, *times, state, record.person or "", record.network or ""]
        typer.echo("\t".join(shown))


def revoke_token(number: int) -> None:
    """Revoke a token. Exits with 1 where there is no such token."""
    with open_store(writes=True) as engine, writing(engine) as connection:
        known = tokens.revoke(connection, number, current_moment().at)
    if not known:
        typer.echo(f"anda: there is no token {number}; `anda token list` shows them all", err=True)
        raise typer.Exit(1)
    typer.echo(f"Token {number} is revoked.", err=True)


def _state(record: tokens.TokenRecord, now: dt.datetime) -> str:
    if now < record.created:
        return "made later"
    return "valid" if now < record.expires else "expired"


def _read_network(text: str) -> str:
    """Read the network of a token. Exits with 2 for what is none, and for one that holds nearly everybody."""
    try:
        network = ip_network(text.strip())
    except ValueError:
        refuse("--network needs a network or an address, as 10.20.0.0/16 or 192.0.2.7.")
    if network.prefixlen < _LEAST_BITS:
        refuse(f"--network needs a network of at least {_LEAST_BITS} bits: a larger one binds the token to nothing.")
    return str(network)


def check_county(code: str) -> None:
    """Exit with 2 unless this is the code of a county that the policies are for."""
    if not re.fullmatch(r"[0-9]{6}", code):
        refuse("--county needs the six digits of a county.")
    _check_place(code, "--county")


def _check_place(code: str, option: str = "--place") -> None:
    """Exit with 2 unless this can be the code of a county, township or village that the policies are for, or theirs."""
    divisions = load_divisions()
    if code == divisions.home.prefix:
        return
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{3}){0,2}", code):
        refuse("--place needs a division code of 6 (county), 9 (township) or 12 digits (village), or the city's 4.")
    if "000" in (code[6:9], code[9:12]):
        refuse("--place: leave out the zeros that fill up a code; the digits tell the level.")
    if not (code[:6] in divisions.by_code and code.startswith(divisions.home.prefix)):
        refuse(f"{option}: {code[:6]} is no county of {divisions.home.name['en']}.")
