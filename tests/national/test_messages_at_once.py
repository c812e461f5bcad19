"""One message that comes several times at once, on PostgreSQL, where different persons' writes go beside each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import func, select

from app.db.engine import reading, writing
from app.db.ledger.models import Account
from tests.support.national_desk import ORDINARY, POOR, Answered, Desk
from tests.support.waiting import PATIENCE, wait_until_somebody_waits

pytestmark = [pytest.mark.parametrize("database", ["postgresql"], indirect=True), pytest.mark.lengthy]

MESSAGE = "H15090200001201805209999999999"


def at_once(desk: Desk, *calls: Callable[[], Answered]) -> list[Answered]:
    """Let several calls begin at the same moment."""
    with ThreadPoolExecutor(len(calls)) as threads:
        with writing(desk.engine):
            answers = [threads.submit(call) for call in calls]
            wait_until_somebody_waits(desk.engine, len(calls))
        return [each.result(PATIENCE) for each in answers]


def test_a_message_is_carried_out_once_however_often_it_comes_at_once(desk: Desk) -> None:
    desk.stay("2304", "B0", person=ORDINARY)
    settled = at_once(desk, *[lambda: desk.stay("2304", "B1", MESSAGE)] * 4)
    assert len({each.number for each in settled}) == 1
    cancelled = at_once(desk, *[lambda: desk.cancel(settled[0], MESSAGE)] * 4)
    assert len({each.number for each in cancelled}) == 1
    admitted = at_once(desk, *[lambda: desk.call("2401", MESSAGE, psn_no=POOR, begntime="2018-05-20")] * 4)
    assert len({each.output["result"]["mdtrt_id"] for each in admitted}) == 1


def test_a_message_that_is_taken_back_while_it_comes_ends_as_in_one_order_or_the_other(desk: Desk) -> None:
    desk.stay("2304", "B0", person=ORDINARY)
    for number in range(4):
        message = f"{MESSAGE[:-1]}{number}"
        settled, _ = at_once(
            desk, partial(desk.stay, "2304", "B1", message), partial(desk.take_back, "2304", message, POOR)
        )
        assert settled.envelope["infcode"] == "0" or "冲正" in settled.refusal
        with reading(desk.engine) as connection:
            assert connection.execute(select(func.sum(Account.settlements))).scalar_one() == 1
