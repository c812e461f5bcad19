"""How a layer counts by bands, the year together or each bill alone, as the readings R1 and R5 have it."""

from app.rules.money import Fen, greatest
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.schedule import Bands, Tier, band_of, marginal, total, whole_amount


def count_by_bands(layer: Layer, bill: Bill, bands: Bands, base: Fen, notes: ReasonLog) -> Working:
    """Pay for `base` fen on top of what the layer's schedule has counted this year.

    Read as the whole amount (全额), the band that before and base together fall in pays for everything, less what it
    owed before; that is one line.
    """
    before = bill.before(layer)
    after = before + base
    if bill.readings.band_rates == "marginal":
        tiers = marginal(bands, before, after)
        return Working(layer, base, tiers, total(tiers), before=before)
    notes.because("whole_amount_at_its_band")
    owed, owed_before = whole_amount(bands, before, after)
    due = greatest(owed - owed_before, 0)
    tiers = []
    if isinstance(after, int) and (band := band_of(bands, after)) is not None:
        tiers.append(Tier(band.above, band.up_to, band.rate, base, due))
    return Working(layer, base, tiers, due, before=before)
