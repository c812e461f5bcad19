"""2001, 5201, 5204, 5301: which funds serve a person, what is kept of visits and fees, which diseases are filed."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.engine import reading
from app.db.ledger.models import RecordedRead
from tests.national.test_fees import fee, settle, upload, upload_outpatient
from tests.national.test_visits import admitted, ask, registered
from tests.support.national_desk import CLINIC, HOSPITAL, ORDINARY, POOR, STRANGER, Desk
from tests.support.stores import migrated_file


def test_a_check_of_treatment_says_of_each_fund_whether_it_serves_the_person(desk: Desk) -> None:
    asked = {"insutype": "390", "fixmedins_code": HOSPITAL, "med_type": "21", "begntime": "2018-05-20 08:00:00"}
    before = desk.rows()
    poor, ordinary = (desk.call("2001", psn_no=person, **asked).output["trtinfo"] for person in (POOR, ORDINARY))
    names = ["psn_no", "trt_chk_type", "fund_pay_type", "trt_enjymnt_flag", "begndate", "enddate", "trt_chk_rslt"]
    assert all(list(row) == names for row in (*poor, *ordinary))
    assert {row["psn_no"] for row in poor} == {POOR}
    assert [row["fund_pay_type"] for row in poor] == ["390100", "390200", "610100", "999997", "390300"]
    assert [row["trt_enjymnt_flag"] for row in poor] == ["1"] * 5
    assert [row["trt_enjymnt_flag"] for row in ordinary] == ["1", "1", "0", "0", "0"]
    assert "不享受；患者不是建档立卡贫困人口" in ordinary[2]["trt_chk_rslt"]
    assert desk.call("2001", psn_no=STRANGER, **asked).warnings
    assert desk.rows() == before
    assert "insutype=310" in desk.call("2001", psn_no=POOR, insutype="310").refusal


def test_a_filed_disease_is_one_of_the_register_that_has_a_code(tmp_path: Path, desk: Desk) -> None:
    answer = desk.call("5301", psn_no=POOR)
    assert answer.output == {"feedetail": []}
    assert "没有对应的病种代码" in answer.warnings
    assert desk.call("5301", psn_no=ORDINARY).warnings == ""
    codes = tmp_path / "codes.yaml"
    codes.write_text("filings: {chronic_disease: {code: M03900, name: 高血压}}", encoding="utf-8")
    with Desk(migrated_file(tmp_path), national_codes=codes) as configured:
        assert configured.call("5301", psn_no=POOR).output["feedetail"] == [
            {"opsp_dise_code": "M03900", "opsp_dise_name": "高血压", "begndate": "2017-01-01", "enddate": None}
        ]


@pytest.mark.each_database
def test_what_is_kept_of_visits_and_fees_is_shown_to_the_institution_that_reported_them(desk: Desk) -> None:
    stay = admitted(desk, dise_codg="I10.x00")
    ask(desk, "2402", mdtrt_id=stay, endtime="2018-05-18")
    later, gone = admitted(desk, begntime="2018-05-19"), admitted(desk)
    ask(desk, "2404", mdtrt_id=gone)
    (second, first) = desk.call("5201", psn_no=POOR, begntime="2018-05-01", endtime="2018-05-31").output["mdtrtinfo"]
    assert (first["mdtrt_id"], first["psn_no"], first["begntime"]) == (stay, POOR, "2018-05-10 00:00:00")
    assert (first["endtime"], first["dise_codg"], first["inhosp_stas"]) == ("2018-05-18 00:00:00", "I10.x00", "0")
    assert (second["mdtrt_id"], second["endtime"], second["inhosp_stas"]) == (later, None, "1")
    for fields in ({"mdtrt_id": stay}, {"endtime": "2018-05-12"}):
        assert [row["mdtrt_id"] for row in desk.call("5201", psn_no=POOR, **fields).output["mdtrtinfo"]] == [stay]
    for nobody in (STRANGER, ORDINARY):
        assert desk.call("5201", psn_no=nobody).output == {"mdtrtinfo": []}
    assert desk.call("5201", None, CLINIC, psn_no=POOR).output == {"mdtrtinfo": []}
    upload(desk, stay, fee("100.00"), fee("20.00", fulamt_ownpay_amt=5, inscp_scp_amt=15))
    upload(desk, stay, fee("30.00"))
    settled = settle(desk, "2304", stay, "150.00")
    (one, two) = desk.call("5204", psn_no=POOR, mdtrt_id=stay).output["feedetail"]
    assert (one["setl_id"], str(one["det_item_fee_sumamt"]), str(one["fulamt_ownpay_amt"])) == (
        *(settled.number, "120.00", "5.00"),
    )
    assert (str(two["inscp_scp_amt"]), two["memo"]) == ("30.00", "1条费用明细的合计")
    assert "人员编号" in desk.call("5204", psn_no=ORDINARY, mdtrt_id=stay).refusal
    visit = registered(desk)
    upload_outpatient(desk, visit, "B1", fee("1.00"))
    (row,) = desk.call("5204", None, CLINIC, psn_no=POOR, mdtrt_id=visit).output["feedetail"]
    assert row["setl_id"] == ""


def test_each_of_these_reads_is_on_record(desk: Desk) -> None:
    visit = admitted(desk)
    for infno in ("2001", "5201", "5204", "5301"):
        assert desk.call(infno, psn_no=POOR, mdtrt_id=visit).output
    with reading(desk.engine) as connection:
        rows = connection.execute(select(RecordedRead.interface, RecordedRead.kind).order_by(RecordedRead.id)).all()
    assert [tuple(row) for row in rows] == [(infno, "person") for infno in ("2001", "5201", "5204", "5301")]
