"""`setlinfo` and `setldetail`: a settlement in the platform's fields and their order (2.2, 2.3).

Made from the answer that the ledger gave, whose amounts are texts; nothing is calculated a second time. In between
they are plain dictionaries with amounts in fen; `on_the_wire` writes these as JSON numbers with two decimals.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from app.clock import SHANGHAI
from app.national.calculation_text import of_cancellation, of_guarantee, of_layer
from app.national.codes import FUND_FIELDS, Codes, Insurance, Payer
from app.national.envelope import PERSON
from app.rules.money import parse_yuan
from app.rules.reimbursement.bill import Kind

Json = dict[str, Any]

PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
"""The four parts of a bill: outside the catalogue, above the price limit, first paid by the patient, in scope."""

MONEY = frozenset(
    {
        *("medfee_sumamt", *PARTS, "act_pay_dedc", *FUND_FIELDS, "fund_pay_sumamt", "psn_part_amt", "acct_pay"),
        *("psn_cash_pay", "pdn_cash_pay", "hosp_part_amt", "balc", "acct_mulaid_pay", "hifdm_pay"),
        *("crt_payb_lmt_amt", "fund_payamt"),
    }
)
"""The fields that hold money."""

_WHO = (
    *("psn_no", "psn_name", "psn_cert_type", "certno", "gend", "naty", "brdy", "age", "insutype", "psn_type"),
    *("cvlserv_flag", "setl_time", "mdtrt_cert_type", "med_type"),
)
_BILL = ("medfee_sumamt", *PARTS, "act_pay_dedc")
_FUNDS = ("hifp_pay", "pool_prop_selfpay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay")
_PATIENT = ("fund_pay_sumamt", "psn_part_amt", "acct_pay", "psn_cash_pay")
_REST = ("balc", "acct_mulaid_pay", "medins_setl_id")
_CLEARING = ("clr_optins", "clr_way", "clr_type")

PRE_SETTLED = ("mdtrt_id", *_WHO, *_BILL, *_FUNDS, "oth_pay", *_PATIENT, "hosp_part_amt", *_REST, *_CLEARING)
"""The fields of 2303 and 2206, 40."""

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
    # A system in wide use reads its cash from a misspelt field at the end; both are given.
    "2208": (*_CANCELLED, *_REST, "pdn_cash_pay"),
}
"""The fields of setlinfo by transaction, in their order."""

DETAIL = ("fund_pay_type", "inscp_scp_amt", "crt_payb_lmt_amt", "fund_payamt", "fund_pay_type_name", "setl_proc_info")
"""The fields of a row of setldetail, in their order."""


class Particulars(NamedTuple):
    """What of a settlement only its request knows."""

    visit_id: str
    message_id: str
    kind: Kind
    care: str
    """med_type."""
    certificate: str
    """mdtrt_cert_type."""
    insurance: Insurance
    parts: Mapping[str, int]
    """The four parts of the bill, fen; they add up to it."""


def settled(
    codes: Codes, particulars: Particulars, answer: Json, setl_id: str | None = None, at: dt.datetime | None = None
) -> Json:
    """Put an answer of the reimbursement into the platform's words: `setlinfo` with every field, and `setldetail`.

    Without a settlement's number and time it is one that was only tried (预结算). Names and certificates of the person
    are not known here and stay empty.
    """
    details = _details(particulars.insurance, answer)
    funds: dict[str, int] = dict.fromkeys(FUND_FIELDS, 0)
    for row in details:
        funds[row["field"]] += row["fund_payamt"]
    basic = next(layer for layer in answer["layers"] if layer["layer"] == "basic_insurance")
    cash = parse_yuan(answer["summary"]["out_of_pocket"])
    nothing = dict.fromkeys(("acct_pay", "hosp_part_amt", "balc", "acct_mulaid_pay", "hifdm_pay"), 0)
    info: Json = {
        "mdtrt_id": particulars.visit_id,
        "setl_id": setl_id,
        "psn_no": PERSON,
        **dict.fromkeys(("psn_name", "psn_cert_type", "certno", "gend", "naty"), ""),
        **dict.fromkeys(("brdy", "age"), None),
        "insutype": particulars.insurance.code,
        "psn_type": codes.person.category,
        "cvlserv_flag": "0",
        "setl_time": None if at is None else moment_in_words(at),
        "mdtrt_cert_type": particulars.certificate,
        "med_type": particulars.care,
        "medfee_sumamt": parse_yuan(answer["bill"]["total"]),
        **particulars.parts,
        "act_pay_dedc": _deductible_paid(basic),
        **funds,
        "pool_prop_selfpay": Decimal(_ratio(basic)),
        "fund_pay_sumamt": sum(funds.values()),
        "psn_part_amt": cash,
        "psn_cash_pay": cash,
        "pdn_cash_pay": cash,
        **nothing,
        "medins_setl_id": particulars.message_id,
        "clr_optins": codes.clearing.office,
        "clr_way": None if at is None else codes.clearing.method,
        "clr_type": codes.clearing.types[particulars.kind],
    }
    return {"setlinfo": info, "setldetail": [{name: row[name] for name in DETAIL} for row in details]}


def cancelled(original: Json, setl_id: str, message_id: str, at: dt.datetime) -> Json:
    """Return a settlement's output with its amounts negated, as the cancellation with a number of its own."""
    own = {"setl_id": setl_id, "medins_setl_id": message_id, "setl_time": moment_in_words(at)}
    return {
        "setlinfo": {**_negated(original["setlinfo"]), **own},
        "setldetail": [
            {**_negated(row), "setl_proc_info": of_cancellation(row["setl_proc_info"])}
            for row in original["setldetail"]
        ],
    }


def on_the_wire(output: Json, fields: Sequence[str]) -> Json:
    """Write an output as it is sent: the fields of the transaction in their order, amounts as exact JSON numbers."""
    return {
        "setlinfo": {name: _number(name, output["setlinfo"][name]) for name in fields},
        "setldetail": [{name: _number(name, row[name]) for name in DETAIL} for row in output["setldetail"]],
    }


def from_the_wire(output: Json) -> Json:
    """Read an output that was sent, its numbers as decimals, back as it was: amounts in fen.

    Fields that the transaction had no place for are those of the same name, or nothing.
    """
    info = {name: _fen(name, value) for name, value in output["setlinfo"].items()}
    rest = {"hifdm_pay": 0, "pdn_cash_pay": info["psn_cash_pay"]}
    details = [{name: _fen(name, value) for name, value in row.items()} for row in output["setldetail"]]
    return {"setlinfo": {**rest, **info}, "setldetail": details}


def amount(fen: int) -> orjson.Fragment:
    """Write an amount as a JSON number with two decimals, exactly; it may be negative."""
    return orjson.Fragment(amount_in_words(fen))


def amount_in_words(fen: int) -> str:
    """Write an amount that may be negative, with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def moment_in_words(at: dt.datetime) -> str:
    """Write an instant as yyyy-MM-dd HH:mm:ss in Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _details(insurance: Insurance, answer: Json) -> list[Json]:
    """Make a row for each layer in the order they paid, and one for the guarantee where there is one."""
    rows = [_row(insurance, layer["layer"], layer, of_layer(layer)) for layer in answer["layers"]]
    guarantee = answer["guarantee"]
    if guarantee is not None:
        base = {"base": answer["bill"]["in_scope"], "limited_by": None, "paid": guarantee["paid"]}
        rows.append(_row(insurance, "chronic_guarantee", base, of_guarantee(guarantee)))
    return rows


def _row(insurance: Insurance, payer: Payer, share: Json, working: str) -> Json:
    fund = insurance.funds[payer]
    paid = parse_yuan(share["paid"])
    return {
        "field": fund.field,
        "fund_pay_type": fund.code,
        "inscp_scp_amt": parse_yuan(share["base"]),
        # What the year's limit still allowed is known where it is what was paid.
        "crt_payb_lmt_amt": paid if share["limited_by"] == "annual_limit" else None,
        "fund_payamt": paid,
        "fund_pay_type_name": fund.name,
        "setl_proc_info": working,
    }


def _deductible_paid(basic: Json) -> int:
    """Return what of the deductible the patient paid: all of it, or what counted where that is less."""
    if basic["deductible"] is None:
        return 0
    deductible, base = parse_yuan(basic["deductible"]), parse_yuan(basic["base"])
    return deductible if deductible < base else base


def _ratio(basic: Json) -> str:
    """Return the nominal ratio of basic insurance: the rate of the band that the bill reached."""
    tiers = basic["tiers"]
    return str(tiers[-1]["rate"]) if tiers else "0"


def _negated(fields: Json) -> Json:
    return {name: -value if name in MONEY and value is not None else value for name, value in fields.items()}


def _number(name: str, value: Any) -> Any:
    if name in MONEY:
        return None if value is None else amount(value)
    return orjson.Fragment(f"{value:.4f}") if isinstance(value, Decimal) else value


def _fen(name: str, value: Any) -> Any:
    return int(value * 100) if name in MONEY and value is not None else value
