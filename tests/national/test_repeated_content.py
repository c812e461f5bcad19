"""Whether a message that comes again under its number says the same: however it is written, and in older stores too."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from app.db.engine import reading, writing
from app.db.ledger.models import StoredMessage
from app.ledger.event_verification import verify_events
from app.privacy.pseudonyms import PersonPseudonyms
from app.settings import Settings
from tests.national.test_corrections import rebook
from tests.national.test_key_rotation import rotated
from tests.support.national_desk import HOSPITAL, KEY, POOR, Desk

Json = dict[str, Any]

FIELDS: Json = {
    "psn_no": POOR,
    "mdtrt_id": "V1",
    "insutype": "390",
    "dscgTime": "2018-05-20",
    "medfee_sumamt": 42000.0,
    "fulamt_ownpay_amt": 1999.5,
    "inscp_scp_amt": "40000.50",
    "mid_setl_flag": "0",
}

SAME: dict[str, Json] = {
    "text": {**FIELDS, "medfee_sumamt": "42000.00", "inscp_scp_amt": 40000.5},
    "a double's tail": {**FIELDS, "fulamt_ownpay_amt": "1999.5000000000002"},
    "another order": dict(reversed(FIELDS.items())),
    "nulls and empty texts": {**FIELDS, "invono": None, "exp_content": "", "opter": {}, "memo": "  "},
    "a whole number": {**FIELDS, "medfee_sumamt": 42000, "mid_setl_flag": 0},
    "a zero before it": {**FIELDS, "medfee_sumamt": "042000.0"},
    "another writing of the day": {**FIELDS, "dscgTime": "2018/5/20 0:00:00"},
    "capital names": {name.upper(): value for name, value in FIELDS.items()},
}
OTHER: dict[str, Json] = {
    "a fen more": {**FIELDS, "medfee_sumamt": "42000.01", "fulamt_ownpay_amt": 1999.51},
    "another visit": {**FIELDS, "mdtrt_id": "V1.0"},
    "a field more": {**FIELDS, "invono": "7"},
    "a number that is none": {**FIELDS, "invono": "0"},
    "another day": {**FIELDS, "dscgTime": "2018-05-19"},
}


BODY: Json = {
    "person": POOR,
    "institution": HOSPITAL,
    "visit_id": "V1",
    "message_id": "M1",
    "service_date": "2018-05-20",
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "42000.00", "in_scope": "40000.50"},
}
"""A stay as `/v1` settles it."""


def test_the_same_is_said_however_it_is_written_and_answered_the_same(desk: Desk) -> None:
    first = desk.call("2304", "M1", **FIELDS)
    assert first.number
    for how, fields in SAME.items():
        assert desk.call("2304", "M1", **fields).bytes == first.bytes, how
    as_text = desk.envelope("2304", json.dumps({"mdtrtinfo": FIELDS}), "M1")
    assert desk.send(as_text).bytes == first.bytes
    for how, fields in OTHER.items():
        assert "msgid" in desk.call("2304", "M1", **fields).refusal, how


def as_earlier_releases_stored_it(desk: Desk, form: object) -> None:
    """Give the message of M1 the fingerprint that an earlier release gave it."""
    numbers = PersonPseudonyms(KEY, Settings().person_key_file)
    fingerprint = numbers.fingerprint(json.dumps(form, sort_keys=True))
    with writing(desk.engine) as connection:
        its = StoredMessage.message_id == "M1"
        assert connection.execute(update(StoredMessage).where(its).values(fingerprint=fingerprint)).rowcount == 1


@pytest.mark.each_database
def test_what_an_earlier_release_stored_is_compared_as_that_release_did(desk: Desk) -> None:
    first = desk.call("2304", "M1", **FIELDS)
    before = {**FIELDS, "medfee_sumamt": "42000", "fulamt_ownpay_amt": "1999.5"}
    as_earlier_releases_stored_it(desk, ["2304", before])
    for how in ("another order", "nulls and empty texts", "a whole number"):
        again = {**SAME[how], "mid_setl_flag": "0"}
        assert desk.call("2304", "M1", **again).bytes == first.bytes, how
    assert "msgid" in desk.call("2304", "M1", **SAME["text"]).refusal
    with rotated(desk):
        assert desk.call("2304", "M1", **FIELDS).bytes == first.bytes
        assert "msgid" in desk.call("2304", "M1", **OTHER["a fen more"]).refusal


@pytest.mark.each_database
def test_the_same_is_said_however_it_is_written_after_the_key_is_rotated(desk: Desk) -> None:
    first = desk.call("2304", "M1", **FIELDS)
    with rotated(desk):
        assert desk.call("2304", "M1", **SAME["text"]).bytes == first.bytes
        assert "msgid" in desk.call("2304", "M1", **OTHER["a fen more"]).refusal
        with reading(desk.engine) as connection:
            assert verify_events(connection).faults == []


def test_a_message_of_the_other_interface_says_the_same_however_it_is_written(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}

    def settle(**changes: Any) -> tuple[int, bytes]:
        response = desk.client.post("/v1/settlements", json={**BODY, **changes}, headers=headers)
        return response.status_code, response.content

    first = settle()
    assert first[0] == 201
    same: list[Json] = [
        {"bill": {"in_scope": 40000.5, "total": 42000}},
        {"bill": {"total": "42000.0", "in_scope": "40000.5"}, "interim": False, "patient": None, "adjudicated": None},
        {"patient": {}},
    ]
    for changes in same:
        assert settle(**changes) == first, changes
    assert settle(bill={"total": "42000.01", "in_scope": "40000.50"})[0] == 422
    assert settle(interim=True)[0] == 422


def test_a_message_repeated_after_its_settlement_was_cancelled_says_so_and_when(desk: Desk) -> None:
    first = desk.call("2304", "M1", **FIELDS)
    visit = desk.visit("2207", "V2", "M3", person="77190000002")
    cancelled = desk.cancel(first, "M2")
    desk.cancel(visit)
    again = desk.call("2304", "M1", **FIELDS)
    time = cancelled.info["setl_time"]
    told = f"该报文办理的结算（setl_id={first.number}）已于{time}撤销，撤销编号setl_id={cancelled.number}"
    assert again.envelope == {**first.envelope, "warn_msg": "；".join(filter(None, (first.warnings, told)))}
    assert "已于2018-05-20 " in desk.visit("2207", "V2", "M3", person="77190000002").warnings
    assert desk.call("2305", "M2", psn_no=POOR, mdtrt_id="V1", setl_id=first.number).bytes == cancelled.bytes
    desk.take_back("2305", "M2")
    assert desk.call("2304", "M1", **FIELDS).bytes == first.bytes, "it stands again"


def test_a_message_repeated_after_its_settlement_was_rebooked_or_corrected_says_so(desk: Desk) -> None:
    first, second = desk.call("2304", "M1", **FIELDS), desk.stay("2304", "V2", "M2")
    made = rebook(desk, first.number)
    assert f"撤销，撤销编号setl_id={made['reversal']['id']}" in desk.call("2304", "M1", **FIELDS).warnings
    again = desk.stay("2304", "V2", "M2")
    assert again.output == second.output
    assert f"更正号{made['corrections'][0]['id']}" in again.warnings


def test_the_other_interface_says_so_too(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}", "Accept-Language": "en"}

    def settle(number: str) -> Json:
        body = {**BODY, "visit_id": f"V{number}", "message_id": f"M{number}"}
        response = desk.client.post("/v1/settlements", json=body, headers=headers)
        assert response.status_code == 201
        answer: Json = response.json()
        return answer

    first, second = settle("1"), settle("2")
    made = rebook(desk, str(first["id"]))
    again, corrected = settle("1"), settle("2")
    assert {**again, "warnings": []} == {**first, "warnings": []}
    told = f"on 2018-05-20, by number {made['reversal']['id']}"
    assert again["warnings"][:-1] == first["warnings"]
    assert again["warnings"][-1]["code"] == "reversed_since" and told in again["warnings"][-1]["text"]
    assert corrected["warnings"][-1]["code"] == "corrected_since"
    assert corrected["reimbursement"] == second["reimbursement"]
