"""Money: whole fen, whole basis points, half up, and one text for one bill and for a column of bills."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.money import (
    WHOLE,
    Fen,
    choose,
    format_percent,
    format_rate,
    format_yuan,
    greatest,
    halves,
    least,
    parse_yuan,
    ratio,
    share,
)
from tests.support.grid import grid

MOST = 100_000_000_00
"""The largest amount that the contract takes, in fen."""

amounts = st.integers(0, MOST)
signed = st.integers(-MOST, MOST)
rates = st.integers(0, WHOLE)


def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def listed(amounts: Fen) -> list[int]:
    """Take a column apart; a single amount is none."""
    assert isinstance(amounts, np.ndarray)
    assert amounts.dtype == np.int64
    return [int(amount) for amount in amounts]


def half_up(exact: Fraction) -> int:
    """Round half up (`docs/policy/index.md`), by another way than the rules do."""
    return floor(exact + Fraction(1, 2))


# ---- share: the one place that multiplies and rounds


@grid(
    ("amount", "rate", "pays"),
    [
        (0, 8_000, 0),
        (1, 0, 0),
        (1, 4_999, 0),  # 0.4999 fen
        (1, 5_000, 1),  # 0.5 fen: up
        (1, 5_001, 1),
        (4, 1_000, 0),  # 0.4
        (5, 1_000, 1),  # 0.5: up
        (6, 1_000, 1),
        (14, 1_000, 1),  # 1.4
        (15, 1_000, 2),  # 1.5: up
        (24, 1_000, 2),  # 2.4
        (25, 1_000, 3),  # 2.5: up, where banker's rounding would give 2
        (35, 1_000, 4),
        (1, WHOLE, 1),
        (MOST, WHOLE, MOST),
        (MOST - 1, 9_999, 9_998_999_999),  # 9,998,999,999.0001
    ],
)
def test_a_share_is_rounded_half_up_to_the_fen(amount: int, rate: int, pays: int) -> None:
    assert share(amount, rate) == pays
    assert listed(share(column(amount), rate)) == [pays]


@given(amounts, rates)
def test_a_share_is_the_exact_product_rounded_half_up(amount: int, rate: int) -> None:
    assert share(amount, rate) == half_up(Fraction(amount * rate, 10_000))


@given(st.integers(0, MOST // 2), rates)
def test_a_share_that_ends_in_half_a_fen_is_rounded_up(amount: int, rate: int) -> None:
    # (2n + 1) x 50 % always ends in half a fen.
    assert share(2 * amount + 1, 5_000) == amount + 1


@given(amounts, rates)
def test_a_share_never_exceeds_the_amount_and_is_never_negative(amount: int, rate: int) -> None:
    result = share(amount, rate)
    assert isinstance(result, int)
    assert 0 <= result <= amount


def test_an_odd_fen_goes_to_the_first_half() -> None:
    assert [halves(amount) for amount in (0, 1, 2, 1_001)] == [(0, 0), (1, 0), (1, 1), (501, 500)]


@given(st.lists(amounts, min_size=1, max_size=30), rates)
def test_a_column_of_shares_equals_single_shares_element_by_element(values: list[int], rate: int) -> None:
    assert listed(share(column(*values), rate)) == [share(value, rate) for value in values]


# ---- least, greatest, choose


@given(st.lists(st.tuples(signed, signed), min_size=1, max_size=30))
def test_least_and_greatest_of_columns_equal_those_of_single_amounts(pairs: list[tuple[int, int]]) -> None:
    left, right = column(*(a for a, _ in pairs)), column(*(b for _, b in pairs))
    assert listed(least(left, right)) == [min(a, b) for a, b in pairs] == [least(a, b) for a, b in pairs]
    assert listed(greatest(left, right)) == [max(a, b) for a, b in pairs] == [greatest(a, b) for a, b in pairs]


@given(st.lists(signed, min_size=1, max_size=30), signed)
def test_a_column_and_a_single_amount_can_be_compared(values: list[int], single: int) -> None:
    assert listed(least(column(*values), single)) == [min(value, single) for value in values]
    assert listed(least(single, column(*values))) == [min(value, single) for value in values]
    assert listed(greatest(column(*values), single)) == [max(value, single) for value in values]
    assert listed(greatest(single, column(*values))) == [max(value, single) for value in values]


@given(st.lists(st.tuples(st.booleans(), signed, signed), min_size=1, max_size=30))
def test_choosing_in_columns_equals_choosing_for_single_bills(rows: list[tuple[bool, int, int]]) -> None:
    conditions = np.array([condition for condition, _, _ in rows])
    chosen = choose(conditions, column(*(a for _, a, _ in rows)), column(*(b for _, _, b in rows)))
    assert listed(chosen) == [a if condition else b for condition, a, b in rows]
    assert [choose(*row) for row in rows] == [a if condition else b for condition, a, b in rows]


@given(st.lists(st.booleans(), min_size=1, max_size=30), signed, signed)
def test_a_column_of_conditions_chooses_between_two_single_amounts(
    conditions: list[bool], when_true: int, when_false: int
) -> None:
    chosen = choose(np.array(conditions), when_true, when_false)
    assert listed(chosen) == [when_true if condition else when_false for condition in conditions]


# ---- yuan read and written


@given(st.integers(0, 999_999_999_99))
def test_an_amount_written_and_read_again_is_the_same_amount(fen: int) -> None:
    written = format_yuan(fen)
    assert parse_yuan(written) == fen
    assert Decimal(written) * 100 == fen


@given(st.integers(-MOST, -1))
def test_a_negative_amount_is_written_with_its_sign(fen: int) -> None:
    assert Decimal(format_yuan(fen)) * 100 == fen


@grid(
    ("fen", "written"),
    [(0, "0.00"), (1, "0.01"), (10, "0.10"), (99, "0.99"), (100, "1.00"), (120_000, "1200.00"), (-1, "-0.01")],
)
def test_an_amount_is_written_in_yuan_with_two_places(fen: int, written: str) -> None:
    assert format_yuan(fen) == written


@grid(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.0", 0),
        ("0.00", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("7", 700),
        ("7.5", 750),
        ("7.05", 705),
        ("1200.00", 120_000),
        ("100000000.00", MOST),
        ("999999999.99", 99_999_999_999),
    ],
)
def test_yuan_are_read_with_at_most_two_decimals(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@grid(
    "text",
    [
        "",
        " ",
        "1 ",
        " 1",
        "1\n",
        "+1",
        "-1",
        "-0",
        "00",
        "01",
        "1.",
        ".5",
        "1.234",
        "0.000",
        "1,000",
        "1_000",
        "1e3",
        "1E40",
        "0x10",
        "NaN",
        "Infinity",
        "100000+50000",
        "1000000000",  # ten digits
        "１２",  # full width
        "٣",  # Arabic-Indic
        "1.٣",
        "1。5",
        "¥5",
        "5元",
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount in yuan with at most two decimals"):
        parse_yuan(text)


def _reads_as_yuan(text: str) -> bool:
    """Tell by hand whether the contract takes a text as an amount."""
    whole, point, decimals = text.partition(".")
    digits = set("0123456789")
    return (
        1 <= len(whole) <= 9
        and set(whole) <= digits
        and (whole == "0" or whole[0] != "0")
        and set(decimals) <= digits
        and (1 <= len(decimals) <= 2 if point else True)
    )


@given(st.text(alphabet="01259.-+eE ,\n", max_size=13))
def test_a_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        fen = parse_yuan(text)
    except ValueError:
        assert not _reads_as_yuan(text)
    else:
        assert _reads_as_yuan(text)
        assert fen == Decimal(text) * 100


# ---- rates and ratios in writing


@grid(
    ("basis_points", "decimal", "percent"),
    [
        (0, "0.00", "0%"),
        (1, "0.0001", "0.01%"),
        (5, "0.0005", "0.05%"),
        (50, "0.005", "0.5%"),
        (500, "0.05", "5%"),
        (650, "0.065", "6.5%"),
        (1_000, "0.10", "10%"),
        (6_525, "0.6525", "65.25%"),
        (8_000, "0.80", "80%"),
        (WHOLE, "1.00", "100%"),
    ],
)
def test_a_rate_is_written_as_a_decimal_and_as_a_percentage(basis_points: int, decimal: str, percent: str) -> None:
    assert format_rate(basis_points) == decimal
    assert format_percent(basis_points) == percent


@given(rates)
def test_a_written_rate_is_exact_and_as_short_as_two_places_allow(basis_points: int) -> None:
    decimal, percent = format_rate(basis_points), format_percent(basis_points)
    assert Decimal(decimal) * WHOLE == basis_points
    assert Decimal(percent.removesuffix("%")) * 100 == basis_points
    places = len(decimal.partition(".")[2])
    assert places == 2 or (places in {3, 4} and decimal[-1] != "0")


@grid(
    ("part", "whole", "written"),
    [
        (0, 5, "0.0000"),
        (5, 5, "1.0000"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 8, "0.1250"),
        (1, 20_000, "0.0001"),  # 0.00005: up
        (1, 20_001, "0.0000"),
        (3, 20_000, "0.0002"),  # 0.00015: up
        (99_994, 100_000, "0.9999"),
        (99_995, 100_000, "1.0000"),  # 0.99995: up
    ],
)
def test_a_ratio_has_four_places_rounded_half_up(part: int, whole: int, written: str) -> None:
    assert ratio(part, whole) == written


@given(st.integers(1, MOST), st.data(), st.integers(1, 6))
def test_a_ratio_is_the_exact_quotient_rounded_half_up(whole: int, data: st.DataObject, places: int) -> None:
    part = data.draw(st.integers(0, whole))
    written = ratio(part, whole, places)
    assert len(written.partition(".")[2]) == places
    assert Decimal(written) * 10**places == half_up(Fraction(part * 10**places, whole))


def test_a_ratio_of_nothing_cannot_be_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        ratio(0, 0)
