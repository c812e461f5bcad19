"""The messages between a hospital's system and the insurer's, from the document alone.

What a hospital sends, in the dialects that were seen, and whether an answer has the form that it relies on.
"Section" means a section of the document on the national interface.
"""

import datetime as dt
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

Json = dict[str, Any]
Key = tuple[str, str, str]

INPUTS = {
    "1101": "psn_no mdtrt_cert_type mdtrt_cert_no",
    "2206": "psn_no mdtrt_cert_type mdtrt_cert_no med_type medfee_sumamt psn_setlway mdtrt_id chrg_bchno acct_used_flag"
    " insutype fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt",
    "2207": "psn_no mdtrt_cert_type mdtrt_cert_no med_type medfee_sumamt psn_setlway mdtrt_id chrg_bchno insutype"
    " acct_used_flag invono fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt",
    "2208": "setl_id mdtrt_id psn_no",
    "2201": "psn_no insutype begntime mdtrt_cert_type mdtrt_cert_no ipt_otp_no atddr_no dr_name dept_code dept_name",
    "2202": "psn_no mdtrt_id ipt_otp_no",
    "2203": "mdtrt_id psn_no med_type begntime main_cond_dscr dise_codg dise_name",
    "2205": "mdtrt_id chrg_bchno psn_no",
    "2302": "feedetl_sn mdtrt_id psn_no",
    "2401": "psn_no insutype begntime mdtrt_cert_type mdtrt_cert_no med_type ipt_no dise_codg dise_name",
    "2402": "mdtrt_id psn_no insutype endtime dise_codg dise_name dscg_dept_codg dscg_dept_name dscg_way",
    "2404": "mdtrt_id psn_no",
    "2405": "mdtrt_id psn_no",
    "2303": "psn_no mdtrt_cert_type mdtrt_cert_no medfee_sumamt psn_setlway mdtrt_id acct_used_flag insutype invono"
    " mid_setl_flag fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt dscgTime",
    "2304": "psn_no mdtrt_cert_type mdtrt_cert_no medfee_sumamt psn_setlway mdtrt_id insutype acct_used_flag invono"
    " mid_setl_flag fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt dscgTime",
    "2305": "mdtrt_id setl_id psn_no",
    "2601": "psn_no omsgid oinfno",
    "3201": "insutype clr_type setl_optins stmt_begndate stmt_enddate medfee_sumamt fund_pay_sumamt acct_pay"
    " fixmedins_setl_cnt refd_setl_flag",
    "5203": "psn_no setl_id mdtrt_id",
    "5206": "psn_no cum_ym",
    "9001": "opter_no mac ip",
    "9002": "sign_no opter_no",
}
"""The fields of each input in order (section 2.1); 2206 has the parts of the bill too, as 2207 will send them."""

BESIDE_A_VOUCHER = "psn_cert_type", "certno", "psn_name"
"""What some systems send beside a voucher, at the end of an input (section 9)."""

NODES = {"2203": "mdtrtinfo", "2401": "mdtrtinfo", "2402": "dscginfo", "9001": "signIn", "9002": "signOut"}
"""The node of a transaction's fields where it is not `data` (section 1.3); diagnoses stand beside."""

UPLOADING = {"2204", "2301"}
"""What has a list of fees, `feedetail` (section 2.4)."""

_FEE_OUT = (
    "feedetl_sn det_item_fee_sumamt cnt pric pric_uplmt_amt selfpay_prop fulamt_ownpay_amt overlmt_amt preselfpay_amt"
    " inscp_scp_amt chrgitm_lv med_chrgitm_type bas_medn_flag hi_nego_drug_flag chld_medc_flag list_sp_item_flag"
    " lmt_used_flag drt_reim_flag memo"
)
FEE_OUT = _FEE_OUT.split()
"""The fields of a row of the answer to an upload, in order (section 2.4)."""

FEE_PARTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
"""The four parts of a fee; the second has another name than in a settlement (section 2.4)."""

MONEY_IN = {
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "fund_pay_sumamt",
    "acct_pay",
    "det_item_fee_sumamt",
    "overlmt_amt",
}

PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
"""The four parts of a bill (section 4, A)."""

FUNDS = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
"""What makes up `fund_pay_sumamt` (section 4, C)."""

MONEY_OUT = (
    "medfee_sumamt",
    *PARTS,
    "act_pay_dedc",
    *FUNDS,
    "fund_pay_sumamt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
    "hosp_part_amt",
)

_HEAD = (
    "psn_no psn_name psn_cert_type certno gend naty brdy age insutype psn_type cvlserv_flag setl_time mdtrt_cert_type"
    " med_type medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc hifp_pay"
    " pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay"
)
_TAIL = "balc acct_mulaid_pay medins_setl_id clr_optins clr_way clr_type"
_UNDONE = (
    "setl_time medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc hifp_pay"
    " pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay oth_pay fund_pay_sumamt psn_part_amt acct_pay"
)
OUTPUTS = {
    infno: tuple(names.split())
    for infno, names in {
        "2206": f"mdtrt_id {_HEAD} oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay hosp_part_amt {_TAIL}",
        "2207": f"mdtrt_id {_HEAD} oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay hosp_part_amt {_TAIL}",
        "2303": f"mdtrt_id {_HEAD} oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay hosp_part_amt {_TAIL}",
        "2304": f"mdtrt_id setl_id {_HEAD}"
        f" hosp_part_amt oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay {_TAIL}",
        "2305": f"mdtrt_id setl_id clr_optins {_UNDONE} psn_cash_pay hosp_part_amt balc acct_mulaid_pay medins_setl_id",
        "2208": f"mdtrt_id setl_id clr_optins {_UNDONE} hosp_part_amt balc acct_mulaid_pay medins_setl_id",
    }.items()
}
"""The fields of `setlinfo` in order (section 2.2); the place of 2207's setl_id and of 2208's cash is left open."""

MAY_BE_MISSING = {
    "gend",
    "naty",
    "brdy",
    "age",
    "insutype",
    "setl_time",
    "mdtrt_cert_type",
    "act_pay_dedc",
    "psn_part_amt",
    "hosp_part_amt",
    "clr_optins",
    "clr_way",
}
LONGEST = {
    "setl_id": 30,
    "mdtrt_id": 30,
    "psn_no": 30,
    "psn_name": 50,
    "psn_cert_type": 6,
    "certno": 50,
    "gend": 6,
    "naty": 3,
    "insutype": 6,
    "psn_type": 6,
    "cvlserv_flag": 3,
    "mdtrt_cert_type": 3,
    "med_type": 6,
    "medins_setl_id": 30,
    "clr_optins": 6,
    "clr_way": 6,
    "clr_type": 6,
}
DETAIL = [
    "fund_pay_type",
    "inscp_scp_amt",
    "crt_payb_lmt_amt",
    "fund_payamt",
    "fund_pay_type_name",
    "setl_proc_info",
]

SETTLING = {"2207", "2304"}
PRE_SETTLING = {"2206", "2303"}
CANCELLING = {"2208", "2305"}


def fen(amount: object) -> int:
    """An amount in fen, which came as a number or as text."""
    if isinstance(amount, bool) or not isinstance(amount, (int, str, Decimal)):
        raise ValueError(f"no amount: {amount!r}")
    whole = Decimal(amount) * 100
    if whole != int(whole):
        raise ValueError(f"no whole fen: {amount!r}")
    return int(whole)


def yuan(amount: int) -> str:
    """Fen as yuan with two places."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


@dataclass(frozen=True)
class Dialect:
    """How a hospital's system writes one message."""

    form: str = "data"  # or mdtrtinfo, bare: without a node
    as_text: bool = False  # `input` as a JSON string
    numbers: bool = False  # money as JSON numbers
    short: bool = False  # money without the places that it does not need
    discharge: str = "dscgTime"  # or dscg_time, or left out
    extension: str = ""  # exp_content, expContent
    foreign: bool = False  # keys that the insurer does not know
    one_address: bool = True
    bearer: bool = True

    @classmethod
    def any(cls, rng: random.Random) -> Self:
        """One of those that were seen, at random."""
        return cls(
            form=rng.choice(("data", "data", "mdtrtinfo", "bare")),
            as_text=rng.random() < 0.3,
            numbers=rng.random() < 0.5,
            short=rng.random() < 0.3,
            discharge=rng.choice(("dscgTime", "dscg_time", "")),
            extension=rng.choice(("", "exp_content", "expContent")),
            foreign=rng.random() < 0.3,
            one_address=rng.random() < 0.5,
            bearer=rng.random() < 0.5,
        )

    def money(self, amount: str) -> str | float:
        """An amount as this dialect writes it."""
        if self.numbers:
            return float(amount) if not self.short or "." in amount.removesuffix(".00") else int(amount[:-3])
        return amount.removesuffix(".00") if self.short else amount


@dataclass(frozen=True)
class Message:
    """One call: what the hospital means by it, and the very bytes that it sends."""

    institution: str
    infno: str
    msgid: str
    day: dt.date
    content: Mapping[str, str]
    address: str
    headers: Mapping[str, str]
    wire: bytes
    rows: Sequence[Mapping[str, str]] = ()

    @property
    def key(self) -> Key:
        """What the insurer knows a message by (section 5.2, 1)."""
        return self.institution, self.infno, self.msgid


@dataclass(frozen=True)
class Sender:
    """Who speaks: what of the envelope is the same in every call of a hospital."""

    institution: str
    token: str
    name: str = "某医院"
    division: str = "150902"


def input_of(
    infno: str, content: Mapping[str, str], dialect: Dialect, rows: Sequence[Mapping[str, str]] = ()
) -> Json | str:
    """The input node of a message in a dialect."""
    if infno in UPLOADING:
        feedetail = [
            {name: dialect.money(value) if name in MONEY_IN else value for name, value in {**content, **row}.items()}
            for row in rows
        ]
        listed: Json = {"feedetail": feedetail}
        return json.dumps(listed, ensure_ascii=False) if dialect.as_text else listed
    fields: Json = {}
    for name in (*INPUTS[infno].split(), *BESIDE_A_VOUCHER):
        written = dialect.discharge if name == "dscgTime" else name
        if name in content and written:
            fields[written] = dialect.money(content[name]) if name in MONEY_IN else content[name]
    if dialect.extension and infno in SETTLING | PRE_SETTLING | CANCELLING:
        fields[dialect.extension] = None if dialect.extension == "expContent" else [{"field": "unknown"}]
    if dialect.foreign:
        fields |= {"order_no": "1", "mdtrt_mode": "0", "hcard_basinfo": ""}
    given: Json = fields
    if infno in NODES:
        given = {NODES[infno]: fields}
        if infno in {"2203", "2401", "2402"}:
            given["diseinfo"] = [
                {"diag_type": "1", "diag_srt_no": "1", "diag_code": "I10.x00x002", "diag_name": "高血压"}
            ]
    elif dialect.form == "mdtrtinfo" and infno in SETTLING | PRE_SETTLING:
        given = {"mdtrtinfo": fields}
    elif dialect.form != "bare":
        given = {"data": fields}
    return json.dumps(given, ensure_ascii=False) if dialect.as_text else given


def message(
    sender: Sender,
    infno: str,
    msgid: str,
    at: dt.datetime,
    content: Mapping[str, str],
    dialect: Dialect,
    sign_no: str,
    rows: Sequence[Mapping[str, str]] = (),
) -> Message:
    """A message, written out."""
    envelope: Json = {
        "infno": infno,
        "msgid": msgid,
        "mdtrtarea_admvs": sender.division,
        "insuplc_admdvs": "150923" if "psn_no" in content else "",
        "recer_sys_code": "MBS_LOCAL" if dialect.foreign else "YBXT",
        "dev_no": "",
        "dev_safe_info": None,
        "cainfo": "",
        "signtype": "SM2",
        "infver": "1.0.0" if dialect.foreign else "V1.0",
        "opter_type": "1",
        "opter": "0012",
        "opter_name": "结算员",
        "inf_time": f"{at:%Y-%m-%d %H:%M:%S}",
        "fixmedins_code": sender.institution,
        "fixmedins_name": sender.name,
        "sign_no": sign_no,
        "input": input_of(infno, content, dialect, rows),
    }
    if dialect.foreign:
        envelope |= {"enc_type": "", "serv_code": "", "serv_sign": None, "recer_admdvs": "150900"}
    return Message(
        institution=sender.institution,
        infno=infno,
        msgid=msgid,
        day=at.date(),
        content=content,
        address="/fsi/callService" if dialect.one_address else f"/fsi/{infno}",
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {sender.token}"} if dialect.bearer else {"apikey": sender.token}),
        },
        wire=json.dumps(envelope, ensure_ascii=False).encode(),
        rows=rows,
    )


@dataclass(frozen=True)
class Answer:
    """What came back: success only if the code is the text "0" and no error is given, as hospitals' systems see it."""

    status: int
    text: str
    envelope: Json = field(default_factory=dict)

    @classmethod
    def read(cls, status: int, body: bytes) -> Self:
        """An answer from the wire; whatever cannot be read is a failure."""
        text = body.decode(errors="replace")
        try:
            read = json.loads(text, parse_float=Decimal)
        except ValueError:
            read = {}
        return cls(status, text, read if isinstance(read, dict) else {})

    @property
    def succeeded(self) -> bool:
        """Whether a hospital's system takes it for a success."""
        return self.status == 200 and self.envelope.get("infcode") == "0" and not self.envelope.get("err_msg")

    @property
    def refused(self) -> bool:
        """Whether it says, in the interface's own way, that nothing was done."""
        return self.status == 200 and self.envelope.get("infcode") == "-1" and bool(self.envelope.get("err_msg"))

    @property
    def error(self) -> str:
        """What is said of a failure."""
        return str(self.envelope.get("err_msg") or "")

    @property
    def warning(self) -> str:
        """What is said beside a success."""
        return str(self.envelope.get("warn_msg") or "")

    @property
    def output(self) -> Json:
        """The output; empty where there is none."""
        output = self.envelope.get("output")
        return output if isinstance(output, dict) else {}

    @property
    def settled(self) -> Json:
        """The node `setlinfo`."""
        found = self.output.get("setlinfo")
        return found if isinstance(found, dict) else {}

    @property
    def details(self) -> list[Json]:
        """The rows of `setldetail`."""
        found = self.output.get("setldetail")
        return found if isinstance(found, list) else []

    @cached_property
    def amounts(self) -> dict[str, int]:
        """All amounts of a settlement in fen; what is null or left out is 0."""
        settled = self.settled
        return {name: fen(settled[name]) if settled.get(name) is not None else 0 for name in MONEY_OUT} | {
            "psn_cash_pay": fen(settled.get("psn_cash_pay", settled.get("pdn_cash_pay")) or 0)
        }

    @property
    def lasting(self) -> Json:
        """What a repeated answer must say again: all but the times of the answer."""
        return {name: value for name, value in self.envelope.items() if name not in {"refmsg_time", "respond_time"}}


def complaints(sent: Message, answer: Answer) -> Iterator[str]:
    """Whatever is wrong with the form of an answer or with its sums, whoever asked."""
    if answer.status != 200:
        yield f"HTTP {answer.status}"
        return
    envelope = answer.envelope
    wanted = ["infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg", "output"]
    if [name for name in envelope if name in wanted] != wanted:
        yield f"the envelope's fields are {list(envelope)}"
        return
    if envelope["infcode"] not in ("0", "-1"):
        yield f"infcode {envelope['infcode']!r}"
    if not re.fullmatch(r"[0-9]{20}[0-9A-Za-z]{10}", str(envelope["inf_refmsgid"])):
        yield f"inf_refmsgid {envelope['inf_refmsgid']!r}"
    for name in ("refmsg_time", "respond_time"):
        if not re.fullmatch(r"[0-9]{17}", str(envelope[name])):
            yield f"{name} {envelope[name]!r}"
    if not isinstance(envelope["err_msg"], str) or len(envelope["err_msg"]) > 200:
        yield f"err_msg {envelope['err_msg']!r}"
    if len(answer.text) > 40_000:
        yield "longer than 40,000 characters"
    if answer.succeeded == answer.refused:
        yield "neither a success nor a failure"
    if answer.succeeded and sent.infno in OUTPUTS:
        yield from complaints_of_settlement(sent, answer)
    if answer.succeeded and sent.infno in UPLOADING:
        yield from complaints_of_upload(sent, answer)
    if answer.succeeded and sent.infno in OPENING and not 0 < len(visit_number(sent, answer)) <= 30:
        yield "no mdtrt_id"


OPENING = {"2201": "data", "2401": "result"}
"""What gives a visit its number, and the node that has it (section 8)."""


def visit_number(sent: Message, answer: Answer) -> str:
    """The number that the insurer gave a visit (mdtrt_id)."""
    return str(answer.output.get(OPENING[sent.infno], {}).get("mdtrt_id") or "")


def complaints_of_upload(sent: Message, answer: Answer) -> Iterator[str]:
    """Whatever is wrong with `result`: a row for each fee, its fields, their order, and identity B."""
    result = answer.output.get("result")
    if not isinstance(result, list) or [row.get("feedetl_sn") for row in result] != [
        row["feedetl_sn"] for row in sent.rows
    ]:
        yield "the rows of the result are not those of the fees"
        return
    for row, fee in zip(result, sent.rows, strict=True):
        if [name for name in row if name in FEE_OUT] != [name for name in FEE_OUT if name in row]:
            yield f"a row is in another order: {list(row)}"
        missing = {*FEE_OUT[:12], "lmt_used_flag"} - row.keys()
        if missing or not (row["chrgitm_lv"] and row["med_chrgitm_type"] and row["lmt_used_flag"]):
            yield f"a row lacks {missing or 'a flag'}"
            return
        parts = sum(fen(row[name]) for name in FEE_PARTS)
        if not fen(row["det_item_fee_sumamt"]) == parts == fen(fee["det_item_fee_sumamt"]):
            yield f"identity B: {row}"


def complaints_of_settlement(sent: Message, answer: Answer) -> Iterator[str]:
    """Whatever is wrong with `setlinfo` and `setldetail`: fields, their order, lengths, and the identities."""
    settled, details = answer.settled, answer.details
    documented = OUTPUTS[sent.infno]
    if sent.infno in CANCELLING:
        documented = tuple(name for name in documented if name != "psn_cash_pay" or sent.infno == "2305")
    if missing := [name for name in documented if name not in settled and name not in MAY_BE_MISSING]:
        yield f"setlinfo lacks {missing}"
        return
    if [name for name in settled if name in documented] != [name for name in documented if name in settled]:
        yield f"setlinfo is in another order: {list(settled)}"
    if sent.infno in PRE_SETTLING:
        if settled.get("setl_id") is not None:
            yield "a pre-settlement has a setl_id"
    elif not settled.get("setl_id"):
        yield "no setl_id"
    for name, longest in LONGEST.items():
        value = settled.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > longest):
            yield f"{name} is {value!r}"
    if sent.infno not in CANCELLING:
        if settled["medins_setl_id"] != sent.msgid:
            yield f"medins_setl_id is {settled['medins_setl_id']!r}"
        if settled["psn_no"] != sent.content["psn_no"]:
            yield f"psn_no is {settled['psn_no']!r}"
        if any(settled.get(name) is None for name in MONEY_OUT if name not in MAY_BE_MISSING):
            yield "an amount is null"
    if settled["mdtrt_id"] != sent.content["mdtrt_id"]:
        yield f"mdtrt_id is {settled['mdtrt_id']!r}"
    if not 0 <= Decimal(settled["pool_prop_selfpay"] or 0) <= 1:
        yield f"pool_prop_selfpay is {settled['pool_prop_selfpay']!r}"
    if not details:
        yield "no setldetail"
    for row in details:
        if [name for name in row if name in DETAIL] != DETAIL:
            yield f"a row of setldetail has the fields {list(row)}"
            return
        if not (0 < len(str(row["fund_pay_type"])) <= 6 and 0 < len(str(row["fund_pay_type_name"])) <= 200):
            yield f"a row of setldetail is of the fund {row['fund_pay_type']!r}, {row['fund_pay_type_name']!r}"
        if not 0 < len(str(row["setl_proc_info"] or "")) <= 4000:
            yield f"setl_proc_info is {row['setl_proc_info']!r}"
    try:
        yield from broken_identities(settled, answer.amounts, sum(fen(row["fund_payamt"]) for row in details))
    except ValueError as error:
        yield str(error)


def broken_identities(settled: Json, amounts: Mapping[str, int], detailed: int) -> Iterator[str]:
    """Which of the identities of section 4 do not hold; in a cancellation all is negative (G)."""
    person = amounts["psn_part_amt"]
    if settled.get("psn_part_amt") is None:
        person = amounts["acct_pay"] + amounts["psn_cash_pay"]
    for name, left, right in (
        ("A", amounts["medfee_sumamt"], sum(amounts[part] for part in PARTS)),
        ("C", amounts["fund_pay_sumamt"], sum(amounts[fund] for fund in FUNDS)),
        ("D", person, amounts["acct_pay"] + amounts["psn_cash_pay"]),
        ("E", amounts["medfee_sumamt"], amounts["fund_pay_sumamt"] + person + amounts["hosp_part_amt"]),
        ("F", detailed, amounts["fund_pay_sumamt"] + amounts["acct_pay"] + amounts["hosp_part_amt"]),
    ):
        if left != right:
            yield f"identity {name}: {yuan(left)} is not {yuan(right)}"
    if abs(amounts["act_pay_dedc"]) > abs(amounts["inscp_scp_amt"]):
        yield "identity H: the deductible is above what is in scope"
    negative = amounts["medfee_sumamt"] < 0
    if any(amount and (amount < 0) != negative for amount in amounts.values()):
        yield "identity G: amounts of both signs"
