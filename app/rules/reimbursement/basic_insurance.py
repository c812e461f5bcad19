"""Basic medical insurance (基本医疗保险): 七.1.(3), 七.1.(8); figures in basic_insurance.yaml."""

from app.rules.money import WHOLE, Fen, choose, greatest, least, share
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import AWAY, CLINICS, Bill, FacilityLevel, Layer, ReasonLog, Working
from app.rules.schedule import Band, Bands, marginal, total

LAYER: Layer = "basic_insurance"
ANNUAL_LIMIT = "basic_insurance.annual_limit"
REPEAT_STAY = "basic_insurance.repeat_stay_reduction"

DEDUCTIBLE: dict[FacilityLevel, str] = {
    "village": "basic_insurance.deductible.township",
    "township": "basic_insurance.deductible.township",
    "county": "basic_insurance.deductible.county",
    "city": "basic_insurance.deductible.city",
    "in_region": "basic_insurance.deductible.in_region",
    "out_of_region": "basic_insurance.deductible.out_of_region",
}
BANDS: dict[FacilityLevel, str] = {
    "village": "basic_insurance.bands.township",
    "township": "basic_insurance.bands.township",
    "county": "basic_insurance.bands.county",
    "city": "basic_insurance.bands.city",
    "in_region": "basic_insurance.bands.in_region",
    "out_of_region": "basic_insurance.bands.out_of_region",
}


def count(bill: Bill, figures: Reader, reasons: ReasonLog) -> Working | None:
    """Count the in-scope cost (政策范围内费用) above the deductible (起付线); None where the care is not covered.

    A home hospital bed (家庭病床) counts as an admission. Each bill counts by itself; only the annual limit adds up.
    """
    if bill.kind == "outpatient":
        if bill.facility_level not in CLINICS:
            reasons.add("outpatient_above_township")
            return None
        base: Fen = bill.in_scope
        deductible: Fen = figures.money("basic_insurance.outpatient_deductible")
        bands = _outpatient_bands(bill, figures, reasons)
    else:
        base = bill.in_scope - _first_paid(bill, figures, reasons)
        deductible = _deductible(bill, figures, reasons)
        if bill.poor:
            bands = figures.raised(BANDS[bill.facility_level], "basic_insurance.registered_uplift")
            reasons.add("inpatient_ratio_raised", points=figures.rate("basic_insurance.registered_uplift"))
        else:
            bands = figures.bands(BANDS[bill.facility_level])
        if bill.kind == "home_bed":
            reasons.add("home_bed_as_admission")
        reasons.add("counts_in_scope_cost", BANDS[bill.facility_level])
    tiers = marginal(bands, least(deductible, base), base)
    limit_figure = ANNUAL_LIMIT if bill.kind == "inpatient" else f"{ANNUAL_LIMIT}.other_care"
    return Working(
        LAYER,
        base=base,
        tiers=tiers,
        due=total(tiers),
        bands=bands,
        limit=figures.money(limit_figure),
        limit_figure=limit_figure,
        paid_before=bill.paid_before.get(LAYER, 0),
        deductible=deductible,
    )


def _first_paid(bill: Bill, figures: Reader, reasons: ReasonLog) -> Fen:
    """Return the share that the patient first pays away from the city (先行自付), rounded half up to the fen."""
    if bill.facility_level not in AWAY:
        return 0
    rate = figures.rate(f"basic_insurance.first_paid.{bill.facility_level}")
    first_paid = share(bill.in_scope, rate)
    reasons.add("share_first_paid", rate=rate, amount=first_paid)
    return first_paid


def _deductible(bill: Bill, figures: Reader, reasons: ReasonLog) -> Fen:
    """Return the deductible: half for the registered, none from their second stay at the same level on (七.1.(3)).

    A figure that a single bill does not need is not read, and therefore not cited.
    """
    if bill.poor:
        reasons.add(REASON[bill.registration])
        again = bill.readmitted_at_level
        if again is True:
            reasons.add("no_deductible_on_repeat_admission")
            return 0
        full = figures.money(DEDUCTIBLE[bill.facility_level])
        rate = figures.rate("basic_insurance.registered_deductible")
        lowered = share(full, rate)
        reasons.add("deductible_lowered_for_registered", less=WHOLE - rate, full=full, lowered=lowered)
        return choose(again, 0, lowered)
    if bill.registration != "none":
        reasons.add(REASON[bill.registration])
    full = figures.money(DEDUCTIBLE[bill.facility_level])
    if bill.readmitted is False:
        return full
    figure = REPEAT_STAY if bill.facility_level == "city" else f"{REPEAT_STAY}.other_levels"
    reduced = greatest(full - figures.money(figure), 0)
    reasons.add("deductible_reduced_on_repeat_stay", figure, full=full, lowered=reduced)
    return choose(bill.readmitted, reduced, full)


def _outpatient_bands(bill: Bill, figures: Reader, reasons: ReasonLog) -> Bands:
    """Return the one rate of a village or township clinic, higher for the registered (七.1.(3))."""
    if bill.poor:
        reasons.add(REASON[bill.registration])
        rate = figures.rate("basic_insurance.outpatient_rate.registered")
        reasons.add("outpatient_rate_registered", rate=rate)
    else:
        if bill.registration != "none":
            reasons.add(REASON[bill.registration])
        rate = figures.rate("basic_insurance.outpatient_rate.ordinary")
        reasons.add("outpatient_rate_ordinary", rate=rate)
    return (Band(0, None, rate),)
