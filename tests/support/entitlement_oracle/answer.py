"""The answer: every entitlement with its readings, the questions, the summary and the warnings."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial

from tests.support.entitlement_oracle import education, health, houses, industry, loans, social_security
from tests.support.entitlement_oracle.facts import House, Json, Readings, Standards, fen, of_household, of_member
from tests.support.entitlement_oracle.figures import (
    AUTUMN,
    BENEFITS,
    CASH,
    HOUSEHOLD,
    HOUSEHOLD_FACTS,
    IN_KIND,
    MEMBER_FACTS,
    PERIOD_OVER,
    PREMIUM_BASIC,
    PREMIUM_SUPPLEMENTARY,
    PROCEDURES,
    REBATE,
    SPRING,
    USUAL_LOAN,
    YULU_IDENTIFIED_BY,
    YULU_PAID_BY,
)
from tests.support.entitlement_oracle.switching import Result, switch
from tests.support.entitlement_oracle.trying import Claim, Granted, Weighed, outcomes, weigh

Ruled = Callable[[House, int, Readings], Claim]
"""A rule of a benefit; one of the household takes no notice of the member's number."""


def poor_person(amount: int | None = None) -> Ruled:
    """A benefit of every member of a poor household."""
    return lambda house, index, readings: health.each_poor_person(amount, house)


def of_person(rule: Callable[[House, int], Claim]) -> Ruled:
    """A benefit of a member that depends on no reading."""
    return lambda house, index, readings: rule(house, index)


def of_house(rule: Callable[[House], Claim]) -> Ruled:
    """A benefit of the household that depends on no reading."""
    return lambda house, index, readings: rule(house)


def of_house_read(rule: Callable[[House, Readings], Claim]) -> Ruled:
    """A benefit of the household that depends on a reading."""
    return lambda house, index, readings: rule(house, readings)


RULES: dict[str, Ruled] = {
    "health.check_up": poor_person(),
    "health.premium_basic": poor_person(PREMIUM_BASIC),
    "health.premium_supplementary": poor_person(PREMIUM_SUPPLEMENTARY),
    "health.family_doctor": poor_person(),
    "health.home_bed": health.home_bed,
    "health.one_stop": poor_person(),
    "health.reimbursement_uplift": poor_person(),
    "health.treatment_batch": of_person(health.treatment_batch),
    "health.medical_relief": poor_person(),
    "education.living_allowance": education.living_allowance,
    "education.boarding": education.boarding,
    "education.transport": education.transport,
    "education.yulu": of_person(education.yulu),
    "education.fanhai": education.fanhai,
    "education.entrant_survey": education.entrant_survey,
    "education.training": of_person(education.training),
    "relocation.building_subsidy": of_house(houses.building_subsidy),
    "relocation.self_arranged_cash": of_house(houses.self_arranged_cash),
    "housing.renovation": of_house_read(houses.renovation),
    "industry.photovoltaic": of_house_read(industry.photovoltaic),
    "industry.ecommerce_rebate": poor_person(REBATE),
    "industry.menu_support": of_house_read(industry.menu_support),
    "industry.workshop": industry.workshop,
    "finance.microcredit_interest": loans.microcredit_interest,
    "ecology.post": of_person(industry.post),
    "ecology.farmland_return": of_house(houses.farmland_return),
    "social_security.minimum_living": of_house_read(social_security.minimum_living),
    "social_security.destitute_support": of_person(social_security.destitute_support),
    "social_security.temporary_relief": of_house(social_security.temporary_relief),
    "social_security.direct_cash": of_house(social_security.direct_cash),
    "social_security.pension_premium": of_person(social_security.pension_premium),
    "social_security.disability_living": of_person(social_security.disability_living),
    "social_security.severe_disability_nursing": of_person(social_security.severe_disability_nursing),
}


def period(benefit: str, readings: Readings, status: str) -> str | None:
    """The period of a benefit; that of an e-commerce quota which is due is a reading (R16)."""
    if benefit == "industry.ecommerce_rebate" and status == "entitled":
        return readings["ecommerce_period"]
    return BENEFITS[benefit][2]


def payments(benefit: str, amount: int | None, today: date) -> list[Json]:
    """What is still to be paid in this calendar year, where the text says when (六.1, 六.3)."""
    if amount is None:
        return []
    planned: list[tuple[tuple[int, int], int]] = []
    if benefit in {"education.living_allowance", "education.boarding", "education.transport"}:
        planned = [(SPRING, amount // 2), (AUTUMN, amount - amount // 2)]
    if benefit == "education.yulu" and (today.month, today.day) <= YULU_IDENTIFIED_BY:
        planned = [(YULU_PAID_BY, amount)]
    days = [(date(today.year, *day), share) for day, share in planned]
    return [{"by": day.isoformat(), "amount": share} for day, share in days if day >= today]


def decided(results: set[Granted | None]) -> tuple[str, Granted | None]:
    """The status of a benefit, and what is granted where it is entitled."""
    if len(results) > 1:
        return "undecided", None
    (granted,) = results
    return ("not_entitled", None) if granted is None else ("entitled", granted)


def document_order(pointer: str) -> tuple[int, int]:
    """The place of a fact: the household's before the members', members in order."""
    steps = pointer.split("/")[2:]
    if steps[0] == "members":
        return int(steps[1]), MEMBER_FACTS.index("/".join(steps[2:]))
    return -1, HOUSEHOLD_FACTS.index("/".join(steps))


def each_benefit(house: House) -> Iterator[tuple[str, int, str | None]]:
    """Every benefit in the contract's order, for the household or for each member in the request's."""
    for benefit, (whose, _, _) in BENEFITS.items():
        if whose == HOUSEHOLD:
            yield benefit, -1, None
        else:
            for index, member in enumerate(house.members):
                yield benefit, index, member["id"]


def weighed(
    request: Json, *, defaults: Mapping[str, str] | None = None, standard_by_county: Standards | None = None
) -> dict[tuple[str, str | None], Weighed]:
    """Every benefit and member, weighed: for tests that want the completions themselves."""
    house = House(request, defaults, standard_by_county)
    return {
        (benefit, member): weigh(RULES[benefit](house, index, house.readings))
        for benefit, index, member in each_benefit(house)
    }


def result_under(house: House, benefit: str, index: int, readings: Readings) -> Result:
    """What a benefit comes to under some readings, the unknown facts staying unknown."""
    status, granted = decided(outcomes(RULES[benefit](house, index, readings)))
    return Result(status, granted.amount if granted else None, period(benefit, readings, status))


def entitlements(
    request: Json,
    *,
    defaults: Mapping[str, str] | None = None,
    bases: Mapping[str, str] | None = None,
    standard_by_county: Standards | None = None,
) -> list[Json]:
    """The entitlements of a household: the body of POST /v1/entitlements in, amounts in fen out.

    `defaults` are a deployment's default readings on the day and `bases` what they stand on; both are what ships where
    nothing is said.
    """
    house = House(request, defaults, standard_by_county)
    shipped = dict.fromkeys(house.readings, "assumption")
    basis = {
        name: (shipped | dict(bases or {}))[name] if house.in_force[name] == value else "assumption"
        for name, value in house.readings.items()
    }
    answer = []
    for benefit, index, member in each_benefit(house):
        results, missing = weigh(RULES[benefit](house, index, house.readings))
        status, granted = decided(results)
        switched = switch(benefit, house.readings, basis, partial(result_under, house, benefit, index))
        entry: Json = {
            "benefit": benefit,
            "member": member,
            "status": status,
            "amount": granted.amount if granted else None,
            "per": period(benefit, house.readings, status),
            "form": BENEFITS[benefit][1],
            "payments": payments(benefit, granted.amount if granted else None, house.today),
            "missing": sorted(missing, key=document_order),
            "procedure": PROCEDURES.get(benefit),
            "readings": switched.readings,
            "together": switched.together,
        }
        if benefit == "relocation.building_subsidy":
            entry["area_ceiling_m2"] = granted.ceiling_m2 if granted else None
        answer.append(entry)
    return answer


def questions(entries: list[Json]) -> list[Json]:
    """The missing facts: those first that decide most benefits, then most entitlements, then in document order."""
    stands_in: dict[str, list[str]] = {}
    for entry in entries:
        for pointer in entry["missing"]:
            stands_in.setdefault(pointer, []).append(entry["benefit"])
    ranked = sorted(
        stands_in,
        key=lambda pointer: (-len(set(stands_in[pointer])), -len(stands_in[pointer]), document_order(pointer)),
    )
    return [
        {"pointer": pointer, "decides": [benefit for benefit in BENEFITS if benefit in stands_in[pointer]]}
        for pointer in ranked
    ]


def summary(entries: list[Json]) -> Json:
    """Cash of a year and cash once, in fen; how many are in kind, how many undecided.

    A year of the Yulu plan that was asked about after the day of identification is in no sum: it is not certain.
    """
    times = {"year": 1, "school_year": 1, "month": 12}
    due = [entry for entry in entries if entry["status"] == "entitled"]
    cash = [entry for entry in due if entry["form"] == CASH and entry["amount"] is not None]
    certain = [entry for entry in cash if entry["benefit"] != "education.yulu" or entry["payments"]]
    return {
        "cash_per_year": sum(entry["amount"] * times.get(entry["per"], 0) for entry in certain),
        "cash_once": sum(entry["amount"] for entry in certain if entry["per"] == "once"),
        "in_kind": sum(entry["form"] == IN_KIND for entry in due),
        "undecided": sum(entry["status"] == "undecided" for entry in entries),
    }


def warnings(request: Json, entries: list[Json], *, standard_by_county: Standards | None = None) -> set[str]:
    """The codes of the warnings that a household's answer carries."""
    house = House(request, standard_by_county=standard_by_county)
    codes = set()
    if house.today >= PERIOD_OVER:
        codes.add("policy_period_over")
    if house.standard_is_average and house.at(of_household("annual_net_income")) is not None:
        codes.add("average_standard")
    refused = {
        entry["member"]
        for entry in entries
        if entry["benefit"] == "finance.microcredit_interest" and entry["status"] == "not_entitled"
    }
    for index, member in enumerate(house.members):
        loan = house.at(of_member(index, "loan"))
        principal = loan.get("principal") if isinstance(loan, dict) else None
        if principal is not None and fen(principal) > USUAL_LOAN and member["id"] not in refused:
            codes.add("loan_above_usual")
    return codes
