"""Who may call, how, and what is answered when a request cannot be read or the store is gone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db.store import Store
from app.errors import StoreUnavailableError
from app.national.texts import sentences
from tests.support.grid import grid
from tests.support.national_desk import CLINIC, HOSPITAL, POOR, Desk
from tests.support.stores import migrated_file

Json = dict[str, Any]

PLANTED = ("150923198001011234", "6222020200112233445", "王小明", "A1B2C3D4")


def test_the_token_comes_in_either_of_two_headers(desk: Desk) -> None:
    body = desk.envelope("2303", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    token = desk.tokens[HOSPITAL]
    for headers in ({"apikey": token}, {"Authorization": f"Bearer {token}"}, {"authorization": f"bearer  {token} "}):
        assert desk.client.post("/fsi/callService", json=body, headers=headers).json()["infcode"] == "0"


def test_without_a_hospitals_valid_token_nothing_is_done(desk: Desk) -> None:
    before = desk.rows()
    body = desk.envelope("2304", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    for key in ("", "x", "anda_" + "x" * 43, desk.officers_token):
        assert "令牌" in desk.send(body, token=key).refusal
    assert desk.rows() == before


def test_a_token_is_for_its_own_institution(desk: Desk) -> None:
    body = desk.envelope("2304", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    assert "fixmedins_code" in desk.send(body, token=desk.tokens[CLINIC]).refusal


def test_a_closed_network_needs_no_token_and_an_institution_of_the_register(tmp_path: Path) -> None:
    with Desk(migrated_file(tmp_path), national_trusted="10.20.0.0/16") as desk:
        body = desk.envelope(
            "2304", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100}, "M1"
        )
        for key in ("", "another gateway's"):
            assert desk.send(body, token=key).number == "1"
        assert "fixmedins_code" in desk.send(body, token=desk.tokens[CLINIC]).refusal
        assert "机构未登记" in desk.send({**body, "fixmedins_code": "H99"}, token="").refusal
        assert "机构未登记" in desk.send({**body, "fixmedins_code": "H99", "infno": "9001"}, token="").refusal


@grid(
    ("infno", "told"),
    [
        ("1901", "1901（字典表查询）由市级医保平台办理"),
        ("2102A", "2102A（药店结算）"),
        ("2503", "2503（备案）"),
        ("3101", "3101（明细审核）"),
        ("3301", "3301（目录对照）"),
        ("4101", "4101（医疗保障基金结算清单）"),
        ("D003", "D003（电子处方流转）"),
        ("3202", "3202（医药机构费用结算对明细账）本服务不办理；明细对账请用POST /v1/ledger/differences"),
        ("9101", "9101（文件上传）"),
        ("8888", "不支持的交易编号；支持1101、"),
        ("2102AB1", "不支持的交易编号"),
        ("DROP", "不支持的交易编号"),
    ],
)
def test_a_transaction_that_is_no_job_of_this_service_is_refused_by_its_name(desk: Desk, infno: str, told: str) -> None:
    for path in ("callService", infno):
        assert desk.send(desk.envelope(infno, {"data": {"psn_no": POOR}}), path).refusal.startswith(told)


def test_each_transaction_has_an_address_of_its_own_too(desk: Desk) -> None:
    body = desk.envelope("2303", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    assert desk.send(body, "2303").info["mdtrt_id"] == "V1"
    del body["infno"]
    assert desk.send(body, "2303").info["mdtrt_id"] == "V1"
    assert "infno" in desk.send(body).refusal
    assert "不一致" in desk.send({**body, "infno": "2304"}, "2303").refusal
    for unknown in ("2306", "x", "callservices"):
        assert "不支持的交易编号" in desk.send(body, unknown).refusal


@grid(
    "body",
    [b"", b"{", b"null", b"[]", b"\xff", b"[" * 50_000, b'{"infno": NaN}', b'{"infno": "2304", "msgid": {}}', b"{}"],
)
def test_a_body_that_cannot_be_read_is_refused_in_the_envelope(desk: Desk, body: bytes) -> None:
    for content_type in ("application/json", "text/plain", ""):
        headers = {"apikey": desk.tokens[HOSPITAL]} | ({"Content-Type": content_type} if content_type else {})
        response = desk.client.post("/fsi/callService", content=body, headers=headers)
        assert response.status_code == 200
        answer = response.json()
        assert list(answer) == [
            *("infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg", "output", "warn_msg")
        ]
        assert answer["infcode"] == "-1"
        assert answer["err_msg"]
        assert "令牌" not in answer["err_msg"]


def test_a_body_that_turns_out_too_large_is_refused_in_the_envelope(tmp_path: Path) -> None:
    with Desk(migrated_file(tmp_path), max_body_bytes=1_000) as desk:
        key = {"apikey": desk.tokens[HOSPITAL]}
        for path in ("callService", "2304"):
            for body in ((b" " * 600 for _ in range(2)), b" " * 1_001):
                response = desk.client.post(f"/fsi/{path}", content=body, headers=key)
                assert (response.status_code, response.json()["err_msg"]) == (200, "报文过大，未处理")
            compressed = desk.client.post(f"/fsi/{path}", content=b"{}", headers={**key, "Content-Encoding": "gzip"})
            assert "压缩" in compressed.json()["err_msg"]
            assert "令牌" in desk.client.post(f"/fsi/{path}", content=b" " * 1_001).json()["err_msg"]


def _planting(asked: Json) -> list[Json]:
    """Put what must not come out again everywhere it fits, all at once and one by one."""
    everywhere = [{**asked, name: planted} for name in asked for planted in PLANTED]
    return [*everywhere, {**asked, "psn_name": PLANTED[2], "certno": PLANTED[0], "x": {PLANTED[1]: PLANTED}}]


@pytest.mark.lengthy
def test_no_refusal_repeats_anything_that_was_sent(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    settle = {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": "0", "insutype": "390", "med_type": "21"}
    settle |= {"dscgTime": "2018-05-20", "mid_setl_flag": "0", "mdtrt_cert_type": "03", "psn_idet_type": "1"}
    cancel = {"psn_no": POOR, "mdtrt_id": "V1", "setl_id": "9"}
    back = {"psn_no": POOR, "omsgid": "M1", "oinfno": "2303"}
    statement = {"stmt_begndate": "2018-05-20", "stmt_enddate": "2018-05-19", "medfee_sumamt": "x", "clr_type": "21"}
    asked = {"2304": settle, "2305": cancel, "2601": back, "3201": statement, "5203": cancel, "5206": {"cum_ym": "1"}}
    refusals = [
        desk.send(desk.envelope(infno, {"data": planted})).refusal
        for infno, fields in asked.items()
        for planted in _planting(fields)
    ]
    envelope = desk.envelope("2304", {"data": settle})
    names = [name for name in envelope if name not in {"fixmedins_code", "mdtrtarea_admvs"}]
    everywhere = [{**envelope, name: planted} for name in names for planted in PLANTED]
    refusals += [desk.send(planted).refusal for planted in everywhere]
    assert len(refusals) > 100
    printed = capfd.readouterr()
    metrics = desk.client.get("/metrics").text
    for planted in (*PLANTED, POOR):
        assert not any(planted in refusal for refusal in refusals)
        assert planted not in metrics + printed.out + printed.err


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the store be gone for reading or for writing."""

    def go(what: str) -> None:
        async def unavailable(*_: object) -> None:
            raise StoreUnavailableError("gone")

        monkeypatch.setattr(Store, what, unavailable)

    return go


def test_a_store_that_cannot_be_read_is_a_refusal_because_nothing_can_have_been_stored(
    desk: Desk, gone: Callable[[str], None]
) -> None:
    gone("read")
    assert "未保存任何数据" in desk.stay("2303", "V1").refusal


def test_a_store_that_may_or_may_not_have_kept_a_write_is_a_503(desk: Desk, gone: Callable[[str], None]) -> None:
    gone("write")
    body = desk.envelope("2304", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    response = desk.client.post("/fsi/callService", json=body, headers={"apikey": desk.tokens[HOSPITAL]})
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/store-unavailable"


def test_a_store_that_fails_before_the_commit_is_a_refusal_because_nothing_was_stored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object) -> None:
        raise StoreUnavailableError("gone", nothing_stored=True)

    monkeypatch.setattr(Store, "write", unavailable)
    for infno in ("2304", "1101"):
        assert "本次未保存任何数据" in desk.stay(infno, "V1").refusal


@pytest.mark.lengthy
def test_the_document_describes_the_envelope_as_a_free_object(desk: Desk) -> None:
    paths = desk.client.get("/openapi.json").json()["paths"]
    for path in ("/fsi/callService", "/fsi/{infno}"):
        operation = paths[path]["post"]
        (media,) = operation["requestBody"]["content"].values()
        assert media["schema"]["additionalProperties"] is True
        assert {"infno", "msgid", "fixmedins_code", "input"} <= set(media["schema"]["properties"])
        example = media["examples"]["trial"]["value"]
        assert len(example["msgid"]) == 30
        desk.tokens[example["fixmedins_code"]] = desk.tokens[HOSPITAL]
        answer = desk.send({**example, "fixmedins_code": HOSPITAL}, token=desk.tokens[HOSPITAL])
        assert answer.info["fund_pay_sumamt"] > 0
        assert operation["security"] == [{"HTTPBearer": []}, {"HospitalKey": []}, {}]


def test_every_sentence_is_said_somewhere() -> None:
    said = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("app/national", "app/routers")
        for path in (Path(__file__).parent.parent.parent / folder).glob("*.py")
    )
    from_the_ledger = {"settlement_depended_on"}
    spoken_by_name = {"kinds", "register", "reconciliation", "elsewhere", "otherwise"}
    silent = [
        code
        for topic, code in sentences()
        if topic not in spoken_by_name
        and f'"{code}"' not in said
        and not code.startswith("limits.")
        and code not in from_the_ledger
    ]
    assert silent == []


@grid("path", ["callService", "callService/", "CallService", "callservice/", "CALLSERVICE", "2303", "2303/"])
@grid("prefix", ["/fsi", "/FSI", "/Fsi"])
def test_an_address_may_end_with_a_slash_and_be_in_either_case(desk: Desk, path: str, prefix: str) -> None:
    body = desk.envelope("2303", {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100})
    headers = {"apikey": desk.tokens[HOSPITAL]}
    assert desk.client.post(f"{prefix}/{path}", json=body, headers=headers).json()["infcode"] == "0"
    headers |= {"Content-Encoding": "br"}
    assert desk.client.post(f"{prefix}/{path}", json=body, headers=headers).json()["infcode"] == "-1"


def test_an_address_may_name_the_transaction_with_a_small_letter(desk: Desk) -> None:
    fields = {"psn_no": POOR, "mdtrt_id": "V1", "medfee_sumamt": 100, "inscp_scp_amt": 100}
    assert desk.send(desk.envelope("2304a", fields), path="2304a").number
