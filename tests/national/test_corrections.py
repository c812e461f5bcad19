"""At the national interface a corrected settlement has its number, the amounts now, and a warning that says so."""

from decimal import Decimal

from tests.national.test_reconciliation import reconciled, sums
from tests.support.national_desk import CLINIC, HOSPITAL, POOR, Answered, Desk, Json


def rebook(desk: Desk, number: str) -> Json:
    """Rebook a settlement, as the county to which the person comes with it."""
    headers = {"Authorization": f"Bearer {desk.officers_token}"}
    entry = desk.client.post("/v1/persons/lookup", json={"person": POOR}, headers=headers).json()
    body = {"person": POOR, "statuses": entry["statuses"]}
    assert desk.client.put("/v1/persons", json=body, headers=headers).status_code == 200
    answer = desk.client.post(f"/v1/settlements/{number}/rebooking", headers=headers)
    assert answer.status_code == 201, answer.text
    rebooked: Json = answer.json()
    return rebooked


def shown(desk: Desk, settled: Answered, institution: str = HOSPITAL) -> Answered:
    return desk.call("5203", None, institution, psn_no=POOR, setl_id=settled.number)


def test_a_corrected_settlement_is_shown_as_if_the_rebooked_one_had_never_been(desk: Desk) -> None:
    alone = shown(desk, desk.stay("2304", "V0")).info
    desk.empty()
    first, second = desk.stay("2304", "V1"), desk.stay("2304", "V2")
    assert (shown(desk, second).info["fund_pay_sumamt"], shown(desk, second).warnings) == (
        second.info["fund_pay_sumamt"],
        "",
    )
    assert "请参保地旗县办理重算" in desk.cancel(first).refusal
    rebooked = rebook(desk, first.number)
    now = shown(desk, second)
    own = ("mdtrt_id", "setl_id", "medins_setl_id", "setl_time", "refd_setl_flag")
    assert {name: value for name, value in now.info.items() if name not in own} == {
        name: value for name, value in alone.items() if name not in own
    }
    assert now.info["setl_id"] == second.number
    assert f"更正号{rebooked['corrections'][0]['id']}" in now.warnings
    assert shown(desk, first).info["refd_setl_flag"] == "1"
    # Its cancellation takes back what it is now.
    cancelled = desk.cancel(second)
    assert cancelled.info["fund_pay_sumamt"] == -now.info["fund_pay_sumamt"]
    unknown = desk.call("5203", psn_no=POOR, setl_id=str(rebooked["corrections"][0]["id"]))
    assert "setl_id" in unknown.refusal


def test_a_correction_is_reconciled_in_the_period_of_its_own_day(desk: Desk) -> None:
    first = desk.stay("2304", "V1")
    visit = desk.visit("2207", "V2")
    stay = desk.stay("2304", "V3")
    desk.clock.move_to("2018-06-01")
    rebooked = rebook(desk, first.number)
    assert reconciled(desk, sums(visit), CLINIC)[0] == "0"
    assert reconciled(desk, sums(stay, refd_setl_flag="0"))[0] == "0"
    own = [each["amounts"] for each in rebooked["corrections"] if each["institution"] == HOSPITAL]
    funds = sum(Decimal(each["total"]) - Decimal(each["out_of_pocket"]) for each in own)
    assert funds != 0
    june = {"stmt_begndate": "2018-06-01", "stmt_enddate": "2018-06-30"}
    asked = sums(fund_pay_sumamt=str(funds), medfee_sumamt="0", acct_pay="0", refd_setl_flag="0", **june)
    assert reconciled(desk, asked)[0] == "0"
    # Net of cancellations, the reversal of the rebooked stay is the one row; a correction is none, and is not named.
    reversal = rebooked["reversal"]["amounts"]
    net = funds + Decimal(reversal["total"]) - Decimal(reversal["out_of_pocket"])
    asked |= {"medfee_sumamt": reversal["total"], "fund_pay_sumamt": str(net), "refd_setl_flag": "1"}
    assert reconciled(desk, {**asked, "fixmedins_setl_cnt": "1"})[0] == "0"
    for count, lacking in (("2", funds), ("0", -funds)):
        apart, told = reconciled(desk, {**asked, "fixmedins_setl_cnt": count, "fund_pay_sumamt": str(net + lacking)})
        assert (apart != "0", "setl_id" in told) == (True, False), told


def test_a_rebooking_that_is_undone_leaves_what_hospitals_see_as_it_was(desk: Desk) -> None:
    first, clinic, stay = desk.stay("2304", "V1"), desk.visit("2207", "V2"), desk.stay("2304", "V3")
    whole = {"stmt_begndate": "2018-01-01", "stmt_enddate": "2018-12-31"}

    def seen() -> Json:
        """What 5203, 5206 and 3201 say."""
        answers = [shown(desk, each, at) for each, at in ((first, HOSPITAL), (clinic, CLINIC), (stay, HOSPITAL))]
        told = [
            reconciled(desk, {**sums(*of_institution), "refd_setl_flag": flag, **whole}, at)
            for of_institution, at in (((first, stay), HOSPITAL), ((clinic,), CLINIC))
            for flag in ("0", "1")
        ]
        return {"5203": [(each.output, each.warnings) for each in answers], "5206": desk.year(), "3201": told}

    before = seen()
    assert [apart for apart, _ in before["3201"]] == ["0"] * 4
    desk.clock.move_to("2018-06-01")
    officer = {"Authorization": f"Bearer {desk.officers_token}"}
    entry = desk.client.post("/v1/persons/lookup", json={"person": POOR}, headers=officer).json()
    desk.client.put("/v1/persons", json={"person": POOR, "statuses": entry["statuses"]}, headers=officer)
    address = f"/v1/settlements/{first.number}/rebooking"
    assert desk.client.post(address, headers=officer).status_code == 201
    apart = seen()
    assert all(before[infno] != apart[infno] for infno in before)
    assert desk.client.delete(address, headers=officer).status_code == 200
    assert seen() == before
