"""Two services with two budgets on one store: only the one whose figures are in force settles, within its budget."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import accumulate, groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx
from sqlalchemy import select

from app.db.engine import reading, writing
from app.db.ledger.models import Settlement
from app.ledger.figures import FiguresInForce
from app.rules.parameters import Parameters, load, shipped_files
from tests.ledger.test_budget import overlay
from tests.support.fault_load import faults_of
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, problem, stay
from tests.support.ledger_processes import serving
from tests.support.scale import scaled

BUDGETS = (50_000_00, 60_000_00)
"""What the fund may pay for the stays of a day by either service's figures, fen: five stays take it all."""

STAYS = scaled(12, 24)
"""How many stays are settled in a round, half of them at either service."""


class Service(NamedTuple):
    """A service with figures of its own."""

    client: httpx.Client
    parameters: Parameters
    budget: int


class Paid(NamedTuple):
    """A settlement in the store: its visit, by which figures it was made, and what the fund paid for it."""

    visit: str
    fingerprint: str
    fund: int


def day_of(number: int) -> dt.date:
    """Return the day for the stays of a round, which has a budget of its own."""
    return dt.date(2018, 1, 1) + dt.timedelta(days=number)


def accept(desk: Desk, parameters: Parameters) -> None:
    """Let figures be in force, as `anda parameters accept` does."""
    with writing(desk.engine) as connection:
        FiguresInForce(parameters).accept(connection)


@contextmanager
def two_services(desk: Desk, folder: Path, rounds: int) -> Iterator[list[Service]]:
    """Serve a desk's store twice, by different figures."""
    services = []
    with ExitStack() as stack:
        for at, budget in enumerate(BUDGETS):
            own = folder / f"service-{at}"
            own.mkdir()
            file = overlay(own, **{f"from_{day_of(each):%Y_%m_%d}": f"{budget // 100}.00" for each in range(rounds)})
            parameters = load(shipped_files(), file)
            # It is ready only while its figures are in force.
            accept(desk, parameters)
            served = stack.enter_context(serving(desk, own, 1, ANDA_PARAMETERS=str(file)))
            services.append(Service(served.clients[0], parameters, budget))
        yield services


def settled_on(desk: Desk, day: dt.date) -> list[Paid]:
    """Return the settlements for a day, in the order in which they were made."""
    table = Settlement.__table__.c
    statement = select(table.visit_id, table.fingerprint, table.major_disease_fund).where(table.service_date == day)
    with reading(desk.engine) as connection:
        return [Paid(*row) for row in connection.execute(statement.order_by(table.id))]


def expect_within_budgets(services: list[Service], settled: list[Paid]) -> None:
    """Check that no settlement took the fund above the budget of the figures that it was made by."""
    budgets = {each.parameters.fingerprint: each.budget for each in services}
    for each, spent in zip(settled, accumulate(each.fund for each in settled), strict=True):
        assert each.fund == 0 or spent <= budgets[each.fingerprint]


def try_round(desk: Desk, services: list[Service], number: int) -> int:
    """Settle at both services at once, and return how many settlements were acknowledged.

    In every other round the figures of the other service come into force in the middle.
    """
    chance = Random(number)
    first, then = services if number % 4 < 2 else services[::-1]
    accept(desk, first.parameters)
    bodies = [stay(desk.person(*SICK), service_date=day_of(number).isoformat()) for _ in range(STAYS)]
    headers = desk.headers(HOSPITALS["city"].code)
    changed_by = chance.randrange(STAYS) if number % 2 else None

    def settle(service: Service, body: Json) -> httpx.Response:
        return service.client.post("/v1/settlements", json=body, headers=headers)

    def take_turn(at: int) -> tuple[Service, httpx.Response]:
        if at == changed_by:
            accept(desk, then.parameters)
        service = (first, then)[at % 2]
        return service, settle(service, bodies[at])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(take_turn, range(STAYS)))
    acknowledged = {}
    for (service, answer), body in zip(answers, bodies, strict=True):
        if answer.status_code == 201:
            acknowledged[body["visit_id"]] = service.parameters.fingerprint
        else:
            problem(503, "figures-differ", answer)
        assert changed_by is not None or (answer.status_code == 201) == (service is first)
    settled = settled_on(desk, day_of(number))
    assert {each.visit: each.fingerprint for each in settled} == acknowledged
    assert len([key for key, _ in groupby(each.fingerprint for each in settled)]) <= 2, "each in its own time"
    expect_within_budgets(services, settled)

    last = first if changed_by is None else then
    for (_, answer), body in zip(answers, bodies, strict=True):
        again = settle(last, body)
        expect(201, again)
        assert answer.status_code != 201 or again.content == answer.content
    settled = settled_on(desk, day_of(number))
    assert Counter(each.visit for each in settled) == dict.fromkeys((body["visit_id"] for body in bodies), 1)
    expect_within_budgets(services, settled)
    assert last.budget <= sum(each.fund for each in settled) <= max(BUDGETS)
    with reading(desk.engine) as connection:
        assert faults_of(connection) == []
    return len(acknowledged)


def test_of_two_services_only_the_one_whose_figures_are_in_force_settles_and_the_fund_is_never_overdrawn(
    slow_database_url: str, tmp_path: Path, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    with Desk(slow_database_url, tmp_path / "anda.key") as desk, two_services(desk, tmp_path, rounds) as services:
        acknowledged = [try_round(desk, services, number) for number in range(rounds)]
    made, name = sum(acknowledged), desk.engine.dialect.name
    refused = rounds * STAYS - made
    assert made > 0
    assert refused > 0
    figures.append(
        f"two figures on {name}: {rounds} rounds, {made} settlements acknowledged, {refused} refused, of which 0 were "
        f"kept, in {time.monotonic() - begun:.0f} s"
    )
