"""The fields of a request as hospitals' systems write them: what is read, what is refused, what is never repeated."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.exact_json import loads
from app.national.fields import PERSON_NUMBER, Fields
from app.national.texts import TransactionRefusedError
from tests.support.grid import grid


def fields(json: str) -> Fields:
    sent: Any = loads(json.encode())
    return Fields(sent)


def refusal(ask: Any) -> str:
    with pytest.raises(TransactionRefusedError) as refused:
        ask()
    return refused.value.code


@grid(
    ("sent", "fen"),
    [
        ('"123.45"', 12345),
        ("123.45", 12345),
        ('"123.4500"', 12345),
        ("123.4500", 12345),
        ("123", 12300),
        ('" 123 "', 12300),
        ("1.2e2", 12000),
        ("1e-2", 1),
        ("0.00", 0),
        ('"0"', 0),
        ("0e-7", 0),
        ("99999999999999.99", 9_999_999_999_999_999),
    ],
)
def test_an_amount_may_be_text_or_a_number_with_zeros_beyond_the_second_decimal(sent: str, fen: int) -> None:
    assert fields(f'{{"a": {sent}}}').money("a") == fen


@grid(
    "sent",
    [
        *('"123.456"', "123.456", "1e-3", "NaN", "Infinity", '"1,234.00"', '"一百"', '"1e2"', "true", "[]", "{}"),
        *('"１２"', "1e-99999999", "1e99999999", '"0.' + "0" * 41 + '"', "1" * 41),
    ],
)
def test_what_is_no_amount_is_refused(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": {sent}}}').money("a")) == "field_money"


@grid("sent", ['"-0.01"', "-1", "100000000000000.01", "9" * 20])
def test_an_amount_below_nothing_or_beyond_all_bounds_is_refused(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": {sent}}}').money("a")) == "field_money_range"


def test_a_sum_of_cancellations_may_be_negative() -> None:
    assert fields('{"a": "-12.30"}').money("a", negative=True) == -1230


@given(st.integers(0, 10**16))
def test_an_amount_is_the_same_as_a_number_and_as_text(fen: int) -> None:
    written = f"{fen // 100}.{fen % 100:02d}"
    assert fields(f'{{"a": {written}, "b": "{written}"}}').money("a") == fen
    assert fields(f'{{"a": {written}, "b": "{written}"}}').money("b") == fen


@grid("sent", ['""', "null", '"  "'])
def test_an_empty_text_and_null_are_not_given(sent: str) -> None:
    asked = fields(f'{{"a": {sent}}}')
    assert (asked.text("a"), asked.money("a"), asked.day("a"), asked.identifier("a")) == (None, None, None, None)
    assert asked.choice("a", ("0", "1"), "0") == "0"
    assert refusal(lambda: asked.required_identifier("a")) == "field_missing"
    assert refusal(lambda: asked.required_money("a")) == "field_missing"
    assert refusal(lambda: asked.required_day("a")) == "field_missing"


@grid(
    "sent",
    ['"2018-05-20"', '"2018-05-20 23:59:59"', '"20180520"', "20180520", '"2018-05-20T08:00:00"', '"20180520080000"'],
)
def test_a_day_may_be_written_in_three_ways_and_lose_its_time(sent: str) -> None:
    assert fields(f'{{"dscg_time": {sent}}}').day("dscgTime", "dscg_time") == dt.date(2018, 5, 20)


@grid("sent", ['"2018-02-30"', '"2018/05/20"', '"20-05-2018"', "1", "true", "[]", "2018.05"])
def test_what_is_no_day_is_refused(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": {sent}}}').day("a")) == "field_day"


def test_of_several_names_the_first_that_is_given_counts() -> None:
    asked = fields('{"dscgTime": "", "dscg_time": "2018-05-20"}')
    assert asked.day("dscgTime", "dscg_time") == dt.date(2018, 5, 20)


def test_a_code_may_be_a_number() -> None:
    assert fields('{"med_type": 21}').text("med_type") == "21"


@grid("sent", [r'"a\u0000b"', r'"\ud800"', '"' + "a" * 31 + '"', "{}", "[]", "true", "NaN"])
def test_what_is_no_plain_text_is_refused(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": {sent}}}').text("a")) == "field_text"


@grid("sent", ["就诊一", "a b"])
def test_a_number_of_a_visit_is_visible_characters_only(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": "{sent}"}}').identifier("a")) == "field_number"


def test_a_persons_number_is_letters_digits_hyphens_and_underscores() -> None:
    for sent, number in (
        ('"150923-01_a"', "150923-01_a"),
        ("15092300001", "15092300001"),
        ('" １５０９Ｘ　"', "1509X"),
    ):
        assert fields(f'{{"psn_no": {sent}}}').identifier("psn_no", PERSON_NUMBER) == number
    for sent in ('"1509+23"', '"1509 23"', '"王"'):
        assert refusal(lambda sent=sent: fields(f'{{"psn_no": {sent}}}').identifier("psn_no", PERSON_NUMBER)), sent


@grid(
    "same",
    [
        '{"b": "x", "a": 123.45}',
        '{"a": 123.450, "b": " x "}',
        '{"a": "123.45", "b": "x", "c": null, "d": "", "e": {"f": ""}}',
    ],
)
def test_what_is_asked_has_one_form_whatever_the_order_and_the_writing(same: str) -> None:
    assert fields(same).canonical() == fields('{"a": 123.45, "b": "x"}').canonical()


@grid("other", ['{"a": 123.46, "b": "x"}', '{"a": 123.45, "b": "y"}', '{"a": 123.45}'])
def test_another_value_or_a_field_less_has_another_form(other: str) -> None:
    assert fields(other).canonical() != fields('{"a": 123.45, "b": "x"}').canonical()


@grid("ask", ["text", "identifier", "money", "day"])
def test_a_refusal_names_the_field_and_repeats_nothing_of_what_was_sent(ask: str) -> None:
    with pytest.raises(TransactionRefusedError) as refused:
        getattr(fields('{"certno": "150923 19800101 1234 王小明 and more of it, as much as there is"}'), ask)("certno")
    assert "certno" in refused.value.sentence
    assert not any(word in refused.value.sentence for word in ("150923", "1980", "王小明", "and"))
