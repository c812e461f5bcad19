"""3201: a hospital's sums agree with the ledger's as hospitals count, and where they do not, the answer says where."""

from typing import Any

import pytest

from tests.national.test_inquiries import stay_of
from tests.support.grid import grid
from tests.support.national_desk import CLINIC, HOSPITAL, ORDINARY, POOR, Answered, Desk

Json = dict[str, Any]

TODAY, TOMORROW = "2018-05-20", "2018-05-21"


def sums(*rows: Answered, day: str = TODAY, **more: Any) -> Json:
    """Sum settlements and cancellations as a hospital does: those that it counts."""
    infos = [each.info for each in rows]
    added = {name: str(sum(info[name] for info in infos)) for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
    return {"stmt_begndate": day, "stmt_enddate": day, **added, "fixmedins_setl_cnt": str(len(infos)), **more}


def reconciled(desk: Desk, statement: Json, institution: str = HOSPITAL) -> tuple[str, str]:
    told = desk.call("3201", None, institution, **statement).output["stmtinfo"]
    assert list(told) == ["setl_optins", "stmt_rslt", "stmt_rslt_dscr"]
    return told["stmt_rslt"], told["stmt_rslt_dscr"]


def result(desk: Desk, *rows: Answered, **more: Any) -> str:
    return reconciled(desk, sums(*rows, **more))[0]


def test_a_statement_agrees_when_sums_and_count_agree(desk: Desk) -> None:
    stays = [desk.stay("2304", "V1"), desk.stay("2304", "V2", person=ORDINARY)]
    agrees, told = reconciled(desk, sums(*stays))
    assert (agrees, told.startswith("一致：2笔，医疗费总额372000元")) == ("0", True)
    assert result(desk, *stays, clr_type="21") == "0"
    assert result(desk, clr_type="11") == "0"
    assert reconciled(desk, sums(), CLINIC)[0] == "0"
    assert result(desk, stmt_begndate="20180521", stmt_enddate="20180601") == "0"


@pytest.mark.each_database
def test_a_day_with_a_cancellation_balances_by_what_stands_and_net_of_refunds(desk: Desk) -> None:
    stands, settled = desk.stay("2304", "V1", person=ORDINARY), desk.stay("2304", "V2")
    cancelled = desk.cancel(settled)
    again = desk.stay("2304", "V2")
    assert result(desk, stands, again, refd_setl_flag="0") == "0", "a cancelled one does not count"
    assert result(desk, stands, settled, again, refd_setl_flag="0") == "2"
    every = (stands, settled, cancelled, again)
    for flag in (
        {},
        {"refd_setl_flag": "1"},
        {"refd_setl_flag": ""},
        {"REFD_SETL_FLAG": "1"},
        {"Refd_Setl_Flag": None},
    ):
        assert result(desk, *every, **flag) == "0", flag
        assert result(desk, stands, again, **flag) == "1", "all rows are counted"
    assert result(desk, stands, again, REFD_SETL_FLAG="0") == "0"


def test_a_cancellation_on_a_later_day_counts_on_its_own_day_and_nowhere_by_what_stands(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    assert result(desk, settled, refd_setl_flag="0") == result(desk, settled) == "0"
    desk.clock.move_to(TOMORROW)
    cancelled = desk.cancel(settled)
    assert result(desk, refd_setl_flag="0") == result(desk, day=TOMORROW, refd_setl_flag="0") == "0"
    assert result(desk, settled) == result(desk, cancelled, day=TOMORROW) == "0"
    assert result(desk, settled, cancelled, stmt_enddate=TOMORROW) == "0"


def test_a_statement_that_differs_says_who_has_more_and_by_how_much(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    apart, told = reconciled(desk, sums(settled, fund_pay_sumamt="1.00", fixmedins_setl_cnt=3, acct_pay="-0.50"))
    funds = settled.info["fund_pay_sumamt"]
    assert apart == "2"
    assert told == (
        f"不一致：基金支付总额（元）机构1、中心{funds}、相差{1 - funds}；"
        "个人账户支付（元）机构-0.50、中心0、相差-0.50；结算笔数机构3、中心1、相差2；"
        "逐笔核对请用POST /v1/ledger/differences"
    )
    assert result(desk) == "1"
    assert result(desk, settled, medfee_sumamt="186000.01") == "3"


def test_the_booking_that_one_side_lacks_is_named_where_its_amounts_are_the_difference(desk: Desk) -> None:
    kept, lost = desk.stay("2304", "V1"), desk.stay("2304", "V2", person=ORDINARY)
    assert f"机构可能缺少setl_id={lost.number}；" in reconciled(desk, sums(kept))[1]
    cancelled = desk.cancel(lost)
    assert f"机构可能缺少setl_id={cancelled.number}；" in reconciled(desk, sums(kept, lost))[1]
    told = reconciled(desk, sums(kept, lost, refd_setl_flag="0"))[1]
    assert f"中心未统计setl_id={lost.number}（已撤销）；" in told
    told = reconciled(desk, sums(kept, cancelled, refd_setl_flag="0"))[1]
    assert f"中心未统计setl_id={cancelled.number}（撤销记录）；" in told
    visit = desk.visit("2207", "V3", "M3")
    told = reconciled(desk, sums(kept, visit, refd_setl_flag="0", clr_type="21"))[1]
    assert "setl_id" not in told, "it is another institution's"
    told = reconciled(desk, sums(visit, clr_type="21"), CLINIC)[1]
    assert f"中心未统计setl_id={visit.number}（不在本次对账的类别）；" in told
    told = reconciled(desk, sums(visit, day=TOMORROW), CLINIC)[1]
    assert f"中心未统计setl_id={visit.number}（{TODAY}办理）；" in told
    desk.take_back("2207", "M3", institution=CLINIC)
    told = reconciled(desk, sums(visit), CLINIC)[1]
    assert f"中心未统计setl_id={visit.number}（已冲正）；" in told


def test_what_was_taken_back_is_counted_nowhere(desk: Desk) -> None:
    settled = desk.stay("2304", "V1", "M1")
    desk.cancel(settled, "M2")
    desk.take_back("2305", "M2")
    for flag in ("0", "1"):
        assert result(desk, settled, refd_setl_flag=flag) == "0", flag
    desk.take_back("2304", "M1")
    for flag in ("0", "1"):
        assert result(desk, refd_setl_flag=flag) == "0", flag


def test_a_booking_counts_on_the_day_it_was_made_whatever_the_day_of_service(desk: Desk) -> None:
    desk.clock.move_to("2018-06-01")
    settled = desk.stay("2304", "V1")
    assert settled.info["setl_time"].startswith("2018-06-01 ")
    assert result(desk) == "0"
    assert result(desk, settled, stmt_enddate="2018-06-01") == "0"


def test_a_settlement_of_the_other_interface_is_of_the_residents_insurance(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.tokens[HOSPITAL]}"}
    assert desk.client.post("/v1/settlements", json=stay_of(POOR, "1"), headers=headers).status_code == 201
    shown = desk.call("5203", psn_no=POOR, medins_setl_id="M1")
    assert result(desk, shown, insutype="390") == "0"
    assert result(desk, insutype="310") == "0"


def test_a_count_that_is_none_is_named(desk: Desk) -> None:
    settled = desk.stay("2304", "V1")
    for count in ("x", "1.5", "-1", True):
        statement = sums(settled, fixmedins_setl_cnt=count)
        assert desk.call("3201", **statement).refusal == "字段fixmedins_setl_cnt应为非负整数", count


@grid(
    "wrong",
    [
        {"stmt_begndate": ""},
        {"stmt_begndate": "2018-05-21"},
        {"fixmedins_setl_cnt": "1.5"},
        {"refd_setl_flag": "2"},
    ],
)
def test_a_statement_of_no_period_or_no_count_is_refused(desk: Desk, wrong: Json) -> None:
    assert desk.call("3201", **{**sums(), **wrong}).refusal
