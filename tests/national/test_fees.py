"""Fees of a visit: uploaded once each, refunded, taken out, and what a settlement makes of them."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.national.test_visits import admitted, ask, registered
from tests.support.grid import grid
from tests.support.ledger_desk import Json
from tests.support.national_desk import CLINIC, HOSPITAL, POOR, Answered, Desk
from tests.support.stores import migrated_file

RESULT = (
    "feedetl_sn det_item_fee_sumamt cnt pric pric_uplmt_amt selfpay_prop fulamt_ownpay_amt overlmt_amt preselfpay_amt"
    " inscp_scp_amt chrgitm_lv med_chrgitm_type bas_medn_flag hi_nego_drug_flag chld_medc_flag list_sp_item_flag"
    " lmt_used_flag drt_reim_flag memo"
)
"""The fields of a row of the answer (section 2.4)."""

NO_PARTS = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0.00")
PARTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
numbers = (f"F{at:06d}" for at in count(1))


def fee(amount: str, sn: str = "", **fields: Any) -> Json:
    """A row of fees of one unit, of an item of no list."""
    cnt = -1 if amount.startswith("-") else 1
    row = {"feedetl_sn": sn or next(numbers), "det_item_fee_sumamt": amount, "cnt": cnt, "pric": amount.lstrip("-")}
    return {**row, "med_list_codg": "X9", "fee_ocur_time": "2018-05-20 08:00:00", **fields}


def upload(desk: Desk, visit: str, *rows: Json, msgid: str | None = None) -> Answered:
    """Upload fees of a stay."""
    listed = [{"psn_no": POOR, "mdtrt_id": visit, **row} for row in rows]
    return desk.send(desk.envelope("2301", {"feedetail": listed}, msgid))


def upload_outpatient(desk: Desk, visit: str, batch: str, *rows: Json) -> Answered:
    listed = [{"psn_no": POOR, "mdtrt_id": visit, "chrg_bchno": batch, **row} for row in rows]
    return desk.send(desk.envelope("2204", {"feedetail": listed}, institution=CLINIC))


def settle(desk: Desk, infno: str, visit: str, total: str, **fields: Any) -> Answered:
    """Try or settle a stay, its parts zeros."""
    return desk.stay(infno, visit, **{"medfee_sumamt": total, **NO_PARTS, **fields})


def parts(answer: Answered) -> list[str]:
    """The four parts of a settlement."""
    return [str(answer.info[name]) for name in NO_PARTS]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose service has a list of items."""
    folder = tmp_path_factory.mktemp("listed")
    items = folder / "items.yaml"
    items.write_text("items: {A: {}, B: {first_paid: 10%, price_limit: 12.50}, C: {in_scope: 0%}}", encoding="utf-8")
    with Desk(migrated_file(folder), national_scope=items) as desk:
        yield desk


@pytest.mark.each_database
def test_a_stay_is_settled_by_the_sums_of_its_fees_each_counted_once(desk: Desk) -> None:
    visit = admitted(desk)
    rows = [fee("100.00", "F1"), fee("20.50", "F2", cnt="2.0000", pric="10.250000")]
    first = upload(desk, visit, *rows, msgid="M1")
    (row, second) = first.output["result"]
    assert list(row) == RESULT.split()
    assert (second["feedetl_sn"], str(second["det_item_fee_sumamt"]), second["cnt"]) == ("F2", "20.50", 2)
    assert str(second["pric"]) == "10.25"
    assert [str(second[name]) for name in PARTS] == ["0.00", "0.00", "0.00", "20.50"]
    assert all("未列入目录" in each["memo"] for each in (row, second))
    before = desk.rows()
    assert upload(desk, visit, *rows, msgid="M1").bytes == first.bytes
    assert "第2行：费用明细流水号（feedetl_sn）在该就诊中已上传" in upload(desk, visit, fee("1.00"), rows[0]).refusal
    assert "第2行" in upload(desk, visit, fee("1.00", "F3"), fee("1.00", "F3")).refusal
    assert desk.rows()["fee_batches"] == before["fee_batches"]
    upload(desk, visit, fee("79.50"))
    for infno in ("2303", "2304"):
        answer = settle(desk, infno, visit, "200.00")
        assert parts(answer) == ["0.00", "0.00", "0.00", "200.00"]
        assert "有200元未列入目录" in answer.warnings


def test_a_single_fee_stands_in_a_list_in_a_node_of_its_own_or_straight_in_the_input(desk: Desk) -> None:
    visit = admitted(desk)
    for at, written in enumerate(("feedetail list", "feedetail", "data list", "data", "input")):
        row = {"psn_no": POOR, "mdtrt_id": visit, **fee("100.00", f"F{at}")}
        node, listed = written.split()[0], written.endswith("list")
        envelope = desk.envelope("2301", row if written == "input" else {node: [row] if listed else row}, f"M{at}")
        answer = desk.send(envelope)
        assert [each["feedetl_sn"] for each in answer.output["result"]] == [f"F{at}"], written
        assert desk.send(envelope).bytes == answer.bytes, written
    assert settle(desk, "2304", visit, "500.00").number


def test_a_bill_that_is_not_the_sum_of_its_fees_is_refused_with_the_difference(desk: Desk) -> None:
    visit = admitted(desk)
    assert "不予结算" in settle(desk, "2304", visit, "100.00", msgid="M1").refusal
    upload(desk, visit, fee("100.00"))
    assert "不予结算" in settle(desk, "2304", visit, "100.00", msgid="M1").refusal, "a late copy"
    assert settle(desk, "2303", visit, "100.01").refusal.endswith("总额100.01元，明细合计100元，相差0.01元")
    assert settle(desk, "2304", visit, "100.00").number


def test_parts_that_are_sent_count_and_differing_fees_are_named_with_the_difference(desk: Desk) -> None:
    visit = admitted(desk)
    upload(desk, visit, fee("186000.00", fulamt_ownpay_amt=9000, overlmt_amt="1000", inscp_scp_amt=176000.0))
    answer = desk.stay("2303", visit)
    assert parts(answer) == ["9000.00", "1000.00", "5000.00", "171000.00"]
    told = "preselfpay_amt报送5000元、明细0元、相差5000元，inscp_scp_amt报送171000元、明细176000元、相差-5000元"
    assert told in answer.warnings
    assert "fulamt_ownpay_amt报送" not in answer.warnings
    assert "未列入目录" not in answer.warnings
    assert "明细" not in desk.stay("2303", "V-of-its-own").warnings


def test_a_part_of_a_stay_that_is_sent_once_more_without_parts_is_named(desk: Desk) -> None:
    visit = admitted(desk)
    upload(desk, visit, fee("500.00"))
    part = settle(desk, "2304", visit, "500.00", mid_setl_flag="1")
    again = settle(desk, "2304", visit, "500.00", mid_setl_flag="1")
    assert f"已经办理，结算编号setl_id={part.number}" in again.refusal
    assert "明细合计0元" in settle(desk, "2304", visit, "400.00", mid_setl_flag="1").refusal


def test_a_refund_in_proportion_is_rounded_half_up_and_all_of_them_take_back_the_fee(desk: Desk) -> None:
    visit = admitted(desk)
    split: dict[str, Any] = {"preselfpay_amt": "10.01", "inscp_scp_amt": "90.04", "feedetl_sn": "F1", "cnt": 3}
    upload(desk, visit, fee("100.05", **split))
    refunds = [fee("-33.35", cnt=-1, feedetl_sn=f"R{at}", init_feedetl_sn="F1") for at in range(3)]
    rows = upload(desk, visit, *refunds).output["result"]
    found = [[str(row[name]) for name in ("preselfpay_amt", "inscp_scp_amt")] for row in rows]
    assert found == [["-3.34", "-30.01"], ["-3.34", "-30.01"], ["-3.33", "-30.02"]]


def test_a_fee_is_split_as_it_is_sent_else_by_the_list(listed: Desk) -> None:
    desk = listed.empty()
    visit = admitted(desk)
    answer = upload(
        desk,
        visit,
        fee("50.00", med_list_codg="A"),
        fee("30.00", med_list_codg="B", cnt=2, pric=15),
        fee("7.00", med_list_codg="C"),
        fee("9.00"),
        fee("30.00", med_list_codg="B", cnt=2, fulamt_ownpay_amt="10.00", overlmt_selfpay="5", inscp_scp_amt=15.00),
        fee("-15.00", med_list_codg="B", cnt=-1, pric=15),
    )
    rows = answer.output["result"]
    assert [[str(row[name]) for name in PARTS] for row in rows] == [
        ["0.00", "0.00", "0.00", "50.00"],
        ["0.00", "5.00", "2.50", "22.50"],
        ["7.00", "0.00", "0.00", "0.00"],
        ["0.00", "0.00", "0.00", "9.00"],
        ["10.00", "5.00", "0.00", "15.00"],
        ["0.00", "-2.50", "-1.25", "-11.25"],
    ]
    assert [row["chrgitm_lv"] for row in rows] == ["01", "02", "03", "01", "01", "02"]
    assert [str(row["selfpay_prop"]) for row in rows[:3]] == ["0.0000", "0.1000", "1.0000"]
    assert [str(row["pric_uplmt_amt"]) for row in rows[:2]] == ["0", "12.5"]
    assert [bool(row["memo"]) for row in rows] == [False, False, False, True, False, False]
    tried = settle(desk, "2303", visit, "111.00")
    assert parts(tried) == ["17.00", "7.50", "1.25", "85.25"]
    assert "有9元未列入目录" in tried.warnings


def test_a_refund_takes_back_the_parts_of_the_fee_that_it_names_and_never_more(desk: Desk) -> None:
    visit = admitted(desk)
    upload(desk, visit, fee("10.00", "F1", fulamt_ownpay_amt="3.33", preselfpay_amt="3.33", inscp_scp_amt="3.34"))
    for sn, amount in (("R1", "-3.33"), ("R2", "-3.33")):
        upload(desk, visit, fee(amount, sn, init_feedetl_sn="F1"))
    assert "第1行：退费金额超过" in upload(desk, visit, fee("-3.35", init_feedetl_sn="F1")).refusal
    last = upload(
        desk, visit, fee("5.00", "F2"), fee("-3.34", "R3", init_feedetl_sn="F1"), fee("-1.00", init_feedetl_sn="F2")
    )
    assert all(float(last.output["result"][1][name]) <= 0 for name in PARTS)
    assert parts(settle(desk, "2303", visit, "4.00")) == ["0.00", "0.00", "0.00", "4.00"]
    assert "有4元未列入目录" in settle(desk, "2303", visit, "4.00").warnings
    for unknown in ("F9", "R1"):
        assert "init_feedetl_sn" in upload(desk, visit, fee("-1.00", init_feedetl_sn=unknown)).refusal
    upload(desk, visit, fee("-1.00", fulamt_ownpay_amt="-1.00"))
    assert "合计为负" in settle(desk, "2303", visit, "3.00").refusal


@grid(
    ("fields", "told"),
    [
        ({"feedetl_sn": ""}, "第1行：缺少必填字段feedetl_sn"),
        ({"det_item_fee_sumamt": "1.001"}, "第1行：字段det_item_fee_sumamt应为"),
        ({"cnt": ""}, "第1行：缺少必填字段cnt"),
        ({"cnt": "-1"}, "第1行：费用（det_item_fee_sumamt）与数量（cnt）的正负不一致"),
        ({"cnt": "150923198001011234"}, "第1行：字段cnt应为16位以内"),
        ({"pric": "x"}, "第1行：字段pric应为"),
        ({"inscp_scp_amt": "9.99"}, "第1行：费用（det_item_fee_sumamt）与四项之和不符"),
        ({"inscp_scp_amt": "11", "fulamt_ownpay_amt": "-1"}, "第1行：费用（det_item_fee_sumamt）与四项之和不符"),
        ({"med_list_codg": "药" * 51}, "第1行：字段med_list_codg应为"),
        ({"mdtrt_id": "V1"}, "没有该就诊"),
        ({"psn_no": ""}, "psn_no"),
    ],
)
def test_a_fee_that_cannot_be_read_is_refused_by_its_row_and_nothing_is_kept(
    desk: Desk, fields: Json, told: str
) -> None:
    visit = admitted(desk)
    assert upload(desk, visit, fee("10.00", **fields)).refusal.startswith(told) or told == "psn_no"
    assert desk.rows()["fee_batches"] == []


def test_an_upload_is_of_one_visit_and_has_a_bound(desk: Desk) -> None:
    visit, other = admitted(desk), admitted(desk)
    assert "mdtrt_id应相同" in upload(desk, visit, fee("1.00"), fee("1.00", mdtrt_id=other)).refusal
    assert "psn_no应相同" in upload(desk, visit, fee("1.00"), fee("1.00", psn_no="77190000002")).refusal
    assert "不得超过500行" in upload(desk, visit, *(fee("1.00") for _ in range(501))).refusal
    assert "对象的列表" in desk.send(desk.envelope("2301", {"feedetail": [fee("1.00"), "x"]})).refusal
    hundred = upload(desk, visit, *(fee("1.00", f"{at:030d}") for at in range(100)))
    assert len(hundred.output["result"]) == 100
    assert len(hundred.bytes.decode()) < 40_000
    alone = {"psn_no": POOR, "mdtrt_id": visit, **fee("1.00")}
    assert len(desk.send(desk.envelope("2301", {"feedetail": alone})).output["result"]) == 1


@pytest.mark.each_database
def test_fees_of_a_stay_are_taken_out_one_by_one_or_all(desk: Desk) -> None:
    visit = admitted(desk)

    def take_out(*sns: str) -> Answered:
        rows = [{"psn_no": POOR, "mdtrt_id": visit, "feedetl_sn": sn} for sn in sns]
        return desk.send(desk.envelope("2302", {"data": rows if len(rows) > 1 else rows[0]}))

    upload(desk, visit, fee("1.00", "F1"), fee("2.00", "F2"))
    upload(desk, visit, fee("4.00", "F3"), fee("8.00", "F4"), fee("-1.00", "R1", init_feedetl_sn="F1"))
    assert "已有退费" in take_out("F1").refusal
    assert take_out("F2").output is None
    assert "没有" in take_out("F2").refusal
    assert take_out("F3", "R1").output is None
    assert parts(settle(desk, "2303", visit, "9.00"))[3] == "9.00"
    upload(desk, visit, fee("2.00", "F2"))
    assert take_out("0000").warnings == ""
    assert "没有可撤销" in take_out("0000").warnings
    assert desk.rows()["fee_batches"] == []
    assert upload(desk, visit, fee("1.00", "F1")).output


def test_what_is_settled_keeps_its_fees_until_it_is_cancelled(desk: Desk) -> None:
    visit = admitted(desk)
    upload(desk, visit, fee("100.00"))
    settled = settle(desk, "2304", visit, "100.00")
    named = f"setl_id={settled.number}；"
    assert named in upload(desk, visit, fee("1.00")).refusal
    assert named in ask(desk, "2302", mdtrt_id=visit, feedetl_sn="0000").refusal
    desk.cancel(settled)
    upload(desk, visit, fee("1.00"))
    again = settle(desk, "2304", visit, "101.00")
    assert again.info["inscp_scp_amt"] == 101
    desk.cancel(again)
    assert "已有费用" in ask(desk, "2404", mdtrt_id=visit).refusal
    ask(desk, "2302", mdtrt_id=visit, feedetl_sn="0000")
    assert ask(desk, "2404", mdtrt_id=visit).output is None


def test_an_admission_with_fees_is_not_taken_back(desk: Desk) -> None:
    visit = admitted(desk, "M1")
    upload(desk, visit, fee("1.00"))
    assert "已有费用" in desk.take_back("2401", "M1").refusal
    assert settle(desk, "2303", visit, "1.00").info


def test_a_part_of_a_stay_settles_the_fees_until_then_and_the_next_one_the_rest(desk: Desk) -> None:
    visit = admitted(desk)
    upload(desk, visit, fee("100.00", fulamt_ownpay_amt="10.00", inscp_scp_amt="90.00"))
    first = settle(desk, "2304", visit, "100.00", mid_setl_flag="1")
    upload(desk, visit, fee("50.00"))
    assert "相差100元" in settle(desk, "2303", visit, "150.00").refusal
    assert parts(settle(desk, "2304", visit, "50.00", mid_setl_flag="1")) == ["0.00", "0.00", "0.00", "50.00"]
    assert parts(first)[0] == "10.00"


@pytest.mark.each_database
def test_an_outpatients_fees_are_settled_batch_by_batch(desk: Desk) -> None:
    visit = registered(desk)

    def bill(infno: str, batch: str, total: str) -> Answered:
        return desk.visit(infno, visit, **{**NO_PARTS, "medfee_sumamt": total, "chrg_bchno": batch})

    def take_out(batch: str) -> Answered:
        return ask(desk, "2205", None, CLINIC, mdtrt_id=visit, chrg_bchno=batch)

    upload_outpatient(desk, visit, "B1", fee("30.00"), fee("12.00"))
    upload_outpatient(desk, visit, "B2", fee("5.00"), fee("6.00", chrg_bchno="B3"))
    assert parts(bill("2206", "B1", "42.00"))[3] == "42.00"
    settled = bill("2207", "B1", "42.00")
    assert f"setl_id={settled.number}；" in upload_outpatient(desk, visit, "B1", fee("1.00")).refusal
    assert f"setl_id={settled.number}；" in take_out("B1").refusal
    assert take_out("B2").warnings == ""
    assert "没有可撤销" in take_out("B2").warnings
    assert bill("2206", "B2", "5.00").refusal
    assert take_out("0000").warnings == ""
    assert bill("2206", "B3", "6.00").refusal
    desk.cancel(settled)
    assert bill("2206", "B1", "42.00").info
    assert take_out("").warnings == ""
    assert desk.rows()["fee_batches"] == []


def test_nothing_of_a_fee_is_kept_but_its_parts(desk: Desk) -> None:
    planted = ("150923198001011234", "6222020200112233445", "王小明")
    visit = admitted(desk)
    rows = [fee("1.00", planted[0], bilg_dr_name=planted[2], medins_list_codg=planted[1], memo=planted[0])]
    first = upload(desk, visit, *rows, fee("2.00", planted[1]), msgid="M1")
    assert [row["feedetl_sn"] for row in first.output["result"]] == [*planted[:2]]
    assert upload(desk, visit, *rows, fee("2.00", planted[1]), msgid="M2").refusal
    kept = repr(desk.rows())
    for value in (*planted, POOR):
        assert value not in kept
    assert HOSPITAL in kept
