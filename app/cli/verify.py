"""The command `anda verify`: both chains, link by link, and all that is stored against them."""

import typer

from app.cli.environment import open_store
from app.db.engine import reading
from app.db.ledger import events as ledger_events
from app.db.projects import events
from app.ledger import verification as ledger_verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import VerifiedEvents, verify_events
from app.projects import verification

_MOST_FAULTS = 20
"""Faults of the store that are printed one by one."""


def verify_store(including: str | None) -> None:
    """Verify the store, and print the heads of both chains. Exits with 1 where anything is at fault.

    `including` is a hash that was noted before, of either chain.
    """
    with open_store() as engine, reading(engine) as connection:
        library = verification.verify(connection)
        ledger = verify_events(connection)
        faults = [
            *library.faults,
            *ledger.faults,
            *answer_faults(connection),
            *ledger_verification.faults(connection),
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
    typer.echo(f"{library.head.number} events, unbroken; the newest has the hash {library.head.hash}")
    typer.echo(_ledger_line(ledger))


def _ledger_line(ledger: VerifiedEvents) -> str:
    line = f"{ledger.head.number} events of the ledger, unbroken; the newest has the hash {ledger.head.hash}"
    if ledger.unsealed:
        line += f"\n{ledger.unsealed} events of the ledger are not sealed yet"
    if ledger.found_on is not None:
        line += f"\n{ledger.found} rows of the ledger were taken over as found on {ledger.found_on}"
    return line
