"""A hospital's counter over HTTP: fees, trials and settlements of the national interface, beside `/v1`."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from app.db.engine import make_engine, reading
from app.ledger import verification
from app.schemas.examples import BILLS, SETTLEMENTS
from benchmarks.ledger import HOSPITAL, prepared
from benchmarks.library_stores import Addresses, postgresql, sqlite
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import heading, table

DAY = "2018-05-20"
TURNS, ROUNDS = 5, 20
"""The calls of each kind are sent in turns, so that a disturbance of the machine meets all of them."""

ROWS = 100
"""Fees of one upload, as the platform documents it."""

TARGET = 20.0
"""Milliseconds that their upload may take."""

Json = dict[str, Any]


class Call(NamedTuple):
    """A request of a kind, and what its answer must hold."""

    path: str
    body: bytes
    holds: bytes


class Measured(NamedTuple):
    """What the calls of a kind took: of the clock, and of the service's processor, milliseconds a call."""

    wall: list[float]
    processor: list[float]


def run() -> None:
    """Measure one database after the other."""
    for name, database in (("SQLite", sqlite()), ("PostgreSQL", postgresql())):
        _measure(name, database)


def _measure(name: str, database: AbstractContextManager[Addresses]) -> None:
    with database as addresses:
        address = addresses("counter")
        token = prepared(address)
        port = free_port()
        settings = {"ANDA_DATABASE_URL": address, "ANDA_PERSON_KEY": "a secret of the benchmarks alone"}
        with running([ANDA, "serve", "--port", str(port)], settings) as process:
            first_answer(port, PATH, json.dumps(BILLS["registered_major_disease"]["value"]).encode())
            with closing(HTTPConnection("127.0.0.1", port)) as connection:
                counter = _Counter(connection, token)
                measured = {kind: Measured([], []) for kind in counter.kinds}
                for turn in range(TURNS + 1):
                    for kind, calls in counter.kinds.items():
                        wall, processor = counter.send(calls, process)
                        if turn:  # the first one fills the caches
                            measured[kind].wall.extend(wall)
                            measured[kind].processor.append(processor)
        heading(
            f"{name}: one call after the other, milliseconds (the median) and the service's processor time a call",
            f"an upload of {ROWS} fees may take {TARGET:.0f} ms on a quiet machine",
        )
        basis = median(measured["POST /v1/settlements"].wall)
        rows = [_row(kind, each, basis) for kind, each in measured.items()]
        table(["call", "ms", "processor ms", "of a settlement"], rows)
        fees = median(measured[f"2301, {ROWS} fees"].wall)
        print(f"  {ROWS} fees: {fees:.1f} ms, {'reached' if fees < TARGET else 'missed'}")
        engine = make_engine(address)
        with reading(engine) as reader:
            assert list(verification.faults(reader)) == []
        engine.dispose()


def _row(kind: str, measured: Measured, basis: float) -> list[str]:
    wall = median(measured.wall)
    return [kind, f"{wall:.2f}", f"{median(measured.processor):.2f}", f"{wall / basis:.2f}"]


class _Counter:
    """A hospital's system with one connection: the calls of each kind, every one for another person."""

    def __init__(self, connection: HTTPConnection, token: str) -> None:
        self._connection = connection
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._numbers = count(1)
        self.kinds: dict[str, Callable[[], Iterator[Call]]] = {
            "POST /v1/settlements": self._v1,
            "2304, parts sent": self._settle,
            "2301, 1 fee": lambda: self._upload(1),
            f"2301, {ROWS} fees": lambda: self._upload(ROWS),
            f"2303, {ROWS} fees": lambda: self._settle_fees("2303"),
            f"2304, {ROWS} fees": lambda: self._settle_fees("2304"),
        }

    def send(self, calls: Callable[[], Iterator[Call]], process: int) -> tuple[list[float], float]:
        """Send some calls, which are prepared before; return their milliseconds and the processor's for each."""
        prepared = list(calls())
        wall = []
        before = _seconds_of_cpu(process)
        for call in prepared:
            begun = time.perf_counter()
            self._exchange(call)
            wall.append((time.perf_counter() - begun) * 1_000)
        return wall, (_seconds_of_cpu(process) - before) * 1_000 / len(prepared)

    def _exchange(self, call: Call) -> bytes:
        self._connection.request("POST", call.path, call.body, self._headers)
        content = self._connection.getresponse().read()
        assert call.holds in content, content
        return content

    def _v1(self) -> Iterator[Call]:
        for number in self._some():
            body = {**SETTLEMENTS["a_stay"]["value"], "person": f"9{number:010}", "institution": HOSPITAL}
            body |= {"visit_id": f"v{number}", "message_id": f"m{number}"}
            yield Call("/v1/settlements", json.dumps(body).encode(), b'"id"')

    def _settle(self) -> Iterator[Call]:
        for number in self._some():
            parts = {"fulamt_ownpay_amt": "9000.00", "overlmt_selfpay": "6000.00", "inscp_scp_amt": "171000.00"}
            yield self._bill("2304", number, f"V{number}", "186000.00", parts)

    def _upload(self, rows: int) -> Iterator[Call]:
        for number in self._some():
            yield self._fees(number, self._admit(number), rows)

    def _settle_fees(self, infno: str) -> Iterator[Call]:
        for number in self._some():
            visit = self._admit(number)
            self._exchange(self._fees(number, visit, ROWS))
            zeros = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0.00")
            yield self._bill(infno, number, visit, f"{ROWS * 12.3:.2f}", zeros)

    def _some(self) -> Iterator[int]:
        return (next(self._numbers) for _ in range(ROUNDS))

    def _admit(self, number: int) -> str:
        call = self._call("2401", {"psn_no": f"8{number:010}", "begntime": DAY})
        answer: Json = json.loads(self._exchange(call))
        visit: str = answer["output"]["result"]["mdtrt_id"]
        return visit

    def _fees(self, number: int, visit: str, rows: int) -> Call:
        fee = {"mdtrt_id": visit, "psn_no": f"8{number:010}", "med_type": "21", "fee_ocur_time": f"{DAY} 09:00:00"}
        fee |= {"med_list_codg": "XJ01CAA041A001010103456", "medins_list_codg": "Y001", "bilg_dept_name": "内科"}
        fee |= {"det_item_fee_sumamt": "12.30", "cnt": "1.0000", "pric": "12.300000", "hosp_appr_flag": "1"}
        return self._call("2301", {"feedetail": [{**fee, "feedetl_sn": f"F{place:04}"} for place in range(rows)]})

    def _bill(self, infno: str, number: int, visit: str, total: str, parts: Json) -> Call:
        bill = {"psn_no": f"8{number:010}", "mdtrt_id": visit, "medfee_sumamt": total, "insutype": "390"}
        return self._call(infno, {**bill, **parts, "dscgTime": DAY})

    def _call(self, infno: str, content: Json) -> Call:
        number = next(self._numbers)
        envelope = {"infno": infno, "msgid": f"{HOSPITAL}{number:018}", "inf_time": f"{DAY} 10:00:00"}
        envelope |= {"fixmedins_code": HOSPITAL, "insuplc_admdvs": "150923"}
        given = content if "feedetail" in content else {"data": content}
        return Call("/fsi/callService", json.dumps({**envelope, "input": given}).encode(), b'"infcode":"0"')


def _seconds_of_cpu(process: int) -> float:
    """Return the CPU seconds of all threads of a process so far; 0 where the system does not tell."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1_000_000_000
