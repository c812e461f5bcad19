"""In trouble for a while: what is refused is not there, what is acknowledged is; all can be repeated afterwards."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from socket import create_connection
from threading import Timer
from typing import NamedTuple, Self

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests.support import troubled_process
from tests.support.county import project
from tests.support.fault_load import DAY, WRITES, Loaded
from tests.support.fault_processes import Served
from tests.support.fault_rounds import Round, found, told, try_round
from tests.support.scale import LONG
from tests.support.stores import migrated_file, new_database, opened, run
from tests.support.troubled_process import BEHIND, PATIENCE, READ_ONLY

HALF = WRITES // 2

LOCKS = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": (
        "SELECT pg_advisory_xact_lock(20170101)",
        "SELECT id FROM projects FOR UPDATE",
        "LOCK TABLE settlements IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE ledger_events IN SHARE MODE",
    ),
}
"""What a client may hold that was forgotten, on each database."""


class Trouble(NamedTuple):
    """A service to which trouble can be made."""

    served: Served
    engine: Engine
    loaded: Loaded
    folder: Path
    numbers: Iterator[int]
    """Of the rounds: the writes of each are others."""

    def try_round(
        self, harm: Callable[[], None], mend: Callable[[], None], problem: str = "store-unavailable"
    ) -> Round:
        """Let half of the writes come in trouble; none of them is kept that is refused with the problem."""
        tried = try_round(next(self.numbers), self.served, self.engine, self.loaded, harm, mend, harmed=HALF)
        assert tried.kept == 0
        assert tried.refusals <= {f"/problems/{problem}"}
        return tried


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def trouble(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    """A service that can be brought into trouble, on each database."""
    folder = tmp_path_factory.mktemp("trouble")
    if request.param == "sqlite":
        database_url = migrated_file(folder)
    else:
        database_url = new_database(request.getfixturevalue("postgresql"), "troubles", migrated=True)
    loaded = Loaded(database_url)
    served = Served(database_url, folder, today=DAY)
    served.launch(troubled_process.main, folder)
    with served, opened(database_url) as engine:
        yield Trouble(served, engine, loaded, folder, itertools.count())


def fewer(rounds: int, trouble: Trouble) -> int:
    """One round on SQLite in the small form, where the trouble is the same in each."""
    return rounds if LONG or trouble.engine.dialect.name == "postgresql" else 1


@contextmanager
def half_sent(loaded: Loaded, served: Served) -> Iterator[None]:
    """Hold connections on which half a request was sent: of some the head is cut off, of others the body."""
    body = json.dumps(project(name="half sent")).encode()
    lines = ["POST /v1/projects HTTP/1.1", "Host: anda", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", f"Authorization: {loaded.headers['village']['Authorization']}"]
    whole = "\r\n".join([*lines, "", ""]).encode() + body
    with ExitStack() as stack:
        for share in range(1, 20):
            connection = stack.enter_context(create_connection(("127.0.0.1", served.port)))
            connection.sendall(whole[: len(whole) * share // 20])
        yield


class ForgottenClient:
    """A client that opens a transaction, holds a lock and is forgotten, until somebody ends it."""

    def __init__(self, engine: Engine, chance: Random) -> None:
        # An engine of its own: the service's would give up by itself.
        self._engine = create_engine(engine.url, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._statement = chance.choice(LOCKS[engine.dialect.name])
        self._timer = Timer(chance.uniform(0, 2 * PATIENCE / 1000), self._let_go)
        self._is_noticed = chance.random() < 0.5
        """Whether somebody ends it while writes still wait for it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def hold(self) -> None:
        """Take the lock."""
        self._connection = self._engine.connect()
        if self._engine.dialect.name == "postgresql":
            self._connection.execute(text("BEGIN"))
        self._connection.execute(text(self._statement))
        if self._is_noticed:
            self._timer.start()

    def end(self) -> None:
        """Let the lock go, where that has not been done yet."""
        if self._timer.is_alive():
            self._timer.join()
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.execute(text("ROLLBACK"))
            self._connection.close()
            self._connection = None
        self._engine.dispose()


def test_writes_go_on_after_a_forgotten_client_held_a_lock_and_beside_half_sent_requests(
    trouble: Trouble, rounds: int, figures: list[str]
) -> None:
    begun, tried = time.monotonic(), []
    for number in range(rounds):
        client = ForgottenClient(trouble.engine, Random(number))
        with client, half_sent(trouble.loaded, trouble.served):
            tried.append(trouble.try_round(client.hold, client.end))
    assert found(trouble.engine).effects["declare", "half sent"] == 0
    figures.append(told(f"a client forgotten on {trouble.engine.dialect.name}", tried, begun))


def test_a_store_that_is_read_only_for_a_while_keeps_nothing_that_it_refused(
    trouble: Trouble, rounds: int, figures: list[str]
) -> None:
    begun = time.monotonic()
    url, sign, name = trouble.engine.url, trouble.folder / READ_ONLY, trouble.engine.dialect.name

    def put(on: bool) -> None:
        if name == "postgresql":
            state = "on" if on else "off"
            run(url, f"ALTER SYSTEM SET default_transaction_read_only = {state}", "SELECT pg_reload_conf()")
        elif on:
            sign.touch()
        else:
            sign.unlink(missing_ok=True)

    try:
        tried = [trouble.try_round(lambda: put(True), lambda: put(False)) for _ in range(fewer(rounds, trouble))]
    finally:
        put(False)
    figures.append(told(f"{name} read-only", tried, begun))


def test_a_clock_that_is_an_hour_behind_for_a_while_writes_nothing(
    trouble: Trouble, rounds: int, figures: list[str]
) -> None:
    begun, sign = time.monotonic(), trouble.folder / BEHIND
    tried = [trouble.try_round(sign.touch, sign.unlink, "clock-behind") for _ in range(fewer(rounds, trouble))]
    assert all(each.unacknowledged >= HALF for each in tried)
    figures.append(told(f"the clock an hour behind on {trouble.engine.dialect.name}", tried, begun))
