"""Visits as hospitals report them: 2201 to 2203 and 2401 to 2405, around a settlement and without one."""

from pathlib import Path
from typing import Any

import pytest

from app.db.engine import writing
from app.db.ledger import persons
from app.ledger import joining
from app.privacy.pseudonyms import PersonPseudonyms
from tests.support.grid import grid
from tests.support.ledger_desk import Json
from tests.support.national_desk import CLINIC, HOSPITAL, KEY, ORDINARY, POOR, STRANGER, Answered, Desk
from tests.support.stores import migrated_file

NODES = {"2203": "mdtrtinfo", "2401": "mdtrtinfo", "2402": "dscginfo", "2403": "adminfo"}
"""The node of each transaction's fields; `data` for the others."""


def ask(desk: Desk, infno: str, msgid: str | None = None, institution: str = HOSPITAL, **fields: Any) -> Answered:
    """Call a transaction with its fields in its own node, diagnoses beside them."""
    node = NODES.get(infno, "data")
    beside: Json = {"diseinfo": [{"diag_code": "I10.x00", "diag_name": "高血压"}]} if node != "data" else {}
    return desk.send(desk.envelope(infno, {node: {"psn_no": POOR, **fields}, **beside}, msgid, institution))


def admitted(desk: Desk, msgid: str | None = None, **fields: Any) -> str:
    """Admit a patient, and return the number of the stay."""
    number: str = ask(desk, "2401", msgid, **{"begntime": "2018-05-10 09:30:00", "med_type": "21", **fields}).output[
        "result"
    ]["mdtrt_id"]
    return number


def registered(desk: Desk, msgid: str | None = None, **fields: Any) -> str:
    """Register an outpatient, and return the number of the visit."""
    fields = {"begntime": "2018-05-20 08:00:00", "ipt_otp_no": "MZ001", **fields}
    number: str = ask(desk, "2201", msgid, CLINIC, **fields).output["data"]["mdtrt_id"]
    return number


@pytest.mark.each_database
def test_an_admission_and_a_registration_give_numbers_of_their_own_once_for_each_message(desk: Desk) -> None:
    first = ask(desk, "2401", "M1", begntime="2018-05-10 09:30:00", med_type="21")
    assert list(first.output) == ["result"]
    assert list(first.output["result"]) == ["mdtrt_id"]
    before = desk.rows()
    assert ask(desk, "2401", "M1", begntime="2018-05-10 09:30:00", med_type="21").bytes == first.bytes
    assert "msgid" in ask(desk, "2401", "M1", begntime="2018-05-11 09:30:00", med_type="21").refusal
    assert desk.rows() == before
    visit = ask(desk, "2201", "M1", CLINIC, begntime="2018-05-20", ipt_otp_no="MZ001")
    assert visit.output == {
        "data": {"mdtrt_id": visit.output["data"]["mdtrt_id"], "psn_no": POOR, "ipt_otp_no": "MZ001"}
    }
    assert ask(desk, "2201", "M1", CLINIC, begntime="2018-05-20", ipt_otp_no="MZ001").bytes == visit.bytes
    numbers = {first.output["result"]["mdtrt_id"], visit.output["data"]["mdtrt_id"], admitted(desk)}
    assert len(numbers) == 3
    assert all(0 < len(number) <= 30 for number in numbers)


def test_a_second_stay_beside_an_open_one_is_warned_of(desk: Desk) -> None:
    number = admitted(desk)
    again = ask(desk, "2401")
    assert f"mdtrt_id={number}" in again.warnings
    ask(desk, "2402", mdtrt_id=number)
    ask(desk, "2404", mdtrt_id=again.output["result"]["mdtrt_id"])
    assert ask(desk, "2401").warnings == ""


def test_the_end_of_a_stay_is_the_service_date_of_a_settlement_that_names_none(desk: Desk) -> None:
    number = admitted(desk)
    assert "按发送日期计算" in desk.stay("2303", number, dscgTime="").warnings
    assert ask(desk, "2402", mdtrt_id=number, endtime="2018-05-18 10:00:00").envelope["output"] is None
    for infno in ("2303", "2304"):
        assert "按发送日期计算" not in desk.stay(infno, number, dscgTime="").warnings
    (settlement,) = desk.rows()["settlements"]
    assert "datetime.date(2018, 5, 18)" in repr(settlement)
    other = admitted(desk)
    ask(desk, "2402", mdtrt_id=other, endtime="2018-05-18 10:00:00")
    ask(desk, "2405", mdtrt_id=other)
    assert "按发送日期计算" in desk.stay("2303", other, dscgTime="").warnings


def test_a_day_before_the_visit_is_refused_and_one_beside_the_discharge_is_warned_of(desk: Desk) -> None:
    visit = admitted(desk, begntime="2018-05-01")
    before: tuple[Json, ...] = (
        {"dscgTime": "2017-05-10"},
        {"dscgTime": "2018-04-30"},
        {"dscgTime": None, "dscg_time": "2017/5/10"},
    )
    for infno in ("2303", "2304"):
        for wrong in before:
            assert "早于该就诊的开始日期2018-05-01" in desk.stay(infno, visit, **wrong).refusal, wrong
    ask(desk, "2402", mdtrt_id=visit, endtime="2018-05-10")
    told = "报送的出院日期2018-05-09与出院登记的2018-05-10不同"
    assert told in desk.stay("2303", visit, dscgTime="2018-05-09").warnings
    assert "出院登记" not in desk.stay("2303", visit, dscgTime="2018-05-10").warnings
    seen = registered(desk, begntime="2018-05-10")
    assert "早于该就诊的开始日期" in desk.visit("2206", seen, dscgTime="2018-05-09").refusal


def test_the_kind_of_care_is_that_of_the_visit_where_the_bill_names_none(desk: Desk) -> None:
    for code, told in (("24", "24"), ("2101", "2101"), ("11", "21"), ("no", "21")):
        visit = admitted(desk, med_type=code)
        assert desk.stay("2303", visit, med_type=None).output["setlinfo"]["med_type"] == told, code
    visit = admitted(desk, med_type="24")
    assert desk.stay("2303", visit, med_type="21").output["setlinfo"]["med_type"] == "21"


def test_a_discharge_is_undone_as_often_as_asked_but_not_under_a_settlement(desk: Desk) -> None:
    number = admitted(desk)
    ask(desk, "2402", mdtrt_id=number)
    ask(desk, "2405", mdtrt_id=number)
    ask(desk, "2405", mdtrt_id=number)
    part = desk.stay("2304", number, mid_setl_flag="1")
    ask(desk, "2405", mdtrt_id=number)
    settled = desk.stay("2304", number)
    assert f"setl_id={settled.number}；" in ask(desk, "2405", mdtrt_id=number).refusal
    desk.cancel(settled)
    ask(desk, "2405", mdtrt_id=number)
    assert f"setl_id={part.number}；" in ask(desk, "2404", mdtrt_id=number).refusal


def test_a_cancelled_visit_serves_nothing(desk: Desk) -> None:
    stay, visit = admitted(desk), registered(desk)
    ask(desk, "2404", mdtrt_id=stay)
    ask(desk, "2202", None, CLINIC, mdtrt_id=visit)
    for infno in ("2402", "2403", "2404", "2405"):
        assert "已撤销" in ask(desk, infno, mdtrt_id=stay).refusal
    for infno in ("2202", "2203"):
        assert "已撤销" in ask(desk, infno, None, CLINIC, mdtrt_id=visit).refusal
    assert "已撤销" in desk.stay("2304", stay).refusal
    assert "已撤销" in desk.visit("2206", visit).refusal


@grid(
    ("infno", "fields", "told"),
    [
        ("2402", {"psn_no": ORDINARY}, "人员编号"),
        ("2402", {"mdtrt_id": "V1"}, "没有该就诊"),
        ("2402", {"mdtrt_id": ""}, "mdtrt_id"),
        ("2402", {"endtime": "2018-05-09"}, "早于开始时间"),
        ("2402", {"endtime": "2018-05-21"}, "尚未到来"),
        ("2403", {"begntime": "2018-05-21"}, "尚未到来"),
        ("2202", {}, "登记与交易不符"),
        ("2203", {}, "登记与交易不符"),
        ("2401", {"begntime": "yesterday"}, "begntime"),
    ],
)
def test_what_does_not_fit_a_visit_is_refused_and_changes_nothing(
    desk: Desk, infno: str, fields: Json, told: str
) -> None:
    number = admitted(desk)
    before = desk.rows()["visits"]
    assert told in ask(desk, infno, **{"mdtrt_id": number, **fields}).refusal
    assert told != "登记与交易不符" or "没有该就诊" in ask(desk, infno, None, CLINIC, mdtrt_id=number).refusal
    assert desk.rows()["visits"] == before


def test_a_bill_of_a_visit_that_is_reported_is_its_persons(desk: Desk) -> None:
    number = admitted(desk)
    for infno in ("2303", "2304"):
        assert "人员编号" in desk.stay(infno, number, person=ORDINARY).refusal
    assert desk.stay("2304", number).number


def test_an_admission_is_taken_back_until_something_rests_on_it(desk: Desk) -> None:
    number = admitted(desk, "M1")
    settled = desk.stay("2304", number)
    assert f"setl_id={settled.number}；" in desk.take_back("2401", "M1").refusal
    desk.cancel(settled)
    assert "psn_no" in desk.take_back("2401", "M1", ORDINARY).refusal
    assert desk.take_back("2401", "M1", msgid="M2").warnings == ""
    assert desk.take_back("2401", "M1", msgid="M2").envelope["infcode"] == "0"
    assert "此前已冲正" in desk.take_back("2401", "M1").warnings
    assert "已撤销" in ask(desk, "2402", mdtrt_id=number).refusal
    assert "已被冲正" in ask(desk, "2401", "M1", begntime="2018-05-10 09:30:00", med_type="21").refusal
    assert "未到达" in desk.take_back("2401", "M3").warnings
    assert "已被冲正" in ask(desk, "2401", "M3").refusal


def test_a_settlement_by_voucher_is_the_same_transaction_and_taken_back_under_either_number(desk: Desk) -> None:
    settled = desk.stay("2304A", "V1", "M1")
    assert desk.stay("2304", "V1", "M1").bytes == settled.bytes
    assert desk.take_back("2304A", "M1").warnings == ""
    assert desk.stay("2304", "V1", "M2").number != settled.number
    assert desk.take_back("2304", "M2").warnings == ""
    assert desk.visit("2207A", "V2").number


@pytest.mark.each_database
def test_a_hospital_reads_a_person_whom_it_has_admitted_until_it_cancels(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}

    def read() -> int:
        status: int = desk.client.post("/v1/persons/lookup", json={"person": POOR}, headers=headers).status_code
        return status

    assert read() == 404
    number = admitted(desk)
    assert read() == 200
    ask(desk, "2404", mdtrt_id=number)
    assert read() == 404


@pytest.mark.each_database
def test_whom_an_institution_has_admitted_that_day_is_not_in_its_budget_of_look_ups(
    database_url: str, database: str, tmp_path: Path
) -> None:
    address = migrated_file(tmp_path) if database == "sqlite" else database_url
    with Desk(address, lookups_an_hour=1) as desk:
        assert desk.call("1101", psn_no=POOR).output
        assert "已达上限" in desk.call("1101", psn_no=ORDINARY).refusal
        number = admitted(desk, psn_no=ORDINARY)
        assert desk.call("1101", psn_no=ORDINARY).output
        assert "已达上限" in desk.call("1101", psn_no=STRANGER).refusal
        ask(desk, "2404", mdtrt_id=number, psn_no=ORDINARY)
        assert "已达上限" in desk.call("1101", psn_no=ORDINARY).refusal
        admitted(desk)
        admitted(desk, psn_no=ORDINARY)
        assert "已达上限" not in desk.call("1101", psn_no=STRANGER).refusal, "all others are admitted"


@pytest.mark.each_database
def test_a_visit_passes_to_the_person_whom_its_own_proved_to_be(desk: Desk) -> None:
    number = admitted(desk)
    key = PersonPseudonyms(KEY, Path("none"))
    with writing(desk.engine) as connection:
        stands, other = (persons.find(connection, key.hashed(each)) for each in (ORDINARY, POOR))
        assert stands is not None and other is not None
        joining.join(connection, desk.clock.now(), stands, other)
    for person in (ORDINARY, POOR):
        assert ask(desk, "2402", mdtrt_id=number, psn_no=person).envelope["infcode"] == "0"
        assert ask(desk, "2402", mdtrt_id=number.lower(), psn_no=person).envelope["infcode"] == "0"
        assert [row["mdtrt_id"] for row in desk.call("5201", psn_no=person).output["mdtrtinfo"]] == [number]


PLANTED = ("150923198001011234", "6222020200112233445", "王小明")
"""An identity number, a card's number and a name."""

FIELDS = {
    "2001": "insutype fixmedins_code med_type begntime endtime dise_codg dise_name matn_type",
    "2201": "insutype begntime mdtrt_cert_type mdtrt_cert_no ipt_otp_no atddr_no dr_name dept_code dept_name caty",
    "2203": "med_type begntime main_cond_dscr dise_codg dise_name birctrl_type",
    "2304": "mdtrt_cert_type mdtrt_cert_no med_type psn_setlway acct_used_flag invono exp_content psn_name certno",
    "2401": "insutype coner_name tel begntime mdtrt_cert_type mdtrt_cert_no med_type ipt_no atddr_no dise_codg",
    "2402": "insutype endtime dise_codg dise_name oprn_oprt_code fpsc_no dscg_dept_codg dscg_bed dscg_way die_date",
    "2403": "coner_name tel begntime endtime mdtrt_cert_type med_type ipt_otp_no medrcdno atddr_no adm_bed dise_codg",
}
"""Fields of each transaction that a hospital's system may fill with anything, those that are read among them."""


def test_what_is_sent_of_a_person_in_any_field_of_a_visit_is_kept_nowhere(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    stay, visit = admitted(desk), registered(desk)
    bill = {"medfee_sumamt": "10.00", "inscp_scp_amt": "10.00"}
    answered = []
    for infno, names in FIELDS.items():
        outpatient = infno.startswith("220")
        about = {"mdtrt_id": visit if outpatient else stay, **(bill if infno == "2304" else {})}
        planted = [{name: value} for name in names.split() for value in PLANTED]
        planted += [dict.fromkeys(names.split(), value) for value in PLANTED]
        for at, fields in enumerate(planted):
            number = {"mdtrt_id": f"V{at}"} if infno == "2304" else {}
            institution = CLINIC if outpatient else HOSPITAL
            answered.append(ask(desk, infno, None, institution, **{**about, **fields, **number}).envelope["infcode"])
    assert answered.count("0") > 100
    kept = repr(desk.rows())
    printed = capfd.readouterr()
    elsewhere = desk.client.get("/metrics").text + printed.out + printed.err
    for value in (*PLANTED, POOR):
        assert value not in kept + elsewhere


def test_a_code_of_a_disease_is_kept_and_no_other_text(desk: Desk) -> None:
    for code in ("I10.x00x002", "M03900", "E11.900", "I10"):
        admitted(desk, dise_codg=code)
    for text in ("王小明", "150923198001011234", "H12345678", "I1", "13800138000"):
        admitted(desk, dise_codg=text)
    kept = repr(desk.rows()["visits"])
    assert [code in kept for code in ("I10.x00x002", "M03900", "E11.900")] == [True] * 3
    assert "H12345678" not in kept and "1380013" not in kept
