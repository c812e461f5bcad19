"""The work of `anda parameters accept`: the figures of this deployment come into force in the store."""

import typer

from app.cli.environment import open_store, read_parameters, read_settings
from app.db.engine import writing
from app.ledger.figures import FigureChange, FiguresInForce


def accept_parameters() -> None:
    """Print what changes, and let the figures be in force from now on. Exits with 2 where a figure is in doubt."""
    parameters = read_parameters(read_settings())
    figures = FiguresInForce(parameters)
    with open_store(writes=True) as engine, writing(engine) as connection:
        is_first, changes = figures.are_first(connection), figures.changes(connection)
        accepted = figures.accept(connection)
    if not accepted:
        typer.echo(f"The figures {parameters.fingerprint} are in force already.", err=True)
        return
    if not is_first:
        for change in changes:
            typer.echo(_line(change))
    what = f"{len(changes)} values, the first" if is_first else f"{len(changes)} values change"
    typer.echo(f"The figures {parameters.fingerprint} are in force: {what}. Restart services with others.", err=True)


def _line(change: FigureChange) -> str:
    if change.before == change.after:
        value = f"{change.after} as before, with other days or another source"
    else:
        value = f"{change.before or 'no value'} → {change.after or 'no value'}"
    return f"{change.name} from {change.first_day}: {value}"
