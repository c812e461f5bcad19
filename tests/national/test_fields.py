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
        ('".55"', 55),
        ('"7."', 700),
    ],
)
def test_an_amount_may_be_text_or_a_number_with_zeros_beyond_the_second_decimal(sent: str, fen: int) -> None:
    assert fields(f'{{"a": {sent}}}').money("a") == fen


@grid(
    ("sent", "fen"),
    [
        ("42000.3000000003", 4_200_030),
        ('"42000.2999999997"', 4_200_030),
        ("0.30000000000000004", 30),
        ("434.99999999999994", 43_500),
        ('"1234.5600000000001"', 123_456),
        ("99.99999999999999", 10_000),
        ("5.551115123125783E-17", 0),
        ("123456789.12000001", 12_345_678_912),
    ],
)
def test_the_tail_of_a_double_is_let_go_upwards_and_downwards(sent: str, fen: int) -> None:
    assert fields(f'{{"a": {sent}}}').money("a") == fen


@grid("sent", ["42000.30001", "100.0049", "0.00001", '"42000.12345678901"', "42000.30078125", "0.005000000000000001"])
def test_what_lies_beyond_the_fourth_place_and_is_no_tail_is_refused(sent: str) -> None:
    assert refusal(lambda: fields(f'{{"a": {sent}}}').money("a")) == "field_money"


@grid(
    "sent",
    [
        *(
            '"123.456"',
            "123.456",
            "1e-3",
            '"."',
            '"-"',
            "NaN",
            "Infinity",
            '"1,234.00"',
            '"一百"',
            '"1e2"',
            "true",
            "[]",
            "{}",
        ),
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
    [
        *('"2018-05-20"', '"2018-05-20 23:59:59"', '"20180520"', "20180520", '"2018-05-20T08:00:00"'),
        *('"20180520080000"', '"2018/5/20 0:00:00"', '"2018/5/20"', '"2018/05/20 8:30"', '"2018-5-20"'),
        *('"2018-05-20T00:00:00.000+08:00"', '"2018-05-20T08:00:00.1234567+0800"', '"2018-05-19T16:00:00Z"'),
    ],
)
def test_a_day_may_be_written_in_several_ways_and_lose_its_time(sent: str) -> None:
    assert fields(f'{{"dscg_time": {sent}}}').day("dscgTime", "dscg_time") == dt.date(2018, 5, 20)


@grid("sent", ['"2018-02-30"', '"2018/05-20"', '"20-05-2018"', '"5/20/2018 12:00:00 AM"', "1", "true", "[]", "2018.05"])
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
        '{"b_no": "x", "a_amt": 123.4}',
        '{"a_amt": "123.40", "b_no": " x "}',
        '{"A_AMT": "0123.400", "B_NO": "ｘ"}',
        '{"a_amt": 123.40000000000001, "b_no": "x", "c": null, "d": "", "e": {"f": ""}, "g": [], "h": "  "}',
        '{"a_amt": 123.4, "A_AMT": "123.40", "b_no": "x", "B_no": null}',
    ],
)
def test_what_is_asked_has_one_form_whatever_the_order_and_the_writing(same: str) -> None:
    assert fields(same).canonical() == fields('{"a_amt": "123.4", "b_no": "x"}').canonical()


def test_days_and_numbers_of_persons_have_one_form_too() -> None:
    one = '{"psn_no": "15092319800101108X", "dscgTime": "2018-03-08 00:00:00", "cnt": "2.0000", "pric": 12}'
    other = '{"psn_no": "15092319800101108x", "dscgtime": "2018/3/8", "cnt": 2, "pric": "12.00"}'
    assert fields(one).canonical() == fields(other).canonical()
    assert fields(one).canonical() != fields(one.replace("00:00:00", "09:00:00")).canonical()


@grid(
    "other",
    [
        '{"a_amt": 123.41, "b_no": "007"}',
        '{"a_amt": 123.4, "b_no": "7"}',
        '{"a_amt": 123.4, "b_no": "007.0"}',
        '{"a_amt": 123.4}',
        '{"a_amt": 123.4, "A_AMT": 123.5, "b_no": "007"}',
    ],
)
def test_another_value_or_a_field_less_has_another_form(other: str) -> None:
    assert fields(other).canonical() != fields('{"a_amt": 123.4, "b_no": "007"}').canonical()


def test_the_case_of_a_name_makes_no_other_field_and_two_contents_are_refused() -> None:
    asked = fields('{"PSN_NO": "1", "MedFee_SumAmt": ".5", "dscgtime": "2018/5/20", "Psn_Name": "王", "psn_no": null}')
    assert asked.identifier("psn_no") == "1"
    assert (asked.money("medfee_sumamt"), asked.name("psn_name", 9)) == (50, "王")
    assert asked.day("dscgTime", "dscg_time") == dt.date(2018, 5, 20)
    assert fields('{"A_AMT": 5, "a_amt": "5.00"}').money("a_amt") == 500
    assert refusal(lambda: fields('{"A_AMT": 5, "a_amt": "5.01"}').money("a_amt")) == "field_twice"


@grid("ask", ["text", "identifier", "money", "day"])
def test_a_refusal_names_the_field_and_repeats_nothing_of_what_was_sent(ask: str) -> None:
    with pytest.raises(TransactionRefusedError) as refused:
        getattr(fields('{"certno": "150923 19800101 1234 王小明 and more of it, as much as there is"}'), ask)("certno")
    assert "certno" in refused.value.sentence
    assert not any(word in refused.value.sentence for word in ("150923", "1980", "王小明", "and"))
