"""The terms by which a layer pays bills in the same circumstances, and the working of a layer for one bill.

The terms hold everything but the amounts of the bill. They are found once for many bills.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.rules.money import Fen, Truth, choose, greatest, share
from app.rules.readings import Accumulation, Readings, RemainingCost
from app.rules.reimbursement.bill import NOT_ADJUDICATED, Bill, Layer, Reason
from app.rules.schedule import UNLIMITED, Bands, LimitsByTotal, Tier, band_of, limit_for, pay_by_bands, whole_amount

IN_SCOPE_ONLY: dict[RemainingCost, tuple[Layer, ...]] = {
    "whole_bill": (),
    "in_scope": ("civil_relief", "major_disease_fund", "supplementary_insurance"),
    "relief_in_scope": ("civil_relief",),
}
"""The layers that count the in-scope cost only, by the reading R2; the others count the whole bill."""

EACH_BILL_ALONE: dict[Accumulation, tuple[Layer, ...]] = {
    "calendar_year": (),
    "per_bill": ("civil_relief", "major_disease_fund", "supplementary_insurance"),
    "relief_and_fund_per_bill": ("civil_relief", "major_disease_fund"),
}
"""The layers that count each bill alone, by the reading R5; the others count the calendar year together."""


class Counting(NamedTuple):
    """What the readings say of how a layer counts."""

    whole_amount: bool = False
    """Each band's rate is for the whole amount (R1)."""
    in_scope_only: bool = False
    """The layer counts the in-scope cost only (R2)."""
    each_bill_alone: bool = False
    """What the year has counted does not matter (R5)."""


YEARLY = Counting()
"""Counting of a layer on which none of these readings bears: band by band, the whole bill, over the year."""


def counting(layer: Layer, readings: Readings) -> Counting:
    """Return how a layer after the insurances counts under the readings."""
    return Counting(
        whole_amount=readings.band_rates == "whole_amount",
        in_scope_only=layer in IN_SCOPE_ONLY[readings.remaining_cost],
        each_bill_alone=layer in EACH_BILL_ALONE[readings.accumulation],
    )


@dataclass(slots=True, frozen=True)
class Terms:
    """What a layer pays by. Amounts in fen, rates in basis points.

    Terms are equal where they pay the same, whatever is said of them.
    """

    layer: Layer
    eligible: bool
    reasons: tuple[Reason, ...] = field(compare=False)
    read: tuple[str, ...] = field(compare=False)
    """The names of the figures behind the terms."""
    bands: Bands = ()
    """The schedule."""
    counting: Counting = YEARLY
    general_rate: int | None = None
    """The general relief of the whole base, where it is no band of the schedule (R3)."""
    bands_on_the_rest: bool = False
    """The schedule counts what the general relief leaves of the base (R3)."""
    limit: Fen | None = None
    limits_by_total: LimitsByTotal = ()
    limit_figure: str = field(default="", compare=False)
    """The name of the figure that is the limit."""
    deductible: Fen | None = None
    deductible_again: Fen = 0
    """The deductible of a patient admitted before in the year."""
    first_paid_rate: int | None = None
    """The share that the patient first pays away from the city."""
    limit_alone: bool = False
    """What the year has paid does not matter to the limit (R6)."""
    serves_paid_care: bool = False
    """A column's bills are served where the insurer has paid (R21)."""
    smallest: Fen | None = None
    """The total that a bill must exceed."""
    reasons_if_too_small: tuple[Reason, ...] = field(default=(), compare=False)

    @property
    def pays_above(self) -> int:
        """The amount above which the schedule pays, in fen."""
        if self.general_rate is not None:
            return 0
        return next((band.above for band in self.bands if band.rate), self.bands[-1].above)

    def before(self, bill: Bill) -> Fen:
        """Return the base that the layer counted in the year before the bill; 0 where each bill counts alone."""
        return 0 if self.counting.each_bill_alone else bill.counted_before.get(self.layer, 0)

    def paid_before(self, bill: Bill) -> Fen:
        """Return what the layer has paid in the year before the bill, as far as its limit asks for it."""
        return 0 if self.limit_alone else bill.paid_before.get(self.layer, 0)

    def limit_of(self, bill: Bill) -> Fen | None:
        """Return the most that the layer pays in the year; None without a limit."""
        if not self.limits_by_total:
            return self.limit
        limit = limit_for(self.limits_by_total, bill.total)
        return None if isinstance(limit, int) and limit == UNLIMITED else limit

    def of_served(self, bill: Bill, base: Fen) -> Fen:
        """Return the base of a bill that is served, and 0 of one that is not: too small, or in a column not covered."""
        if self.smallest is not None:
            base = choose(bill.total > self.smallest, base, 0)
        if self.serves_paid_care:
            _, paid = bill.adjudicated.get("basic_insurance", NOT_ADJUDICATED)
            base = choose(paid > 0, base, 0)
        return base

    def pay_for(self, before: Fen, base: Fen) -> tuple[Sequence[Tier], Fen]:
        """Pay for `base` fen on top of `before`: the tiers, and the amount due before any limit."""
        if self.general_rate is None:
            return self._pay_by_bands(before, base)
        general = Tier(0, None, self.general_rate, base, share(base, self.general_rate))
        tiers, due = self._pay_by_bands(before, base - general.pays if self.bands_on_the_rest else base)
        return [general, *tiers], general.pays + due

    def _pay_by_bands(self, before: Fen, base: Fen) -> tuple[Sequence[Tier], Fen]:
        """Pay by bands (R1).

        Under the reading of the whole amount (全额), the band that holds the sum of both pays for all of it, less what
        was owed before; that gives one tier.
        """
        after = before + base
        if not self.counting.whole_amount:
            return pay_by_bands(self.bands, before, after)
        owed, owed_before = whole_amount(self.bands, before, after)
        due = greatest(owed - owed_before, 0)
        if isinstance(after, int) and (band := band_of(self.bands, after)) is not None:
            return (Tier(band.above, band.up_to, band.rate, base, due),), due
        return (), due


@dataclass(slots=True)
class Working:
    """The working of one layer: every operand of its calculation as data. Fen.

    The layer's rule fills in the base and the amount due; the sequence in layers.py fills in what is paid.
    """

    layer: Layer
    terms: Terms
    reasons: Sequence[Reason]
    base: Fen = 0
    """The part of the bill that the layer counts."""
    tiers: Sequence[Tier] = ()
    due: Fen = 0
    """The amount that the schedule gives: the sum of the tiers, before any limit."""
    before: Fen = 0
    """The base that the schedule counted in the year before this bill."""
    limit: Fen | None = None
    paid_before: Fen = 0
    """The amount that the layer has paid in the year so far, where it counts towards the limit."""
    deductible: Fen | None = None
    budget: Fen | None = None
    """The rest of the payer's budget for all patients; None where no budget is set."""
    adjudicated: Truth = False
    """Whether the insurer has already settled the layer."""
    annual_room: Fen | None = None
    """The rest of the layer's limit; None without a limit."""
    ceiling_room: Fen | None = None
    """The rest of the ceiling on all layers together (R13); None without a ceiling."""
    remaining: Fen = 0
    """The amount still unpaid when the layer's turn came."""
    paid: Fen = 0
    left: Fen = 0
    """The bill less everything paid so far, this layer included."""
    read: tuple[str, ...] = ()
    """The names of the figures that the layer read."""
