"""Civil-affairs relief (民政救助): 七.1.(3) last sentence, 七.1.(4); figures in civil_relief.yaml."""

from app.rules.money import Fen, share
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.banded import count_by_bands
from app.rules.reimbursement.bill import Bill, Layer, ReasonLog, Working
from app.rules.reimbursement.paid import RunningTotals
from app.rules.schedule import Bands, Tier, above_first

LAYER: Layer = "civil_relief"


def count(bill: Bill, figures: Reader, paid: RunningTotals, reasons: ReasonLog) -> Working | None:
    """Count the unpaid part of the bill when its turn comes; None for a patient without the benefits of the poor."""
    reasons.add(REASON[bill.registration])
    if not bill.poor:
        return None
    if bill.kind == "outpatient":
        reasons.add("serves_outpatients_too")
    reasons.add(paid.WHAT_IS_LEFT[bill.readings.remaining_cost])
    base = paid.remaining(bill.readings.remaining_cost)
    bands = figures.bands("civil_relief.bands")
    if bill.readings.general_relief == "whole_then_bands":
        reasons.add("general_relief_on_the_whole")
        return _whole_then_bands(bill, bands, base, reasons)
    return count_by_bands(LAYER, bill, bands, base, reasons)


def _whole_then_bands(bill: Bill, bands: Bands, base: Fen, reasons: ReasonLog) -> Working:
    """Pay the general relief on the whole base first, then the upper bands on the rest (reading R3)."""
    general_rate = bands[0].rate
    general = Tier(0, None, general_rate, base, share(base, general_rate))
    rest = count_by_bands(LAYER, bill, above_first(bands), base - general.pays, reasons)
    return Working(LAYER, base, [general, *rest.tiers], general.pays + rest.due, before=rest.before)
