"""Civil-affairs relief (民政救助): 七.1.(3) last sentence, 七.1.(4); figures in civil_relief.yaml."""

from functools import lru_cache

from app.rules.money import Fen, choose, share
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.banded import count_by_bands
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals
from app.rules.schedule import UNLIMITED, Band, Bands, Tier, limit_for

LAYER: Layer = "civil_relief"
ANNUAL_LIMIT = "civil_relief.annual_limit"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count the unpaid part of the bill when its turn comes; None for a patient or for care that is not served.

    No major disease is asked for (R30).
    """
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    served = serves(bill, reasons)
    if served is False:
        return None
    if not bill.major_disease:
        reasons.add("relief_asks_for_no_major_disease")
    if bill.kind == "outpatient":
        reasons.add("serves_outpatients_too")
    base = choose(served, paid.remaining(LAYER, bill.readings.remaining_cost, reasons), 0)
    working = _pay(bill, figures, base, reasons)
    working.limit = _annual_limit(bill, figures)
    working.limit_figure = ANNUAL_LIMIT
    working.paid_before = bill.paid_before.get(LAYER, 0)
    return working


def _pay(bill: Bill, figures: Reader, base: Fen, reasons: ReasonLog) -> Working:
    """Pay the general relief of 七.1.(3) and the bands of 七.1.(4), joined by the reading R3.

    Where the general relief is for the whole base, it is of this bill alone and rounded by itself; the bands then count
    the rest of the base, or the whole of it. The base that the year carries forward is the whole base, once.
    """
    general_rate = figures.rate("civil_relief.general_rate")
    bands = figures.bands("civil_relief.bands")
    reading = bill.readings.general_relief
    if reading == "first_band":
        # Bands that a place lets begin at 0 leave nothing to the general relief.
        up_to = min(figures.money("civil_relief.general_up_to"), bands[0].above)
        if up_to:
            reasons.add("general_relief_up_to", rate=general_rate, up_to=up_to)
        return count_by_bands(LAYER, bill, _joined(general_rate, up_to, bands), base, reasons)
    general = Tier(0, None, general_rate, base, share(base, general_rate))
    if reading == "parallel":
        reasons.add("general_relief_beside_the_bands", rate=general_rate)
        by_bands = count_by_bands(LAYER, bill, bands, base, reasons)
    else:
        reasons.add("general_relief_on_the_whole", rate=general_rate)
        by_bands = count_by_bands(LAYER, bill, bands, base - general.pays, reasons)
    return Working(
        LAYER,
        base,
        [general, *by_bands.tiers],
        general.pays + by_bands.due,
        before=by_bands.before,
        bands=(Band(0, None, general_rate),),
    )


@lru_cache
def _joined(general_rate: int, up_to: int, bands: Bands) -> Bands:
    """Put the general relief below the bands, as their first band."""
    return (Band(0, up_to, general_rate), *bands) if up_to else bands


def _annual_limit(bill: Bill, figures: Reader) -> Fen | None:
    """Return the most that relief pays in a calendar year, which the bill's total picks; None without a limit."""
    limits = figures.limits_by_total(ANNUAL_LIMIT)
    if not limits:
        return None
    limit = limit_for(limits, bill.total)
    return None if isinstance(limit, int) and limit == UNLIMITED else limit
