"""With a set day, a settlement bears that day, its message the real time; with a clock that is behind it is refused."""

import datetime as dt

import pytest

from app.clock import SHANGHAI, Moment
from tests.support.national_desk import Desk


def test_a_settlement_bears_the_set_day_and_its_envelope_the_real_time(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    today = dt.datetime.now(SHANGHAI).date()
    assert settled.info["setl_time"].startswith("2018-05-20 ")
    assert settled.envelope["refmsg_time"].startswith(f"{today:%Y}")
    shown = desk.call("5203", psn_no=settled.info["psn_no"], mdtrt_id="V1", setl_id=settled.number)
    assert shown.info["setl_time"] == settled.info["setl_time"]


def test_a_clock_that_is_behind_stores_nothing_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.stay("2304", "V1")
    before = desk.rows()
    behind = Moment(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), desk.clock.now().today)
    monkeypatch.setattr(desk.clock, "now", lambda: behind)
    assert "系统时间" in desk.stay("2304", "V2").refusal
    assert desk.rows() == before
