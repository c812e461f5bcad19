"""The command `anda demo`: an empty store is seeded with an invented county, dated around the service's today."""

from collections.abc import Iterable

import typer
from sqlalchemy import Engine

from app.clock import Clock, is_working_day
from app.db.engine import tables_in_use, writing
from app.demo.county import load_county
from app.demo.seed import Office, SeedResult, fill, first_day, plan_projects
from app.errors import ConditionsUnmetError
from app.i18n.sentences import unmet_sentence
from app.projects.notice_days import NoticeCalendar
from app.rules.parameters import Parameters


def fill_store(engine: Engine, clock: Clock, parameters: Parameters) -> None:
    """Seed an empty store: the summary goes to standard error, the tokens of the offices to standard output.

    Exits with 1 where the store holds anything, or where the demo would begin before any policy. Everything happens in
    one transaction, so an interrupted run leaves the store empty.
    """
    county = load_county()
    notice_calendar = NoticeCalendar(parameters, is_working_day)
    today = clock.now().today
    try:
        plans = plan_projects(county, notice_calendar, today)
    except ConditionsUnmetError as error:
        raise _refused(" ".join(unmet_sentence(condition, "en") for condition in error.unmet)) from None
    if first_day(plans) < parameters.first_day:
        raise _refused(f"It would begin on {first_day(plans)}; the policy begins on {parameters.first_day}.")
    with writing(engine) as connection:
        used = tables_in_use(connection)
        filled = None if used else fill(connection, county, plans, notice_calendar, today)
    if filled is None:
        raise _refused(f"The store is in use: it holds {', '.join(used)}. The demo fills an empty one only.")
    typer.echo(_summary(filled), err=True)
    typer.echo("\n".join(_table(filled.offices)))


def _refused(why: str) -> typer.Exit:
    typer.echo(f"anda: no demo is made. {why}", err=True)
    return typer.Exit(1)


def _summary(result: SeedResult) -> str:
    acts = result.acts
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(result.statuses.items()))
    return (
        f"Made an invented county: {result.statuses.total()} projects ({statuses}); {acts['object']} objections, "
        f"{acts['allocate']} allocations, {acts['progress'] + acts['outcome']} reports. The villages are not real.\n"
        f"These are its officers' tokens; they cannot be shown again."
    )


def _table(offices: Iterable[Office]) -> Iterable[str]:
    yield "level\tplace\tname\ttoken"
    yield from ("\t".join(office) for office in offices)
