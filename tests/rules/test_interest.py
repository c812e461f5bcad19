"""Interest and amounts taken several times: whole fen, one rounding, half up."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from app.rules.money import WHOLE, interest, share, times
from tests.support.grid import grid

MOST = 100_000_000_00
"""The largest amount that the contract takes, in fen."""

amounts = st.integers(0, MOST)
rates = st.integers(0, WHOLE)
days = st.integers(0, 36_525)
years = st.sampled_from((360, 365, 366))


# ---- interest


@grid(
    ("principal", "rate", "number_of_days", "bears"),
    [
        (5_000_000, 500, 365, 250_000),  # 50,000 at 5 % for a year: 2,500.00
        (5_000_000, 500, 730, 500_000),  # two years: twice as much
        (5_000_000, 500, 0, 0),
        (5_000_000, 0, 365, 0),
        (0, 500, 365, 0),
        (100_000_000, 300, 365, 3_000_000),  # 1,000,000 at 3 % for a year: 30,000.00
        (100_000_000, 300, 1, 8_219),  # 82.19178 yuan
        (100_000_000, 300, 366, 3_008_219),  # 30,082.19178 yuan
        (36_500, WHOLE // 2, 1, 50),  # 365.00 at 50 % for a day: 0.50
        (365, WHOLE // 2, 1, 1),  # 3.65 at 50 % for a day is half a fen: up
        (364, WHOLE // 2, 1, 0),  # 0.49863 fen
        (366, WHOLE // 2, 1, 1),  # 0.50137 fen
        (1_095, WHOLE // 2, 1, 2),  # 1.5 fen: up
        (1_825, WHOLE // 2, 1, 3),  # 2.5 fen: up, where banker's rounding would give 2
        (MOST, WHOLE, 365, MOST),
    ],
)
def test_interest_is_rounded_half_up_to_the_fen(principal: int, rate: int, number_of_days: int, bears: int) -> None:
    assert interest(principal, rate, number_of_days, 365) == bears


@given(amounts, rates, days, years)
def test_interest_is_the_exact_product_rounded_once_half_up(
    principal: int, rate: int, number_of_days: int, days_a_year: int
) -> None:
    exact = Fraction(principal * rate * number_of_days, 10_000 * days_a_year)
    result = interest(principal, rate, number_of_days, days_a_year)
    assert isinstance(result, int)
    assert result == floor(exact + Fraction(1, 2))


@given(amounts, rates, years)
def test_a_whole_year_bears_the_rates_share_of_the_principal(principal: int, rate: int, days_a_year: int) -> None:
    assert interest(principal, rate, days_a_year, days_a_year) == share(principal, rate)


@given(amounts, rates, days, years)
def test_another_day_never_bears_less(principal: int, rate: int, number_of_days: int, days_a_year: int) -> None:
    before = interest(principal, rate, number_of_days, days_a_year)
    assert interest(principal, rate, number_of_days + 1, days_a_year) >= before


# ---- an amount taken several times


@given(amounts, st.integers(0, 100))
def test_an_amount_taken_several_times_is_their_sum(amount: int, count: int) -> None:
    assert times(amount, count) == sum([amount] * count)
