"""An oracle for POST /v1/reimbursements: slow, plain, and written from the policy texts alone.

It shares no code with the service. Its texts are those of `docs/policy` (clauses, readings, base figures) and the
API reference. In comments, "7.1.(3)" is a clause of the source document (section 七, item 1, sub-item (3))
and "R5" a reading of `docs/policy/readings.md`.
Money is whole fen (int) throughout, rates are fractions, and no float is used anywhere.

Read `settle` first: it is the way of a bill from the first payer to the last. Each payer has short functions
of its own, which say whom it serves, what it counts, and what its schedule gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

# --------------------------------------------------------------------------------------------------
# The figures. Money in yuan (made fen by YUAN), rates in basis points (6500 is 65 %).
# --------------------------------------------------------------------------------------------------

YUAN = 100
POINTS = 100  # one percentage point (个百分点) in basis points

Bands = list[tuple[int, int | None, int]]  # (above, up to, rate): lower bound excluded, upper included


def bands(*rows: tuple[int, int | None, int]) -> Bands:
    """A table of bands typed in yuan and per cent, as fen and basis points."""
    table: Bands = []
    for above, up_to, per_cent in rows:
        table.append((above * YUAN, None if up_to is None else up_to * YUAN, per_cent * 100))
    return table


# Who gets the poor's benefits (享受贫困人口待遇): `docs/policy/index.md`, and R10.
POOR = {"registered": True, "exited_with_policy": True, "none": False, "exited_without_policy": False}

# Basic insurance (基本医疗保险), inpatient, ordinary patient: base parameters.
CITY_BANDS = bands((0, 30_000, 65), (30_000, 70_000, 70), (70_000, 200_000, 75), (200_000, None, 80))
INPATIENT_BANDS: dict[str, Bands] = {
    "village": bands((0, None, 90)),
    "township": bands((0, None, 90)),
    "county": bands((0, None, 75)),
    "city": CITY_BANDS,
    "in_region": CITY_BANDS,
    "out_of_region": CITY_BANDS,
}
DEDUCTIBLE = {  # 起付线, base parameters
    "village": 200 * YUAN,
    "township": 200 * YUAN,
    "county": 400 * YUAN,
    "city": 1_200 * YUAN,
    "in_region": 1_200 * YUAN,
    "out_of_region": 1_200 * YUAN,
}
REPEAT_STAY_REDUCTION = 100 * YUAN  # ordinary patient, second and later stay of the year: base parameters
POOR_DEDUCTIBLE_SHARE = Fraction(1, 2)  # 起付线降低50%: 7.1.(3)
POOR_BASIC_POINTS = 5 * POINTS  # 报销比例提高5个百分点: 7.1.(3)
FULL_RATE = 10_000  # a ratio never exceeds 100 %: 7.1.(3)
FIRST_PAID_BP = {"in_region": 1_500, "out_of_region": 2_000}  # the share first paid (先行自付): base parameters
OUTPATIENT_BP = {False: 7_000, True: 8_000}  # township or village, ordinary and poor: 7.1.(3)
CLINICS = ("village", "township")  # 村卫生室, 苏木乡镇卫生院
AWAY = ("in_region", "out_of_region")  # where a referral or an emergency is asked for: base parameters
BASIC_LIMIT = 160_000 * YUAN  # a calendar year, all kinds of care together: base parameters

# Critical-illness insurance (大病医疗商业保险): base parameters.
CRITICAL_BANDS = bands((14_000, None, 60))
POOR_CRITICAL_POINTS = 5 * POINTS  # 每段提高5个百分点, poor with a major disease: 7.1.(3)
CRITICAL_LIMIT = 500_000 * YUAN  # a calendar year: base parameters

# Civil-affairs relief (民政救助).
RELIEF_BANDS = bands(
    (0, 30_000, 10),  # 7.1.(3), last sentence; R3
    (30_000, 70_000, 80),  # 7.1.(4)
    (70_000, 200_000, 85),  # 7.1.(4)
    (200_000, None, 90),  # 7.1.(4)
)
GENERAL_RELIEF_BP = 1_000  # 10 % of the whole base, under the other reading of R3
RELIEF_BANDS_ABOVE_30_000 = bands((30_000, 70_000, 80), (70_000, 200_000, 85), (200_000, None, 90))  # 7.1.(4)

# Major-disease medical security fund (大病医疗保障基金): 7.1.(5).
FUND_BANDS = bands((0, 30_000, 40), (30_000, 50_000, 50), (50_000, None, 60))

# Large-amount supplementary insurance (大额医疗商业补充保险): 7.1.(6).
SUPPLEMENTARY_BANDS = bands(
    (0, 10_000, 0), (10_000, 30_000, 40), (30_000, 50_000, 50), (50_000, 70_000, 60), (70_000, None, 70)
)
SUPPLEMENTARY_LIMIT = 80_000 * YUAN  # 8万元封顶: 7.1.(6), R6
LUMP_SUM = 20_000 * YUAN  # 意外伤害伤残赔付2万元: 7.1.(6)

CHRONIC_FLOOR_BP = 9_000  # 慢病患者的报销比例达到90%: 7.1.(7), R8
CEILING_BP = 9_000  # all layers together, under the other reading of R13

BASIC, CRITICAL = "basic_insurance", "critical_illness"
RELIEF, FUND, SUPPLEMENTARY = "civil_relief", "major_disease_fund", "supplementary_insurance"
ORDER = {  # R14
    "relief_first": [BASIC, CRITICAL, RELIEF, FUND, SUPPLEMENTARY],
    "insurance_first": [BASIC, CRITICAL, SUPPLEMENTARY, RELIEF, FUND],
}
DEFAULT_READINGS = {  # the contract's table of readings
    "band_rates": "marginal",
    "remaining_cost": "whole_bill",
    "general_relief": "first_band",
    "accumulation": "calendar_year",
    "supplementary_limit": "calendar_year",
    "ceiling": "none",
    "layer_order": "relief_first",
}


# --------------------------------------------------------------------------------------------------
# Arithmetic
# --------------------------------------------------------------------------------------------------


def fen(money: str | int | Decimal) -> int:
    """Yuan as the request writes them, in whole fen. Floats and fractions of a fen are refused."""
    if isinstance(money, bool) or not isinstance(money, (str, int, Decimal)):
        raise TypeError(f"money must be a string, an int or a Decimal, not {money!r}")
    amount = Fraction(money) * YUAN
    if amount.denominator != 1:
        raise ValueError(f"not a whole number of fen: {money!r}")
    return amount.numerator


def half_up(amount: Fraction) -> int:
    """Rounded half up to the fen (四舍五入到分): R7. Amounts are never negative here."""
    return floor(amount + Fraction(1, 2))


def share_of(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of an amount, rounded half up to the fen."""
    return half_up(Fraction(amount) * Fraction(rate_bp, 10_000))


@dataclass(frozen=True)
class Tier:
    """One printed line of a layer: a band, the part of the base counted in it, what that part pays."""

    above: int
    up_to: int | None
    rate_bp: int
    amount: int
    pays: int


def marginal_tiers(table: Bands, before: int, base: int) -> list[Tier]:
    """Band by band, the part of (before, before + base] in it, times its rate, rounded (分段累计): R1, R5, R7."""
    tiers = []
    after = before + base
    for above, up_to, rate_bp in table:
        begins = max(before, above)
        ends = after if up_to is None else min(after, up_to)
        part = ends - begins
        if part > 0:
            tiers.append(Tier(above, up_to, rate_bp, part, share_of(part, rate_bp)))
    return tiers


def band_of(table: Bands, amount: int) -> tuple[int, int | None, int] | None:
    """The band that an amount falls in (lower bound excluded, upper included); none below the first band."""
    for above, up_to, rate_bp in table:
        if amount > above and (up_to is None or amount <= up_to):
            return above, up_to, rate_bp
    return None


def whole_amount_tiers(table: Bands, before: int, base: int) -> list[Tier]:
    """The whole amount at the rate of the band it falls in (全额), less that of `before`: R1's other side."""

    def schedule(amount: int) -> int:
        band = band_of(table, amount)
        return 0 if band is None else share_of(amount, band[2])

    band = band_of(table, before + base)
    if base == 0 or band is None:
        return []
    owed = max(0, schedule(before + base) - schedule(before))
    return [Tier(band[0], band[1], band[2], base, owed)]


# --------------------------------------------------------------------------------------------------
# The request, with every default filled in
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One request, its defaults filled in (contract, table of fields), its money in fen."""

    poor: bool
    major_disease: bool
    chronic_disease: bool
    accident_disability: bool
    kind: str
    level: str
    unreferred: bool
    total: int
    in_scope: int
    admissions: int
    admissions_at_level: int
    counted_before: dict[str, int]  # year_to_date.layers.<layer>.base
    paid_before: dict[str, int]  # year_to_date.layers.<layer>.paid
    adjudicated: dict[str, int]  # only the layers that were adjudicated
    readings: dict[str, str]

    def before(self, layer: str) -> int:
        """What the schedule has counted before this bill: the year's, or 0 if each bill counts alone (R5)."""
        if self.readings["accumulation"] == "per_bill":
            return 0
        return self.counted_before[layer]


def read(request: dict[str, Any]) -> Case:
    """The request as a Case: what is missing or null takes the contract's default."""
    patient, visit, bill = request["patient"], request["visit"], request["bill"]
    year = request.get("year_to_date") or {}
    year_layers = year.get("layers") or {}
    given = request.get("adjudicated") or {}

    def flag(of: dict[str, Any], name: str, default: bool) -> bool:
        value = of.get(name)
        return default if value is None else value

    def so_far(layer: str, member: str) -> int:
        return fen((year_layers.get(layer) or {}).get(member) or 0)

    readings = dict(DEFAULT_READINGS)
    readings.update({name: value for name, value in (request.get("readings") or {}).items() if value is not None})

    allowed = flag(visit, "referred", True) or flag(visit, "emergency", False)
    return Case(
        poor=POOR[patient["registration"]],
        major_disease=flag(patient, "major_disease", False),
        chronic_disease=flag(patient, "chronic_disease", False),
        accident_disability=flag(patient, "accident_disability", False),
        kind=visit["kind"],
        level=visit["facility_level"],
        unreferred=visit["facility_level"] in AWAY and not allowed,
        total=fen(bill["total"]),
        in_scope=fen(bill["in_scope"]),
        admissions=year.get("admissions") or 0,
        admissions_at_level=year.get("admissions_at_level") or 0,
        counted_before={layer: so_far(layer, "base") for layer in ORDER["relief_first"]},
        paid_before={layer: so_far(layer, "paid") for layer in ORDER["relief_first"]},
        adjudicated={layer: fen(given[layer]) for layer in (BASIC, CRITICAL) if given.get(layer) is not None},
        readings=readings,
    )


# --------------------------------------------------------------------------------------------------
# The five layers: whom each serves, what it counts (its base), what its schedule gives
# --------------------------------------------------------------------------------------------------


def shut_out(case: Case) -> bool:
    """Care that no layer serves: away without referral or emergency; a home bed (家庭病床) for who is not poor.

    Base parameters, "Basic medical insurance, inpatient"; clause 7.1.(8) gives the home bed to the poor.
    """
    return case.unreferred or (case.kind == "home_bed" and not case.poor)


def first_paid(case: Case) -> int:
    """The share of the in-scope cost that the patient first pays (先行自付) for a stay outside the city."""
    if case.kind == "outpatient":
        return 0
    return share_of(case.in_scope, FIRST_PAID_BP.get(case.level, 0))


# Basic medical insurance (基本医疗保险): 7.1.(3)


def basic_serves(case: Case) -> bool:
    """Stays and home beds everywhere; outpatient care at a township or village clinic only (7.1.(3), R9)."""
    if shut_out(case):
        return False
    return case.kind != "outpatient" or case.level in CLINICS


def basic_base(case: Case) -> int:
    """The in-scope cost less the share first paid."""
    return case.in_scope - first_paid(case)


def basic_deductible(case: Case) -> int:
    """The deductible (起付线) of a stay or home bed.

    The poor: half, and none from the second admission of the year at the same level (7.1.(3)).
    Others: 100 lower from the second admission of the year, at whatever level (base parameters).
    """
    full = DEDUCTIBLE[case.level]
    if case.poor:
        return 0 if case.admissions_at_level >= 1 else half_up(full * POOR_DEDUCTIBLE_SHARE)
    return full - REPEAT_STAY_REDUCTION if case.admissions >= 1 else full


def basic_tiers(case: Case, base: int) -> list[Tier]:
    """A clinic visit at one rate; a stay by bands above the deductible; each bill by itself (7.1.(3))."""
    if case.kind == "outpatient":
        return marginal_tiers([(0, None, OUTPATIENT_BP[case.poor])], 0, base)
    deductible = basic_deductible(case)
    extra = POOR_BASIC_POINTS if case.poor else 0
    table = []
    for above, up_to, rate_bp in INPATIENT_BANDS[case.level]:
        table.append((max(above, deductible), up_to, min(FULL_RATE, rate_bp + extra)))
    return marginal_tiers(table, 0, base)


# Critical-illness insurance (大病医疗商业保险): 7.1.(3)


def critical_serves(case: Case) -> bool:
    """Stays and home beds, poor or not; no outpatient visits (base parameters)."""
    return not shut_out(case) and case.kind != "outpatient"


def critical_base(case: Case, paid: dict[str, int]) -> int:
    """The in-scope cost that basic insurance left, without the share first paid; not below 0."""
    return max(0, case.in_scope - first_paid(case) - paid[BASIC])


def critical_tiers(case: Case, base: int) -> list[Tier]:
    """What lies above the threshold over the year; 5 points more for the poor with a major disease (7.1.(3)).

    The readings of R1 do not touch this layer: it is always by bands.
    """
    extra = POOR_CRITICAL_POINTS if case.poor and case.major_disease else 0
    table = [(above, up_to, min(FULL_RATE, rate_bp + extra)) for above, up_to, rate_bp in CRITICAL_BANDS]
    return marginal_tiers(table, case.before(CRITICAL), base)


# What the three upper layers share


def remaining_cost(case: Case, payments: list[int]) -> int:
    """What is left (剩余自费部分) after some payments, of the bill or of its in-scope cost (R2); not below 0."""
    whole = case.in_scope if case.readings["remaining_cost"] == "in_scope" else case.total
    return max(0, whole - sum(payments))


def upper_tiers(case: Case, table: Bands, before: int, base: int) -> list[Tier]:
    """An upper layer's schedule by either side of R1."""
    if case.readings["band_rates"] == "whole_amount":
        return whole_amount_tiers(table, before, base)
    return marginal_tiers(table, before, base)


# Civil-affairs relief (民政救助): 7.1.(3), 7.1.(4)


def relief_serves(case: Case) -> bool:
    """The poor only (7.1.(3), 7.1.(4))."""
    return not shut_out(case) and case.poor


def relief_base(case: Case, paid: dict[str, int]) -> int:
    """What is left when its turn comes: after all that has paid before it."""
    return remaining_cost(case, list(paid.values()))


def relief_tiers(case: Case, base: int) -> list[Tier]:
    """10 % of the first 30,000, then 7.1.(4); or (R3) 10 % of all, then 7.1.(4) on the rest."""
    before = case.before(RELIEF)
    if case.readings["general_relief"] == "first_band":
        return upper_tiers(case, RELIEF_BANDS, before, base)
    if base == 0:
        return []
    general = Tier(0, None, GENERAL_RELIEF_BP, base, share_of(base, GENERAL_RELIEF_BP))
    rest = base - general.pays
    return [general, *upper_tiers(case, RELIEF_BANDS_ABOVE_30_000, before, rest)]


# Major-disease medical security fund (大病医疗保障基金): 7.1.(5)


def fund_serves(case: Case) -> bool:
    """The poor with a major disease only (7.1.(5))."""
    return not shut_out(case) and case.poor and case.major_disease


def fund_base(case: Case, paid: dict[str, int]) -> int:
    """What is left when its turn comes: after all that has paid before it."""
    return remaining_cost(case, list(paid.values()))


def fund_tiers(case: Case, base: int) -> list[Tier]:
    """40 %, 50 %, 60 % by bands (7.1.(5))."""
    return upper_tiers(case, FUND_BANDS, case.before(FUND), base)


# Large-amount supplementary insurance (大额医疗商业补充保险): 7.1.(6)


def supplementary_serves(case: Case) -> bool:
    """The poor only (7.1.(6))."""
    return not shut_out(case) and case.poor


def supplementary_base(case: Case, paid: dict[str, int]) -> int:
    """What is left after basic and critical-illness insurance ONLY, whoever else has paid (7.1.(6))."""
    return remaining_cost(case, [paid[BASIC], paid[CRITICAL]])


def supplementary_tiers(case: Case, base: int) -> list[Tier]:
    """Nothing to 10,000, then 40 % to 70 % by bands (7.1.(6))."""
    return upper_tiers(case, SUPPLEMENTARY_BANDS, case.before(SUPPLEMENTARY), base)


# --------------------------------------------------------------------------------------------------
# Limits, and what stands beside the layers
# --------------------------------------------------------------------------------------------------


def annual_limit_left(case: Case, layer: str) -> int | None:
    """What a layer may still pay this year, not below 0; None for a layer without a limit."""
    limits = {BASIC: BASIC_LIMIT, CRITICAL: CRITICAL_LIMIT, SUPPLEMENTARY: SUPPLEMENTARY_LIMIT}
    if layer not in limits:
        return None
    if layer == SUPPLEMENTARY and case.readings["supplementary_limit"] == "per_bill":  # R6
        return limits[layer]
    return max(0, limits[layer] - case.paid_before[layer])


def ceiling_left(case: Case, spoken_for: int) -> int | None:
    """What the ceiling on all together (R13) leaves room for; None where the reading has none."""
    if case.readings["ceiling"] == "none":
        return None
    return max(0, share_of(case.total, CEILING_BP) - spoken_for)


def pay(case: Case, layer: str, due: int, spoken_for: int) -> tuple[int, str | None]:
    """The least of what is due, the year's limit, the ceiling and what is still left (R4); and which bit.

    `spoken_for` is what of the bill is already someone's: paid before, or adjudicated to a later layer.
    """
    limits = [
        ("annual_limit", annual_limit_left(case, layer)),
        ("ceiling", ceiling_left(case, spoken_for)),
        ("remaining_cost", max(0, case.total - spoken_for)),
    ]
    paid, limited_by = due, None
    for name, room in limits:
        if room is not None and room < paid:  # strictly: the first of them on a tie
            paid, limited_by = room, name
    return paid, limited_by


def chronic_guarantee(case: Case, reimbursed: int) -> int | None:
    """The chronic patient's floor (慢病 90 %): 90 % of the in-scope cost less what was paid (7.1.(7), R8).

    For the poor, chronically ill, outpatient at a township or village clinic; None for anybody else.
    """
    if not (case.poor and case.chronic_disease and case.kind == "outpatient" and case.level in CLINICS):
        return None
    top_up = max(0, share_of(case.in_scope, CHRONIC_FLOOR_BP) - reimbursed)
    room = ceiling_left(case, reimbursed)
    if room is not None:
        top_up = min(top_up, room)
    return min(top_up, case.total - reimbursed)


def lump_sum(case: Case) -> int:
    """For the poor, an accident with disability (7.1.(6)): beside the bill, on unreferred care too."""
    return LUMP_SUM if case.poor and case.accident_disability else 0


def deposit_required(case: Case) -> bool | None:
    """No deposit (免押金) for poor inpatients (7.1.(9)), one for other inpatients; None on other care."""
    if case.kind != "inpatient":
        return None
    return not case.poor


# --------------------------------------------------------------------------------------------------
# The whole bill
# --------------------------------------------------------------------------------------------------


def serves(case: Case, layer: str) -> bool:
    """Whether the patient and the care are inside the layer, whatever the amount."""
    return {
        BASIC: basic_serves,
        CRITICAL: critical_serves,
        RELIEF: relief_serves,
        FUND: fund_serves,
        SUPPLEMENTARY: supplementary_serves,
    }[layer](case)


def base_of(case: Case, layer: str, paid: dict[str, int]) -> int:
    """What the layer counts of this bill, given what the layers before it have paid."""
    if layer == BASIC:
        return basic_base(case)
    return {
        CRITICAL: critical_base,
        RELIEF: relief_base,
        FUND: fund_base,
        SUPPLEMENTARY: supplementary_base,
    }[layer](case, paid)


def tiers_of(case: Case, layer: str, base: int) -> list[Tier]:
    """The layer's schedule for that base, line by line."""
    return {
        BASIC: basic_tiers,
        CRITICAL: critical_tiers,
        RELIEF: relief_tiers,
        FUND: fund_tiers,
        SUPPLEMENTARY: supplementary_tiers,
    }[layer](case, base)


def settle(request: dict[str, Any]) -> dict[str, Any]:
    """Settle one bill: the body of POST /v1/reimbursements in, every amount in fen out."""
    case = read(request)
    order = ORDER[case.readings["layer_order"]]
    paid: dict[str, int] = {}  # what each layer paid, in paying order
    layers: dict[str, dict[str, Any]] = {}

    for layer in order:
        eligible = serves(case, layer)
        base = base_of(case, layer, paid) if eligible else 0
        tiers: list[Tier] = []
        due, limited_by = 0, None

        if layer in case.adjudicated:  # already settled: taken as given, no limit asked
            outcome = "adjudicated"
            due = paid[layer] = case.adjudicated[layer]
        elif not eligible:
            outcome = "not_eligible"
            paid[layer] = 0
        else:
            tiers = tiers_of(case, layer, base)
            due = sum(tier.pays for tier in tiers)
            # What is already settled for a later layer is no longer left to this one (R4).
            settled_later = sum(amount for other, amount in case.adjudicated.items() if other not in paid)
            paid[layer], limited_by = pay(case, layer, due, sum(paid.values()) + settled_later)
            outcome = "paid" if paid[layer] > 0 else "nothing_due"

        layers[layer] = {
            "outcome": outcome,
            "base": base,
            "due": due,
            "limited_by": limited_by,
            "paid": paid[layer],
            "left": case.total - sum(paid.values()),
            "tiers": [vars(tier).copy() for tier in tiers],
        }

    by_layers = sum(paid.values())
    guarantee = chronic_guarantee(case, by_layers)
    reimbursed = by_layers + (guarantee or 0)
    return {
        "order": list(order),
        "layers": layers,
        "guarantee": guarantee,
        "lump_sum": lump_sum(case),
        "reimbursed": reimbursed,
        "out_of_pocket": case.total - reimbursed,
        "deposit_required": deposit_required(case),
        "carried": {
            layer: {
                "base": case.counted_before[layer] + layers[layer]["base"],
                "paid": case.paid_before[layer] + paid[layer],
            }
            for layer in order
        },
    }
