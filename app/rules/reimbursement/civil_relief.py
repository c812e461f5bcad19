"""Civil-affairs relief (民政救助): 七.1.(3) last sentence, 七.1.(4); figures in civil_relief.yaml."""

from functools import lru_cache

from app.rules.money import Fen
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import Bill, Circumstances, Layer, ReasonLog
from app.rules.reimbursement.covered_care import serves
from app.rules.reimbursement.paid import RunningTotals
from app.rules.reimbursement.terms import Terms, counting
from app.rules.schedule import Band, Bands

LAYER: Layer = "civil_relief"
ANNUAL_LIMIT = "civil_relief.annual_limit"


def terms(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Terms | None:
    """Find what relief pays by; None for a patient or for care that is not served. No major disease is asked for (R30).

    The general relief of 七.1.(3) and the bands of 七.1.(4) are joined by the reading R3. Where the general relief is
    for the whole base, it is of this bill alone and rounded by itself; the bands then count the rest of the base, or
    the whole of it. The base that the year carries forward is the whole base, once.
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
    how = counting(LAYER, bill.readings)
    reasons.add("counts_what_is_left_in_scope" if how.in_scope_only else "counts_what_is_left")
    general_rate = figures.rate("civil_relief.general_rate")
    bands = figures.bands("civil_relief.bands")
    reading = bill.readings.general_relief
    if reading == "first_band":
        # Bands that a place lets begin at 0 leave nothing to the general relief.
        up_to = min(figures.money("civil_relief.general_up_to"), bands[0].above)
        if up_to:
            reasons.add("general_relief_up_to", rate=general_rate, up_to=up_to)
        bands = _joined(general_rate, up_to, bands)
    elif reading == "parallel":
        reasons.add("general_relief_beside_the_bands", rate=general_rate)
    else:
        reasons.add("general_relief_on_the_whole", rate=general_rate)
    if how.whole_amount:
        reasons.add("whole_amount_at_its_band")
    limits = figures.limits_by_total(ANNUAL_LIMIT)
    return Terms(
        LAYER,
        eligible=True,
        reasons=reasons.recorded(),
        read=figures.drain(),
        bands=bands,
        counting=how,
        general_rate=None if reading == "first_band" else general_rate,
        bands_on_the_rest=reading != "parallel",
        limits_by_total=limits,
        limit_figure=ANNUAL_LIMIT,
        serves_paid_care=served is None,
    )


def base(terms: Terms, bill: Bill, paid: RunningTotals, in_scope_only: bool) -> Fen:
    """Count the unpaid part of the bill when its turn comes."""
    return terms.of_served(bill, paid.remaining(in_scope_only))


@lru_cache
def _joined(general_rate: int, up_to: int, bands: Bands) -> Bands:
    """Put the general relief below the bands, as their first band."""
    return (Band(0, up_to, general_rate), *bands) if up_to else bands
