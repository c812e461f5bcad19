"""Bands applied to an amount: part by part, or the whole amount at one rate (R1, R7)."""

from dataclasses import dataclass

from tests.support.reimbursement_oracle.amounts import share
from tests.support.reimbursement_oracle.figures import Band, Bands


@dataclass(frozen=True)
class Tier:
    """One printed line: a band, how much of the base it counts, what it pays."""

    above: int
    up_to: int | None
    rate_bp: int
    amount: int
    pays: int


def marginal(table: Bands, before: int, base: int) -> list[Tier]:
    """Of what comes on top of `before`, the part inside each band at that band's rate."""
    tiers = []
    for band in table:
        begins, ends = max(before, band.above), before + base
        if band.up_to is not None:
            ends = min(ends, band.up_to)
        if ends > begins:
            tiers.append(Tier(*band, amount=ends - begins, pays=share(ends - begins, band.rate_bp)))
    return tiers


def band_of(table: Bands, amount: int) -> Band | None:
    """The band that an amount falls in; below the first there is none."""
    for band in table:
        if amount > band.above and (band.up_to is None or amount <= band.up_to):
            return band
    return None


def at_one_rate(table: Bands, amount: int) -> int:
    """The whole amount at the rate of its band."""
    band = band_of(table, amount)
    return 0 if band is None else share(amount, band.rate_bp)


def whole_amount(table: Bands, before: int, base: int) -> list[Tier]:
    """At one rate all that the year has counted, less the same of `before`; one line, that of the year's band."""
    band = band_of(table, before + base)
    if band is None or base == 0:
        return []
    owed = at_one_rate(table, before + base) - at_one_rate(table, before)
    return [Tier(*band, amount=base, pays=max(0, owed))]
