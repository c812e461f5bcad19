"""The envelope: read leniently, written in the documented order."""

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from app.national.codes import load_codes
from app.national.envelope import Envelope, add_warnings, make_receipt, read_request, write_refusal, write_success
from app.national.fields import Fields
from app.national.identity import IdentityField, fill_identity, placeholder, read_identity
from app.national.texts import TransactionRefusedError, sentences
from tests.support.grid import grid

Json = dict[str, Any]

CODES = load_codes()
AT = dt.datetime(2018, 5, 20, 16, 0, 0, 7_000, tzinfo=dt.UTC)
"""Midnight and seven milliseconds in Asia/Shanghai."""
IDENTITY = "15092319800101108X"
"""The identity number of nobody: a woman born on 1 January 1980."""
ENVELOPE: Json = {"infno": "2304", "msgid": "M1", "fixmedins_code": "H1", "input": {"data": {"psn_no": "1"}}}


def asked(path: str | None = None, **changes: Any) -> Envelope:
    return read_request(json.dumps({**ENVELOPE, **changes}).encode(), path)


def refusal(body: bytes, path: str | None = None) -> str:
    with pytest.raises(TransactionRefusedError) as error:
        read_request(body, path)
    return error.value.code


@grid(
    "sent",
    [
        {"data": {"psn_no": "1"}},
        {"mdtrtinfo": {"psn_no": "1"}, "hcard_basinfo": "x"},
        {"signIn": {"psn_no": "1"}},
        {"whatever": {"psn_no": "1"}},
        {"psn_no": "1"},
        {"psn_no": "1", "agtinfo": {"agnter_name": "x"}, "mdtrtinfo": {"psn_no": "2"}},
        {"psn_no": "1", "data": None},
        {"psn_no": "1", "data": {}},
        '{"data": {"psn_no": "1"}}',
        '{"psn_no": "1"}',
        {"DATA": {"PSN_NO": "1"}},
        {"MdtrtInfo": {"Psn_No": "1"}, "agtInfo": {"psn_no": "2"}},
        '{"Data": {"PSN_NO": .1e1}}',
        {"data": '{"psn_no": "1"}'},
        {"mdtrtInfo": ' {"PSN_NO": 1}', "agtinfo": {"psn_no": "2"}},
        {"feedetail": '[{"psn_no": "1"}, {"psn_no": "2"}]'},
    ],
)
def test_the_fields_are_found_in_any_node_or_without_one_in_an_object_or_in_text(sent: object) -> None:
    assert asked(input=sent).fields.identifier("psn_no") == "1"


def test_the_node_data_goes_before_what_stands_beside_it() -> None:
    assert asked(input={"psn_no": "2", "data": {"psn_no": "1"}}).fields.identifier("psn_no") == "1"


def test_the_same_input_has_one_form_as_object_as_text_and_with_keys_beside_it() -> None:
    plain = asked()
    assert (
        asked(input=json.dumps({"data": {"psn_no": "1"}}), inf_time="2018-05-20 10:00:00", opter="x").canonical
        == plain.canonical
    )
    assert asked(input={"psn_no": 1}).canonical == plain.canonical
    assert asked(infno="2305").canonical != plain.canonical


def test_a_number_in_the_text_of_input_stays_exact() -> None:
    assert asked(input='{"a": 0.1000000000000000001e1}').fields.text("a") == "1.000000000000000001"


def test_a_mark_of_the_byte_order_before_the_body_is_let_go() -> None:
    plain = json.dumps(ENVELOPE).encode()
    assert read_request(b"\xef\xbb\xbf" + plain, None).canonical == read_request(plain, None).canonical


@grid("encoding", ["gbk", "gb2312", "gb18030", "utf-8"])
@grid("declared", ["{}", "{}; charset={}", '{};Charset="{}"', "{}; charset=utf-8", "{}; charset=unheard-of"])
def test_a_body_is_read_in_the_charset_that_it_declares_in_utf_8_or_in_gb18030(encoding: str, declared: str) -> None:
    # In GBK the second byte of the last character is a backslash.
    body = json.dumps({**ENVELOPE, "input": {"psn_no": "1", "psn_name": "王小誠"}}, ensure_ascii=False)
    encoding = "gbk" if encoding == "gb2312" else encoding
    read = read_request(body.encode(encoding), None, declared.format("application/json", encoding))
    assert read.fields.name("psn_name", 9) == "王小誠"


def test_names_of_the_envelope_may_be_in_capital_letters_and_the_transaction_in_small_ones() -> None:
    body = json.dumps({name.upper(): value for name, value in {**ENVELOPE, "infno": "2304a"}.items()}).encode()
    read = read_request(body, None)
    assert (read.infno, read.message_id, read.institution) == ("2304", "M1", "H1")
    assert read_request(body, "2304A").infno == "2304"


@grid(
    "changes",
    [
        {"enc_type": "SM4", "input": "MIIBase64OfSomething=="},
        {"ENC_TYPE": "SM4", "input": {"data": "MIIBase64OfSomething=="}},
        {"encType": "SM4", "encData": "MIIBase64OfSomething==", "input": None},
    ],
)
def test_an_encrypted_input_is_refused_because_it_is_encrypted(changes: Json) -> None:
    with pytest.raises(TransactionRefusedError) as refused:
        asked(**changes)
    assert "不支持加密" in refused.value.sentence
    assert "MII" not in refused.value.sentence


@grid("enc_type", [None, "", "0", "SM4"])
def test_an_input_that_can_be_read_is_read_whatever_the_envelope_says_of_encryption(enc_type: str | None) -> None:
    assert asked(enc_type=enc_type).fields.identifier("psn_no") == "1"


@grid(
    "unreadable", [b"", b"{", b"[]", b"1", b"null", b"\xff\xfe", b'{"a": "\x80"}', b'{"a": .}', b'"x"', b"[" * 100_000]
)
def test_a_body_that_is_no_object_is_refused(unreadable: bytes) -> None:
    assert refusal(unreadable) == "unreadable"


@grid("sent", ["MIIBase64OfSomething==", "[]", "1", 5, [1], True])
def test_an_input_that_is_no_object_is_refused(sent: object) -> None:
    assert refusal(json.dumps({**ENVELOPE, "input": sent}).encode()) == "input_unreadable"


@grid("depth", [300, 900, 5_000])
def test_an_input_nested_without_end_is_read_or_refused(depth: int) -> None:
    body = json.dumps(ENVELOPE)[:-1].encode() + b', "input": {"data": {"x": ' + b"[" * depth + b"]" * depth + b"}}}"
    try:
        assert read_request(body, None).infno == "2304"
    except TransactionRefusedError as error:
        assert error.code == "unreadable"


@grid("field", ["infno", "msgid", "fixmedins_code"])
def test_what_identifies_a_message_must_be_given(field: str) -> None:
    body = json.dumps({name: value for name, value in ENVELOPE.items() if name != field}).encode()
    assert refusal(body) == "field_missing"


def test_an_input_must_be_given() -> None:
    assert (
        refusal(json.dumps({name: value for name, value in ENVELOPE.items() if name != "input"}).encode())
        == "input_missing"
    )


def test_the_address_may_name_the_transaction_and_the_body_may_agree() -> None:
    without = {name: value for name, value in ENVELOPE.items() if name != "infno"}
    assert read_request(json.dumps(without).encode(), "2303").infno == "2303"
    assert asked("2304").infno == "2304"
    assert refusal(json.dumps(ENVELOPE).encode(), "2303") == "infno_differs"


def test_an_answer_has_its_fields_in_the_documented_order() -> None:
    receipt = make_receipt(AT, "150900")
    answer = json.loads(write_success(CODES, receipt, AT, {"x": 1}, ["一", "二"]))
    assert list(answer.items()) == [
        ("infcode", "0"),
        ("inf_refmsgid", receipt.id),
        ("refmsg_time", "20180521000000007"),
        ("respond_time", "20180521000000007"),
        ("err_msg", ""),
        ("output", {"x": 1}),
        ("warn_msg", "一；二"),
    ]


def test_a_refusal_has_the_same_fields() -> None:
    answer = json.loads(write_refusal(CODES, make_receipt(AT, "150900"), AT, TransactionRefusedError("total_zero")))
    assert (answer["infcode"], answer["output"], answer["warn_msg"]) == ("-1", None, "")
    assert answer["err_msg"] == "医疗费总额（medfee_sumamt）须大于零"


def test_an_infcode_is_a_number_where_the_codes_say_so() -> None:
    codes = replace(CODES, infcode_as_number=True)
    receipt = make_receipt(AT, "150900")
    assert json.loads(write_success(codes, receipt, AT, None, []))["infcode"] == 0
    assert json.loads(write_refusal(codes, receipt, AT, TransactionRefusedError("total_zero")))["infcode"] == -1


def test_a_receipt_is_division_time_and_a_serial_that_is_never_the_same() -> None:
    ids = [make_receipt(AT, "150900").id for _ in range(1_000)]
    assert all(re.fullmatch(r"150900" r"20180521000000" r"[0-9]{10}", each) for each in ids)
    assert len(set(ids)) == 1_000


def test_who_a_person_is_is_put_where_the_placeholders_stand() -> None:
    names: tuple[IdentityField, ...] = ("psn_no", "psn_cert_type", "certno", "psn_name", "gend", "brdy")
    output: dict[str, object] = {name: placeholder(name) for name in names}
    output |= {"age": placeholder("age", dt.date(2018, 5, 20)), "other": "psn_no"}
    kept = write_success(CODES, make_receipt(AT, "150900"), AT, output, [])
    said = {"psn_no": "77190000001", "psn_name": ' 王"\\u0000certno', "certno": "15092319800101123x"}
    for field, expected in (
        (said, ("77190000001", "", "15092319800101123x", '王"\\u0000certno', "", None, None)),
        ({"certno": IDENTITY.lower()}, (IDENTITY.lower(), "01", IDENTITY.lower(), "", "2", "1980-01-01", 38.3)),
        ({"psn_no": "1"}, ("1", "", "", "", "", None, None)),
    ):
        filled = json.loads(fill_identity(kept, read_identity(Fields(field))))["output"]
        assert filled == dict(zip((*names, "age", "other"), (*expected, "psn_no"), strict=True)), field


def test_no_refusal_is_longer_than_the_field_that_holds_it() -> None:
    refusals = {code: words for (topic, code), words in sentences().items() if topic == "refusals"}
    assert len(refusals) > 30
    assert max(len(words) for words in refusals.values()) <= 150


@grid("said", [[], ["一"], [':"'], ["一", '引"号}']])
def test_warnings_are_added_behind_those_of_a_stored_answer(said: list[str]) -> None:
    answer = write_success(CODES, make_receipt(AT, "150900"), AT, {"x": "}"}, said)
    assert add_warnings(answer, ()) == answer
    added = json.loads(add_warnings(answer, ["二", '三"']))
    assert added == {**json.loads(answer), "warn_msg": "；".join([*said, "二", '三"'])}
