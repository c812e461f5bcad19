"""The command `anda verify`: both chains, link by link, and all that is stored against them."""

from collections.abc import Sequence
from typing import NamedTuple

import typer
from sqlalchemy import Connection

from app.cli.environment import open_store
from app.db.chain import Head
from app.db.engine import reading
from app.db.ledger import events as ledger_events
from app.db.projects import events
from app.ledger import verification as ledger_verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import VerifiedEvents, verify_events
from app.projects import verification

_MOST_FAULTS = 20
"""Faults of the store that are printed one by one."""

_LONGEST = 18
"""Digits of a number that no store would take."""


class _NotedHeads(NamedTuple):
    """The noted events to go on from, one of each chain at most, and those that neither chain has."""

    library: Head | None
    ledger: Head | None
    unknown: Sequence[Head]


def verify_store(including: str | None, since: Sequence[str]) -> None:
    """Verify the store, and print the heads of both chains. Exits with 1 where anything is at fault.

    `including` is a hash that was noted before, of either chain; `since` are noted events to go on from.
    """
    heads = [_head(each) for each in since]
    with open_store() as engine, reading(engine) as connection:
        noted = _noted(connection, heads)
        library = verification.verify(connection, noted.library)
        ledger = verify_events(connection, noted.ledger)
        settlements = ledger.written_in("settlements")
        faults = [
            *(f"event {number}: is in neither chain with the hash {hash_}" for number, hash_ in noted.unknown),
            *library.faults,
            *ledger.faults,
            *answer_faults(connection, settlements),
            *ledger_verification.faults(connection, settlements),
        ]
        if including is not None and not (
            events.holds(connection, including) or ledger_events.holds(connection, including)
        ):
            faults.append("the event of that hash is not in the chain")
        notices = list(ledger_verification.notices(connection))
    for notice in notices[:_MOST_FAULTS]:
        typer.echo(f"anda: note: {notice}", err=True)
    if len(notices) > _MOST_FAULTS:
        typer.echo(f"anda: note: and {len(notices) - _MOST_FAULTS} more", err=True)
    for fault in faults[:_MOST_FAULTS]:
        typer.echo(f"anda: {fault}", err=True)
    if len(faults) > _MOST_FAULTS:
        typer.echo(f"anda: and {len(faults) - _MOST_FAULTS} more", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(_head_line("events", library.head, noted.library))
    typer.echo(_ledger_line(ledger, noted.ledger))
    if noted.library is not None or noted.ledger is not None:
        typer.echo("not looked at again: the events up to the noted ones, and the rows that no later event concerns")


def _head(text: str) -> Head:
    number, _, hash_ = text.strip().partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < _LONGEST and hash_):
        raise typer.BadParameter("a noted event is NUMBER:HASH", param_hint="--from")
    return Head(int(number), hash_)


def _noted(connection: Connection, heads: Sequence[Head]) -> _NotedHeads:
    """Find the chain of each noted event. Of two of one chain the earlier counts."""
    library = [each for each in heads if events.has(connection, each)]
    ledger = [each for each in heads if ledger_events.has(connection, each)]
    unknown = [each for each in heads if each not in library and each not in ledger]
    return _NotedHeads(min(library, default=None), min(ledger, default=None), unknown)


def _head_line(what: str, head: Head, noted: Head | None) -> str:
    since = "" if noted is None else f" since event {noted.number}"
    return f"{head.number} {what}, unbroken{since}; the newest has the hash {head.hash}"


def _ledger_line(ledger: VerifiedEvents, noted: Head | None) -> str:
    line = _head_line("events of the ledger", ledger.head, noted)
    if ledger.unsealed:
        line += f"\n{ledger.unsealed} events of the ledger are not sealed yet"
    if ledger.found_on is not None:
        line += f"\n{ledger.found} rows of the ledger were taken over as found on {ledger.found_on}"
    return line
