"""The environment of a command: its settings, its parameters, its store, and the exit with a message."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, Moment
from app.db import newest_instant
from app.db.engine import gather_statistics, is_ready, make_engine, writing
from app.db.sealing import seal_events
from app.errors import ClockBehindError
from app.i18n import negotiation
from app.rules.parameters import Parameters
from app.rules.strict_yaml import ParameterError
from app.settings import Settings, load_parameters


def refuse(message: str) -> NoReturn:
    """Print the message on standard error and exit with 2."""
    typer.echo(f"anda: {message}", err=True)
    raise typer.Exit(2)


@contextmanager
def open_store(*, exit_code: int = 1, writes: bool = False, fills: bool = False) -> Iterator[Engine]:
    """Open the migrated store; exit with `exit_code` where there is none.

    A command that `writes` links the events of the ledger before it ends; one that `fills` the store also leaves the
    database's statistics up to date.
    """
    try:
        engine = make_engine(read_settings().database_url)
        try:
            if not is_ready(engine):
                typer.echo("anda: the store is not there or not migrated; `anda migrate`, ANDA_DATABASE_URL", err=True)
                raise typer.Exit(exit_code)
            if writes or fills:
                _check_clock(engine, exit_code)
            try:
                yield engine
            finally:
                if writes or fills:
                    seal_events(engine)
                if fills:
                    gather_statistics(engine)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        typer.echo(f"anda: the store cannot be used ({type(error).__name__}); check ANDA_DATABASE_URL", err=True)
        raise typer.Exit(exit_code) from None


def _check_clock(engine: Engine, exit_code: int) -> None:
    """Note the instant; exit with `exit_code` where the clock is behind what was written."""
    try:
        with writing(engine) as connection:
            newest_instant.note(connection, dt.datetime.now(dt.UTC))
    except ClockBehindError as error:
        typer.echo(f"anda: {error}; set it right", err=True)
        raise typer.Exit(exit_code) from None


def read_settings() -> Settings:
    """Read the settings; exit with 2 and the name of a setting that is invalid."""
    known = {f"ANDA_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith("ANDA_") and name.upper() not in known:
            typer.echo(f"anda: there is no setting {name}; it is ignored. Known: {', '.join(sorted(known))}", err=True)
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            typer.echo(
                f"anda: the setting ANDA_{str(fault['loc'][0]).upper()} cannot be used. {fault['msg']}", err=True
            )
        raise typer.Exit(2) from None


def read_parameters(settings: Settings) -> Parameters:
    """Load the parameters; exit with 2, the file and the line where one is invalid."""
    try:
        return load_parameters(settings)
    except ParameterError as error:
        typer.echo(f"anda: the parameters cannot be used. {error}", err=True)
        raise typer.Exit(2) from None


def set_language(english: bool) -> None:
    """Set the language in which rows are refused."""
    if english:
        negotiation.current.set("en")


def current_moment() -> Moment:
    """Return the current moment; on the day of the setting `today` where it is given."""
    return Clock(read_settings().today).now()
