"""Numbers, names and cards that hospitals send stand nowhere but in the answer to who has sent them.

They are planted in every field of every transaction, where they belong and where they do not: in the envelope, in
nested nodes, in the rows of fees, in codes, in ids and in names of fields. What a hospital numbers itself, visits and
messages, is kept as it is sent, unless it is an identity number or a bank card's. Every number here is made up.
"""

import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain, count, cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text
from structlog.testing import CapturingLogger

from app.main import create_app
from app.national.transactions import TRANSACTIONS
from app.settings import Settings
from tests.cli.test_backup import anda
from tests.support.client import InProcessClient
from tests.support.hospital_messages import INPUTS, NODES, UPLOADING
from tests.support.lasting import store_for
from tests.support.national_desk import CLINIC, HOSPITAL, KEY, POOR, Desk
from tests.support.planted import BANK, CARD, IDENTITY, INSURED, NAME, PLANTED, WIDE, found_in, stored_values
from tests.support.scale import LONG, chosen

pytestmark = pytest.mark.lengthy

Json = dict[str, Any]

DAY = dt.date(2018, 5, 20)
OUTPATIENT = {infno for infno in TRANSACTIONS if infno.startswith("22")}

WHO: Json = {"certno": IDENTITY, "psn_name": NAME, "mdtrt_cert_type": "03", "mdtrt_cert_no": CARD}
FREE = (
    *("opter_no", "mac", "ip", "ipt_no", "ipt_otp_no", "dise_name", "main_cond_dscr", "dscg_dept_name", "dr_name"),
    *("atddr_no", "dept_code", "dept_name", "invono", "memo", "exp_content", "expContent", "coner_name", "tel", "addr"),
)
"""Fields that a transaction keeps nothing of, whatever stands in them."""

FREE_OF_ROWS = (
    *("drord_no", "med_list_codg", "medins_list_codg", "bilg_dept_codg", "bilg_dept_name", "bilg_dr_codg", "memo"),
    *("bilg_dr_name", "acord_dept_name", "orders_dr_code", "orders_dr_name", "tcmdrug_used_way", "matn_fee_flag"),
)
ROW = ("feedetl_sn", "init_feedetl_sn", "fee_ocur_time", "det_item_fee_sumamt", "cnt", "pric", "chrg_bchno")

FREE_ENVELOPE = (
    *("recer_sys_code", "dev_no", "dev_safe_info", "cainfo", "signtype", "infver", "opter_type", "opter", "opter_name"),
    *("fixmedins_name", "sign_no", "mdtrtarea_admvs", "serv_code", "recer_admdvs"),
)
READ_ENVELOPE = ("infno", "msgid", "fixmedins_code", "inf_time", "insuplc_admdvs", "enc_type", "input")

KEPT = {"msgid", "mdtrt_id", "setl_id", "omsgid", "medins_setl_id", "cnt", "pric"}
"""What a hospital numbers itself, and quantities: the insurer's numbers, of eleven digits, look no other there."""

CODES = {"med_type", "insutype", "psn_setlway", "mdtrt_cert_type", "psn_cert_type", "psn_idet_type", "clr_type"}
"""Short texts: of what is planted, only the name would fit."""

MORE: dict[str, str] = {
    "2001": "psn_no insutype fixmedins_code med_type begntime endtime dise_codg dise_name oprn_oprt_code matn_type",
    "2403": "mdtrt_id psn_no begntime endtime med_type dise_codg dise_name ipt_no",
    "5201": "psn_no begntime endtime med_type mdtrt_id",
    "5204": "psn_no setl_id mdtrt_id",
    "5301": "psn_no insutype med_type",
    "2204": "mdtrt_id psn_no chrg_bchno",
    "2301": "mdtrt_id psn_no",
}
"""The fields of the transactions that the stand-in hospital does not send (section 8)."""

WHERE_IT_BELONGS = ("certno", "psn_cert_type", "psn_name", "mdtrt_cert_type", "mdtrt_cert_no", "psn_idet_type")

_numbers = count(1)


class Planting:
    """A desk that sends requests with something planted in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._anything = cycle((IDENTITY, NAME, CARD, BANK, WIDE, INSURED))
        self._longer = cycle((IDENTITY, BANK, NAME, WIDE))
        self.visits = {
            care: desk.call(infno, institution=at, psn_no=POOR, begntime=DAY.isoformat()).output
            for care, infno, at in (("stay", "2401", HOSPITAL), ("visit", "2201", CLINIC))
        }

    def values(self, field: str) -> Iterator[str]:
        """What is planted in a field: one thing, in the long form everything."""
        if LONG:
            return iter((IDENTITY, IDENTITY.lower(), WIDE, NAME, BANK, *(() if field in KEPT else (CARD, INSURED))))
        if field in CODES:
            return iter((NAME,))
        return iter((next(self._longer if field in KEPT else self._anything),))

    def plain(self, infno: str, *, fresh: bool = False) -> Json:
        """Write what a transaction needs to succeed; some need a visit or a settlement of their own."""
        number = next(_numbers)
        day = DAY.isoformat()
        asked: Json = dict.fromkeys(("begntime", "endtime", "dscgTime", "stmt_begndate", "stmt_enddate"), day)
        asked |= {"psn_no": POOR, "insutype": "390", "med_type": "11" if infno in OUTPATIENT else "21"}
        asked |= {"medfee_sumamt": "900.00", "inscp_scp_amt": "900.00", "fund_pay_sumamt": 0, "setl_id": "1"}
        asked |= {"mdtrt_id": f"V{number}", "chrg_bchno": f"B{number}", "feedetl_sn": "0000", "cum_ym": "201805"}
        asked |= {"omsgid": f"M{number}", "oinfno": "2304", "fixmedins_setl_cnt": "0"}
        if infno in {"2202", "2404"} and fresh:
            opening, at = ("2201", CLINIC) if infno == "2202" else ("2401", HOSPITAL)
            output = self.desk.call(opening, institution=at, psn_no=POOR, begntime=DAY.isoformat()).output
            return asked | {"mdtrt_id": _number_in(output)}
        if infno in {"2305", "2208", "5203"} and (fresh or infno == "5203"):
            settle = self.desk.visit if infno == "2208" else self.desk.stay
            return asked | {"setl_id": settle("2207" if infno == "2208" else "2304", f"V{number}").number}
        if infno in {"2203", "2204", "2205", "2301", "2302", "2402", "2403", "2405", "5204"}:
            return asked | {"mdtrt_id": _number_in(self.visits["visit" if infno in OUTPATIENT else "stay"])}
        return asked

    def envelope(self, infno: str, content: Json, rows: list[Json] | None = None, **beside: Any) -> Json:
        """Put a transaction's fields into their node, and rows of fees beside it."""
        given: Json = {NODES.get(infno, "data"): content, **beside}
        if infno in UPLOADING:
            given["feedetail"] = rows or [self.row()]
        at = CLINIC if infno in OUTPATIENT else HOSPITAL
        return self.desk.envelope(infno, given, institution=at)

    def row(self, **changed: Any) -> Json:
        """Write a fee."""
        return {"feedetl_sn": f"SN{next(_numbers)}", "det_item_fee_sumamt": "10.00", "cnt": "1", "pric": "10"} | changed

    def whole(self, infno: str) -> Json:
        """Plant wherever nothing is read, in nested nodes too, together with who the person is."""
        free = dict(zip(FREE, cycle((IDENTITY, NAME, BANK, CARD, WIDE)), strict=False))
        row = self.row(**dict(zip(FREE_OF_ROWS, cycle((NAME, IDENTITY, BANK, CARD)), strict=False)))
        beside = {
            "diseinfo": [{"diag_code": IDENTITY, "diag_name": NAME, "dise_dor_name": NAME, "dise_dor_no": CARD}],
            "agnterinfo": {"agnter_name": NAME, "agnter_certno": IDENTITY, "agnter_tel": BANK},
            "unknown": {"deep": [[{"psn_no": INSURED, IDENTITY: WIDE}], NAME]},
            IDENTITY: BANK,
        }
        plain = self.plain(infno, fresh=True)
        given = self.envelope(infno, {**free, **plain, **WHO, "unknown": beside, NAME: IDENTITY}, [row], **beside)
        return given | dict(zip(FREE_ENVELOPE, cycle((NAME, IDENTITY, CARD, BANK)), strict=False)) | {IDENTITY: NAME}

    def requests(self, infno: str) -> Iterator[Json]:
        """Plant in a transaction everywhere at once, and in each field that may be read by itself."""
        yield self.whole(infno)
        yield self.envelope(infno, {**self.plain(infno), **WHO, "psn_no": ""})
        for field in dict.fromkeys((*INPUTS.get(infno, MORE.get(infno, "")).split(), *WHERE_IT_BELONGS)):
            for value in self.values(field):
                yield self.envelope(infno, self.plain(infno) | {field: value})
        for field in READ_ENVELOPE:
            for value in self.values(field):
                yield self.envelope(infno, self.plain(infno)) | {field: value}
        if infno in UPLOADING:
            for field in (*ROW, "psn_no", "mdtrt_id"):
                for value in self.values(field):
                    yield self.envelope(infno, self.plain(infno), [self.row(), self.row(**{field: value})])


def _number_in(output: Json) -> str:
    return str((output.get("result") or output["data"])["mdtrt_id"])


def other_addresses() -> Iterator[tuple[str, str]]:
    """Plant in addresses, of the interface and beside it."""
    for planted in chosen((IDENTITY, NAME), PLANTED):
        for path in ("/fsi/{}", "/fsi/{}/callService", "/fsi/callService/{}", "/fsi/callService?psn_no={}", "/{}"):
            yield "POST", path.format(planted)
        yield "GET", f"/fsi/callService?certno={planted}"


def stored_bytes(desk: Desk, address: str, folder: Path) -> Iterator[bytes]:
    """Give all files in which the store and a backup of it are kept, the log of what is written ahead among them."""
    backup = folder / "backup"
    done, told = anda(address, "backup", backup)
    assert done == 0, told
    packed = backup.read_bytes()
    yield gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
    if make_url(address).get_backend_name() == "sqlite":
        file = Path(str(make_url(address).database))
        assert file.with_name(f"{file.name}-wal").exists()
        files = [each for each in file.parent.glob(f"{file.name}*") if each.suffix != ".db-shm"]
    else:
        with desk.engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
            data = Path(connection.execute(text("SHOW data_directory")).scalar_one())
            own = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            files = [*data.glob(f"base/{own.scalar_one()}/*"), *data.glob("pg_wal/0*")]
    yield from (each.read_bytes() for each in files)


def answers_to_others(desk: Desk) -> Iterator[httpx.Response]:
    """Ask as others would: an officer, and the hospitals for what they did not send just now."""
    for token in (desk.officers_token, desk.tokens[HOSPITAL], desk.tokens[CLINIC]):
        headers = {"Authorization": f"Bearer {token}"}
        address: str | None = "/v1/settlements?changed_since=2017-01-01T00:00:00Z"
        while address:
            page = desk.client.get(address, headers=headers)
            assert page.status_code == 200, page.text
            yield page
            address = page.json()["next"]
        yield desk.client.get("/v1/ledger/totals?from=2018-01-01&to=2018-12-31", headers=headers)
        for number in range(1, 6):
            yield desk.client.get(f"/v1/settlements/{number}", headers=headers)
    at_clinic = desk.tokens[CLINIC]
    for number in range(1, 6):
        asked = desk.envelope("5203", {"data": {"setl_id": str(number)}}, institution=CLINIC)
        yield desk.client.post("/fsi/callService", json=asked, headers={"apikey": at_clinic})


@pytest.mark.slow
@pytest.mark.parametrize("store_of", ["sqlite", "postgresql"] if LONG else ["sqlite"])
def test_who_a_person_is_stands_nowhere_but_in_the_answer_to_who_said_it(
    store_of: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, logger = store_for(request, tmp_path_factory, "planted", store_of), CapturingLogger()
    for place in ("app.http.middleware.log", "app.db.store.log", "app.http.addresses.log", "app.main.log"):
        monkeypatch.setattr(place, logger)
    done: Counter[str] = Counter()
    sent = 0
    with Desk(address) as desk:
        service = create_app(Settings(database_url=address, person_key=KEY, access_log=True, today=DAY))
        planting = Planting(desk)
        with InProcessClient(service, raise_server_exceptions=False) as client:
            for infno in TRANSACTIONS:
                for at, envelope in enumerate(planting.requests(infno)):
                    body = json.dumps(envelope, ensure_ascii=False).encode("gb18030" if at == 1 else "utf-8")
                    key = desk.tokens[CLINIC if infno in OUTPATIENT else HOSPITAL]
                    answer = client.post("/fsi/callService", content=body, headers={"apikey": key})
                    assert answer.status_code == 200, (envelope, answer.text)
                    told = found_in(answer.content, but_not=json.dumps(envelope, ensure_ascii=False).encode())
                    assert told <= narrowed(envelope), (envelope, answer.text)
                    done[infno] += answer.json()["infcode"] == "0"
                    assert at or done[infno], (envelope, answer.text)
                    sent += 1
            for method, path in other_addresses():
                answer = client.request(method, path, json={}, headers={"apikey": desk.tokens[HOSPITAL]})
                assert answer.status_code >= 400 or answer.json()["infcode"] == "-1"
                assert not found_in(answer.content, but_not=path.encode()), (path, answer.text)
            metrics = client.get("/metrics").content
            for answer in answers_to_others(desk):
                assert not found_in(answer.content), (answer.url, answer.text)
            assert not set().union(*map(found_in, stored_values(desk.engine)))
            contents = list(stored_bytes(desk, address, tmp_path))
    assert any(b"H15090200001" in each for each in contents), "what is stored is found where it is looked for"
    assert [found for each in contents if (found := found_in(each))] == []
    assert len(logger.calls) > sent
    assert not found_in(metrics) and not found_in(repr(logger.calls).encode())


def narrowed(envelope: Json) -> set[str]:
    """What an answer may say in another width than it was sent."""
    return {IDENTITY} if WIDE in json.dumps(envelope, ensure_ascii=False) else set()


def test_what_is_planted_is_found_in_whichever_way_it_is_written() -> None:
    for each in PLANTED:
        written = (each, json.dumps(each), json.dumps(json.dumps(each)), httpx.URL(f"/{each}").raw_path.decode())
        for content in chain((one.encode() for one in written), (each.encode("gb18030"),)):
            assert each in found_in(b"\0" + content + b"\1")
