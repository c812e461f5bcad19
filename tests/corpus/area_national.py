"""The national platform's interface: its transactions, done, repeated, refused, and taken back."""

import json
from typing import Any

import httpx

from tests.corpus.area import Area
from tests.corpus.area_ledger import BUDGET
from tests.corpus.area_registers import (
    AWAY,
    CHRONIC,
    CITY,
    CLINIC,
    COUNTY,
    ENDED,
    EXITED,
    PLAIN,
    POOR,
    SICK,
    STRANGER,
    registers,
)

Json = Any

WHO = {CITY: "hospital", COUNTY: "county hospital", CLINIC: "clinic", AWAY: "away"}
STAY: dict[str, Json] = {
    "medfee_sumamt": "186000.00",
    "fulamt_ownpay_amt": "9000.00",
    "overlmt_selfpay": 1000,
    "preselfpay_amt": 5000.0,
    "inscp_scp_amt": "171000",
    "insutype": "390",
    "dscgTime": "2018-05-20",
}
VISIT = {
    "medfee_sumamt": "320.00",
    "fulamt_ownpay_amt": "20.00",
    "inscp_scp_amt": "300.00",
    "med_type": "14",
    "chrg_bchno": "B1",
}

STATEMENTS: tuple[Any, ...] = (
    {},
    {"medfee_sumamt": "1860000.00", "fixmedins_setl_cnt": "10"},
    {"refd_setl_flag": "1", "medfee_sumamt": "558000.00", "fixmedins_setl_cnt": "3"},
    {"clr_type": "11"},
    {"clr_type": "21"},
    {"clr_type": "99"},
    {"insutype": "390"},
    {"insutype": "310"},
    {"setl_optins": "150999"},
    {"stmt_begndate": "2018-05-21"},
    {"stmt_begndate": "2018-05-19", "stmt_enddate": "2018-05-19"},
    {"stmt_begndate": "x"},
    {"fixmedins_setl_cnt": "-1"},
    {"fixmedins_setl_cnt": None},
    {"refd_setl_flag": "2"},
)
"""What is asked of a reconciliation."""

VARIED: tuple[Any, ...] = (
    {"psn_idet_type": "17"},
    {"psn_type": "11"},
    {"insutype": "340"},
    {"mdtrt_cert_type": "01", "mdtrt_cert_no": "x" * 60},
    {"mid_setl_flag": "1"},
    {"dscgTime": ""},
    {"dscgTime": "2018-05-19 08:00:00"},
    {"dscgTime": "2018-05-21"},
    {"dscgTime": "2016-05-21"},
    {"dscgTime": "nonsense"},
    {"medfee_sumamt": "0"},
    {"medfee_sumamt": "-1"},
    {"medfee_sumamt": "1.001"},
    {"medfee_sumamt": None},
    {"medfee_sumamt": "100000000.01"},
    {"inscp_scp_amt": "170000"},
    {"inscp_scp_amt": None, "fulamt_ownpay_amt": None, "overlmt_selfpay": None, "preselfpay_amt": None},
    {"insutype": "310"},
    {"insutype": "x" * 10},
    {"acct_used_flag": "1"},
    {"psn_setlway": "02"},
    {"med_type": "52"},
    {"med_type": "2102"},
    {"exp_content": [{"x": 1}]},
    {"psn_no": ""},
    {"psn_no": "中文"},
    {"mdtrt_id": None},
    {"mdtrt_id": "x" * 31},
)
"""What of a stay may be said otherwise."""


class Desk:
    """A hospital's desk: envelopes with numbers that count up."""

    def __init__(self, area: Area, tokens: dict[str, str]) -> None:
        self.area = area
        self.tokens = tokens
        self._count = 0

    def envelope(self, infno: str, given: Json, institution: str = CITY, msgid: str = "") -> dict[str, Json]:
        """Write a message."""
        self._count += 1
        return {
            "infno": infno,
            "msgid": msgid or f"{institution}20180520{self._count:010}",
            "mdtrtarea_admvs": "150902",
            "insuplc_admdvs": "150923",
            "inf_time": "2018-05-20 10:00:00",
            "fixmedins_code": institution,
            "input": given,
        }

    def send(self, envelope: Json, path: str = "callService", token: str | None = None) -> httpx.Response:
        """Send a message, with the token of its institution unless another is given."""
        key = self.tokens.get(WHO.get(envelope.get("fixmedins_code"), ""), "") if token is None else token
        return self.area.ask("POST", f"/fsi/{path}", envelope, headers={"apikey": key})

    def call(self, infno: str, institution: str = CITY, msgid: str = "", **fields: Json) -> dict[str, Json]:
        """Call a transaction with these fields, and return its output."""
        answer = self.send(self.envelope(infno, {"data": fields}, institution, msgid))
        output: dict[str, Json] | None = answer.json()["output"]
        return output or {}

    def stay(self, infno: str, person: str, visit: str, msgid: str = "", **changes: Json) -> Json:
        """Try or settle a stay."""
        return self.call(infno, CITY, msgid, psn_no=person, mdtrt_id=visit, **{**STAY, **changes}).get("setlinfo", {})

    def visit(self, infno: str, person: str, visit: str, msgid: str = "", **changes: Json) -> Json:
        """Try or settle an outpatient's visit."""
        return self.call(infno, CLINIC, msgid, psn_no=person, mdtrt_id=visit, **{**VISIT, **changes}).get(
            "setlinfo", {}
        )

    def cancel(self, infno: str, settled: Json, msgid: str = "", **changes: Json) -> Json:
        """Cancel a settlement."""
        whole = {name: settled.get(name, "0") for name in ("psn_no", "mdtrt_id", "setl_id")}
        institution = CLINIC if infno == "2208" else CITY
        return self.call(infno, institution, msgid, **{**whole, **changes}).get("setlinfo", {})


def national(area: Area) -> None:
    """A hospital's days at the interface."""
    area.on("2018-05-20")
    tokens = registers(area)
    desk = Desk(area, tokens)
    with area.served():
        _look_up(desk)
        _stays(desk)
        _visits(desk)
        _cancellations(desk)
        _taken_back(desk)
        _restored(desk)
        _inquiries(desk)
        _reconciliation(desk)
        _envelopes(area, desk)
        _reported(desk)
    area.file("fund.yaml", text=BUDGET.replace("from: 2018-01-01", "from: 2019-01-01"))
    area.run("parameters", "accept", ANDA_PARAMETERS="fund.yaml")
    with area.served(parameters="fund.yaml"):
        _fund(desk)
    area.run("verify")
    area.file("codes.yaml", text="identities: {'17': registered}\ninfcode: number\n")
    with area.served(national_codes="codes.yaml", national_trusted="127.0.0.0/8", max_body_bytes=2_000):
        area.title("other codes, in a closed network")
        for identity in ("17", "18"):
            desk.call("2303", psn_no=POOR, mdtrt_id="V-OTHER", psn_idet_type=identity, **STAY)
            desk.call("2303", psn_no=PLAIN, mdtrt_id="V-OTHER", psn_idet_type=identity, **STAY)
        desk.call("1101", psn_no=POOR)
        desk.send(desk.envelope("1101", {"data": {"psn_no": POOR}}), token="")
        desk.send(desk.envelope("1101", {"data": {"psn_no": POOR}}), token="nonsense")  # noqa: S106
        desk.send(desk.envelope("1101", {"data": {"psn_no": "x" * 2_000}}))


def _look_up(desk: Desk) -> None:
    desk.area.title("signing in, persons")
    desk.send(desk.envelope("9001", {"signIn": {"opter_no": "001", "mac": "", "ip": "10.0.0.1"}}))
    for person in (POOR, SICK, CHRONIC, EXITED, ENDED, PLAIN, STRANGER):
        desk.call("1101", psn_no=person)
        desk.call("5206", psn_no=person)
    desk.call("1101", mdtrt_cert_type="03", mdtrt_cert_no=SICK)
    desk.call("1101", mdtrt_cert_type="01", mdtrt_cert_no="x" * 40)
    desk.call("1101", mdtrt_cert_type="02", mdtrt_cert_no="150923198001011234")
    desk.call("1101")


def _stays(desk: Desk) -> None:
    desk.area.title("stays tried and settled")
    for at, person in enumerate((POOR, SICK, CHRONIC, EXITED, ENDED, PLAIN, STRANGER)):
        desk.stay("2303", person, f"V{at}")
        desk.stay("2304", person, f"V{at}")
        desk.stay("2304", person, f"V{at}")
    message = f"{CITY}20180520REPEATED01"
    for _ in range(2):
        desk.stay("2304", SICK, "V-REPEATED", message)
    desk.stay("2304", SICK, "V-REPEATED", message, medfee_sumamt="186000.01", fulamt_ownpay_amt="9000.01")
    for at, changes in enumerate(VARIED):
        desk.call("2303", **{"psn_no": SICK, "mdtrt_id": f"W{at}", **STAY, **changes})
    desk.call("2303", AWAY, psn_no=SICK, mdtrt_id="W-AWAY", **STAY)
    desk.call("2304", COUNTY, psn_no=SICK, mdtrt_id="W-COUNTY", **STAY)
    for _ in range(2):
        desk.stay("2304", EXITED, "V-LONG", mid_setl_flag="1")
    desk.stay("2304", EXITED, "V-LONG")


def _visits(desk: Desk) -> None:
    desk.area.title("visits tried and settled")
    for at, person in enumerate((POOR, CHRONIC, PLAIN, STRANGER)):
        desk.visit("2206", person, f"C{at}")
        desk.visit("2207", person, f"C{at}")
    desk.visit("2207", CHRONIC, "C1")
    desk.visit("2207", CHRONIC, "C1", chrg_bchno="B2")
    desk.visit("2207", CHRONIC, "C1", chrg_bchno=None)
    for med_type in ("11", "12", "13", "21", "9903", "", "x"):
        desk.visit("2206", CHRONIC, "C9", med_type=med_type)


def _cancellations(desk: Desk) -> None:
    desk.area.title("cancellations")
    stay = desk.stay("2304", POOR, "X1")
    later = desk.stay("2304", POOR, "X2")
    desk.cancel("2305", stay)
    desk.cancel("2305", later, psn_no=SICK)
    desk.cancel("2305", later, mdtrt_id="X1")
    desk.cancel("2305", later, setl_id="99999")
    desk.cancel("2208", later)
    message = f"{CITY}20180520CANCELLED1"
    desk.cancel("2305", later, message)
    desk.cancel("2305", later, message)
    desk.cancel("2305", later)
    desk.cancel("2305", stay)
    visit = desk.visit("2207", CHRONIC, "X3")
    desk.cancel("2305", visit)
    cancelled = desk.cancel("2208", visit)
    desk.cancel("2208", cancelled)
    desk.visit("2207", CHRONIC, "X3")


def _taken_back(desk: Desk) -> None:
    desk.area.title("messages taken back (冲正)")
    settled, unknown = f"{CITY}20180520TAKENBACK1", f"{CITY}20180520UNKNOWN001"
    desk.stay("2304", PLAIN, "Y1", settled)
    desk.call("2601", psn_no=SICK, omsgid=settled, oinfno="2304")
    desk.call("2601", psn_no=PLAIN, omsgid=settled, oinfno="2207")
    again = f"{CITY}20180520AGAIN00001"
    for _ in range(2):
        desk.call("2601", msgid=again, psn_no=PLAIN, omsgid=settled, oinfno="2304")
    desk.call("2601", psn_no=PLAIN, omsgid=settled, oinfno="2304")
    desk.stay("2304", PLAIN, "Y1", settled)
    desk.stay("2304", PLAIN, "Y1")
    desk.call("2601", psn_no=PLAIN, omsgid=unknown, oinfno="2304")
    desk.stay("2304", PLAIN, "Y2", unknown)
    stay = desk.stay("2304", PLAIN, "Y3")
    cancelling = f"{CITY}20180520CANCELLED2"
    desk.cancel("2305", stay, cancelling)
    desk.call("2601", psn_no=PLAIN, omsgid=cancelling, oinfno="2305")
    desk.call("5203", psn_no=PLAIN, setl_id=stay.get("setl_id"), mdtrt_id="Y3")
    desk.call("2601", psn_no=PLAIN, omsgid="x", oinfno="1101")
    desk.call("2601", psn_no=PLAIN, omsgid="x", oinfno="nonsense")
    desk.call("2601", psn_no=PLAIN)
    desk.call("2601", COUNTY, psn_no=PLAIN, omsgid=settled, oinfno="2304")


def _restored(desk: Desk) -> None:
    """Cancellations are taken back: what rests on another year now, or on a visit settled anew, is not restored."""
    desk.area.title("cancellations taken back (冲正), which restores the settlement")
    for at, between in enumerate(("nothing", "the one before is cancelled", "another visit", "the visit anew")):
        before = desk.stay("2304", ENDED, f"Z{at}-BEFORE")
        settled = desk.stay("2304", ENDED, f"Z{at}")
        cancelling = f"{CITY}20180520RESTORED0{at}"
        desk.cancel("2305", settled, cancelling)
        if between == "the visit anew":
            desk.stay("2304", ENDED, f"Z{at}")
        elif between == "another visit":
            desk.stay("2304", ENDED, f"Z{at}-OTHER")
        elif between == "the one before is cancelled":
            desk.cancel("2305", before)
        desk.call("2601", psn_no=ENDED, omsgid=cancelling, oinfno="2305")
        desk.call("2601", psn_no=ENDED, omsgid=cancelling, oinfno="2305")
        desk.call("5203", psn_no=ENDED, setl_id=settled.get("setl_id"), mdtrt_id=f"Z{at}")


def _fund(desk: Desk) -> None:
    """The fund's budget is spent by others before a cancellation is taken back."""
    desk.area.title("a fund with a budget")
    desk.area.on("2019-03-01")
    statuses = [{"status": each, "from": "2014-01-01", "until": None} for each in ("registered", "major_disease")]
    persons = [f"15092300000{at}" for at in (60, 61, 62)]
    for person in persons:
        desk.area.ask("PUT", f"/v1/persons/{person}", {"statuses": statuses}, token=desk.tokens["county"])
    settled = desk.stay("2304", persons[0], "F0", dscgTime="2019-03-01")
    cancelling = f"{CITY}20180520RESTOREDFN"
    desk.cancel("2305", settled, cancelling)
    for at, person in enumerate(persons[1:], 1):
        desk.stay("2304", person, f"F{at}", dscgTime="2019-03-01")
    desk.call("2601", psn_no=persons[0], omsgid=cancelling, oinfno="2305")


def _inquiries(desk: Desk) -> None:
    desk.area.title("inquiries")
    for number in ("1", "2", "3", "99999", "x", "", None):
        desk.call("5203", psn_no=POOR, setl_id=number, mdtrt_id="V0")
    desk.call("5203", psn_no=SICK, medins_setl_id=f"{CITY}20180520REPEATED01", mdtrt_id="V-REPEATED")
    desk.call("5203", psn_no=SICK, medins_setl_id="unknown", mdtrt_id="V-REPEATED")
    desk.call("5203", COUNTY, psn_no=POOR, setl_id="1", mdtrt_id="V0")
    for month in ("201805", "201701", "2018", "201813", "x"):
        desk.call("5206", psn_no=SICK, cum_ym=month)
    token = desk.tokens["hospital"]
    for settlement in (1, 2, 3):
        desk.area.both("GET", f"/v1/settlements/{settlement}", token=token)
    desk.area.ask("GET", f"/v1/accounts/{SICK}/2018", token=desk.tokens["county"])
    desk.area.ask("GET", "/v1/ledger/totals?from=2018-05-20&to=2018-05-20", token=desk.tokens["county"])


def _reconciliation(desk: Desk) -> None:
    desk.area.title("reconciliation")
    day = {"stmt_begndate": "2018-05-20", "stmt_enddate": "2018-05-20"}
    none = {"medfee_sumamt": "0", "fund_pay_sumamt": "0", "acct_pay": "0", "fixmedins_setl_cnt": "0"}
    for changes in STATEMENTS:
        desk.call("3201", **{**day, **none, **changes})
    desk.call("3201", CLINIC, **{**day, **none})


def _envelopes(area: Area, desk: Desk) -> None:
    area.title("envelopes")
    person = {"psn_no": POOR}
    for given in (
        person,
        {"mdtrtinfo": person, "hcard_basinfo": "x"},
        json.dumps({"data": person}),
        {"data": None},
        {"psn_no": "1", "data": person},
        "[]",
        "x",
        5,
        None,
        {"data": {"psn_no": POOR, "psn_name": "某人", "certno": "150923198001011234"}},
    ):
        desk.send(desk.envelope("1101", given))
    whole = desk.envelope("1101", {"data": person})
    for name in ("infno", "msgid", "fixmedins_code", "input"):
        desk.send({key: value for key, value in whole.items() if key != name}, token=desk.tokens["hospital"])
    for changes in (
        {"infno": "9999"},
        {"infno": 1101},
        {"infno": None},
        {"msgid": "x" * 31},
        {"msgid": "a b"},
        {"inf_time": "nonsense"},
        {"inf_time": ""},
        {"insuplc_admdvs": ""},
        {"fixmedins_code": "H0"},
        {"unknown": {"deep": [1]}},
    ):
        desk.send({**whole, **changes}, token=desk.tokens["hospital"])
    for path in ("1101", "2303", "9999", "x"):
        desk.send(whole, path)
        desk.send({key: value for key, value in whole.items() if key != "infno"}, path)
    for who in ("county", "village", "clinic"):
        desk.send(whole, token=desk.tokens[who])
    for token in ("", "nonsense"):
        desk.send(whole, token=token)
    area.ask("POST", "/fsi/callService", whole, token=desk.tokens["hospital"])
    area.ask("POST", "/fsi/callService", whole, token=desk.tokens["hospital"], en=True)
    for content in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5_000, b"\xef\xbb\xbf" + json.dumps(whole).encode()):
        area.ask("POST", "/fsi/callService", content=content, headers={"apikey": desk.tokens["hospital"]})
    area.ask("POST", "/fsi/callService", content=b" " * 1_500_001, headers={"apikey": desk.tokens["hospital"]})
    area.both("GET", "/fsi/callService")


def _reported(desk: Desk) -> None:
    desk.area.title("visits and fees before they are settled")
    begun = {"psn_no": SICK, "begntime": "2018-05-10 09:30:00", "med_type": "21", "dise_codg": "I10.x00x002"}
    admission = desk.envelope("2401", {"mdtrtinfo": begun, "diseinfo": [{"diag_code": "I10"}]})
    for _ in range(2):
        answer = desk.send(admission)
    stay = answer.json()["output"]["result"]["mdtrt_id"]
    desk.stay("2303", SICK, stay, **_NO_PARTS)
    fee = {"psn_no": SICK, "mdtrt_id": stay, "cnt": 2, "pric": 50, "med_list_codg": "X1"}
    fees = [
        {**fee, "feedetl_sn": "F1", "det_item_fee_sumamt": "100.00"},
        {**fee, "feedetl_sn": "F2", "det_item_fee_sumamt": 900.5, "fulamt_ownpay_amt": "0.50", "inscp_scp_amt": 900},
        {**fee, "feedetl_sn": "F3", "det_item_fee_sumamt": "-50", "cnt": -1, "init_feedetl_sn": "F1"},
    ]
    upload = desk.envelope("2301", {"feedetail": fees})
    for _ in range(2):
        desk.send(upload)
    desk.send(desk.envelope("2301", {"feedetail": fees[:1]}))
    desk.call("2302", psn_no=SICK, mdtrt_id=stay, feedetl_sn="F1")
    desk.send(desk.envelope("2402", {"dscginfo": {"psn_no": SICK, "mdtrt_id": stay, "endtime": "2018-05-18 10:00:00"}}))
    settled: Json = {}
    for infno in ("2303", "2304"):
        settled = desk.stay(infno, SICK, stay, **{**_NO_PARTS, "medfee_sumamt": "950.50", "dscgTime": ""})
    for infno in ("2001", "5201", "5204", "5301"):
        desk.call(infno, psn_no=SICK, mdtrt_id=stay)
    for infno in ("2302", "2404", "2405"):
        desk.call(infno, psn_no=SICK, mdtrt_id=stay, feedetl_sn="0000")
    desk.cancel("2305", settled)
    for infno in ("2405", "2403", "2302", "2404", "2404"):
        desk.call(infno, psn_no=SICK, mdtrt_id=stay, feedetl_sn="0000")
    visit = desk.call("2201", CLINIC, psn_no=CHRONIC, begntime="2018-05-20", ipt_otp_no="MZ1")["data"]["mdtrt_id"]
    whose = {"psn_no": CHRONIC, "mdtrt_id": visit}
    desk.send(desk.envelope("2203A", {"mdtrtinfo": {**whose, "med_type": "14", "dise_codg": "M03900"}}, CLINIC))
    row = {**whose, "feedetl_sn": "F1", "chrg_bchno": "B1", "det_item_fee_sumamt": "320.00", "cnt": 1}
    desk.send(desk.envelope("2204", {"feedetail": [row]}, CLINIC))
    for infno in ("2206", "2207A"):
        settled = desk.visit(infno, CHRONIC, visit, **{**_NO_PARTS, "chrg_bchno": "B1"})
    desk.call("2205", CLINIC, **whose, chrg_bchno="0000")
    desk.cancel("2208", settled)
    desk.call("2205", CLINIC, **whose, chrg_bchno="B1")
    desk.call("2202", CLINIC, **whose)
    for infno in ("1901", "2102", "2503", "3202", "4101", "9101", "D001"):
        desk.call(infno, **whose)
    desk.send(desk.envelope("9002", {"signOut": {"sign_no": "1", "opter_no": "001"}}))


_NO_PARTS = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0")
