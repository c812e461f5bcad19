"""Random, always valid bodies of POST /v1/entitlements, for tests that compare the service with the oracle.

`random_household` looks for trouble: days, ages, incomes and loans at the edges of the policy, readings of every value,
and facts left unknown at any rate, by leaving them out or by null. It depends on the given random source only.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from tests.support.entitlement_oracle.figures import READINGS

Json = dict[str, Any]

REGISTRATIONS = ("none", "registered", "exited_with_policy", "exited_without_policy")
STAGES = ("primary", "junior_high", "senior_high", "university", "vocational_secondary", "vocational_higher")
DISABILITIES = ("none", "ordinary", "severe")
COUNTIES = ("150923", "150929", "150902", "150981", "150102", "152221")
"""Four in Ulanqab (乌兰察布市), of which the first two are deeply poor; two outside."""
ARRANGEMENTS = ("concentrated", "scattered", "self_arranged", "self_arranged")
STANDARD = 3_906_00  # minimum living, fen a person a year
EDGE_DAYS = (
    *("01-01", "05-31", "06-01", "09-30", "10-01", "10-31", "11-01", "11-30", "12-01", "12-31", "02-28", "03-01"),
)
BOUNDARIES = (
    *("2017-01-01", "2017-12-31", "2018-01-01", "2018-09-30", "2018-10-01", "2018-12-31", "2019-01-01"),
    *("2020-12-31", "2021-01-01"),
)
"""Days on which figures, payments or warnings change."""
LOAN_EDGES = (
    *(date(2016, 12, 31), date(2017, 1, 1), date(2017, 1, 2), date(2018, 3, 1), date(2019, 3, 1)),
    *(date(2020, 12, 31), date(2021, 1, 1), date(2021, 1, 2)),
    *(date(2018, 1, 31), date(2018, 2, 28), date(2018, 8, 31), date(2019, 11, 30), date(2020, 2, 29)),
)
"""Days on which loans begin or end: at the edges of 2017-2020, and at ends of months."""
LEAP_DAYS = tuple(date(year, 2, 29) for year in (1936, 1940, 1952, 1956, 1960, 2000, 2004))
UNKNOWN_RATES = (0, 0, 0.08, 0.2, 0.45, 0.8, 1)
LEAST_PRINCIPAL = 500_00  # so much that a single day more is a fen more


def money(rng: random.Random, fen: int) -> str | int:
    """An amount as the contract takes it: two decimals, fewer where it allows, or a bare whole number."""
    yuan, cents = divmod(fen, 100)
    if cents == 0 and rng.random() < 0.4:
        return yuan if rng.random() < 0.3 else str(yuan)
    if cents % 10 == 0 and rng.random() < 0.3:
        return f"{yuan}.{cents // 10}"
    return f"{yuan}.{cents:02d}"


def beside(rng: random.Random, day: date) -> date:
    """A day, or one next to it."""
    return day + timedelta(days=rng.choice((-1, 0, 0, 1)))


def some_years_before(day: date, years: int) -> date:
    """The same day that many years before; 28 February where there is no 29th."""
    if (day.month, day.day) == (2, 29) and (day.year - years) % 4:
        return date(day.year - years, 2, 28)
    return date(day.year - years, day.month, day.day)


def random_day(rng: random.Random) -> date:
    """A day to ask about: 2017 to 2021, mostly the first two years, often where something changes."""
    if rng.random() < 0.3:
        return date.fromisoformat(rng.choice(BOUNDARIES))
    year = rng.choice((2017, 2017, 2018, 2018, 2018, 2019, 2020, 2021))
    if rng.random() < 0.5:
        return date.fromisoformat(f"{year}-{rng.choice(EDGE_DAYS)}")
    if year == 2020 and rng.random() < 0.2:
        return date(2020, 2, 29)
    return date(year, 1, 1) + timedelta(days=rng.randint(0, 364))


def random_birth(rng: random.Random, today: date, loan_begins: date) -> str:
    """A birth date: at 16 or 60 years today, at 66 when the loan begins, on a leap day, or anywhere."""
    draw = rng.random()
    if draw < 0.2:
        return beside(rng, some_years_before(today, 60)).isoformat()
    if draw < 0.35:
        return beside(rng, some_years_before(today, 16)).isoformat()
    if draw < 0.55:
        return beside(rng, some_years_before(loan_begins, 66)).isoformat()
    if draw < 0.65:
        return rng.choice(LEAP_DAYS).isoformat()
    return (today - timedelta(days=rng.randint(0, 92 * 365))).isoformat()


class Facts:
    """Puts facts into objects, each unknown at the same rate: left out or null."""

    def __init__(self, rng: random.Random, unknown: float) -> None:
        """Take the random source and the rate."""
        self.rng, self.unknown = rng, unknown

    def put(self, into: Json, name: str, value: Any) -> None:
        """Put a fact in, or leave it unknown."""
        if self.rng.random() >= self.unknown:
            into[name] = value
        elif self.rng.random() < 0.5:
            into[name] = None


def random_student(rng: random.Random, facts: Facts, today: date) -> Json | str:
    """No student, or one of any stage, some inner facts unknown."""
    if rng.random() < 0.4:
        return "none"
    student: Json = {}
    facts.put(student, "stage", rng.choice((*STAGES, "university", *STAGES[-2:])))
    facts.put(student, "boarding", rng.random() < 0.6)
    facts.put(student, "school_in_county_seat", rng.random() < 0.6)
    facts.put(student, "entered_university_in", rng.choice((2017, 2017, today.year, today.year - 1, today.year + 1)))
    return student


def random_loan(rng: random.Random, facts: Facts) -> tuple[Json | str, date]:
    """No loan, or one about the edges of 2017-2020, some inner facts unknown; and its first day."""
    begins = beside(rng, rng.choice(LOAN_EDGES)) if rng.random() < 0.6 else date(2015, 1, 1)
    begins += timedelta(days=rng.choice((0, 0, rng.randint(0, 2_000))))
    ends = begins + timedelta(days=rng.choice((1, 2, 365, 730, rng.randint(1, 1_500))))
    later = [edge for edge in LOAN_EDGES if edge > begins]
    if later and rng.random() < 0.3:
        ends = rng.choice(later)
    if rng.random() < 0.35:
        return "none", begins
    principal = rng.choice((50_000_00, 50_000_01, 30_000_00, LEAST_PRINCIPAL, rng.randint(LEAST_PRINCIPAL, 100_000_00)))
    loan: Json = {}
    facts.put(loan, "principal", money(rng, principal))
    facts.put(loan, "from", begins.isoformat())
    facts.put(loan, "to", ends.isoformat())
    return loan, begins


def random_member(rng: random.Random, facts: Facts, name: str, today: date, fit: bool = False) -> Json:
    """A member of any age, health and schooling, or fit: young, well and able; who is the head is said elsewhere."""
    loan, begins = random_loan(rng, facts)
    member: Json = {"id": name}
    facts.put(member, "birth_date", random_birth(rng, today, begins))
    facts.put(member, "can_work", rng.random() < 0.35)
    facts.put(member, "disability", rng.choice((*DISABILITIES, "none", "none")))
    for flag in ("in_difficulty", "mobility_impaired", "pension_insured", "no_supporter"):
        facts.put(member, flag, rng.random() < 0.5)
    for flag in ("chronic_disease", "major_disease"):
        facts.put(member, flag, rng.random() < 0.3)
    facts.put(member, "student", random_student(rng, facts, today))
    facts.put(member, "loan", loan)
    if fit:
        well = {"birth_date": "1988-08-08", "can_work": True, "disability": rng.choice(("none", "ordinary"))}
        well |= {"chronic_disease": False, "major_disease": False}
        member |= {fact: value for fact, value in well.items() if member.get(fact) is not None}
    return member


def random_relocation(rng: random.Random, facts: Facts) -> Json | str:
    """Not relocated, or relocated of either kind and arranged in any way, each of which may be unknown."""
    if rng.random() < 0.35:
        return "none"
    relocation: Json = {}
    facts.put(relocation, "kind", rng.choice(("registered", "along")))
    facts.put(relocation, "arrangement", rng.choice(ARRANGEMENTS))
    return relocation


def random_income(rng: random.Random, members: int) -> int:
    """Fen a year: at the standard, at one and a half times it, or anywhere about."""
    line = STANDARD * members
    if rng.random() < 0.6:
        return rng.choice((line, line * 3 // 2)) + rng.choice((-1, 0, 1))
    return rng.choice((0, rng.randint(0, 2 * line), rng.randint(0, 10 * line)))


def random_readings(rng: random.Random) -> Json:
    """Some readings, each of any value; often none, sometimes all."""
    rate = rng.choice((0, 0, 0.2, 0.5, 1))
    return {name: rng.choice(values) for name, values in READINGS.items() if rng.random() < rate}


def random_household(rng: random.Random, unknown: float | None = None) -> Json:
    """A valid body of POST /v1/entitlements; the rate of unknown facts drawn unless it is given."""
    rate = rng.choice(UNKNOWN_RATES) if unknown is None else unknown
    facts = Facts(rng, rate)
    today = random_day(rng)
    names = rng.sample(
        ("zhang", "li", "wang", "zhao", "chen", "bai", "m-1", "m-2"), rng.choice((1, 1, 2, 2, 3, 4, 5, 6))
    )
    fit = rng.random() < 0.15  # nobody is in need
    members = [random_member(rng, facts, name, today, fit) for name in names]
    head = rng.choice((*range(len(members)), None))
    for number, member in enumerate(members):
        facts.put(member, "head", number == head)
    household: Json = {"registration": rng.choice((*REGISTRATIONS, "registered", "registered", "exited_with_policy"))}
    facts.put(household, "county", rng.choice(COUNTIES))
    facts.put(household, "annual_net_income", money(rng, random_income(rng, len(members))))
    facts.put(household, "relocation", random_relocation(rng, facts))
    facts.put(household, "dilapidated_house", rng.random() < 0.5)
    facts.put(household, "steep_farmland", rng.random() < 0.5)
    facts.put(household, "sudden_hardship", rng.random() < 0.5)
    household["members"] = members
    request: Json = {"as_of": today.isoformat(), "household": household}
    readings = random_readings(rng)
    if readings or rng.random() < 0.2:
        request["readings"] = readings
    return request


def random_entrants(rng: random.Random) -> Json:
    """A household of 2017 that is not poor, with several who may have entered university and may be disabled.

    Only there does a fact of one member decide a benefit of each of the others.
    """
    request = random_household(rng, rng.choice((0.1, 0.3)))
    request["as_of"] = f"2017-{rng.choice(EDGE_DAYS)}"
    household = request["household"]
    household["registration"] = rng.choice(("none", "exited_without_policy"))
    household["members"] = [{"id": name} for name in ("zhang", "li", "wang", "zhao")[: rng.choice((2, 3, 4))]]
    facts = Facts(rng, 0.4)
    for member in household["members"]:
        facts.put(member, "disability", "none")
        facts.put(member, "in_difficulty", rng.random() < 0.3)
        facts.put(member, "student", rng.choice(("none", {"stage": "university", "entered_university_in": 2017})))
    return request


# Unknown facts and values for them -----------------------------------------------------------------

HOUSEHOLD_FACTS = (
    *("county", "annual_net_income", "relocation", "dilapidated_house", "steep_farmland", "sudden_hardship"),
)
MEMBER_FACTS = (
    *("head", "birth_date", "can_work", "disability", "in_difficulty", "chronic_disease", "mobility_impaired"),
    *("pension_insured", "student", "loan", "major_disease", "no_supporter"),
)
INNER_FACTS = {
    "relocation": ("kind", "arrangement"),
    "student": ("stage", "boarding", "school_in_county_seat", "entered_university_in"),
    "loan": ("principal", "from", "to"),
}


def unknown_pointers(request: Json) -> list[str]:
    """Point to every fact that is left out or null, the inner ones of an object that is given in part included."""
    household = request["household"]
    places: list[tuple[str, Json, tuple[str, ...]]] = [("/household", household, HOUSEHOLD_FACTS)]
    places += [(f"/household/members/{at}", member, MEMBER_FACTS) for at, member in enumerate(household["members"])]
    found = []
    for pointer, place, names in places:
        for name in names:
            value = place.get(name)
            if value is None:
                found.append(f"{pointer}/{name}")
            elif isinstance(value, dict):
                found += [f"{pointer}/{name}/{inner}" for inner in INNER_FACTS[name] if value.get(inner) is None]
    return found


def random_value(rng: random.Random, request: Json, pointer: str) -> Any:
    """A valid value for an unknown fact of a request; an object's inner facts may be unknown in their turn."""
    today = date.fromisoformat(request["as_of"])
    members = request["household"]["members"]
    facts = Facts(rng, rng.choice((0, 0.3, 0.8)))
    steps = pointer.split("/")[2:]
    member = members[int(steps[1])] if steps[0] == "members" else {}
    name = "/".join(steps[2:] if member else steps)
    loan = member.get("loan")
    known_loan: Json = loan if isinstance(loan, dict) else {}
    random_one, begins = random_loan(rng, Facts(rng, 0))
    if name == "head":
        return rng.random() < 0.5 and not any(other.get("head") for other in members)
    if name == "loan/from" and known_loan.get("to") is not None:
        return min(begins.isoformat(), known_loan["to"])
    if name == "loan/to":
        ends = begins + timedelta(days=rng.choice((0, 1, 365, 1_000)))
        return max(ends.isoformat(), known_loan.get("from") or "")
    if name == "loan":
        return random_one if rng.random() < 0.5 else random_loan(rng, facts)[0]
    values: dict[str, Any] = {
        "county": rng.choice(COUNTIES),
        "annual_net_income": money(rng, random_income(rng, len(members))),
        "relocation": random_relocation(rng, facts),
        "relocation/kind": rng.choice(("registered", "along")),
        "relocation/arrangement": rng.choice(ARRANGEMENTS),
        "birth_date": random_birth(rng, today, begins),
        "disability": rng.choice(DISABILITIES),
        "student": random_student(rng, facts, today),
        "student/stage": rng.choice(STAGES),
        "student/entered_university_in": rng.choice((2017, today.year, today.year - 1)),
        "loan/principal": money(rng, rng.randint(LEAST_PRINCIPAL, 100_000_00)),
        "loan/from": begins.isoformat(),
    }
    return values[name] if name in values else rng.random() < 0.5
