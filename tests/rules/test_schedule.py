"""Schedules: which part of an amount lies in which band, and what it pays, one at a time and by column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.money import WHOLE, Fen
from app.rules.schedule import (
    UNLIMITED,
    Band,
    Bands,
    LimitAbove,
    Tier,
    band_of,
    beginning_at_share,
    limit_for,
    marginal,
    pay_by_bands,
    raised,
    total,
    whole_amount,
)
from tests.support.grid import grid
from tests.support.scale import scaled

RELIEF: Bands = (Band(0, 3_000_000, 1_000), Band(3_000_000, 7_000_000, 8_000), Band(7_000_000, None, 9_000))
"""Up to 30,000 yuan 10 %, up to 70,000 yuan 80 %, above 90 %."""

THRESHOLD: Bands = (Band(1_400_000, 5_000_000, 6_000), Band(5_000_000, None, 7_000))
"""Nothing up to 14,000 yuan, then 60 %, above 50,000 yuan 70 %."""

MOST = 100_000_000_00

amounts = st.one_of(
    st.integers(0, MOST),
    st.integers(0, 200_000_00),
    st.sampled_from([bound + step for bound in (0, 1_400_000, 3_000_000, 7_000_000) for step in (0, 1, 2)]),
)


@st.composite
def schedules(draw: st.DrawFn) -> Bands:
    """Draw bands that rise and leave no gap; the first may begin above zero, rates are any."""
    bounds = sorted(draw(st.sets(st.integers(0, 300_000_00), min_size=1, max_size=6)))
    uppers: list[int | None] = [*bounds[1:], None]
    return tuple(Band(above, up_to, draw(st.integers(0, WHOLE))) for above, up_to in zip(bounds, uppers, strict=True))


def tiers(bands: Bands, before: int, after: int) -> list[tuple[Fen, Fen]]:
    """List what lies in each band that is touched, and what it pays."""
    return [(tier.amount, tier.pays) for tier in marginal(bands, before, after)]


def paid(bands: Bands, before: int, after: int) -> int:
    amount = total(marginal(bands, before, after))
    assert isinstance(amount, int)
    return amount


def test_the_part_in_a_band_begins_at_the_deductible_where_that_is_higher_and_the_band_is_not_full() -> None:
    assert Tier(0, 3_000_000, 7_000, 2_940_000, 2_058_000).begins_at(60_000) == 60_000
    assert Tier(3_000_000, 7_000_000, 7_500, 1, 1).begins_at(60_000) == 3_000_000
    assert Tier(1_400_000, None, 6_500, 1, 1).begins_at(0) == 1_400_000
    assert Tier(0, 3_000_000, 7_000, 3_000_000, 2_100_000).begins_at(60_000) == 0


# ---- the part inside each band


@grid(
    ("after", "expected"),
    [
        (0, []),
        (1, [(1, 0)]),  # 0.1 fen
        (5, [(5, 1)]),  # 0.5 fen: up
        (2_999_999, [(2_999_999, 300_000)]),  # 299,999.9
        (3_000_000, [(3_000_000, 300_000)]),
        (3_000_001, [(3_000_000, 300_000), (1, 1)]),  # 0.8
        (6_999_999, [(3_000_000, 300_000), (3_999_999, 3_199_999)]),  # 3,199,999.2
        (7_000_000, [(3_000_000, 300_000), (4_000_000, 3_200_000)]),
        (7_000_001, [(3_000_000, 300_000), (4_000_000, 3_200_000), (1, 1)]),  # 0.9
    ],
)
def test_a_band_ends_with_its_upper_bound_to_the_fen(after: int, expected: list[tuple[int, int]]) -> None:
    assert tiers(RELIEF, 0, after) == expected


def test_what_was_counted_before_fills_the_lower_bands() -> None:
    # 10 fen up to 30,000 yuan at 10 %, 10 fen above at 80 %.
    assert tiers(RELIEF, 2_999_990, 3_000_010) == [(10, 1), (10, 8)]
    assert tiers(RELIEF, 3_000_000, 3_000_010) == [(10, 8)]
    assert tiers(RELIEF, 2_999_999, 7_000_001) == [(1, 0), (4_000_000, 3_200_000), (1, 1)]
    assert tiers(RELIEF, 9_000_000, 9_000_000) == []


def test_a_first_band_that_begins_above_zero_pays_for_nothing_below_it() -> None:
    assert tiers(THRESHOLD, 0, 1_400_000) == []
    assert tiers(THRESHOLD, 0, 1_400_001) == [(1, 1)]  # 0.6
    assert tiers(THRESHOLD, 1_399_999, 1_400_002) == [(2, 1)]  # 1.2
    assert tiers(THRESHOLD, 1_000_000, 2_000_000) == [(600_000, 360_000)]
    assert tiers(THRESHOLD, 1_400_000, 2_000_000) == [(600_000, 360_000)]
    assert tiers(THRESHOLD, 1_500_000, 2_000_000) == [(500_000, 300_000)]
    assert tiers(THRESHOLD, 0, 6_000_000) == [(3_600_000, 2_160_000), (1_000_000, 700_000)]


def test_a_tier_names_its_band_and_tiers_of_a_single_bill_hold_something() -> None:
    assert marginal(RELIEF, 3_000_000, 3_000_010) == [Tier(3_000_000, 7_000_000, 8_000, 10, 8)]


@given(schedules(), amounts, amounts)
def test_the_parts_add_up_to_what_lies_above_the_threshold(bands: Bands, before: int, base: int) -> None:
    threshold = bands[0].above
    counted = max(before + base, threshold) - max(before, threshold)
    assert sum(amount for amount, _ in tiers(bands, before, before + base)) == counted


@given(schedules(), amounts, amounts)
def test_no_schedule_pays_less_than_nothing_or_more_than_the_amount(bands: Bands, before: int, base: int) -> None:
    assert 0 <= paid(bands, before, before + base) <= base


@given(schedules(), amounts, amounts, amounts)
def test_a_greater_amount_is_never_paid_less(bands: Bands, before: int, base: int, more: int) -> None:
    assert paid(bands, before, before + base) <= paid(bands, before, before + base + more)


@given(schedules(), amounts, amounts, amounts)
def test_splitting_an_amount_changes_what_it_pays_by_at_most_a_fen_a_band(
    bands: Bands, before: int, first: int, second: int
) -> None:
    middle, after = before + first, before + first + second
    touched = len(marginal(bands, before, middle)) + len(marginal(bands, middle, after))
    split = paid(bands, before, middle) + paid(bands, middle, after)
    bands_touched_twice = touched - len(marginal(bands, before, after))
    assert bands_touched_twice in {0, 1}  # only the band that the split lies in is rounded twice
    assert abs(split - paid(bands, before, after)) <= bands_touched_twice


@pytest.mark.slow
@given(schedules(), st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20))
@settings(max_examples=scaled(30, 2_000))
def test_a_column_is_paid_what_single_amounts_are_paid(bands: Bands, rows: list[tuple[int, int]]) -> None:
    before = np.array([before for before, _ in rows], dtype=np.int64)
    after = before + np.array([base for _, base in rows], dtype=np.int64)
    tiers, due = pay_by_bands(bands, before, after)
    singly = [pay_by_bands(bands, start, start + base) for start, base in rows]
    assert not tiers
    assert np.broadcast_to(due, len(rows)).tolist() == [due for _, due in singly]
    assert all(total(tiers) == due for tiers, due in singly)


def test_no_tiers_pay_nothing() -> None:
    assert total([]) == 0


# ---- the whole amount at one rate


@grid(
    ("amount", "owed"),
    [
        (0, 0),
        (1, 0),
        (2_999_999, 300_000),
        (3_000_000, 300_000),  # the upper bound belongs to the band
        (3_000_001, 2_400_001),  # the lower bound does not: 80 % of all, 2,400,000.8
        (7_000_000, 5_600_000),
        (7_000_001, 6_300_001),  # 6,300,000.9
    ],
)
def test_the_whole_amount_is_paid_at_the_rate_of_its_band(amount: int, owed: int) -> None:
    assert whole_amount(RELIEF, 0, amount) == (owed, 0)
    assert whole_amount(RELIEF, amount, amount) == (owed, owed)


def test_below_the_first_band_the_whole_amount_is_owed_nothing() -> None:
    assert whole_amount(THRESHOLD, 0, 1_400_000) == (0, 0)
    assert whole_amount(THRESHOLD, 1_400_000, 1_400_001) == (840_001, 0)  # 840,000.6


@pytest.mark.slow
@given(schedules(), st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20))
@settings(max_examples=scaled(30, 2_000))
def test_a_column_of_whole_amounts_equals_single_ones(bands: Bands, rows: list[tuple[int, int]]) -> None:
    before = np.array([before for before, _ in rows], dtype=np.int64)
    after = before + np.array([base for _, base in rows], dtype=np.int64)
    owed, owed_before = whole_amount(bands, before, after)
    singly = [whole_amount(bands, start, start + base) for start, base in rows]
    assert list(zip(np.asarray(owed).tolist(), np.asarray(owed_before).tolist(), strict=True)) == singly


@grid(
    ("bands", "amount", "band"),
    [
        (RELIEF, 0, None),
        (RELIEF, 1, RELIEF[0]),
        (RELIEF, 3_000_000, RELIEF[0]),
        (RELIEF, 3_000_001, RELIEF[1]),
        (RELIEF, 7_000_000, RELIEF[1]),
        (RELIEF, 7_000_001, RELIEF[2]),
        (RELIEF, MOST, RELIEF[2]),
        (THRESHOLD, 1_400_000, None),
        (THRESHOLD, 1_400_001, THRESHOLD[0]),
    ],
)
def test_an_amount_falls_in_the_band_it_lies_above_the_bound_of(bands: Bands, amount: int, band: Band | None) -> None:
    assert band_of(bands, amount) == band


# ---- raised rates, and the first band left out


def test_a_raised_rate_stops_at_100_percent() -> None:
    near = (Band(0, 10, 9_499), Band(10, 20, 9_500), Band(20, 30, 9_501), Band(30, None, WHOLE))
    assert [band.rate for band in raised(near, 500)] == [9_999, WHOLE, WHOLE, WHOLE]


@given(schedules(), st.integers(0, WHOLE))
def test_raising_moves_no_bound_lowers_no_rate_and_passes_no_hundred_percent(bands: Bands, points: int) -> None:
    higher = raised(bands, points)
    assert [(band.above, band.up_to) for band in higher] == [(band.above, band.up_to) for band in bands]
    for was, now in zip(bands, higher, strict=True):
        assert was.rate <= now.rate <= WHOLE
        assert now.rate in {was.rate + points, WHOLE}


def test_a_share_of_the_threshold_lowers_the_first_band_alone_half_up_to_the_fen() -> None:
    bands = (Band(14_000_01, 50_000_00, 6_000), Band(50_000_00, None, 7_000))
    lowered = beginning_at_share(bands, 5_000)
    assert lowered == (Band(7_000_01, 50_000_00, 6_000), bands[1])
    assert beginning_at_share(bands, WHOLE) is bands


def test_the_total_picks_the_limit_and_its_bound_belongs_to_the_lower_one() -> None:
    limits = (LimitAbove(0, 10_000_00), LimitAbove(30_000_00, 100_000_00))
    assert [limit_for(limits, total) for total in (1, 30_000_00, 30_000_01)] == [10_000_00, 10_000_00, 100_000_00]
    assert limit_for(limits[1:], 30_000_00) == UNLIMITED
    column = limit_for(limits[1:], np.array([30_000_00, 30_000_01]))
    assert isinstance(column, np.ndarray)
    assert column.tolist() == [UNLIMITED, 100_000_00]
