"""Two hundred writes at once, each with its idempotency key, and what of them is in the store."""

import asyncio
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from app.clock import Clock
from app.db import tokens
from app.db.engine import make_engine, writing
from app.db.ledger import institutions
from app.db.ledger.models import Settlement, StoredMessage
from app.db.models import StoredReply
from app.db.projects.events import OPERATOR
from app.db.projects.models import Allocation, Event, Objection, Project
from app.ledger.event_verification import verify_events
from app.ledger.verification import faults as ledger_faults
from app.projects import procedure
from app.projects.verification import verify
from app.schemas.requests.projects import ProjectRequest
from tests.support.county import County, project, taking
from tests.support.scale import scaled

DAY = "2018-03-14"
"""The day of the service: that on which the usual project comes into the library."""

DECLARED, POSTED, OBJECTED, ALLOCATED, SETTLED = (
    *(scaled(20, 45), scaled(16, 40), scaled(16, 40), scaled(12, 35), scaled(16, 40)),
)
"""How many of each write there are in a round."""

WRITES = DECLARED + POSTED + OBJECTED + ALLOCATED + SETTLED
"""Two hundred in the long form, eighty in the small one."""

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


class Loaded:
    """A store with a project in the library and one on display, and the officers that write to it."""

    def __init__(self, database_url: str) -> None:
        with County(database_url) as county:
            self._library = county.walk_to("in_library")
            displayed = county.declare(DAY)
            self._notice = county.take(displayed, "post_village_notice", DAY)["notice"]["id"]
            self._headers = {who: county.headers(who) for who in ("village", "county", None)}
        engine = make_engine(database_url)
        with writing(engine) as connection:
            moment = Clock(dt.date.fromisoformat(DAY)).now()
            institutions.write(connection, moment, institutions.Institution(HOSPITAL, "市中心医院", "city"))
            token = tokens.create_for_institution(connection, HOSPITAL, "settlement desk", moment.at, 365)
        engine.dispose()
        self._headers["hospital"] = {"Authorization": f"Bearer {token}"}

    def writes(self, engine: Engine, number: int) -> list[Write]:
        """Prepare the writes of a round, in an order of chance."""
        clock = Clock(dt.date.fromisoformat(DAY))
        draft = ProjectRequest(**project()).to_content()
        with writing(engine) as connection:
            drafts = [procedure.declare(connection, clock.now(), OPERATOR, draft).id for _ in range(POSTED)]
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
                "person": f"150923{number:04}{each % PERSONS:03}",
                "institution": HOSPITAL,
                "visit_id": mark,
                "message_id": f"message-{mark}",
                "service_date": "2018-03-10",
                "visit": {"kind": "inpatient", "facility_level": "city"},
                "bill": {"total": "42000.00", "in_scope": "40000.00"},
            }
            wanted.append(("hospital", ("settle", mark), "/v1/settlements", settled))
        Random(number).shuffle(wanted)
        return [
            Write(effect, path, body, {**self._headers[who], "Idempotency-Key": f"round-{number}-{at}"})
            for at, (who, effect, path, body) in enumerate(wanted)
        ]


class Answer(NamedTuple):
    """What a write was answered."""

    status: int
    etag: str | None
    body: bytes

    @property
    def acknowledges(self) -> bool:
        return self.status in {200, 201}


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
        }
        return cls(
            Counter((what, str(mark)) for what, told in effects.items() for mark in connection.scalars(told)),
            set(connection.scalars(select(StoredReply.key)))
            | set(connection.scalars(select(StoredMessage.message_id))),
            [*verify(connection).faults, *verify_events(connection).faults, *ledger_faults(connection)],
        )

    def keeps_answer_to(self, write: Write) -> bool:
        if write.effect[0] == "settle":
            return write.body["message_id"] in self.keys
        return hashlib.sha256(write.key.encode()).hexdigest() in self.keys
