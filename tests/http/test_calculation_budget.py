"""How much an address may have calculated a minute, and who is free of it."""

import asyncio
import math
from pathlib import Path

import pytest

from app.clock import Clock
from app.db import tokens
from app.db.engine import make_engine, writing
from app.db.store import Store
from app.http import calculation_budget
from app.http.addresses import place_of
from app.http.calculation_budget import RANGE_COST, CalculationBudget
from app.http.problems import ProblemError
from app.main import create_app
from app.routers.pages.bill import EXAMPLES
from app.schemas.examples import (
    ENTERPRISE_LOANS,
    HOUSEHOLDS,
    POVERTY_ASSESSMENTS,
    RELOCATION_PLANS,
    THREE_GENERATIONS,
)
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.grid import grid
from tests.support.stores import migrated_file
from tests.support.wire import BILL

HOUSEHOLD = next(iter(HOUSEHOLDS.values()))["value"]
ASSESSMENTS = {
    "poverty-assessment": POVERTY_ASSESSMENTS,
    "enterprise-credit": ENTERPRISE_LOANS,
    "relocation-plan": RELOCATION_PLANS,
}


def test_bills_and_members_are_counted_by_address_and_more_is_a_429(tmp_path: Path) -> None:
    members, bills = len(THREE_GENERATIONS["household"]["members"]), len(HOUSEHOLD["bills"])
    costs = [
        ("reimbursements", BILL, 1),
        ("reimbursements/range", BILL, RANGE_COST),
        ("reimbursements/batch", [BILL] * 7, 7),
        ("reimbursements/household", HOUSEHOLD, bills),
        ("entitlements", THREE_GENERATIONS, members),
        *((path, next(iter(examples.values()))["value"], 1) for path, examples in ASSESSMENTS.items()),
    ]
    budget = sum(cost for _, _, cost in costs)
    settings = Settings(database_url=migrated_file(tmp_path), access_log=False, bills_a_minute=budget)
    app = create_app(settings)
    with InProcessClient(app, client=("203.0.113.7", 1)) as client:
        for path, body, _ in costs:
            assert client.post(f"/v1/{path}", json=body).status_code == 200
        for path, body, _ in costs:
            refused = client.post(f"/v1/{path}", json=body)
            assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-calculations")
            assert 1 <= int(refused.headers["retry-after"]) <= 60
        page = {"as_of": "2018-05-20", "registration": "registered", "members": "a"}
        assert client.post("/household", data=page).status_code == 429
        assert client.get("/bill", params=EXAMPLES["registered_major_disease"]).status_code == 429
        assert client.get("/healthz").status_code == 200
        other = InProcessClient(app, client=("203.0.113.8", 1))
        other.join(client)
        assert other.post("/v1/reimbursements", json=BILL).status_code == 200


def test_a_valid_token_and_a_named_network_are_free_of_it(tmp_path: Path) -> None:
    database_url = migrated_file(tmp_path)
    engine = make_engine(database_url)
    with writing(engine) as connection:
        token = tokens.create(connection, "150923", "county", Clock(None).now().at, 1)
    engine.dispose()
    settings = Settings(
        database_url=database_url, access_log=False, bills_a_minute=1, unlimited_networks="10.0.0.0/8, 2001:db8::/32"
    )
    app = create_app(settings)
    with InProcessClient(app) as running:

        def statuses(address: str, headers: dict[str, str]) -> set[int]:
            client = InProcessClient(app, client=(address, 1))
            client.join(running)
            return {client.post("/v1/reimbursements", json=BILL, headers=headers).status_code for _ in range(3)}

        assert statuses("203.0.113.7", {"Authorization": f"Bearer {token}"}) == {200}
        assert statuses("203.0.113.8", {"Authorization": f"Bearer {token}a"}) == {200, 429}
        for free in ("10.2.3.4", "::ffff:10.2.3.4", "2001:db8:1::1"):
            assert statuses(free, {}) == {200}
        assert statuses("2001:db9::1", {}) == {200, 429}
        assert statuses("2001:db9::2", {}) == {429}, "a /64 is one address"


@grid(
    ("address", "same", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", "2001:db8:0:1::1"),
        ("203.0.113.7", "::ffff:203.0.113.7", "203.0.113.8"),
        ("testclient", "testclient", "203.0.113.8"),
    ],
)
def test_a_place_is_an_ipv4_address_or_a_network_of_64_bits(address: str, same: str, other: str) -> None:
    assert place_of(address) == place_of(same) != place_of(other)


def test_a_minute_later_and_with_ever_new_addresses_the_count_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(migrated_file(tmp_path))
    budget = CalculationBudget(10, (), Store(engine, Clock(None)))
    monkeypatch.setattr(calculation_budget, "MOST_ADDRESSES", 5)

    def charge(address: str, cost: int) -> bool:
        calculation_budget.current.set({"client": (address, 1), "headers": [], "type": "http"})
        try:
            asyncio.run(budget.charge(cost))
        except ProblemError:
            return False
        return True

    assert [charge(f"203.0.113.{number}", 10) for number in range(8)] == [True] * 6 + [False] * 2
    assert not charge("203.0.113.0", 1)
    monkeypatch.setattr(budget, "_ends", -math.inf)
    assert charge("203.0.113.0", 10)
    assert not charge("203.0.113.0", 1)
    engine.dispose()


@grid("networks", ["10.0.0.0/33", "here", "10.0.0.1/8"])
def test_a_network_that_is_none_stops_the_start(networks: str) -> None:
    with pytest.raises(ValueError, match="unlimited_networks"):
        Settings(unlimited_networks=networks)
