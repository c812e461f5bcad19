"""Signing in, persons, settlements, years: what is looked up agrees with the ledger."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from app.db import engine
from tests.support.grid import grid
from tests.support.national_desk import AWAY, CLINIC, HOSPITAL, IDENTITY, ORDINARY, POOR, STRANGER, Answered, Desk
from tests.support.stores import migrated_file

Json = dict[str, Any]

LESS: Json = {"medfee_sumamt": "9000.00", "inscp_scp_amt": "9000.00"} | dict.fromkeys(
    ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"), "0.00"
)
"""A bill of which basic insurance reaches no limit, all of it in scope."""


def test_signing_in_gives_a_number_for_the_envelope(desk: Desk) -> None:
    output = desk.send(desk.envelope("9001", {"signIn": {"opter_no": "001"}})).output
    signed = output["signinoutb"]
    assert output["result"] == {"sign_no": signed["sign_no"]}
    assert list(signed) == ["sign_no", "sign_time"]
    assert 0 < len(signed["sign_no"]) <= 30
    assert signed["sign_time"].startswith("2018-05-20 ")
    signed_out = desk.send(desk.envelope("9002", {"signOut": {"sign_no": signed["sign_no"], "opter_no": "001"}}))
    assert list(signed_out.output) == ["signoutoutb"]
    assert signed_out.output["signoutoutb"]["sign_time"].startswith("2018-05-20 ")


def test_a_person_is_known_by_the_number_with_what_the_register_holds(desk: Desk) -> None:
    output = desk.call("1101", psn_no=POOR).output
    assert output["baseinfo"]["psn_no"] == POOR
    assert [output["baseinfo"][name] for name in ("psn_name", "certno", "psn_cert_type")] == ["", "", ""]
    assert output["idetinfo"] == [], "a status without a code would be a row that breaks its reader"
    told = "建档立卡贫困人口（未脱贫）：2017-01-01起；重大疾病：2017-01-01起；慢性病：2017-01-01起"
    assert output["baseinfo"]["expContent"] == told
    (insured,) = output["insuinfo"]
    assert (insured["insutype"], insured["insuplc_admdvs"]) == ("390", "150923")


def test_the_fields_of_a_person_are_in_the_order_of_the_document(desk: Desk) -> None:
    output = desk.call("1101", psn_no=POOR).output
    assert list(output) == ["baseinfo", "insuinfo", "idetinfo"]
    assert " ".join(output["baseinfo"]) == "psn_no psn_cert_type certno psn_name gend naty brdy age expContent"
    assert " ".join(output["insuinfo"][0]) == (
        "balc insutype psn_type psn_insu_stas psn_insu_date paus_insu_date cvlserv_flag insuplc_admdvs emp_name"
    )


def test_a_status_has_a_row_where_it_has_a_code_and_a_warning_where_it_has_none(desk: Desk, tmp_path: Path) -> None:
    assert "特殊人员类别" in desk.call("1101", psn_no=POOR).warnings
    codes = tmp_path / "codes.yaml"
    codes.write_text("identities: {'17': registered}")
    with Desk(migrated_file(tmp_path), national_codes=codes) as coded:
        answer = coded.call("1101", psn_no=POOR)
        (identity,) = answer.output["idetinfo"]
        assert " ".join(identity) == "psn_idet_type psn_type_lv memo begntime endtime"
        assert (identity["psn_idet_type"], identity["memo"]) == ("17", "建档立卡贫困人口（未脱贫）")
        assert (identity["begntime"], identity["endtime"]) == ("2017-01-01 00:00:00", "2099-12-31 23:59:59")
        assert answer.output["baseinfo"]["expContent"] == "重大疾病：2017-01-01起；慢性病：2017-01-01起"
        assert "特殊人员类别" not in answer.warnings


def test_a_person_whom_the_register_does_not_know_is_ordinary_and_warned_of(desk: Desk) -> None:
    answer = desk.call("1101", mdtrt_cert_type="02", mdtrt_cert_no=IDENTITY)
    assert answer.output["baseinfo"]["psn_no"] == IDENTITY
    assert answer.output["idetinfo"] == []
    assert "登记中没有此人" in answer.warnings
    assert "登记中没有此人" in desk.stay("2303", "V1", person=STRANGER).warnings
    assert "登记中没有此人" not in desk.stay("2303", "V1", person=ORDINARY).warnings


def test_a_settlement_is_shown_as_it_was_answered_by_its_number_and_by_its_message(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    for asked in ({"setl_id": settled.number}, {"medins_setl_id": "M1"}, {"setl_id": settled.number, "mdtrt_id": "V1"}):
        shown = desk.call("5203", psn_no=POOR, **asked).output
        assert shown == {**settled.output, "setlinfo": {**settled.info, **beside(settled), "refd_setl_flag": "0"}}
    cancelled = desk.cancel(settled, "M2")
    assert desk.call("5203", psn_no=POOR, setl_id=settled.number).info["refd_setl_flag"] == "1"
    shown = desk.call("5203", psn_no=POOR, medins_setl_id="M2").output
    assert shown == {**cancelled.output, "setlinfo": {**cancelled.info, **beside(cancelled), "refd_setl_flag": "1"}}
    assert shown["setlinfo"]["psn_pay"] < 0


def beside(settled: Answered) -> Json:
    """What 5203 tells beside the fields of a settlement of a stay that was not reported."""
    info = settled.info
    patient = info["medfee_sumamt"] - info["fund_pay_sumamt"]
    where = {"fixmedins_code": HOSPITAL, "fixmedins_name": "医院", "pay_loc": "2", "year": "2018"}
    days = {"begndate": "2018-05-20", "enddate": "2018-05-20"}
    return {**where, **days, "psn_pay": patient, "cash_payamt": patient - info["acct_pay"]}


def test_a_settlement_has_the_days_of_its_stay_and_the_year_of_its_discharge(desk: Desk) -> None:
    admitted = desk.call("2401", psn_no=POOR, begntime="2017-12-28 08:00:00").output["result"]["mdtrt_id"]
    settled = desk.stay("2304", admitted, dscgTime="2018-01-02")
    shown = desk.call("5203", psn_no=POOR, setl_id=settled.number).info
    assert [shown[name] for name in ("begndate", "enddate", "year")] == ["2017-12-28", "2018-01-02", "2018"]
    visit = desk.visit("2207", "V7", dscgTime="2018-05-19")
    shown = desk.call("5203", None, CLINIC, psn_no=POOR, setl_id=visit.number).info
    named = ("begndate", "enddate", "fixmedins_code", "pay_loc")
    assert [shown[name] for name in named] == ["2018-05-19", "2018-05-19", CLINIC, "2"]


def test_a_settlement_is_shown_to_its_institution_for_its_person_only(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    assert desk.call("5203", None, CLINIC, psn_no=POOR, setl_id=settled.number).refusal
    assert desk.call("5203", None, CLINIC, psn_no=POOR, medins_setl_id="M1").refusal
    assert "psn_no" in desk.call("5203", psn_no=ORDINARY, setl_id=settled.number).refusal
    assert "mdtrt_id" in desk.call("5203", psn_no=POOR, setl_id=settled.number, mdtrt_id="V2").refusal
    assert "setl_id" in desk.call("5203", psn_no=POOR).refusal
    assert desk.call("5203", psn_no=POOR, medins_setl_id="M9").refusal


def stay_of(person: str, number: str) -> Json:
    """A stay as the other interface settles it."""
    return {
        "person": person,
        "institution": HOSPITAL,
        "visit_id": f"V{number}",
        "message_id": f"M{number}",
        "service_date": "2018-05-20",
        "visit": {"kind": "inpatient", "facility_level": "city"},
        "bill": {"total": "900.00", "in_scope": "900.00"},
    }


def test_a_settlement_of_the_other_interface_is_found_by_its_message_too(desk: Desk) -> None:
    body = stay_of(POOR, "1")
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}", "Accept-Language": "en"}
    made = desk.client.post("/v1/settlements", json=body, headers=headers).json()
    shown = desk.call("5203", psn_no=POOR, medins_setl_id="M1")
    assert (shown.number, shown.info["medins_setl_id"]) == (str(made["id"]), "M1")
    assert re.search("[a-z]{4}", shown.output["setldetail"][0]["setl_proc_info"]) is None, "it speaks Chinese alone"


def test_a_settlement_of_the_other_interface_is_shown_and_cancelled_in_the_platforms_words(desk: Desk) -> None:
    body = {
        "person": POOR,
        "institution": HOSPITAL,
        "visit_id": "V1",
        "message_id": "M1",
        "service_date": "2018-05-20",
        "visit": {"kind": "inpatient", "facility_level": "city"},
        "patient": {"accident_disability": True},
        "bill": {"total": "186000.00", "in_scope": "171000.00"},
    }
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    made = desk.client.post("/v1/settlements", json=body, headers=headers).json()
    shown = desk.call("5203", psn_no=POOR, setl_id=str(made["id"]))
    assert str(shown.info["psn_cash_pay"]) == made["reimbursement"]["summary"]["out_of_pocket"]
    assert str(shown.info["fulamt_ownpay_amt"]) == "15000.00"
    cancelled = desk.cancel(shown)
    assert cancelled.info["fund_pay_sumamt"] == -shown.info["fund_pay_sumamt"]
    assert set(desk.year().values()) == {0}


def test_the_year_is_what_the_account_holds(desk: Desk) -> None:
    desk.stay("2304", "V1")
    desk.visit("2207", "V1")
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    account = desk.client.get(f"/v1/accounts/{POOR}/2018", headers=headers).json()
    year = desk.year()
    assert year.pop("C0000") == account["admissions"] == 1
    of_layers = {
        "basic_insurance": ("S0000", "D390101"),
        "critical_illness": ("TS390201", "D390201"),
        "civil_relief": ("TS610101", "D610101"),
        "major_disease_fund": ("TS640101", "D640101"),
        "supplementary_insurance": ("TS620101", "D620101"),
    }
    for layer, (base, paid) in of_layers.items():
        assert str(year.pop(base)) == account["layers"][layer]["base"], layer
        assert str(year.pop(paid)) == account["layers"][layer]["paid"], layer
    assert year == {"D630101": 0}
    assert account["guarantee"] == "0.00"


def test_what_the_guarantee_tops_up_is_in_the_year_and_in_the_account_until_it_is_cancelled(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.officers_token}"}
    chronic = {"statuses": [{"status": each, "from": "2018-01-01"} for each in ("registered", "chronic_disease")]}
    assert desk.client.put(f"/v1/persons/{POOR}", json=chronic, headers=headers).status_code == 200

    def guaranteed() -> set[str]:
        account = desk.client.get(f"/v1/accounts/{POOR}/2018", headers=headers).json()
        return {account["guarantee"], f"{desk.year()['D630101']:.2f}"}

    settled = desk.visit("2207", "V1")
    told = [row["fund_payamt"] for row in settled.output["setldetail"] if "慢病" in row["fund_pay_type_name"]]
    assert guaranteed() == {f"{told[0]:.2f}"} and told[0] > 0
    desk.cancel(settled)
    assert guaranteed() == {"0.00"}


def test_a_year_is_summed_up_to_the_end_of_a_month_of_service(desk: Desk) -> None:
    chronic = {"statuses": [{"status": each, "from": "2018-01-01"} for each in ("registered", "chronic_disease")]}
    officer = {"Authorization": f"Bearer {desk.officers_token}"}
    assert desk.client.put(f"/v1/persons/{POOR}", json=chronic, headers=officer).status_code == 200
    march = desk.stay("2304", "V1", dscgTime="2018-03-31", **LESS)
    after_march = desk.year()
    april = desk.stay("2304", "V2", dscgTime="2018-04-01", **LESS)
    visit = desk.visit("2207", "V3", dscgTime="2018-05-02")

    def until(month: str) -> Json:
        rows = desk.call("5206", psn_no=POOR, cum_ym=month).output["cuminfo"]
        assert {(row["year"], row["cum_ym"]) for row in rows} == {(month[:4], month)}
        return {row["cum_type_code"]: row["cum"] for row in rows}

    assert set(until("201802").values()) == {0}
    assert until("201803") == after_march
    assert until("201803")["D390101"] == march.info["hifp_pay"]
    assert until("201804")["C0000"] == 2
    assert until("201804")["D390101"] == march.info["hifp_pay"] + april.info["hifp_pay"]
    assert until("201805") == until("201812") == desk.year()
    assert until("201805")["D630101"] > until("201804")["D630101"] == 0
    assert visit.number
    # A cancellation and a correction count in the month of their settlement, whenever they are booked.
    assert desk.client.post(f"/v1/settlements/{march.number}/rebooking", headers=officer).status_code == 201
    assert until("201803")["C0000"] == 0
    now = desk.call("5203", psn_no=POOR, setl_id=april.number).info
    assert until("201804")["D390101"] == now["hifp_pay"] != april.info["hifp_pay"]
    assert until("201805") == desk.year()


def test_a_year_is_asked_for_by_its_month(desk: Desk) -> None:
    desk.stay("2304", "V1")
    for month, admissions in (("201812", 1), ("201712", 0)):
        answer = desk.call("5206", psn_no=POOR, cum_ym=month)
        row = answer.output["cuminfo"][0]
        assert list(row) == ["insutype", "year", "cum_ym", "cum_type_code", "cum"]
        assert (row["year"], row["cum_ym"], row["cum"]) == (month[:4], month, admissions)
        assert answer.warnings == ""
    for month in ("201813", "2018", "1", "2018-05"):
        assert desk.call("5206", psn_no=POOR, cum_ym=month).refusal == "字段cum_ym应为yyyyMM的年月"
    assert "登记中没有此人" in desk.call("5206", psn_no=STRANGER).warnings


# What a bill is warned of ---------------------------------------------------------------------------


def test_a_bill_with_neither_its_four_parts_nor_uploaded_fees_is_refused(desk: Desk) -> None:
    nothing: list[Any] = [0, "0.00", None, ""]
    parts = dict(zip(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), nothing, strict=True))
    for infno in ("2303", "2304"):
        assert "不予结算" in desk.stay(infno, "V1", **parts).refusal
    for infno in ("2206", "2207"):
        assert "不予结算" in desk.visit(infno, "V1", **parts).refusal
    assert desk.rows()["settlements"] == []


def test_four_parts_that_do_not_add_up_are_refused_with_the_difference(desk: Desk) -> None:
    refusal = desk.stay("2303", "V1", inscp_scp_amt="170999.99").refusal
    assert refusal.endswith("总额186000元，四项合计185999.99元，相差0.01元")


@grid(
    ("fields", "warned"),
    [
        ({"med_type": "9102"}, "按交易所属的住院计算"),
        ({"dscgTime": ""}, "按发送日期计算"),
        ({"psn_idet_type": "17"}, "不在代码表中，未采用"),
    ],
)
def test_what_is_assumed_is_warned_of(desk: Desk, fields: Json, warned: str) -> None:
    assert warned in desk.stay("2303", "V1", **fields).warnings
    assert warned not in desk.stay("2303", "V1").warnings


def test_an_employees_bill_is_refused_for_the_policy_has_no_amounts_for_it(desk: Desk) -> None:
    for infno in ("2303", "2304"):
        assert "insutype=310" in desk.stay(infno, "V1", insutype="310").refusal
    assert desk.year()["C0000"] == 0


def test_where_a_deployment_settles_employees_it_goes_into_their_funds_with_a_warning(tmp_path: Path) -> None:
    codes = tmp_path / "codes.yaml"
    codes.write_text("insurances: {'310': {settled: with_warning}}")
    with Desk(migrated_file(tmp_path), national_codes=codes) as desk:
        tried = desk.stay("2303", "V1", insutype="310")
        rows = tried.output["setldetail"]
        assert [row["fund_pay_type"] for row in rows[:2]] == ["310100", "330100"]
        assert tried.info["hifob_pay"] == rows[1]["fund_payamt"] > 0
        assert "职工医保" in tried.warnings
        assert "职工医保" not in desk.stay("2303", "V1").warnings


def test_a_day_that_has_not_come_is_neither_tried_nor_settled(desk: Desk) -> None:
    for infno in ("2303", "2304"):
        assert "（dscgTime）尚未到来" in desk.stay(infno, "V1", dscgTime="2018-05-21").refusal
    assert desk.stay("2304", "V1", dscgTime="2018-05-20").number


def test_care_away_is_taken_as_referred_with_a_warning_unless_it_is_an_emergency(desk: Desk) -> None:
    bill = {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": "50000.00", "inscp_scp_amt": "50000.00"}
    plain = desk.call("2303", None, AWAY, **bill)
    assert plain.info["hifp_pay"] > 0
    assert "按已转诊计算" in plain.warnings
    assert "按已转诊计算" not in desk.call("2303", None, AWAY, **bill, med_type="24").warnings


def test_a_home_sick_bed_has_a_code_where_the_deployment_gives_it_one(tmp_path: Path) -> None:
    codes = tmp_path / "codes.yaml"
    codes.write_text("identities: {'17': registered, '18': none}\ncare: {'2401': {name: 家庭病床, kind: home_bed}}")
    with Desk(migrated_file(tmp_path), national_codes=codes) as desk:
        for infno, cancelling, visit in (("2304", "2305", "V1"), ("2207", "2208", "V2")):
            settled = desk.stay(infno, visit, med_type="2401")
            assert "家庭病床享受基本医保和大病保险的相应报销待遇" in settled.output["setldetail"][0]["setl_proc_info"]
            assert settled.info["clr_type"] == "21"
            undone = desk.call(cancelling, psn_no=POOR, mdtrt_id=visit, setl_id=settled.number)
            assert undone.info["psn_cash_pay"] == -settled.info["psn_cash_pay"]
        assert "与登记不符" in desk.stay("2303", "V1", psn_idet_type="18").warnings
        assert "特殊人员类别" not in desk.stay("2303", "V1", psn_idet_type="17").warnings


def test_the_service_date_picks_status_and_year(desk: Desk) -> None:
    assert "2017-01-01" in desk.stay("2303", "V1", dscgTime="2016-12-31").refusal
    desk.stay("2304", "V1", dscgTime="2017-12-31")
    assert set(desk.year().values()) == {0}
    for month, admissions in (("201711", 0), ("201712", 1)):
        assert desk.call("5206", psn_no=POOR, cum_ym=month).output["cuminfo"][0]["cum"] == admissions


def test_a_visit_without_a_day_is_of_the_day_on_which_the_request_was_sent(desk: Desk) -> None:
    visit = {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": "320.00", "inscp_scp_amt": "320.00", "med_type": "14"}
    envelope = desk.envelope("2207", {"data": visit}, institution=CLINIC)
    settled = desk.send({**envelope, "inf_time": "2017-12-31 23:59:59"})
    assert settled.number
    assert set(desk.year().values()) == {0}
    assert any(row["cum"] for row in desk.call("5206", psn_no=POOR, cum_ym="201712").output["cuminfo"])


def test_a_warning_is_text_in_its_own_field(desk: Desk) -> None:
    envelope = json.loads(desk.stay("2303", "V1", person=STRANGER).bytes)
    assert (envelope["infcode"], envelope["err_msg"]) == ("0", "")
    assert "；" in envelope["warn_msg"]
    assert "。" not in envelope["warn_msg"]


@pytest.mark.each_database
def test_what_was_settled_before_a_migration_is_shown_answered_and_cancelled_after_it(desk: Desk) -> None:
    body = stay_of(ORDINARY, "9")
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    settled = desk.stay("2304", "V1", "M1")
    undone = desk.take_back("2304", "M0", msgid="M2")
    refused = desk.stay("2304", "V1", "M3")
    assert refused.refusal
    shown = desk.call("5203", psn_no=POOR, setl_id=settled.number)
    made = desk.client.post("/v1/settlements", json=body, headers=headers)
    other = desk.call("5203", psn_no=ORDINARY, medins_setl_id="M9")
    cancelled = desk.cancel(desk.visit("2207", "V2"))
    config = engine._config()
    with engine._without_foreign_keys(desk.engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        assert connection.execute(text("SELECT count(*) FROM settlements")).scalar_one() == 4
    engine.migrate(desk.engine)
    assert desk.stay("2304", "V1", "M1").bytes == settled.bytes
    assert desk.take_back("2304", "M0", msgid="M2").bytes == undone.bytes
    assert desk.stay("2304", "V1", "M3").bytes == refused.bytes
    assert desk.call("5203", psn_no=POOR, setl_id=settled.number).output == shown.output
    assert desk.client.post("/v1/settlements", json=body, headers=headers).content == made.content
    assert other.info["medfee_sumamt"] == 900
    # What the year's limits allowed was not kept by the releases of before.
    again = desk.call("5203", psn_no=ORDINARY, medins_setl_id="M9")
    assert again.info == other.info
    for row, now in zip(other.output["setldetail"], again.output["setldetail"], strict=True):
        assert now == {**row, "crt_payb_lmt_amt": 0}
    again = desk.call("5203", None, CLINIC, psn_no=POOR, setl_id=cancelled.number)
    assert {name: again.info[name] for name in cancelled.info} == cancelled.info
    assert again.output["setldetail"] == cancelled.output["setldetail"]
    assert desk.cancel(settled).info["psn_cash_pay"] == -settled.info["psn_cash_pay"]
