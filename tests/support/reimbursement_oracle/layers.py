"""The five payers: whom each serves, what it counts of a bill, what its schedule gives, how much it may pay."""

from collections.abc import Mapping
from fractions import Fraction

from tests.support.reimbursement_oracle.amounts import WHOLE_BP, half_up, on_day, share
from tests.support.reimbursement_oracle.case import Case
from tests.support.reimbursement_oracle.figures import (
    AWAY,
    BANDS_ABOVE_30_000,
    BASIC,
    BASIC_ANNUAL_LIMIT,
    CEILING_BP,
    CLINIC_RATE_BP,
    CRITICAL,
    CRITICAL_ANNUAL_LIMIT,
    CRITICAL_BANDS,
    FIRST_PAID_BP,
    FUND,
    FUND_BANDS,
    GENERAL_RELIEF_BP,
    LESS_ON_A_LATER_STAY,
    POINTS_FOR_THE_POOR_BP,
    RELIEF,
    RELIEF_BANDS,
    STAY_BANDS,
    STAY_DEDUCTIBLE,
    SUPPLEMENTARY,
    SUPPLEMENTARY_BANDS,
    SUPPLEMENTARY_LIMIT,
    Band,
    Bands,
)
from tests.support.reimbursement_oracle.schedules import Tier, marginal, whole_amount

# ---- whom a layer serves


def covered(case: Case) -> bool:
    """Whether basic insurance covers this kind of care, by its schedule or because the insurer has paid (R9, R21)."""
    return case.stay or case.clinic_visit or (case.kind == "outpatient" and case.adjudicated.get(BASIC, 0) > 0)


def serves(case: Case, layer: str) -> bool:
    """Whether patient and care are inside the layer, whatever the amount."""
    if case.unreferred:
        return False
    if layer == BASIC:
        return case.stay or case.clinic_visit
    if layer == CRITICAL:
        return case.stay
    served = covered(case) or case.readings["uncovered_care"] == "served"
    return case.poor and served and (layer != FUND or case.major_disease)


# ---- what it counts


def first_paid(case: Case) -> int:
    """What the patient of a stay outside the city pays before anything else."""
    return share(case.in_scope, FIRST_PAID_BP[case.level]) if case.stay and case.level in AWAY else 0


def base_of(case: Case, layer: str, paid: Mapping[str, int]) -> int:
    """What the layer counts of the bill; `paid` holds what the layers before it have paid."""
    if layer == BASIC:
        return case.in_scope - first_paid(case)
    if layer == CRITICAL:
        return max(0, case.in_scope - first_paid(case) - paid[BASIC])
    if layer == FUND and case.total <= on_day(case.figures.fund_smallest_bill, case.day):
        return 0
    # 七.1.(6) deducts the two insurances alone; relief and fund come when all before them have paid.
    deducted = paid[BASIC] + paid[CRITICAL] if layer == SUPPLEMENTARY else sum(paid.values())
    reading = case.readings["remaining_cost"]  # R2
    in_scope_only = reading == "in_scope" or (reading == "relief_in_scope" and layer == RELIEF)
    return max(0, (case.in_scope if in_scope_only else case.total) - deducted)


def counted_before(case: Case, layer: str) -> int:
    """What the year has counted before this bill: R5, and basic insurance counts each stay by itself."""
    if layer == BASIC:
        return 0
    alone = {
        "calendar_year": (),
        "per_bill": (RELIEF, FUND, SUPPLEMENTARY),
        "relief_and_fund_per_bill": (RELIEF, FUND),
    }[case.readings["accumulation"]]
    return 0 if layer in alone else case.counted_before[layer]


# ---- what its schedule gives


def basic_deductible(case: Case) -> int:
    """The deductible of a stay: the poor's halved, none on their second at a level; others' later ones are lower."""
    if not case.stay:
        return 0
    deductible = STAY_DEDUCTIBLE[case.level]
    if case.poor:
        return 0 if case.admissions_at_level > 0 else half_up(Fraction(deductible, 2))
    return deductible - LESS_ON_A_LATER_STAY if case.admissions > 0 else deductible


def basic_bands(case: Case) -> Bands:
    """The rates of this patient, the deductible cut off the bottom of the first band."""
    if not case.stay:
        return (Band(0, None, CLINIC_RATE_BP[case.poor]),)
    more = POINTS_FOR_THE_POOR_BP if case.poor else 0
    first, *others = (band._replace(rate_bp=min(WHOLE_BP, band.rate_bp + more)) for band in STAY_BANDS[case.level])
    return (first._replace(above=max(first.above, basic_deductible(case))), *others)


def critical_bands(case: Case) -> Bands:
    """The threshold is the registered's own share of the ordinary one; a major disease adds points to each band."""
    table = list(CRITICAL_BANDS)
    if case.poor:
        own = on_day(case.figures.registered_threshold_share, case.day)
        table[0] = table[0]._replace(above=half_up(own * table[0].above))
    if case.poor and case.major_disease:
        table = [band._replace(rate_bp=min(WHOLE_BP, band.rate_bp + POINTS_FOR_THE_POOR_BP)) for band in table]
    return tuple(table)


def upper(case: Case, table: Bands, before: int, base: int) -> list[Tier]:
    """The bands of the three upper layers under R1."""
    return {"marginal": marginal, "whole_amount": whole_amount}[case.readings["band_rates"]](table, before, base)


def relief_tiers(case: Case, before: int, base: int) -> list[Tier]:
    """The general 10 % and the bands of 七.1.(4), joined as R3 says."""
    reading = case.readings["general_relief"]
    if reading == "first_band":
        return upper(case, RELIEF_BANDS, before, base)
    if base == 0:
        return []
    general = Tier(0, None, GENERAL_RELIEF_BP, base, share(base, GENERAL_RELIEF_BP))
    banded = base if reading == "parallel" else base - general.pays
    return [general, *upper(case, BANDS_ABOVE_30_000, before, banded)]


def tiers_of(case: Case, layer: str, base: int) -> list[Tier]:
    """The layer's schedule, line by line."""
    before = counted_before(case, layer)
    if layer == BASIC:
        return marginal(basic_bands(case), before, base)
    if layer == CRITICAL:
        return marginal(critical_bands(case), before, base)
    if layer == RELIEF:
        return relief_tiers(case, before, base)
    return upper(case, FUND_BANDS if layer == FUND else SUPPLEMENTARY_BANDS, before, base)


# ---- how much it may pay


def annual_limit(case: Case, layer: str) -> int | None:
    """The layer's limit; none where it has none."""
    if layer == BASIC:
        return BASIC_ANNUAL_LIMIT
    if layer == CRITICAL:
        return on_day(case.figures.registered_annual_limit, case.day) if case.poor else CRITICAL_ANNUAL_LIMIT
    if layer == RELIEF:
        rows = sorted(on_day(case.figures.relief_annual_limit, case.day))
        return next((limit for above, limit in reversed(rows) if case.total > above), None)
    return on_day(case.figures.fund_annual_limit, case.day) if layer == FUND else SUPPLEMENTARY_LIMIT


def annual_limit_left(case: Case, layer: str) -> int | None:
    """What the limit still leaves after what the layer has paid this year (R6: or has paid on this bill)."""
    limit = annual_limit(case, layer)
    if limit is None or (layer == SUPPLEMENTARY and case.readings["supplementary_limit"] == "per_bill"):
        return limit
    return max(0, limit - case.paid_before[layer])


def ceiling_left(case: Case, spoken_for: int) -> int | None:
    """What R13 leaves of 90 % of the bill; none without such a ceiling."""
    if case.readings["ceiling"] == "none":
        return None
    return max(0, share(case.total, CEILING_BP) - spoken_for)


def payment(case: Case, layer: str, due: int, spoken_for: int) -> tuple[int, str | None]:
    """What is paid of what is due, and the first of the bounds that cut it (R4)."""
    bounds = {
        "annual_limit": annual_limit_left(case, layer),
        "ceiling": ceiling_left(case, spoken_for),
        "remaining_cost": max(0, case.total - spoken_for),
        "fund_exhausted": case.fund_left if layer == FUND else None,
    }
    there = {name: bound for name, bound in bounds.items() if bound is not None}
    least = min(there, key=lambda name: there[name])
    return (due, None) if due <= there[least] else (there[least], least)
