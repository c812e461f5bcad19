"""What a server owes a hospital's system (section 5.2): every guarantee, on each database."""

import json

from app.db.engine import writing
from app.db.ledger import institutions
from app.db.ledger.institutions import Institution
from app.national.setlinfo import MONEY
from tests.support.national_desk import CLINIC, HOSPITAL, LEVELS, ORDINARY, POOR, Desk


def standing(desk: Desk) -> dict[str, object]:
    """Return what the ledger holds of settlements and accounts."""
    rows = desk.rows()
    return {name: rows[name] for name in ("settlements", "accounts", "persons", "purses")}


def test_a_trial_writes_nothing_and_gives_the_amounts_of_the_settlement(desk: Desk) -> None:
    before = desk.rows()
    trials = [desk.stay("2303", "V1"), desk.stay("2303", "V1"), desk.stay("2303", "V2")]
    assert desk.rows() == before
    settled = desk.stay("2304", "V1")
    assert trials[0].info["fund_pay_sumamt"] > 0
    for trial in trials:
        assert {name: trial.info[name] for name in MONEY & set(trial.info)} == {
            name: settled.info[name] for name in MONEY & set(trial.info)
        }
        assert trial.output["setldetail"] == settled.output["setldetail"]
        assert trial.warnings == settled.warnings


def test_a_trial_and_a_settlement_of_an_outpatient_agree_too(desk: Desk) -> None:
    before = desk.rows()
    trial = desk.visit("2206", "V1")
    assert desk.rows() == before
    settled = desk.visit("2207", "V1")
    assert trial.info["oth_pay"] == settled.info["oth_pay"] > 0
    assert trial.output["setldetail"] == settled.output["setldetail"]


def test_the_same_message_is_answered_the_same_and_done_once(desk: Desk) -> None:
    first = desk.stay("2304", "V1", "M1")
    before = desk.rows()
    again = desk.stay("2304", "V1", "M1")
    assert again.bytes == first.bytes
    fields = {"inscp_scp_amt": "171000", "preselfpay_amt": 5000, "overlmt_selfpay": 1000.0, "invono": ""}
    fields |= {"fulamt_ownpay_amt": "9000.00", "dscgTime": "2018-05-20", "insutype": 390, "medfee_sumamt": "186000.00"}
    fields |= {"mdtrt_id": "V1", "psn_no": POOR}
    for asked in ({"data": fields}, fields, json.dumps({"data": fields})):
        assert desk.send({**desk.envelope("2304", asked, "M1"), "opter": "another"}).bytes == first.bytes
    assert desk.rows() == before


def test_the_same_number_with_another_input_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.stay("2304", "V1", "M1")
    before = desk.rows()
    for changed in ({"medfee_sumamt": "186000.01"}, {"person": ORDINARY}, {"invono": "1"}):
        assert "msgid" in desk.stay("2304", "V1", "M1", **changed).refusal
    assert "msgid" in desk.stay("2304", "V2", "M1").refusal
    assert desk.rows() == before


def test_the_same_number_is_another_message_for_another_transaction_or_institution(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    assert desk.visit("2207", "V1", "M1", ORDINARY).number != settled.number
    assert desk.cancel(settled, "M1").number not in {settled.number, "M1"}


def test_a_settled_visit_is_refused_by_the_number_of_its_settlement_until_it_is_cancelled(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    before = standing(desk)
    assert f"setl_id={settled.number}；" in desk.stay("2304", "V1").refusal
    assert f"setl_id={settled.number}；" in desk.stay("2303", "V1").refusal
    assert f"另一人的结算（setl_id={settled.number}）" in desk.stay("2304", "V1", person=ORDINARY).refusal
    assert standing(desk) == before
    desk.cancel(settled)
    assert desk.stay("2304", "V1").info["fund_pay_sumamt"] == settled.info["fund_pay_sumamt"]


def test_interim_settlements_stand_beside_each_other_and_the_last_one_beside_them(desk: Desk) -> None:
    first = desk.stay("2304", "V1", mid_setl_flag="1")
    second = desk.stay("2304", "V1", mid_setl_flag=1, dscgTime="2018-05-19")
    last = desk.stay("2304", "V1", mid_setl_flag="0")
    assert len({first.number, second.number, last.number}) == 3
    assert f"setl_id={last.number}；" in desk.stay("2304", "V1").refusal


def test_no_part_of_a_stay_is_settled_after_the_final_settlement(desk: Desk) -> None:
    part = desk.stay("2304", "V1", mid_setl_flag="1", dscgTime="2018-05-10")
    final = desk.stay("2304", "V1")
    after = {"mid_setl_flag": "1", "dscgTime": "2018-05-15"}
    for infno in ("2303", "2304"):
        assert f"最终结算（setl_id={final.number}）" in desk.stay(infno, "V1", **after).refusal
    desk.cancel(final, "M1")
    further = desk.stay("2304", "V1", "M2", **after)
    # With a part settled since, the final settlement cannot stand again; without it, it can.
    assert desk.take_back("2305", "M1").refusal
    desk.take_back("2304", "M2")
    desk.take_back("2305", "M1", msgid="M3")
    assert f"setl_id={final.number}）" in desk.stay("2304", "V1", **after).refusal
    assert {part.number, further.number, final.number} == {"1", "2", "4"}


def test_the_same_part_of_a_stay_is_settled_once_under_whatever_number(desk: Desk) -> None:
    part = {"mid_setl_flag": "1", "medfee_sumamt": "500.00", "inscp_scp_amt": "500.00"}
    part |= {"fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0", "dscgTime": "2018-05-10"}
    first = desk.stay("2304", "V1", "M1", **part)
    for fields in (part, {**part, "dscgTime": "2018/5/10 0:00:00"}, {**part, "medfee_sumamt": "500"}):
        for infno in ("2303", "2304"):
            assert f"setl_id={first.number}，" in desk.stay(infno, "V1", **fields).refusal
    assert desk.stay("2304", "V1", "M1", **part).bytes == first.bytes
    others: list[dict[str, str]] = [
        {**part, "dscgTime": "2018-05-11"},
        {**part, "medfee_sumamt": "500.01", "fulamt_ownpay_amt": "0.01"},
        {**part, "medfee_sumamt": "500.01", "inscp_scp_amt": "500.01"},
        {**part, "mid_setl_flag": "0"},
    ]
    for other in others:
        assert desk.stay("2304", "V1", **other).number
    desk.cancel(desk.stay("2304", "V2", **part))
    assert desk.stay("2304", "V2", **part).number


def test_a_message_with_another_content_names_what_the_first_one_booked(desk: Desk) -> None:
    first = desk.stay("2304", "V1", "M1")
    refusal = desk.stay("2304", "V1", "M1", medfee_sumamt="186000.01", fulamt_ownpay_amt="9000.01").refusal
    assert f"原交易已办理（setl_id={first.number}）" in refusal


def test_a_further_part_of_a_stay_says_that_it_counts_as_a_further_admission(desk: Desk) -> None:
    assert "另一次住院" not in desk.stay("2304", "V1", mid_setl_flag="1").warnings
    tried, settled = (desk.stay(infno, "V1").warnings for infno in ("2303", "2304"))
    assert "另一次住院" in tried and tried == settled
    assert desk.year()["C0000"] == 2


def test_a_visit_is_one_persons_in_parts_too(desk: Desk) -> None:
    first = desk.stay("2304", "V1", mid_setl_flag="1")
    assert (
        f"另一人的结算（setl_id={first.number}）" in desk.stay("2304", "V1", person=ORDINARY, mid_setl_flag="1").refusal
    )
    assert desk.visit("2207", "V2").number
    assert desk.visit("2207", "V2", person=ORDINARY, chrg_bchno="B2").refusal


def test_an_outpatients_visit_is_settled_once_for_each_batch_of_charges(desk: Desk) -> None:
    settled = desk.visit("2207", "V1")
    assert f"setl_id={settled.number}；" in desk.visit("2207", "V1").refusal
    assert f"setl_id={settled.number}；" in desk.visit("2207", "V1", chrg_bchno="").refusal
    other = desk.visit("2207", "V1", chrg_bchno="B2")
    assert "另一次住院" not in other.warnings
    assert f"setl_id={other.number}；" in desk.visit("2206", "V1", chrg_bchno="B2").refusal
    whole = desk.visit("2207", "V2", chrg_bchno="")
    assert f"setl_id={whole.number}；" in desk.visit("2207", "V2", chrg_bchno="B2").refusal


def test_a_cancellation_is_negative_has_a_number_of_its_own_and_comes_once(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    year = desk.year()
    cancelled = desk.cancel(settled, "M2")
    assert cancelled.number != settled.number
    for name in MONEY & set(settled.info):
        assert cancelled.info[name] == -settled.info[name], name
    for row, undone in zip(settled.output["setldetail"], cancelled.output["setldetail"], strict=True):
        assert undone["fund_payamt"] == -row["fund_payamt"]
        assert undone["inscp_scp_amt"] == -row["inscp_scp_amt"]
    assert desk.cancel(settled, "M2").bytes == cancelled.bytes
    assert f"setl_id={cancelled.number}，" in desk.cancel(settled).refusal
    assert year["C0000"] == 1
    assert set(desk.year().values()) == {0}


def test_an_outpatients_settlement_is_cancelled_by_2208_and_no_stay_is(desk: Desk) -> None:
    stay, visit = desk.stay("2304", "V1"), desk.visit("2207", "V1")
    whose = {"psn_no": POOR, "mdtrt_id": "V1"}
    assert "2208" in desk.call("2208", setl_id=stay.number, **whose).refusal
    assert "2305" in desk.call("2305", None, CLINIC, setl_id=visit.number, **whose).refusal
    cancelled = desk.cancel(visit)
    assert cancelled.info["pdn_cash_pay"] == cancelled.info["psn_cash_pay"] == -visit.info["psn_cash_pay"]
    assert "撤销记录" in desk.call("2208", None, CLINIC, setl_id=cancelled.number, **whose).refusal


def test_a_cancellation_must_name_the_person_the_visit_and_a_settlement_of_the_institution(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    before = standing(desk)
    assert "psn_no" in desk.cancel(settled, psn_no=ORDINARY).refusal
    assert "mdtrt_id" in desk.cancel(settled, mdtrt_id="V2").refusal
    for unknown in ("99", "0", "-1", "x", "9" * 30, "²"):
        assert desk.cancel(settled, setl_id=unknown).refusal
    whole = {"psn_no": POOR, "mdtrt_id": "V1", "setl_id": settled.number}
    assert "不属于本机构" in desk.call("2305", None, CLINIC, **whole).refusal
    assert standing(desk) == before


def test_a_settlement_that_later_ones_rest_on_is_cancelled_after_them(desk: Desk) -> None:
    first, second = desk.stay("2304", "V1"), desk.stay("2304", "V2")
    assert second.info["act_pay_dedc"] == 0
    assert f"setl_id={second.number}）" in desk.cancel(first).refusal
    desk.cancel(second)
    desk.cancel(first)
    assert set(desk.year().values()) == {0}


def test_the_later_settlement_is_named_by_institution_day_and_kind_with_the_way_out(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        moment = desk.clock.now()
        for code, level in LEVELS.items():
            name = "察右中旗中心卫生院" if code == CLINIC else "很长的名称" * 40
            institutions.write(connection, moment, Institution(code, name, level))
    stay = desk.stay("2304", "V1", "M1", dscgTime="2018-05-10")
    visit = desk.visit("2207", "V77", "M2", dscgTime="2018-05-18")
    named = f"察右中旗中心卫生院的门诊结算（2018-05-18，setl_id={visit.number}）"
    way_out = "参保地旗县办理重算（POST /v1/settlements/本结算的setl_id/rebooking）"
    refusals = [desk.cancel(stay).refusal, desk.take_back("2304", "M1").refusal]
    desk.cancel(visit, "M3")
    desk.take_back("2208", "M3", institution=CLINIC)
    refusals.append(desk.cancel(stay).refusal)
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    address = f"/v1/settlements/{stay.number}/reversal"
    for language, told in (
        ("zh", "察右中旗中心卫生院的门诊结算（2018-05-18"),
        ("en", "at 察右中旗中心卫生院 on 2018-05-18"),
    ):
        problem = desk.client.post(
            address, json={"message_id": "M9"}, headers={**headers, "Accept-Language": language}
        ).json()
        assert told in problem["detail"] and visit.number in problem["detail"]
        assert "V77" not in json.dumps(problem, ensure_ascii=False)
    for refusal in refusals:
        assert named in refusal and way_out in refusal
        assert not any(other in refusal for other in ("V77", "M2", POOR, CLINIC))
    # The name of the other is cut short; its day and the way out are not.
    other = desk.visit("2207", "V9", dscgTime="2018-05-17")
    later = desk.stay("2304", "V2")
    refusal = desk.cancel(other).refusal
    assert "…的住院结算（2018-05-20，" in refusal and way_out in refusal and later.number in refusal


def test_a_message_is_taken_back_as_often_as_asked_and_leaves_no_trace(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    taken = desk.take_back("2304", "M1", msgid="M2")
    assert (taken.envelope["infcode"], taken.envelope["output"], taken.warnings) == ("0", None, "")
    assert desk.take_back("2304", "M1", msgid="M2").bytes == taken.bytes
    assert "此前已冲正" in desk.take_back("2304", "M1").warnings
    assert set(desk.year().values()) == {0}
    assert "已被冲正" in desk.stay("2304", "V1", "M1").refusal
    assert "已被冲正" in desk.cancel(settled).refusal
    assert "已被冲正" in desk.call("5203", psn_no=POOR, setl_id=settled.number).refusal
    assert desk.stay("2304", "V1", "M3").info["fund_pay_sumamt"] == settled.info["fund_pay_sumamt"]


def test_a_message_that_arrives_after_it_was_taken_back_is_refused(desk: Desk) -> None:
    assert "未到达或未受理" in desk.take_back("2304", "M1").warnings
    assert "未到达或未受理" in desk.take_back("2401", "M1").warnings
    before = standing(desk)
    assert "已被冲正" in desk.stay("2304", "V1", "M1").refusal
    assert standing(desk) == before
    assert desk.stay("2304", "V1", "M2").number


def test_taking_a_cancellation_back_lets_the_settlement_stand_again(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    year = desk.year()
    cancelled = desk.cancel(settled, "M2")
    assert f"setl_id={cancelled.number}，" in desk.take_back("2304", "M1").refusal
    desk.take_back("2305", "M2")
    assert desk.year() == year
    assert f"setl_id={settled.number}；" in desk.stay("2304", "V1").refusal
    assert "已被冲正" in desk.cancel(settled, "M2").refusal
    assert desk.cancel(settled, "M3").number != cancelled.number


def test_what_later_settlements_rest_on_is_neither_taken_back_nor_restored(desk: Desk) -> None:
    first = desk.stay("2304", "V1", "M1")
    second = desk.stay("2304", "V2", "M2")
    assert f"setl_id={second.number}）" in desk.take_back("2304", "M1").refusal
    desk.cancel(second, "M3")
    desk.cancel(first, "M4")
    third = desk.stay("2304", "V3", "M5")
    assert f"setl_id={third.number}）" in desk.take_back("2305", "M4").refusal
    desk.take_back("2304", "M5")
    # The second stay was settled on top of the first: it cannot come back before it.
    assert "重新结算" in desk.take_back("2305", "M3").refusal
    desk.take_back("2305", "M4")
    desk.take_back("2305", "M3", msgid="M9")
    assert desk.year()["C0000"] == 2


def test_a_settlement_is_not_restored_beside_another_of_its_visit(desk: Desk) -> None:
    desk.cancel(desk.stay("2304", "V1", person=ORDINARY), "M2")
    anew = desk.stay("2304", "V1")
    assert f"setl_id={anew.number}）" in desk.take_back("2305", "M2", ORDINARY).refusal
    assert desk.year(ORDINARY)["C0000"] == 0


def test_of_two_settlements_of_one_batch_in_two_years_one_stands_again(desk: Desk) -> None:
    desk.cancel(desk.visit("2207", "V1", dscgTime="2017-12-31"), "M1")
    desk.cancel(desk.visit("2207", "V1"), "M2")
    for message in ("M1", "M2"):
        answer = desk.take_back("2208", message, institution=CLINIC)
    assert answer.refusal
    assert desk.visit("2207", "V1", chrg_bchno="B2").number


def test_a_message_is_taken_back_for_its_own_person_and_only_where_that_can_be(desk: Desk) -> None:
    desk.stay("2304", "V1", "M1")
    before = standing(desk)
    assert "psn_no" in desk.take_back("2304", "M1", ORDINARY).refusal
    for infno in ("2303", "2601", "3201", "x", "2402"):
        assert "oinfno" in desk.take_back(infno, "M1").refusal
    assert "未到达或未受理" in desk.take_back("2304", "M1", institution=CLINIC).warnings
    assert standing(desk) == before


def test_a_message_is_taken_back_as_what_it_was_and_as_nothing_else(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    undone = desk.cancel(desk.visit("2207", "V1", "M2"), "M3")
    visit = desk.call("2401", "M4", psn_no=POOR).output["result"]["mdtrt_id"]
    desk.call("2402", "M5", psn_no=POOR, mdtrt_id=visit)
    assert desk.stay("2304", "V1", "M6").refusal
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    stay = {"kind": "inpatient", "facility_level": "city"}
    body = {"person": ORDINARY, "institution": HOSPITAL, "visit_id": "V9", "message_id": "M7", "visit": stay}
    body |= {"service_date": "2018-05-20", "bill": {"total": "9.00", "in_scope": "9.00"}}
    assert desk.client.post("/v1/settlements", json=body, headers=headers).status_code == 201
    before = desk.rows()
    wrong = [("M1", "2305", "2304"), ("M1", "2401", "2304"), ("M1", "2207", "2304"), ("M4", "2304", "2401")]
    wrong += [("M5", "2304", "2402"), ("M6", "2305", "2304"), ("M7", "2304", "v1")]
    for message, infno, sent in wrong:
        assert f"报送的是另一交易（{sent}）" in desk.take_back(infno, message).refusal, (message, infno)
    assert "另一交易（2208）" in desk.take_back("2207", "M3", institution=CLINIC).refusal
    assert {name: rows for name, rows in desk.rows().items() if name != "messages"} == {
        name: rows for name, rows in before.items() if name != "messages"
    }
    # Nothing bars the messages: what was refused is not taken for taken back.
    assert desk.call("2401", "M8", psn_no=POOR).output
    assert desk.stay("2304", "V1", "M1").bytes == settled.bytes
    assert desk.take_back("2304", "M6").warnings, "it was refused, and is barred from now on"
    # Another institution has none of these, and a taken back message that never came bars no other.
    assert desk.take_back("2304", "M2").warnings and desk.take_back("2401", "M2").warnings
    assert undone.number


def test_what_was_refused_stays_refused_when_a_copy_of_it_arrives_late(desk: Desk) -> None:
    first, second = desk.stay("2304", "V1"), desk.stay("2304", "V2")
    refused = desk.cancel(first, "M1")
    assert refused.refusal
    desk.cancel(second)
    assert desk.cancel(first, "M1").bytes == refused.bytes
    assert desk.cancel(first, "M2").number
    assert desk.stay("2304", "V1", "M1").number
    ahead = {"dscgTime": "2018-05-21"}
    early = desk.stay("2304", "V3", "M3", **ahead)
    assert early.refusal
    desk.clock.move_to("2018-05-21")
    assert desk.stay("2304", "V3", "M3", **ahead).bytes == early.bytes
    assert desk.stay("2304", "V3", "M4", **ahead).number


def test_what_was_wrong_with_a_message_may_be_put_right_under_its_number(desk: Desk) -> None:
    assert "相差" in desk.stay("2304", "V1", "M1", inscp_scp_amt="171000.01").refusal
    assert desk.stay("2304", "V1", "M1").number


def test_a_refusal_stores_nothing_that_counts(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    before = standing(desk)
    refusals = [
        desk.stay("2304", "V1"),
        desk.stay("2304", "V2", medfee_sumamt="0"),
        desk.stay("2304", "V2", inscp_scp_amt="1"),
        desk.stay("2304", "V2", dscgTime="2016-12-31"),
        desk.stay("2304", "V2", insutype="340"),
        desk.stay("2304", "V2", med_type="11"),
        desk.stay("2304", "V2", person=""),
        desk.visit("2207", "V2", med_type="2101"),
        desk.cancel(settled, mdtrt_id="V2"),
        desk.take_back("2303", "M1"),
        desk.call("2306"),
    ]
    assert all(refused.refusal for refused in refusals)
    assert standing(desk) == before


def test_a_persons_number_stands_in_answers_and_nowhere_in_the_store(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    assert settled.info["psn_no"] == POOR
    assert desk.stay("2304", "V1", "M1").info["psn_no"] == POOR
    desk.cancel(settled)
    desk.visit("2207", "V1", mdtrt_cert_no="150923198001011234", psn_name="王小明", chrg_bchno="BATCH77319284")
    desk.take_back("2304", "M7")
    assert desk.call("5203", psn_no=POOR, setl_id=settled.number).info["psn_no"] == POOR
    kept = repr(desk.rows())
    assert len(kept) > 5_000
    for planted in (POOR, "150923198001011234", "王小明", "BATCH77319284"):
        assert planted not in kept


def test_two_institutions_settle_one_person_into_one_year(desk: Desk) -> None:
    desk.stay("2304", "V1")
    desk.visit("2207", "V1")
    county = desk.call(
        "2304",
        institution="H15092300001",
        psn_no=POOR,
        mdtrt_id="V1",
        medfee_sumamt="8000.00",
        inscp_scp_amt="8000.00",
        dscg_time="20180519",
    )
    assert county.info["act_pay_dedc"] > 0
    assert desk.year()["C0000"] == 2
    assert HOSPITAL not in county.bytes.decode()
