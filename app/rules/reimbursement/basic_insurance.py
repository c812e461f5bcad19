"""Basic medical insurance (基本医疗保险): 七.1.(3), 七.1.(8); figures in basic_insurance.yaml."""

from app.rules.money import WHOLE, Fen, choose, greatest, least, share
from app.rules.parameters import Reader
from app.rules.registration import REASON
from app.rules.reimbursement.bill import AWAY, CLINICS, Bill, Circumstances, FacilityLevel, Layer, Reason, ReasonLog
from app.rules.reimbursement.terms import Terms, Working
from app.rules.schedule import Band, Bands, pay_by_bands

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


def terms(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Terms | None:
    """Find what basic insurance pays by; None where the care is not covered.

    A home hospital bed (家庭病床) counts as an admission. Each bill counts by itself; only the annual limit adds up.
    """
    first_paid_rate = None
    if bill.kind == "outpatient":
        if bill.facility_level not in CLINICS:
            reasons.add("outpatient_above_township")
            return None
        first = again = figures.money("basic_insurance.outpatient_deductible")
        bands = _outpatient_bands(bill, figures, reasons)
    else:
        if bill.facility_level in AWAY:
            first_paid_rate = figures.rate(f"basic_insurance.first_paid.{bill.facility_level}")
        first, again = _deductibles(bill, figures, reasons)
        if bill.poor:
            bands = figures.raised(BANDS[bill.facility_level], "basic_insurance.registered_uplift")
            reasons.add("inpatient_ratio_raised", points=figures.rate("basic_insurance.registered_uplift"))
        else:
            bands = figures.bands(BANDS[bill.facility_level])
        if bill.kind == "home_bed":
            reasons.add("home_bed_as_admission")
        reasons.add("counts_in_scope_cost", BANDS[bill.facility_level])
    limit_figure = ANNUAL_LIMIT if bill.kind == "inpatient" else f"{ANNUAL_LIMIT}.other_care"
    limit = figures.money(limit_figure)
    return Terms(
        LAYER,
        eligible=True,
        reasons=reasons.recorded(),
        read=figures.drain(),
        bands=bands,
        limit=limit,
        limit_figure=limit_figure,
        deductible=first,
        deductible_again=again,
        first_paid_rate=first_paid_rate,
    )


def count(terms: Terms, bill: Bill) -> Working:
    """Count the in-scope cost (政策范围内费用) above the deductible (起付线)."""
    deductible = _deductible(terms, bill)
    reasons = terms.reasons
    base = bill.in_scope
    if terms.first_paid_rate is not None:
        first_paid = share(base, terms.first_paid_rate)
        if isinstance(first_paid, int):
            said: Reason = ("share_first_paid", None, (("rate", terms.first_paid_rate), ("amount", first_paid)))
            reasons = (said, *reasons)
        base = base - first_paid
    tiers, due = pay_by_bands(terms.bands, least(deductible, base), base)
    return Working(LAYER, terms, reasons, base, tiers, due, 0, terms.limit, terms.paid_before(bill), deductible)


def _deductible(terms: Terms, bill: Bill) -> Fen:
    """Return the deductible, which in a column differs between first and later admissions."""
    first, again = terms.deductible, terms.deductible_again
    if first is None or first == again:
        return again
    return choose(bill.readmitted_at_level if bill.poor else bill.readmitted, again, first)


def _deductibles(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> tuple[int, int]:
    """Return the deductible of a first and of a later admission: half for the registered, and none again (七.1.(3)).

    Theirs is none from the second stay at the same level on. A figure that a single bill does not need is not read, and
    therefore not cited; both are then the one that the bill needs.
    """
    if bill.poor:
        reasons.add(REASON[bill.registration])
        if bill.readmitted_at_level is True:
            reasons.add("no_deductible_on_repeat_admission")
            return 0, 0
        full = figures.money(DEDUCTIBLE[bill.facility_level])
        rate = figures.rate("basic_insurance.registered_deductible")
        lowered = int(share(full, rate))
        reasons.add("deductible_lowered_for_registered", less=WHOLE - rate, full=full, lowered=lowered)
        return lowered, 0 if bill.readmitted_at_level is None else lowered
    if bill.registration != "none":
        reasons.add(REASON[bill.registration])
    full = figures.money(DEDUCTIBLE[bill.facility_level])
    if bill.readmitted is False:
        return full, full
    figure = REPEAT_STAY if bill.facility_level == "city" else f"{REPEAT_STAY}.other_levels"
    reduced = int(greatest(full - figures.money(figure), 0))
    reasons.add("deductible_reduced_on_repeat_stay", figure, full=full, lowered=reduced)
    return full if bill.readmitted is None else reduced, reduced


def _outpatient_bands(bill: Circumstances, figures: Reader, reasons: ReasonLog) -> Bands:
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
