"""Random, always valid bodies of POST /v1/reimbursements, for tests that compare the service with the oracle.

`random_request` looks for trouble: every kind of care, amounts at band boundaries, odd histories, readings.
`ordinary_request` is a bill that a hospital might send, `random_household_bills` two years of a household's bills.
All depend on the given random source only.
"""

import math
import random
from datetime import date, timedelta
from typing import Any

from tests.support import reimbursement_oracle as oracle

REGISTRATIONS = ("none", "registered", "exited_with_policy", "exited_without_policy")
KINDS = ("inpatient", "outpatient", "home_bed")
LEVELS = ("village", "township", "county", "city", "in_region", "out_of_region")
LAYERS = oracle.LAYERS
READINGS = oracle.READINGS
MOST = 100_000_000_00  # the largest amount that the contract takes, in fen
FIRST_DAY, LAST_DAY = date(2017, 1, 1), date(2021, 12, 31)
TURN = ("2018-12-31", "2019-01-01")  # the last day of the policy's own years, the first after it

# Deductibles, thresholds and band boundaries of all layers, in fen.
BOUNDARIES = tuple(
    yuan * 100
    for yuan in (100, 200, 300, 400, 600, 1_100, 1_200, 7_000, 10_000, 14_000, 30_000, 50_000, 70_000, 200_000)
)
# Yearly limits, in fen: supplementary, basic, critical illness.
LIMITS = (80_000_00, 160_000_00, 500_000_00)


def money(rng: random.Random, fen: int) -> str:
    """An amount as the contract writes it: two decimals, now and then fewer where the amount allows."""
    yuan, cents = divmod(fen, 100)
    if cents == 0 and rng.random() < 0.4:
        return str(yuan) if rng.random() < 0.6 else f"{yuan}.0"
    if cents % 10 == 0 and rng.random() < 0.4:
        return f"{yuan}.{cents // 10}"
    return f"{yuan}.{cents:02d}"


def logarithmic(rng: random.Random, most: int = MOST) -> int:
    """From one fen to `most`, each power of ten about as often."""
    return max(1, min(most, round(math.exp(rng.uniform(0, math.log(most))))))


def near(rng: random.Random, points: tuple[int, ...]) -> int:
    """One of the points, or one fen beside it."""
    return rng.choice(points) + rng.choice((-1, 0, 1))


def amount(rng: random.Random) -> int:
    """One fen to the most: logarithmic, of a hospital's size, or at a boundary."""
    draw = rng.random()
    if draw < 0.35:
        return logarithmic(rng)
    if draw < 0.65:
        return rng.randint(100_00, 400_000_00)
    if draw < 0.97:
        return near(rng, BOUNDARIES)
    return rng.choice((1, MOST, MOST - 1))


def part_of(rng: random.Random, whole: int) -> int:
    """0 to the whole: often all, most, or at a boundary."""
    draw = rng.random()
    if draw < 0.3:
        return whole
    if draw < 0.36:
        return 0
    if draw < 0.6:
        return whole * rng.randint(70, 100) // 100
    if draw < 0.8:
        return min(whole, near(rng, BOUNDARIES))
    return rng.randint(0, whole)


def past_amount(rng: random.Random, limits: tuple[int, ...]) -> int:
    """A year-to-date amount: nothing, middling, at a boundary, near one of the limits, or very large."""
    draw = rng.random()
    if draw < 0.15:
        return 0
    if draw < 0.4:
        return rng.randint(0, 100_000_00)
    if draw < 0.65:
        return near(rng, BOUNDARIES)
    if draw < 0.9:
        limit = rng.choice(limits)
        step = rng.choice((0, 1, logarithmic(rng, limit)))
        return limit + rng.choice((-1, 1)) * step
    return logarithmic(rng)


def maybe(rng: random.Random, of: dict[str, Any], name: str, value: Any, chance: float = 0.5) -> None:
    """Put an optional field in, or leave it out."""
    if rng.random() < chance:
        of[name] = value


def random_day(rng: random.Random) -> str:
    """A service date from 2017 to 2021, now and then at the turn to 2019 or the first or last day of a year."""
    if rng.random() < 0.15:
        return rng.choice(TURN)
    if rng.random() < 0.1:
        year = rng.randint(FIRST_DAY.year, LAST_DAY.year)
        return rng.choice((date(year, 1, 1), date(year, 12, 31))).isoformat()
    return (FIRST_DAY + timedelta(days=rng.randint(0, (LAST_DAY - FIRST_DAY).days))).isoformat()


def random_year_to_date(rng: random.Random) -> dict[str, Any]:
    """Any history of the year; `admissions_at_level` never above `admissions`, left out (0) or not."""
    year: dict[str, Any] = {}
    admissions = rng.choice((0, 1, 1, 2, 3, 12))
    if rng.random() < 0.7:
        year["admissions"] = admissions
        maybe(rng, year, "admissions_at_level", rng.randint(0, admissions), 0.7)
    elif rng.random() < 0.3:
        year["admissions_at_level"] = 0
    if rng.random() < 0.7:
        layers: dict[str, Any] = {}
        for layer in LAYERS:
            if rng.random() < 0.5:
                past: dict[str, Any] = {}
                limits = {
                    "basic_insurance": (160_000_00,),
                    "critical_illness": (500_000_00,),
                    "supplementary_insurance": (80_000_00,),
                }.get(layer, LIMITS)
                maybe(rng, past, "base", money(rng, past_amount(rng, LIMITS)), 0.75)
                maybe(rng, past, "paid", money(rng, past_amount(rng, limits)), 0.75)
                layers[layer] = past
        year["layers"] = layers
    return year


def random_adjudicated(rng: random.Random, total: int, in_scope: int) -> dict[str, Any] | None:
    """What the insurer has settled: each layer given, null or left out; together at most the total."""
    if rng.random() < 0.15:
        return None

    def up_to(most: int) -> int:
        draw = rng.random()
        if draw < 0.15:
            return 0
        if draw < 0.3:
            return most
        if draw < 0.55:  # leaves a boundary to the layers above
            return max(0, min(most, most - near(rng, BOUNDARIES)))
        if draw < 0.9:
            return rng.randint(0, min(most, in_scope))
        return rng.randint(0, most)

    basic = up_to(total)
    given: dict[str, Any] = {}
    for layer, value in (("basic_insurance", basic), ("critical_illness", up_to(total - basic))):
        draw = rng.random()
        if draw < 0.55:
            given[layer] = money(rng, value)
        elif draw < 0.75:
            given[layer] = None
    return given


def random_request(rng: random.Random) -> dict[str, Any]:
    """A valid body of POST /v1/reimbursements, anything the contract allows."""
    registration = rng.choice(REGISTRATIONS) if rng.random() < 0.6 else rng.choice(REGISTRATIONS[1:3])
    patient: dict[str, Any] = {"registration": registration}
    for flag in ("major_disease", "chronic_disease", "accident_disability"):
        maybe(rng, patient, flag, rng.random() < 0.65)

    visit: dict[str, Any] = {"kind": rng.choice(KINDS), "facility_level": rng.choice(LEVELS)}
    maybe(rng, visit, "referred", rng.random() < 0.6)
    maybe(rng, visit, "emergency", rng.random() < 0.4)

    total = amount(rng)
    in_scope = part_of(rng, total)
    request: dict[str, Any] = {
        "service_date": random_day(rng),
        "patient": patient,
        "visit": visit,
        "bill": {"total": money(rng, total), "in_scope": money(rng, in_scope)},
    }
    maybe(rng, request, "year_to_date", random_year_to_date(rng), 0.55)
    maybe(rng, request, "adjudicated", random_adjudicated(rng, total, in_scope), 0.35)
    if rng.random() < 0.55:
        chosen: dict[str, Any] = {}
        for name, values in READINGS.items():
            maybe(rng, chosen, name, rng.choice(values), 0.6)
        request["readings"] = chosen
    return request


def request_cut_by_the_rest(rng: random.Random) -> dict[str, Any]:
    """A valid body whose fund owes more than is left of the bill, which `random_request` draws too rarely to rely on.

    At the whole amount's rate the step into the fund's second band pays a tenth of all that the year has counted, which
    is about 3,000 yuan; at most 5,000 are left, of which relief pays a tenth.
    """
    total = rng.randint(10_000_00, 400_000_00)
    rest = rng.randint(1_500_00, 5_000_00)
    return {
        "service_date": random_day(rng),
        "patient": {"registration": rng.choice(REGISTRATIONS[1:3]), "major_disease": True},
        "visit": {"kind": "inpatient", "facility_level": rng.choice(LEVELS)},
        "bill": {"total": money(rng, total), "in_scope": money(rng, total)},
        "year_to_date": {"layers": {"major_disease_fund": {"base": money(rng, rng.randint(29_000_00, 30_000_00))}}},
        "adjudicated": {"basic_insurance": money(rng, total - rest), "critical_illness": "0"},
        "readings": {"band_rates": "whole_amount", "ceiling": "none", "layer_order": "relief_first"},
    }


def random_household_bills(rng: random.Random) -> dict[str, Any]:
    """A valid body of POST /v1/reimbursements/household: up to four members, bills over two years in no order."""
    members = []
    for number in range(rng.randint(1, 4)):
        member: dict[str, Any] = {"id": f"m{number}"}
        for flag in ("major_disease", "chronic_disease", "accident_disability"):
            maybe(rng, member, flag, rng.random() < 0.6)
        members.append(member)
    year = rng.choice((2017, 2018, 2018, 2020))
    bills = []
    for _ in range(rng.randint(0, 14)):
        request = random_request(rng)
        day = f"{year + rng.randint(0, 1)}-{rng.choice((1, 6, 12)):02d}-{rng.choice((1, 15, 30)):02d}"
        bill = {"member": rng.choice(members)["id"], "service_date": day}
        bills.append(bill | {name: request[name] for name in ("visit", "bill", "adjudicated") if name in request})
    household: dict[str, Any] = {"registration": rng.choice(REGISTRATIONS), "members": members, "bills": bills}
    income = rng.choice((None, 0, 1, rng.randint(1, 90_000_00)))
    maybe(rng, household, "annual_net_income", None if income is None else money(rng, income), 0.8)
    maybe(rng, household, "readings", random_request(rng).get("readings", {}), 0.7)
    return household


def ordinary_request(rng: random.Random) -> dict[str, Any]:
    """A plain realistic bill: default readings, nothing adjudicated, mostly no history of the year."""
    kind = rng.choices(KINDS, (70, 25, 5))[0]
    registration = rng.choices(REGISTRATIONS, (25, 45, 22, 8))[0]
    if kind == "home_bed":
        registration = rng.choice(("registered", "exited_with_policy"))
    patient = {
        "registration": registration,
        "major_disease": kind == "inpatient" and rng.random() < 0.3,
        "chronic_disease": rng.random() < 0.35,
        "accident_disability": rng.random() < 0.03,
    }
    if kind == "outpatient":
        level = rng.choices(LEVELS, (35, 45, 10, 8, 1, 1))[0]
        total = rng.randint(20_00, 1_500_00)
    elif kind == "home_bed":
        level = rng.choice(("village", "township", "county"))
        total = rng.randint(500_00, 8_000_00)
    else:
        level = rng.choices(LEVELS, (2, 18, 35, 32, 8, 5))[0]
        typical = {"village": 1_500, "township": 2_500, "county": 6_000, "city": 20_000}.get(level, 45_000)
        total = min(1_000_000_00, max(300_00, round(typical * 100 * rng.lognormvariate(0, 0.8))))
    request: dict[str, Any] = {
        "service_date": (date(2018, 1, 1) + timedelta(days=rng.randint(0, 1095))).isoformat(),
        "patient": patient,
        "visit": {
            "kind": kind,
            "facility_level": level,
            "referred": rng.random() < 0.9,
            "emergency": rng.random() < 0.1,
        },
        "bill": {"total": f"{total // 100}.{total % 100:02d}"},
    }
    in_scope = total * rng.randint(75, 100) // 100
    request["bill"]["in_scope"] = f"{in_scope // 100}.{in_scope % 100:02d}"
    if rng.random() < 0.2:
        admissions = rng.randint(1, 3)
        at_level = rng.randint(0, admissions)
        request["year_to_date"] = {"admissions": admissions, "admissions_at_level": at_level}
    return request
