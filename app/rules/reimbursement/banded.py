"""Payment by bands, over the whole year or for each bill alone, according to the readings R1 and R5."""

from app.rules.money import Fen, greatest
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.schedule import Bands, Tier, band_of, marginal, total, whole_amount


def count_by_bands(layer: Layer, bill: Bill, bands: Bands, base: Fen, reasons: ReasonLog) -> Working:
    """Pay for `base` fen on top of the base that the layer has counted this year.

    Under the reading of the whole amount (全额), the band that holds the sum of both pays for all of it, less what was
    owed before; that gives one tier.
    """
    before = bill.before(layer)
    after = before + base
    if bill.readings.band_rates == "marginal":
        tiers = marginal(bands, before, after)
        return Working(layer, base, tiers, total(tiers), before=before, bands=bands)
    reasons.add("whole_amount_at_its_band")
    owed, owed_before = whole_amount(bands, before, after)
    due = greatest(owed - owed_before, 0)
    tiers = []
    if isinstance(after, int) and (band := band_of(bands, after)) is not None:
        tiers.append(Tier(band.above, band.up_to, band.rate, base, due))
    return Working(layer, base, tiers, due, before=before, bands=bands)
