"""Two hundred writes at once, each with its idempotency key, and what of them is in the store."""

import asyncio
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from app.clock import Clock
from app.db import tokens
from app.db.engine import writing
from app.db.ledger import institutions, persons
from app.db.ledger.models import Settlement, StoredMessage
from app.db.models import StoredReply
from app.db.projects.events import OPERATOR
from app.db.projects.models import Allocation, Event, Objection, Project
from app.db.visits import visits
from app.db.visits.models import FeeBatch, VisitEntry
from app.db.visits.visits import NewVisit
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from app.ledger.verification import faults as ledger_faults
from app.national.texts import TransactionRefusedError
from app.privacy.pseudonyms import PersonPseudonyms
from app.projects import procedure
from app.projects.verification import verify
from app.schemas.requests.projects import ProjectRequest
from tests.support.county import LONG_AGO, County, project, taking
from tests.support.fault_processes import PERSON_KEY
from tests.support.scale import scaled
from tests.support.stores import opened

DAY = "2018-03-14"
"""The day of the service: that on which the usual project comes into the library."""

DECLARED, POSTED, OBJECTED, ALLOCATED, SETTLED, ADMITTED, UPLOADED = (
    *(scaled(10, 35), scaled(8, 30), scaled(8, 35), scaled(6, 30), scaled(8, 30), scaled(6, 20), scaled(6, 20)),
)
"""How many of each write there are in a round; the last two are of the national interface."""

WRITES = DECLARED + POSTED + OBJECTED + ALLOCATED + SETTLED + ADMITTED + UPLOADED
"""Two hundred in the long form, fifty-two in the small one."""

HOSPITAL = "H15090200001"
PERSONS = 8
"""Who are settled: several stays of each, so that desks meet in the same year."""

Effect = tuple[str, str]
"""What a write does, and the mark by which it is found in the store."""


class Write(NamedTuple):
    """A write: what it does, and how it is asked for."""

    effect: Effect
    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]

    @property
    def message(self) -> str | None:
        """The message of an institution, which has an id of its own."""
        message: str | None = self.body.get("message_id", self.body.get("msgid"))
        return message


class Loaded:
    """A store with a project in the library and one on display, and the officers that write to it."""

    def __init__(self, database_url: str) -> None:
        with County(database_url) as county:
            self._library = county.walk_to("in_library")
            displayed = county.declare(DAY)
            self._notice = county.take(displayed, "post_village_notice", DAY)["notice"]["id"]
            self.headers = {who: county.headers(who) for who in ("village", "county", None)}
        with opened(database_url) as engine, writing(engine) as connection:
            moment = Clock(dt.date.fromisoformat(DAY)).now()
            institutions.write(connection, moment, institutions.Institution(HOSPITAL, "市中心医院", "city"))
            token = tokens.create_for_institution(connection, HOSPITAL, "settlement desk", LONG_AGO, 36_500)
        self.headers["hospital"] = {"Authorization": f"Bearer {token}"}

    def writes(self, engine: Engine, number: int) -> list[Write]:
        """Prepare the writes of a round, in an order of chance."""
        clock = Clock(dt.date.fromisoformat(DAY))
        draft = ProjectRequest(**project()).to_content()
        with writing(engine) as connection:
            drafts = [procedure.declare(connection, clock.now(), OPERATOR, draft).id for _ in range(POSTED)]
            stays = [_admit(connection, clock, _person(number, each)) for each in range(UPLOADED)]
        wanted: list[tuple[str | None, Effect, str, dict[str, Any]]] = []
        for each in range(DECLARED):
            mark = f"项目 {number}-{each}"
            wanted.append(("village", ("declare", mark), "/v1/projects", project(name=mark)))
        for each in drafts:
            step = taking("post_village_notice", DAY)
            wanted.append(("village", ("post", str(each)), f"/v1/projects/{each}/actions", step))
        for each in range(OBJECTED):
            mark = f"异议 {number}-{each}"
            wanted.append((None, ("object", mark), f"/v1/notices/{self._notice}/objections", {"content": mark}))
        for each in range(ALLOCATED):
            mark = f"乌财农 {number}-{each}"
            given = {"fund": "中央财政专项扶贫资金", "amount": "1.00", "document": mark}
            wanted.append(("county", ("allocate", mark), f"/v1/projects/{self._library}/allocations", given))
        for each in range(SETTLED):
            mark = f"visit-{number}-{each}"
            settled = {
                "person": _person(number, each),
                "institution": HOSPITAL,
                "visit_id": mark,
                "message_id": f"message-{mark}",
                "service_date": "2018-03-10",
                "visit": {"kind": "inpatient", "facility_level": "city"},
                "bill": {"total": "42000.00", "in_scope": "40000.00"},
            }
            wanted.append(("hospital", ("settle", mark), "/v1/settlements", settled))
        for each in range(ADMITTED):
            mark = f"I10.n{number}e{each}"
            admitted = {"psn_no": _person(number, each), "begntime": DAY, "dise_codg": mark}
            wanted.append(("hospital", ("admit", mark), *_transaction("2401", mark, {"mdtrtinfo": admitted})))
        for each, stay in enumerate(stays):
            fees = [(at + 1) * 100 for at in range(9)] + [number * 1_000 + each + 1]
            rows = [
                {
                    "feedetl_sn": f"F{at}",
                    "mdtrt_id": stay,
                    "psn_no": _person(number, each),
                    "det_item_fee_sumamt": f"{fee // 100}.{fee % 100:02}",
                    "cnt": 1,
                }
                for at, fee in enumerate(fees)
            ]
            mark = str(sum(fees))
            wanted.append(
                ("hospital", ("upload", mark), *_transaction("2301", f"F{number}-{each}", {"feedetail": rows}))
            )
        Random(number).shuffle(wanted)
        return [
            Write(effect, path, body, {**self.headers[who], "Idempotency-Key": f"round-{number}-{at}"})
            for at, (who, effect, path, body) in enumerate(wanted)
        ]


TOLD = {
    TransactionRefusedError(code).sentence: f"/problems/{problem}"
    for code, problem in (("unavailable", "store-unavailable"), ("clock_behind", "clock-behind"))
}
"""The national interface's sentences for what `/v1` answers as problems."""


class Answer(NamedTuple):
    """What a write was answered."""

    status: int
    etag: str | None
    body: bytes

    @property
    def acknowledges(self) -> bool:
        return self.status in {200, 201} and b'"infcode":"-1"' not in self.body

    @property
    def problem(self) -> str:
        """The problem with which a write was refused; of the national interface, that which its sentence tells."""
        content: dict[str, str] = json.loads(self.body)
        return content["type"] if "type" in content else TOLD.get(content["err_msg"], content["err_msg"])


def _person(number: int, each: int) -> str:
    return f"150923{number:04}{each % PERSONS:03}"


def _admit(connection: Connection, clock: Clock, person: str) -> str:
    """Put a stay into the store that fees can be uploaded to, and return its number."""
    hashed = PersonPseudonyms(PERSON_KEY, Path("none")).hashed(person)
    stay = NewVisit(
        HOSPITAL, persons.get_or_create(connection, hashed), "inpatient", clock.now().today, None, None, "", None
    )
    return visits.add(connection, clock.now(), stay, "150900").number


def _transaction(infno: str, message: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Put the content of a transaction into its envelope."""
    envelope = {"infno": infno, "msgid": message, "fixmedins_code": HOSPITAL, "inf_time": f"{DAY} 10:00:00"}
    return "/fsi/callService", {**envelope, "input": content}


def send(port: int, writes: Sequence[Write], after: Callable[[int], None] = lambda _: None) -> list[Answer | None]:
    """Send all at once; `after` is told of every answer that acknowledges, by its number. None: no whole answer came.

    Plain streams: a client that is at work itself would send one after the other.
    """
    acknowledged = 0

    async def send_one(write: Write) -> Answer | None:
        nonlocal acknowledged
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return None
        try:
            writer.write(_request(write))
            answer = _answer(await reader.read())
        except OSError:
            return None
        finally:
            writer.close()
        if answer is not None and answer.acknowledges:
            acknowledged += 1
            after(acknowledged)
        return answer

    async def send_all() -> list[Answer | None]:
        return await asyncio.wait_for(asyncio.gather(*map(send_one, writes)), 120)

    return asyncio.run(send_all())


def _request(write: Write) -> bytes:
    body = json.dumps(write.body).encode()
    fixed = {"Host": "anda", "Connection": "close", "Content-Type": "application/json", "Content-Length": len(body)}
    lines = [f"POST {write.path} HTTP/1.1", *(f"{name}: {value}" for name, value in (fixed | write.headers).items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _answer(sent: bytes) -> Answer | None:
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if len(body) != int(headers.get("content-length", -1)):
        return None
    return Answer(int(first.split()[1]), headers.get("etag"), body)


def faults_of(connection: Connection) -> list[str]:
    """List all that `anda verify` finds wrong."""
    library, ledger = verify(connection).faults, verify_events(connection).faults
    return [*library, *ledger, *answer_faults(connection), *ledger_faults(connection)]


class Found(NamedTuple):
    """What is in a store."""

    effects: Counter[Effect]
    keys: set[str]
    """The hashes of the idempotency keys, and the message ids of settlements, that an answer is kept for."""
    faults: list[str]

    @classmethod
    def by(cls, connection: Connection) -> "Found":
        posted = select(Event.project_id).where(Event.action == "post_village_notice")
        effects = {
            "declare": select(Project.name),
            "post": posted,
            "object": select(Objection.content),
            "allocate": select(Allocation.document),
            "settle": select(Settlement.visit_id),
            "admit": select(VisitEntry.diagnosis).where(VisitEntry.diagnosis.is_not(None)),
            "upload": select(FeeBatch.in_scope),
        }
        return cls(
            Counter((what, str(mark)) for what, told in effects.items() for mark in connection.scalars(told)),
            set(connection.scalars(select(StoredReply.key)))
            | set(connection.scalars(select(StoredMessage.message_id))),
            faults_of(connection),
        )

    def keeps_answer_to(self, write: Write) -> bool:
        if write.message is not None:
            return write.message in self.keys
        return hashlib.sha256(write.key.encode()).hexdigest() in self.keys
