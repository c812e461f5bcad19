"""The work of `anda verify`: what is stored, checked against its own history."""

import typer

from app.cli.environment import open_store
from app.db.engine import reading
from app.db.projects import events
from app.ledger import verification as ledger_verification
from app.projects import verification

_MOST_FAULTS = 20
"""Faults of the store that are printed one by one."""


def verify_store(including: str | None) -> None:
    """Print what is wrong, and exit with 1; or the head of the history. `including` is the hash of an earlier event."""
    with open_store() as engine, reading(engine) as connection:
        report = verification.verify(connection)
        report.faults.extend(ledger_verification.faults(connection))
        if including is not None and not events.holds(connection, including):
            report.faults.append("the event of that hash is not in the chain")
        notices = list(ledger_verification.notices(connection))
    for notice in notices[:_MOST_FAULTS]:
        typer.echo(f"anda: note: {notice}", err=True)
    if len(notices) > _MOST_FAULTS:
        typer.echo(f"anda: note: and {len(notices) - _MOST_FAULTS} more", err=True)
    for fault in report.faults[:_MOST_FAULTS]:
        typer.echo(f"anda: {fault}", err=True)
    if len(report.faults) > _MOST_FAULTS:
        typer.echo(f"anda: and {len(report.faults) - _MOST_FAULTS} more", err=True)
    if report.faults:
        raise typer.Exit(1)
    typer.echo(f"{report.head.number} events, unbroken; the newest has the hash {report.head.hash}")
