"""Ids of visits and messages that are a person's own number, through the national interface."""

import pytest

from tests.support.national_desk import Desk

IDENTITY = "11010519491231002X"
CARD = "6222021234567890128"
OTHER_CARD = "4111111111111111"


@pytest.mark.each_database
def test_a_private_id_is_answered_to_its_sender_and_stored_nowhere(desk: Desk) -> None:
    settled = desk.stay("2304", IDENTITY, CARD)
    assert (settled.info["mdtrt_id"], settled.info["medins_setl_id"]) == (IDENTITY, CARD)
    assert desk.stay("2304", IDENTITY, CARD).bytes == settled.bytes, "a repeated message has them from its request"
    tried = desk.stay("2303", IDENTITY, OTHER_CARD)
    assert "已" in tried.envelope["err_msg"], "the visit is settled, by whichever id"
    person = settled.info["psn_no"]
    seen = desk.call("5203", psn_no=person, setl_id=settled.number).info
    assert (seen["mdtrt_id"], seen["medins_setl_id"]) == ("…", "…")
    seen = desk.call("5203", psn_no=person, medins_setl_id=CARD, mdtrt_id=IDENTITY).info
    assert (seen["mdtrt_id"], seen["setl_id"]) == (IDENTITY, settled.number)
    cancelled = desk.cancel(settled, OTHER_CARD)
    assert (cancelled.info["mdtrt_id"], cancelled.info["medins_setl_id"]) == (IDENTITY, OTHER_CARD)
    assert desk.cancel(settled, OTHER_CARD).bytes == cancelled.bytes
    assert desk.take_back("2305", OTHER_CARD).envelope["infcode"] == "0"
    again = desk.call("5203", psn_no=person, setl_id=settled.number).info
    assert again["refd_setl_flag"] == "0", "the cancellation was found by its private id"
    assert not any(number in str(desk.rows()) for number in (IDENTITY, CARD, OTHER_CARD))
