"""A rebooking in the middle of which the service is killed is done whole or not at all, and can be repeated."""

import signal
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.db.engine import reading
from app.db.ledger.models import Rebooking, Settlement
from tests.support import doomed_rebooking
from tests.support.fault_load import faults_of
from tests.support.fault_processes import Served
from tests.support.ledger_desk import SICK, Desk, stay
from tests.support.stores import opened

KEY = "the same secret in every life of the service"


def test_a_rebooking_that_is_killed_is_done_whole_or_not_at_all(slow_database_url: str, tmp_path: Path) -> None:
    with Desk(slow_database_url, tmp_path / "anda.key", person_key=KEY) as desk:
        person = desk.person(*SICK)
        first, *_ = [desk.settle(stay(person, level)) for level in ("city", "county", "city", "county")]
        headers = {**desk.headers("county"), "Idempotency-Key": "rebooked-once"}
    served = Served(slow_database_url, tmp_path)
    address = f"/v1/settlements/{first['id']}/rebooking"
    with opened(slow_database_url) as engine:
        # By settlement, reversal and correction: nothing of the first, all of the second.
        for when, booked in (("middle", (4, 0, 0)), ("commit", (4, 1, 3))):
            served.launch(doomed_rebooking.main, when)
            with served:
                with pytest.raises(httpx.TransportError):
                    httpx.post(served.address + address, headers=headers)
                assert served.ended() == -signal.SIGKILL
            with reading(engine) as connection:
                kinds = list(connection.execute(select(Settlement.kind)).scalars())
                assert tuple(map(kinds.count, ("settlement", "reversal", "correction"))) == booked
                assert connection.execute(select(func.count()).select_from(Rebooking)).scalar_one() == booked[1]
                assert faults_of(connection) == []
        with Desk(slow_database_url, tmp_path / "anda.key", person_key=KEY) as desk:
            answers = [desk.ask(None, "POST", address, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].content == answers[1].content
        assert len(answers[0].json()["corrections"]) == booked[2]
        with reading(engine) as connection:
            assert faults_of(connection) == []
