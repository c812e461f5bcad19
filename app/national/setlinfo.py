"""`setlinfo` and `setldetail`: a settlement in the platform's fields, in the order of the specification.

A `Statement` holds them with amounts in fen. It is made from the working of the settlement, negated by a cancellation,
and written as JSON numbers with two decimals by `write_statement`. Nothing is calculated here and nothing parsed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypedDict, get_args

import orjson

from app.clock import SHANGHAI
from app.ledger.workings import LayerWorking, SettlementWorking
from app.national.calculation_text import describe_cancellation, describe_guarantee, describe_layer
from app.national.codes import FUND_FIELDS, Codes, FundCodes, Insurance
from app.national.identity import placeholder
from app.rules.money import WHOLE
from app.rules.reimbursement.bill import Kind

PartField = Literal["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]
"""The parts of a bill: outside the insurance catalogue, above the price limit, first paid by the patient, in scope."""

MoneyField = Literal[
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
    "pdn_cash_pay",
    "hosp_part_amt",
    "balc",
    "acct_mulaid_pay",
    "hifdm_pay",
]
"""The fields of setlinfo that hold money."""

TextField = Literal[
    "mdtrt_id",
    "setl_id",
    "psn_no",
    "psn_name",
    "psn_cert_type",
    "certno",
    "gend",
    "naty",
    "brdy",
    "age",
    "insutype",
    "psn_type",
    "cvlserv_flag",
    "setl_time",
    "mdtrt_cert_type",
    "med_type",
    "medins_setl_id",
    "clr_optins",
    "clr_way",
    "clr_type",
]
"""The fields of setlinfo that hold a text or nothing."""

PARTS: tuple[PartField, ...] = get_args(PartField)
MONEY: frozenset[str] = frozenset(get_args(MoneyField))

_NOT_PAID: tuple[MoneyField, ...] = ("acct_pay", "hosp_part_amt", "balc", "acct_mulaid_pay", "hifdm_pay")
"""The payers that the policy does not know: always zero."""

_WHO = (
    *("psn_no", "psn_name", "psn_cert_type", "certno", "gend", "naty", "brdy", "age", "insutype", "psn_type"),
    *("cvlserv_flag", "setl_time", "mdtrt_cert_type", "med_type"),
)
_BILL = ("medfee_sumamt", *PARTS, "act_pay_dedc")
_RATIO = "pool_prop_selfpay"
_FUNDS = ("hifp_pay", _RATIO, "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay")
_PATIENT = ("fund_pay_sumamt", "psn_part_amt", "acct_pay", "psn_cash_pay")
_REST = ("balc", "acct_mulaid_pay", "medins_setl_id")
_CLEARING = ("clr_optins", "clr_way", "clr_type")

PRE_SETTLED = ("mdtrt_id", *_WHO, *_BILL, *_FUNDS, "oth_pay", *_PATIENT, "hosp_part_amt", *_REST, *_CLEARING)
"""The 40 fields of 2303 and 2206."""

_CANCELLED = ("mdtrt_id", "setl_id", "clr_optins", "setl_time", *_BILL, *_FUNDS, "oth_pay", *_PATIENT, "hosp_part_amt")

FIELDS: dict[str, tuple[str, ...]] = {
    "2206": PRE_SETTLED,
    "2207": ("mdtrt_id", "setl_id", *PRE_SETTLED[1:]),
    "2303": PRE_SETTLED,
    "2304": (
        *("mdtrt_id", "setl_id", *_WHO, *_BILL, *_FUNDS, "hosp_part_amt", "oth_pay"),
        *(*_PATIENT, *_REST, *_CLEARING),
    ),
    "2305": (*_CANCELLED, *_REST, "hifdm_pay"),
    # A system in wide use reads its cash from a misspelt field at the end; both are sent.
    "2208": (*_CANCELLED, *_REST, "pdn_cash_pay"),
}
"""The fields of setlinfo by transaction, in their order."""

DETAIL = ("fund_pay_type", "inscp_scp_amt", "crt_payb_lmt_amt", "fund_payamt", "fund_pay_type_name", "setl_proc_info")
"""The fields of a row of setldetail, in their order."""


class Particulars(NamedTuple):
    """The facts of a settlement that stand in its request alone."""

    visit_id: str
    message_id: str
    day: dt.date
    """The day of the answer, on which the person has an age."""
    kind: Kind
    care: str
    """med_type."""
    certificate: str
    """mdtrt_cert_type."""
    insurance: Insurance
    parts: Mapping[PartField, int]
    """The four parts of the bill, fen. Their sum is the bill."""


class FundShare(NamedTuple):
    """A row of setldetail: what one payer pays. Amounts in fen."""

    code: str
    """fund_pay_type."""
    name: str
    base: int
    """inscp_scp_amt."""
    year_room: int | None
    """crt_payb_lmt_amt: what the payer could still pay in the year before this bill; None where nothing limits it."""
    paid: int
    """fund_payamt."""
    description: str
    """setl_proc_info."""


class Statement(NamedTuple):
    """A settlement, a trial or a cancellation in the platform's fields.

    Amounts are in fen, those of a cancellation negative. Who the person is stands in placeholders, which each request
    that is answered fills itself.
    """

    texts: Mapping[TextField, str | None]
    amounts: Mapping[MoneyField, int]
    fund_ratio: int
    """pool_prop_selfpay: the nominal ratio of basic insurance, basis points."""
    shares: tuple[FundShare, ...]


class SettlementOutput(TypedDict):
    """The output of a transaction, ready to be written as JSON."""

    setlinfo: dict[str, object]
    setldetail: list[dict[str, object]]


def make_statement(
    codes: Codes,
    particulars: Particulars,
    working: SettlementWorking,
    setl_id: str | None = None,
    at: dt.datetime | None = None,
) -> Statement:
    """Write a settlement in the platform's fields; without a number and a time it is only tried (预结算)."""
    basic = next(layer for layer in working.layers if layer.layer == "basic_insurance")
    return Statement(
        texts=_texts(codes, particulars, setl_id, at),
        amounts=_amounts(particulars, working, basic),
        fund_ratio=basic.tiers[-1].rate if basic.tiers else 0,
        shares=_shares(particulars, working),
    )


def cancel_statement(original: Statement, setl_id: str, message_id: str, at: dt.datetime) -> Statement:
    """Write the cancellation of a settlement: its amounts negated, under a number of its own."""
    return Statement(
        texts={
            **original.texts,
            "setl_id": setl_id,
            "medins_setl_id": message_id,
            "setl_time": format_local_time(at),
        },
        amounts={name: -fen for name, fen in original.amounts.items()},
        fund_ratio=original.fund_ratio,
        shares=tuple(_cancel_share(share) for share in original.shares),
    )


def write_statement(statement: Statement, infno: str) -> SettlementOutput:
    """Write a statement as the output of a transaction: its fields in their order, amounts as exact JSON numbers."""
    values: dict[str, object] = {name: text for name, text in statement.texts.items()}  # noqa: C416
    values |= {name: write_amount(fen) for name, fen in statement.amounts.items()}
    values[_RATIO] = orjson.Fragment(f"{statement.fund_ratio // WHOLE}.{statement.fund_ratio % WHOLE:04d}")
    return {
        "setlinfo": {name: values[name] for name in FIELDS[infno]},
        "setldetail": [_write_share(share) for share in statement.shares],
    }


def write_amount(fen: int) -> orjson.Fragment:
    """Write an amount, which may be negative, as an exact JSON number in yuan with two decimals."""
    return orjson.Fragment(format_amount(fen))


def format_amount(fen: int) -> str:
    """Write an amount, which may be negative, in yuan with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def format_local_time(at: dt.datetime) -> str:
    """Write an instant as yyyy-MM-dd HH:mm:ss in Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _texts(
    codes: Codes, particulars: Particulars, setl_id: str | None, at: dt.datetime | None
) -> dict[TextField, str | None]:
    return {
        "mdtrt_id": particulars.visit_id,
        "setl_id": setl_id,
        "psn_no": placeholder("psn_no"),
        "psn_name": placeholder("psn_name"),
        "psn_cert_type": placeholder("psn_cert_type"),
        "certno": placeholder("certno"),
        "gend": placeholder("gend"),
        "naty": "",
        "brdy": placeholder("brdy"),
        "age": placeholder("age", particulars.day),
        "insutype": particulars.insurance.code,
        "psn_type": codes.person.category,
        "cvlserv_flag": "0",
        "setl_time": None if at is None else format_local_time(at),
        "mdtrt_cert_type": particulars.certificate,
        "med_type": particulars.care,
        "medins_setl_id": particulars.message_id,
        "clr_optins": codes.clearing.office,
        "clr_way": None if at is None else codes.clearing.method,
        "clr_type": codes.clearing.types[particulars.kind],
    }


def _amounts(particulars: Particulars, working: SettlementWorking, basic: LayerWorking) -> dict[MoneyField, int]:
    amounts: dict[MoneyField, int] = dict.fromkeys(_NOT_PAID, 0)
    amounts["medfee_sumamt"] = sum(particulars.parts.values())
    for part in PARTS:
        amounts[part] = particulars.parts[part]
    amounts["act_pay_dedc"] = 0 if basic.deductible is None else min(basic.deductible, basic.base)
    for field in FUND_FIELDS:
        amounts[field] = 0
    funds = particulars.insurance.funds
    for layer in working.layers:
        amounts[funds[layer.layer].field] += layer.paid
    if working.guarantee is not None:
        amounts[funds["chronic_guarantee"].field] += working.guarantee.paid
    amounts["fund_pay_sumamt"] = sum(amounts[field] for field in FUND_FIELDS)
    # All that no fund pays is cash: residents have no account.
    amounts["psn_part_amt"] = amounts["psn_cash_pay"] = amounts["pdn_cash_pay"] = working.out_of_pocket
    return amounts


def _shares(particulars: Particulars, working: SettlementWorking) -> tuple[FundShare, ...]:
    """Make a row for each layer in the order in which they paid, and one for the guarantee where there is one."""
    funds = particulars.insurance.funds
    shares = [_layer_share(funds[layer.layer], layer) for layer in working.layers]
    if working.guarantee is not None:
        fund, guarantee = funds["chronic_guarantee"], working.guarantee
        base, description = particulars.parts["inscp_scp_amt"], describe_guarantee(guarantee)
        shares.append(FundShare(fund.code, fund.name, base, None, guarantee.paid, description))
    return tuple(shares)


def _layer_share(fund: FundCodes, layer: LayerWorking) -> FundShare:
    room = layer.year_room
    if room is None and layer.limited_by == "annual_limit":
        # The working of an earlier release has no room; that of a limit that was reached is what was paid.
        room = layer.paid
    return FundShare(fund.code, fund.name, layer.base, room, layer.paid, describe_layer(layer))


def _cancel_share(share: FundShare) -> FundShare:
    return share._replace(
        base=-share.base,
        year_room=None if share.year_room is None else -share.year_room,
        paid=-share.paid,
        description=describe_cancellation(share.description),
    )


def _write_share(share: FundShare) -> dict[str, object]:
    return {
        "fund_pay_type": share.code,
        "inscp_scp_amt": write_amount(share.base),
        "crt_payb_lmt_amt": write_amount(share.year_room or 0),
        "fund_payamt": write_amount(share.paid),
        "fund_pay_type_name": share.name,
        "setl_proc_info": share.description,
    }
