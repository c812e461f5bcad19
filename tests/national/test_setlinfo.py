"""`setlinfo` and `setldetail`: the document's fields in their order, exact amounts, the identities, the working."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import orjson
import pytest

from app.http.exact_json import loads
from app.i18n.amounts import format_amount
from app.ledger.workings import SettlementWorking, stored_working, working_of
from app.national.calculation_text import LONGEST, describe_cancellation, describe_layer
from app.national.codes import load_codes
from app.national.setlinfo import (
    DETAIL,
    FIELDS,
    MONEY,
    PARTS,
    Particulars,
    Statement,
    cancel_statement,
    make_statement,
    write_amount,
    write_statement,
)
from app.national.stored_answers import as_data, from_data
from app.rules.money import format_percent, parse_yuan
from app.rules.reimbursement.layers import reimburse
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.settings import Settings, load_parameters
from tests.support.grid import grid
from tests.support.random_bills import random_request

Json = dict[str, Any]

CODES = load_codes()
PARAMETERS = load_parameters(Settings())
AT = dt.datetime(2018, 5, 20, 2, 0, tzinfo=dt.UTC)

BILL: Json = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered", "major_disease": True},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "186000.00", "in_scope": "171000.00"},
}
CHRONIC: Json = {
    "service_date": "2018-03-12",
    "patient": {"registration": "exited_with_policy", "chronic_disease": True},
    "visit": {"kind": "outpatient", "facility_level": "township"},
    "bill": {"total": "320.00", "in_scope": "300.00"},
}


def working(request: Json) -> SettlementWorking:
    """Reimburse a request, and keep its working."""
    statement = ReimbursementRequest.model_validate(request)
    figures = PARAMETERS.on(statement.service_date)
    return working_of(reimburse(statement.to_bill(PARAMETERS), figures), figures)


def made(request: Json, setl_id: str | None = None, at: dt.datetime | None = None) -> Statement:
    """Write a request as a settlement, or without a number as a trial."""
    return make_statement(CODES, particulars(request), working(request), setl_id, at)


def particulars(request: Json, parts: tuple[int, int, int] = (0, 0, 0)) -> Particulars:
    """Tell the parts of a bill: what is left of the total goes outside the insurance catalogue."""
    total, in_scope = (parse_yuan(str(request["bill"][name])) for name in ("total", "in_scope"))
    fulamt = total - in_scope - parts[1] - parts[2]
    amounts = dict(zip(PARTS, (fulamt, parts[1], parts[2], in_scope), strict=True))
    kind = request["visit"]["kind"]
    return Particulars(
        "V1", "M1", dt.date(2018, 5, 20), kind, CODES.care_unnamed[kind], "03", CODES.insurances["390"], amounts
    )


def sent(statement: Statement, infno: str) -> Json:
    """Read a statement as a hospital gets it, numbers as decimals."""
    output: Any = loads(orjson.dumps(write_statement(statement, infno)))
    return dict(output)


def expect_identities(output: Json, infno: str) -> None:
    """Section 4: A, C, D, E and F, on the numbers as they were sent."""
    info, details = output["setlinfo"], output["setldetail"]
    assert info["medfee_sumamt"] == sum(info[part] for part in PARTS)
    funds = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
    assert info["fund_pay_sumamt"] == sum(info[fund] for fund in funds)
    assert info["psn_part_amt"] == info["acct_pay"] + info["psn_cash_pay"]
    assert info["medfee_sumamt"] == info["fund_pay_sumamt"] + info["psn_part_amt"] + info["hosp_part_amt"]
    detailed = sum(row["fund_payamt"] for row in details)
    assert detailed == info["fund_pay_sumamt"] + info["acct_pay"] + info["hosp_part_amt"]
    assert abs(info["act_pay_dedc"]) <= abs(info["inscp_scp_amt"])
    assert info.get("pdn_cash_pay", info["psn_cash_pay"]) == info["psn_cash_pay"]
    assert ("pdn_cash_pay" in info) == (infno == "2208")


def test_the_fields_of_2303_are_the_forty_of_the_document() -> None:
    listed = """
    mdtrt_id psn_no psn_name psn_cert_type certno gend naty brdy age insutype psn_type cvlserv_flag setl_time
    mdtrt_cert_type med_type medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc
    hifp_pay pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay oth_pay fund_pay_sumamt psn_part_amt
    acct_pay psn_cash_pay hosp_part_amt balc acct_mulaid_pay medins_setl_id clr_optins clr_way clr_type
    """
    names = listed.split()
    assert len(names) == 40
    assert list(FIELDS["2303"]) == names
    assert FIELDS["2206"] == FIELDS["2303"]
    assert list(FIELDS["2207"]) == [names[0], "setl_id", *names[1:]]


def test_2304_has_the_settlement_second_and_the_hospitals_part_before_the_other_funds() -> None:
    fields = list(FIELDS["2304"])
    assert len(fields) == 41
    assert fields[:3] == ["mdtrt_id", "setl_id", "psn_no"]
    at = fields.index("hosp_part_amt")
    assert fields[at - 1 : at + 3] == ["maf_pay", "hosp_part_amt", "oth_pay", "fund_pay_sumamt"]
    assert sorted(fields) == sorted([*FIELDS["2303"], "setl_id"])


def test_a_cancellation_has_the_fields_of_the_document() -> None:
    listed = """
    mdtrt_id setl_id clr_optins setl_time medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt
    act_pay_dedc hifp_pay pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay oth_pay fund_pay_sumamt
    psn_part_amt acct_pay psn_cash_pay hosp_part_amt balc acct_mulaid_pay medins_setl_id
    """
    names = listed.split()
    assert list(FIELDS["2305"]) == [*names, "hifdm_pay"]
    assert list(FIELDS["2208"]) == [*names, "pdn_cash_pay"]


def test_amounts_are_numbers_with_two_decimals_written_exactly() -> None:
    written = orjson.dumps(write_statement(made(BILL, "7", AT), "2304")).decode()
    assert '"medfee_sumamt":186000.00,' in written
    assert '"inscp_scp_amt":171000.00,' in written
    assert '"acct_pay":0.00,' in written
    assert [orjson.dumps(write_amount(fen)).decode() for fen in (0, 5, -5, -123456)] == [
        "0.00",
        "0.05",
        "-0.05",
        "-1234.56",
    ]


def test_the_bands_begin_at_the_deductible_and_the_nominal_ratio_is_that_of_the_highest() -> None:
    assert [(tier.above, tier.rate) for tier in working(BILL).layers[0].tiers] == [
        (600_00, 70_00),  # from the deductible on
        (30_000_00, 75_00),
        (70_000_00, 80_00),
    ]
    written = orjson.dumps(write_statement(made(BILL, "7", AT), "2304")).decode()
    assert '"pool_prop_selfpay":0.8000,' in written


def test_a_trial_has_neither_number_nor_time_nor_method_of_clearing() -> None:
    texts = made(BILL).texts
    assert (texts["setl_id"], texts["setl_time"], texts["clr_way"]) == (None, None, None)
    texts = made(BILL, "7", AT).texts
    assert (texts["setl_id"], texts["setl_time"], texts["clr_way"]) == ("7", "2018-05-20 10:00:00", "1")


def test_each_layer_has_a_row_in_the_order_they_paid_and_the_guarantee_one_of_its_own() -> None:
    rows = made(CHRONIC).shares
    assert [row.code for row in rows] == ["390100", "390200", "610100", "999997", "390300", "640100"]
    guarantee = working(CHRONIC).guarantee
    assert guarantee is not None
    assert rows[-1].paid == guarantee.paid > 0
    assert "慢病" in rows[-1].name
    assert all(list(row) == list(DETAIL) for row in sent(made(CHRONIC), "2206")["setldetail"])
    turned = {**CHRONIC, "readings": {"layer_order": "insurance_first"}}
    assert "补充" in made(turned).shares[2].name


def test_the_deductible_paid_is_what_counted_where_that_is_less() -> None:
    small = {**BILL, "bill": {"total": "300.00", "in_scope": "200.00"}}
    assert made(small).amounts["act_pay_dedc"] == 20_000
    assert made(BILL).amounts["act_pay_dedc"] == working(BILL).layers[0].deductible


def test_a_row_says_what_the_payer_could_still_pay_in_the_year_as_a_number() -> None:
    year = {"layers": {"supplementary_insurance": {"base": "100000.00", "paid": "79999.99"}}}
    limited = {**BILL, "year_to_date": year}
    layers = working(limited).layers
    at = next(place for place, layer in enumerate(layers) if layer.limited_by == "annual_limit")
    rows = made(limited).shares
    assert rows[at].year_room == rows[at].paid == layers[at].paid
    assert "受年度限额限制" in rows[at].description
    paid = {"basic_insurance": {"base": "100000.00", "paid": "59999.99"}}
    room = {"basic_insurance": "100000.01", "critical_illness": "500000.00"}
    before = {**BILL, "year_to_date": {"layers": paid}}
    for request, rooms in ((BILL, {**room, "basic_insurance": "160000.00"}), (before, room)):
        statement = made(request, "7", AT)
        cancelled = cancel_statement(statement, "8", "M8", AT)
        for sign, each, infno in (("", statement, "2304"), ("-", cancelled, "2305")):
            named = {row["fund_pay_type"]: row["crt_payb_lmt_amt"] for row in sent(each, infno)["setldetail"]}
            assert [str(named[code]) for code in ("390100", "390200")] == [sign + limit for limit in rooms.values()]
            assert str(named["610100"]) == "0.00", "nothing limits the relief of a serious disease"
    for request, infno in ((CHRONIC, "2206"), (CHRONIC, "2207"), (limited, "2303")):
        assert all(isinstance(row["crt_payb_lmt_amt"], Decimal) for row in sent(made(request), infno)["setldetail"])


def test_the_room_of_an_earlier_release_is_that_of_a_limit_which_was_reached() -> None:
    limited = {
        **BILL,
        "year_to_date": {"layers": {"supplementary_insurance": {"base": "100000.00", "paid": "79999.99"}}},
    }
    held = working(limited)
    data = orjson.loads(orjson.dumps(held.as_data()))
    for layer in data["layers"]:
        del layer["year_room"]
    statement = make_statement(CODES, particulars(limited), stored_working(data, held.out_of_pocket))
    rooms = [str(row["crt_payb_lmt_amt"]) for row in sent(statement, "2303")["setldetail"]]
    assert rooms == ["0.00", "0.00", "0.00", "0.00", "0.01"]


def test_the_working_holds_every_operand_of_the_calculation() -> None:
    for layer in working(BILL).layers:
        description = describe_layer(layer)
        assert len(description) <= LONGEST
        for fen in (layer.base, layer.due, layer.paid, layer.left):
            assert f"{format_amount(fen, 'zh')}元" in description
        for tier in layer.tiers:
            amount, pays = format_amount(tier.amount, "zh"), format_amount(tier.pays, "zh")
            assert f"{amount}元×{format_percent(tier.rate)}＝{pays}元" in description
        for reason in layer.reasons:
            assert reason.rstrip("。") in description


def test_a_layer_outside_says_so_and_one_that_was_adjudicated_what_was_given() -> None:
    given = {**BILL, "patient": {"registration": "none"}, "adjudicated": {"basic_insurance": "100000.00"}}
    basic, _, relief, *_ = working(given).layers
    assert describe_layer(basic).startswith("已由保险机构结算100000元")
    assert describe_layer(relief).startswith("不在该项保障的支付范围；患者不是建档立卡贫困人口")


def test_a_working_that_is_too_long_ends_after_a_whole_clause() -> None:
    layer = working(BILL).layers[0]
    description = describe_layer(layer._replace(tiers=layer.tiers * 200))
    assert LONGEST - 100 < len(description) <= LONGEST
    assert description.endswith("元…")
    assert describe_cancellation(description).startswith("撤销：计算基数171000元；")
    assert len(describe_cancellation(description)) <= LONGEST


@pytest.mark.lengthy
@grid("seed", range(4))
def test_the_identities_hold_for_random_bills_settled_and_cancelled(seed: int) -> None:
    rng = random.Random(f"identities {seed}")
    for _ in range(150):
        request = random_request(rng)
        calculated = working(request)
        whole = particulars(request)
        outside = whole.parts["fulamt_ownpay_amt"]
        over = rng.randint(0, outside)
        whole = particulars(request, (0, over, rng.randint(0, outside - over)))
        outpatient = request["visit"]["kind"] == "outpatient"
        settling, cancelling = ("2207", "2208") if outpatient else ("2304", "2305")
        statement = make_statement(CODES, whole, calculated, "7", AT)
        told = sent(statement, settling)
        expect_identities(told, settling)
        assert told["setlinfo"]["psn_cash_pay"] * 100 == calculated.out_of_pocket
        rows = told["setldetail"][: len(calculated.layers)]
        assert [row["inscp_scp_amt"] * 100 for row in rows] == [layer.base for layer in calculated.layers]
        data: Any = loads(orjson.dumps(as_data(statement)))
        stored = from_data(data)
        assert stored == statement
        undone = cancel_statement(stored, "8", "M2", AT)
        negative = sent(undone, cancelling)
        expect_identities(negative, cancelling)
        for name, value in negative["setlinfo"].items():
            if name in MONEY - {"hifdm_pay", "pdn_cash_pay"}:
                assert value == -told["setlinfo"][name], name
        trial = sent(make_statement(CODES, whole, calculated), "2206" if outpatient else "2303")
        assert {name: trial["setlinfo"][name] for name in MONEY & set(trial["setlinfo"])} == {
            name: told["setlinfo"][name] for name in MONEY & set(trial["setlinfo"])
        }


def test_a_cancellation_of_nothing_has_no_negative_zero() -> None:
    statement = cancel_statement(made(BILL, "7", AT), "8", "M2", AT)
    assert "-0.00" not in orjson.dumps(write_statement(statement, "2305")).decode()
