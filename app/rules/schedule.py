"""Schedules of bands: the part of an amount in each band, and the payment for that part (分段计算)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.rules.money import WHOLE, Fen, choose, greatest, least, share


class Band(NamedTuple):
    """A band of a schedule: above `above`, up to and including `up_to` fen, at `rate` basis points."""

    above: int
    up_to: int | None
    rate: int


class Tier(NamedTuple):
    """A band applied: the part of the base in it, and the payment for that part, in fen."""

    above: Fen
    up_to: int | None
    rate: int
    amount: Fen
    pays: Fen

    def begins_at(self, deductible: Fen) -> int:
        """Find where the part begins, for a single bill: at the deductible, where it is higher than the band's bound.

        A band that holds its full width begins at its bound: no deductible was taken from it.
        """
        above, up_to, _, amount, _ = self
        is_full = up_to is not None and amount == up_to - above
        return int(above if is_full or above > deductible else deductible)


Bands = tuple[Band, ...]


class LimitAbove(NamedTuple):
    """A limit for bills whose total exceeds `total_above`, both in fen."""

    total_above: int
    limit: int


LimitsByTotal = tuple[LimitAbove, ...]
"""Limits by the total of the bill, the totals rising; none for a bill at or below the first of them."""

UNLIMITED = int(np.iinfo(np.int64).max)
"""More fen than any bill: stands for no limit where some bills of a column have one."""


FULL_BANDS = 1_024
"""Full bands that are remembered: more than there are in all schedules of all periods."""


def pay_by_bands(bands: Bands, before: Fen, after: Fen) -> tuple[Sequence[Tier], Fen]:
    """Pay, band by band, for the part of (`before`, `after`] inside the band (分段累计), each half up to the fen.

    `before` ≤ `after`, in fen. The tiers explain the amount due of a single bill; a column has none.
    """
    if isinstance(after, int) and isinstance(before, int):
        tiers = marginal(bands, before, after)
        return tiers, total(tiers)
    after = np.asarray(after)
    due = np.zeros(len(after), np.int64)
    rows: npt.NDArray[np.intp] | slice = slice(None)
    for above, up_to, rate in bands:
        if above:
            # Few bills reach the upper bands: the others go no further.
            reach = np.flatnonzero(after > above)
            rows = reach if isinstance(rows, slice) else rows[reach]
            after = after.take(reach, mode="clip")
            before = before if isinstance(before, int) else before.take(reach, mode="clip")
        if rate:
            reached = after if up_to is None else least(after, up_to)
            due[rows] += share(greatest(reached - greatest(before, above), 0), rate)
    return (), due


def marginal(bands: Bands, before: int, after: int) -> list[Tier]:
    """Return the tiers of a single bill, as `pay_by_bands` pays it. A band that holds nothing of it gives none."""
    tiers: list[Tier] = []
    if before >= after:
        return tiers
    for above, up_to, rate in bands:
        if after <= above:
            break
        if up_to is not None and after >= up_to:
            if before <= above:
                tiers.append(_full(above, up_to, rate))
            if before <= above or before >= up_to:
                continue
        reached = after if up_to is None or after < up_to else up_to
        part = reached - (before if before > above else above)
        tiers.append(Tier(above, up_to, rate, part, share(part, rate)))
    return tiers


@lru_cache(maxsize=FULL_BANDS)
def _full(above: int, up_to: int, rate: int) -> Tier:
    """Pay for a full band: most bands of a large bill are full, and a full band always pays the same."""
    return Tier(above, up_to, rate, up_to - above, share(up_to - above, rate))


def whole_amount(bands: Bands, before: Fen, after: Fen) -> tuple[Fen, Fen]:
    """Pay for the whole amount at the rate of the band it falls in (全额): what is owed after, and before, in fen.

    Reading R1 in its other sense. A band's lower bound is outside it, its upper bound inside.
    """
    return _at_its_band(bands, after), _at_its_band(bands, before)


def band_of(bands: Bands, amount: int) -> Band | None:
    """Find the band that `amount` fen falls in; None below the first."""
    for band in reversed(bands):
        if amount > band.above:
            return band
    return None


def raised(bands: Bands, points: int) -> Bands:
    """Raise every band's rate by `points` basis points; a rate never exceeds 100 %."""
    return tuple(Band(above, up_to, min(rate + points, WHOLE)) for above, up_to, rate in bands)


def beginning_at_share(bands: Bands, rate: int) -> Bands:
    """Let the first band begin at `rate` basis points of its lower bound, half up to the fen; the others stay."""
    if rate == WHOLE:
        return bands
    first, *others = bands
    return (first._replace(above=int(share(first.above, rate))), *others)


def limit_for(limits: LimitsByTotal, total: Fen) -> Fen:
    """Find the limit for a bill of `total` fen: that of the highest total it exceeds; UNLIMITED where it has none."""
    found: Fen = UNLIMITED
    for total_above, limit in limits:
        found = choose(total > total_above, limit, found)
    return found


def total(tiers: Iterable[Tier]) -> Fen:
    """Add up the payments of the tiers, in fen."""
    paid: Fen = 0
    for _, _, _, _, pays in tiers:
        paid = paid + pays
    return paid


def _at_its_band(bands: Bands, amount: Fen) -> Fen:
    if isinstance(amount, int):
        band = band_of(bands, amount)
        return 0 if band is None else share(amount, band.rate)
    owed: Fen = 0
    for above, _, rate in bands:
        owed = choose(amount > above, share(amount, rate), owed)
    return owed
