"""The settlement ledger over HTTP: settlements a second, beside the stateless answer and in a long year."""

import json
import time
from concurrent.futures import Executor
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection
from itertools import count
from statistics import median
from typing import Any

from app.clock import Clock
from app.db import tokens
from app.db.engine import make_engine, migrate, reading, writing
from app.db.ledger import institutions
from app.ledger import verification
from app.schemas.examples import BILLS, SETTLEMENTS
from benchmarks.library_load import LoadPlan, LoadResult, load, request
from benchmarks.library_stores import Addresses, postgresql, sqlite
from benchmarks.load import load_process
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import heading, table

CONNECTIONS = (1, 8, 32)
SECONDS = 2.0
MOST = 12_000
"""Settlements that are prepared: more than can be booked."""

MANY = 500
"""Settlements in one person's year."""

TURNS = 60
HOSPITAL = "H15090200001"

Json = dict[str, Any]


def run() -> None:
    """Measure one database after the other."""
    for name, database in (("SQLite", sqlite()), ("PostgreSQL", postgresql())):
        _measure(name, database)


def _measure(name: str, database: AbstractContextManager[Addresses]) -> None:
    with database as addresses, load_process(core=1) as executor:
        address = addresses("ledger")
        token = prepared(address)
        port = free_port()
        settings = {"ANDA_DATABASE_URL": address, "ANDA_PERSON_KEY": "a secret of the benchmarks alone"}
        with running([ANDA, "serve", "--port", str(port)], settings):
            stateless = json.dumps(BILLS["registered_major_disease"]["value"]).encode()
            first_answer(port, PATH, stateless)
            heading(
                f"{name}: answers a second and milliseconds by connections, the load on a core of its own",
                "each settlement for another person, acknowledged after it is stored",
            )
            rows = [_row("POST /v1/reimbursements", executor, LoadPlan(port, [request("POST", PATH, stateless)], b"{"))]
            settlements = [settlement(token, f"{number:08}", f"v{number}") for number in range(MOST)]
            rows.append(_row("POST /v1/settlements", executor, LoadPlan(port, settlements, b"{", 201, only_once=True)))
            figures = [f"{each}: {figure}" for each in CONNECTIONS for figure in ("/s", "p50", "p99")]
            table(["request", *figures], rows)
            _print_long_year(port, token)
        engine = make_engine(address)
        with reading(engine) as connection:
            assert list(verification.faults(connection)) == []
        engine.dispose()


def _row(name: str, executor: Executor, plan: LoadPlan) -> list[str]:
    row, sent = [name], 0
    for connections in CONNECTIONS:
        requests = plan.requests[sent:] if plan.only_once else plan.requests
        part = plan._replace(requests=requests, connections=connections, seconds=SECONDS)
        measured: LoadResult = executor.submit(load, part).result()
        row += [f"{measured.rate:,.0f}", f"{measured.percentile(50):.1f}", f"{measured.percentile(99):.1f}"]
        sent += measured.answers
    return row


def _print_long_year(port: int, token: str) -> None:
    """Compare settling for a person with few settlements in the year and for one with many, one after the other."""
    with closing(HTTPConnection("127.0.0.1", port)) as connection:

        def settle(person: str) -> float:
            body = _body(person, f"{person}-{next(numbers)}")
            begun = time.perf_counter()
            connection.request("POST", "/v1/settlements", body, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            content = answer.read()
            took = time.perf_counter() - begun
            assert answer.status == 201, content
            return took * 1_000

        numbers = count()
        few = median(settle(f"9{turn:07}") for turn in range(TURNS))
        for _ in range(MANY):
            settle("80000000")
        many = median(settle("80000000") for _ in range(TURNS))
    print(f"  one settlement, the person's first: {few:.2f} ms; with {MANY} in the year before it: {many:.2f} ms")


def prepared(address: str) -> str:
    """Migrate a store and enter a hospital; return its token."""
    engine = make_engine(address)
    migrate(engine)
    moment = Clock().now()
    with writing(engine) as connection:
        institutions.write(connection, moment, institutions.Institution(HOSPITAL, "市中心医院", "city"))
        token = tokens.create_for_institution(connection, HOSPITAL, "settlement desk", moment.at, 365)
    engine.dispose()
    return token


def settlement(token: str, person: str, visit: str) -> bytes:
    """Write the request that settles a visit of a person."""
    return request("POST", "/v1/settlements", _body(person, visit), {"Authorization": f"Bearer {token}"})


def _body(person: str, visit: str) -> bytes:
    body: Json = {
        **SETTLEMENTS["a_stay"]["value"],
        "person": person,
        "institution": HOSPITAL,
        "visit_id": visit,
        "message_id": f"message-{visit}",
    }
    return json.dumps(body).encode()
