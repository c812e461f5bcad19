"""An oracle for POST /v1/entitlements: slow, plain, and written from the policy texts alone.

It shares no code with the service. Its texts are those of `docs/policy` (clauses and readings) and the API
reference. In comments, "6.1" is a clause of the source document (section 六, item 1) and "R10" a reading of
`docs/policy/readings.md`. Money is whole fen (int), ages are full years, and no float is used anywhere.

Unknown facts are not reasoned about: they are tried. Every benefit is a plain yes or no (and an amount) once all the
facts that it looks at are known, so each unknown one is given every value that could matter, in every combination:
the same outcome each time is a decision, different outcomes leave the benefit undecided, and a fact is missing if
changing it alone, the others being somehow completed, changes the outcome.

A household of six with nothing known has too many combinations for that. So the facts of a benefit come in parts that
have no fact in common, each part is tried by itself for what the benefit sees of it (its view), and the views are
combined: the same result, since nothing else of a part reaches the benefit. `weigh` does this; read it first, then the
benefits below it, which stand in the contract's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from math import floor
from typing import Any, NamedTuple

Json = dict[str, Any]
Completion = dict[str, Any]  # the pointer of an unknown fact, the value that it is given

# --------------------------------------------------------------------------------------------------
# The figures, money in yuan (made fen by YUAN)
# --------------------------------------------------------------------------------------------------

YUAN = 100

# Who gets the poor's benefits: `docs/policy/index.md`, and R10.
POOR = {"registered": True, "exited_with_policy": True, "none": False, "exited_without_policy": False}

PREMIUM_BASIC, PREMIUM_SUPPLEMENTARY = 60 * YUAN, 100 * YUAN  # 7.1.(2)
LIVING_2017 = {"primary": 1_890, "junior_high": 2_160, "senior_high": 4_050, "university": 10_000}  # 三.(四)
LIVING_2018 = {"primary": 2_890, "junior_high": 3_410, "senior_high": 4_050, "university": 10_000}  # 6.1
BOARDING, TRANSPORT = 500 * YUAN, 300 * YUAN  # 6.1
YULU = 1_500 * YUAN  # 6.2
FANHAI = 5_000 * YUAN  # 三.(四)
BUILDING = {"registered": 20_000 * YUAN, "along": 10_000 * YUAN}  # a person, 4.6
CEILING_M2 = {1: 25, 2: 50, 3: 60}  # members of the household; more than three: 80. 4.6
CEILING_M2_LARGE = 80
PHOTOVOLTAIC = 3_000 * YUAN  # a floor, 2.3
REBATE = 300 * YUAN  # 10 % of a quota of 3,000: 2.4, R16
INTEREST = Fraction(5, 100)  # 3.1
WINDOW_BEGINS, WINDOW_ENDS = date(2017, 1, 1), date(2021, 1, 1)  # the loan's days in 2017-2020; the end not counted
OLDEST_BORROWER = 65  # 65 included, on the loan's first day: 3.1
STANDARD = 3_906 * YUAN  # minimum living, a person a year: 8.2
DIRECT_CASH_2017, DIRECT_CASH_2018 = 2_800 * YUAN, 3_000 * YUAN  # a person a year: 8.2
PENSION = 100 * YUAN  # 8.2
DISABILITY_LIVING = 80 * YUAN  # a month: 8.2
NURSING = 960 * YUAN  # a year: 8.2
OLD = 60  # 60 or more: minimum living, direct cash
INSURED_FROM, INSURED_TO = 16, 59  # pension premium

STAGES = ["primary", "junior_high", "senior_high", "university", "vocational_secondary", "vocational_higher"]
DISABILITIES = ["none", "ordinary", "severe"]

CASH, IN_KIND, PRIORITY = "cash", "in_kind", "priority"
HOUSEHOLD, MEMBER = "household", "member"

# Benefit, whose it is, form, per: in the order of the contract's list.
BENEFITS: dict[str, tuple[str, str, str | None]] = {
    "health.check_up": (MEMBER, IN_KIND, "year"),
    "health.premium_basic": (MEMBER, CASH, "year"),
    "health.premium_supplementary": (MEMBER, CASH, "year"),
    "health.family_doctor": (MEMBER, IN_KIND, None),
    "health.home_bed": (MEMBER, IN_KIND, None),
    "health.one_stop": (MEMBER, IN_KIND, None),
    "health.reimbursement_uplift": (MEMBER, IN_KIND, None),
    "education.living_allowance": (MEMBER, CASH, "year"),
    "education.boarding": (MEMBER, CASH, "year"),
    "education.transport": (MEMBER, CASH, "year"),
    "education.yulu": (MEMBER, CASH, "school_year"),
    "education.fanhai": (MEMBER, CASH, "once"),
    "education.entrant_survey": (MEMBER, IN_KIND, None),
    "relocation.building_subsidy": (HOUSEHOLD, CASH, "once"),
    "housing.renovation": (HOUSEHOLD, IN_KIND, None),
    "industry.photovoltaic": (HOUSEHOLD, CASH, "year"),
    "industry.ecommerce_rebate": (MEMBER, CASH, "once"),
    "industry.menu_support": (HOUSEHOLD, CASH, None),
    "industry.workshop": (MEMBER, PRIORITY, None),
    "finance.microcredit_interest": (MEMBER, CASH, "once"),
    "ecology.post": (MEMBER, PRIORITY, None),
    "ecology.farmland_return": (HOUSEHOLD, CASH, None),
    "social_security.minimum_living": (HOUSEHOLD, CASH, "year"),
    "social_security.direct_cash": (HOUSEHOLD, CASH, "year"),
    "social_security.pension_premium": (MEMBER, CASH, "year"),
    "social_security.disability_living": (MEMBER, CASH, "month"),
    "social_security.severe_disability_nursing": (MEMBER, CASH, "year"),
}

REGISTRATION_ALONE = {
    *("health.check_up", "health.premium_basic", "health.premium_supplementary", "health.family_doctor"),
    *("health.one_stop", "health.reimbursement_uplift", "industry.ecommerce_rebate"),
}
"""Benefits that depend on the registration, which is always given, and so are never undecided."""
PROCEDURES = {"education.yulu": "yulu", "industry.menu_support": "menu_support"}  # 6.3, 2.1.(2)

# The facts in the order of the contract, which ranks equal questions.
HOUSEHOLD_FACTS = ["annual_net_income", "relocation", "relocation/kind", "dilapidated_house", "steep_farmland"]
MEMBER_FACTS = [
    *("head", "birth_date", "can_work", "disability", "in_difficulty", "chronic_disease", "mobility_impaired"),
    *("pension_insured", "student", "student/stage", "student/boarding", "student/school_in_county_seat"),
    *("student/entered_university_in", "loan", "loan/principal", "loan/from", "loan/to"),
]


# --------------------------------------------------------------------------------------------------
# Money and days
# --------------------------------------------------------------------------------------------------


@cache
def day_of(text: str) -> date:
    """A day as the request writes it."""
    return date.fromisoformat(text)


@cache
def fen(money: str | int | Decimal) -> int:
    """Yuan as the request writes them, in whole fen. Floats and fractions of a fen are refused."""
    if isinstance(money, bool) or not isinstance(money, (str, int, Decimal)):
        raise TypeError(f"money must be a string, an int or a Decimal, not {money!r}")
    amount = Fraction(money) * YUAN
    if amount.denominator != 1:
        raise ValueError(f"not a whole number of fen: {money!r}")
    return amount.numerator


def yuan(amount: int) -> str:
    """Fen as the contract writes money."""
    return f"{amount // YUAN}.{amount % YUAN:02d}"


@cache
def full_years(birth: date, day: date) -> int:
    """Full years, reached on the birthday; who was born on 29 February reaches them on 1 March of a common year."""
    birthday_reached = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if birthday_reached else 1)


def years_before(day: date, years: int) -> date:
    """The same day that many years before; 28 February where there is no 29th."""
    leap_day_lost = (day.month, day.day) == (2, 29) and (day.year - years) % 4 != 0
    return date(day.year - years, day.month, 28 if leap_day_lost else day.day)


def years_later(birth: date, years: int) -> date:
    """The day on which somebody has lived that many full years."""
    leap_day_lost = (birth.month, birth.day) == (2, 29) and (birth.year + years) % 4 != 0
    return date(birth.year + years, 3, 1) if leap_day_lost else birth.replace(year=birth.year + years)


def around(day: date) -> list[date]:
    """A day, the one before and the one after."""
    return [day - timedelta(days=1), day, day + timedelta(days=1)]


@cache
def interest(principal: int, begins: date, ends: date) -> int:
    """5 % a year on the days within 2017-2020, over 365, half up to the fen; the last day of a loan is not counted."""
    days = (min(ends, WINDOW_ENDS) - max(begins, WINDOW_BEGINS)).days
    return floor(principal * INTEREST * max(0, days) / 365 + Fraction(1, 2))


# --------------------------------------------------------------------------------------------------
# Facts, known and unknown
# --------------------------------------------------------------------------------------------------


class House:
    """One request: what is given, and None for what is not."""

    def __init__(self, request: Json) -> None:
        """Take the request as it was sent."""
        self.request = request
        self.today = day_of(request["as_of"])
        self.members: list[Json] = request["household"]["members"]
        self.size = len(self.members)
        self.poor = POOR[request["household"]["registration"]]

    def at(self, pointer: str) -> Any:
        """The value at a pointer, None where it is left out."""
        value: Any = self.request
        for step in pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value.get(step)
            if value is None:
                return None
        return value


def filled(request: Json, completion: Completion) -> Json:
    """The request with the values of a completion in their places."""
    full = deepcopy(request)
    for pointer, value in completion.items():
        at: Any = full
        *steps, last = pointer.split("/")[1:]
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[last] = value
    return full


def of_household(name: str) -> str:
    """Point to a fact of the household."""
    return f"/household/{name}"


def of_member(index: int, name: str) -> str:
    """Point to a fact of a member."""
    return f"/household/members/{index}/{name}"


@dataclass
class Part:
    """Facts that a benefit looks at together: the unknown ones with their values to try, and the view of a completion.

    `view` answers with what the benefit sees, once the unknown facts have the values of a completion; `possible` tells
    completions that contradict themselves.
    """

    unknown: dict[str, list[Any]]
    view: Callable[[Completion], Any]
    possible: Callable[[Completion], bool] = lambda completion: True


Values = list[Any] | dict[str, list[Any]]  # of a plain fact; of an object's inner facts, the whole of which may be none


def unknown_facts(house: House, pointer: str, values: Values) -> dict[str, list[Any]]:
    """The unknown facts at a pointer: itself, or the inner ones of an object that is given in part."""
    given = house.at(pointer)
    if isinstance(values, list):
        return {pointer: values} if given is None else {}
    if given is None:
        whole = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
        return {pointer: ["none", *whole]}
    if given == "none":
        return {}
    return {f"{pointer}/{name}": inner for name, inner in values.items() if given.get(name) is None}


def completed(house: House, pointer: str, values: Values, completion: Completion) -> Any:
    """The value at a pointer with nothing unknown in it."""
    given = house.at(pointer)
    if given is None:
        return completion[pointer]
    if isinstance(given, dict) and isinstance(values, dict):
        filled = {}
        for name in values:
            inner = given.get(name)
            filled[name] = completion[f"{pointer}/{name}"] if inner is None else inner
        return filled
    return given


def together(house: House, facts: dict[str, Values], see: Callable[..., Any], can_be: Callable[..., bool]) -> Part:
    """A part of some facts, given by their pointers; `see` and `can_be` take their values in the same order."""
    unknown: dict[str, list[Any]] = {}
    for pointer, values in facts.items():
        unknown |= unknown_facts(house, pointer, values)

    def read(completion: Completion) -> list[Any]:
        return [completed(house, pointer, values, completion) for pointer, values in facts.items()]

    return Part(
        unknown, lambda completion: see(*read(completion)), lambda completion: not unknown or can_be(*read(completion))
    )


def any_values(*values: Any) -> bool:
    """Facts that never contradict each other."""
    return True


def seen(house: House, facts: dict[str, Values], see: Callable[..., Any]) -> Part:
    """A part whose facts never contradict each other."""
    return together(house, facts, see, any_values)


def flag(house: House, pointer: str) -> Part:
    """A part of one yes or no."""
    return seen(house, {pointer: [False, True]}, bool)


# --------------------------------------------------------------------------------------------------
# Trying every completion
# --------------------------------------------------------------------------------------------------


class Granted(NamedTuple):
    """A benefit that is due: its amount in fen (None: in kind, or set locally), and the floor-area ceiling."""

    amount: int | None = None
    ceiling_m2: int | None = None


Judge = Callable[..., Granted | None]  # the views of all parts in; None is "not entitled"


class Tried(NamedTuple):
    """A part after trying: each view with a completion that gives it; each fact with the views that it alone tells."""

    views: dict[Any, Completion]
    turns: dict[str, list[dict[Any, Completion]]]


def try_all(part: Part) -> Tried:
    """Every completion of a part."""
    pointers = list(part.unknown)
    views: dict[Any, Completion] = {}
    beside: dict[str, dict[tuple[int, ...], dict[Any, Completion]]] = {pointer: {} for pointer in pointers}
    for chosen in product(*(range(len(values)) for values in part.unknown.values())):
        completion = {pointer: part.unknown[pointer][number] for pointer, number in zip(pointers, chosen, strict=True)}
        if not part.possible(completion):
            continue
        view = part.view(completion)
        views.setdefault(view, completion)
        for place, pointer in enumerate(pointers):
            others = chosen[:place] + chosen[place + 1 :]
            beside[pointer].setdefault(others, {}).setdefault(view, completion)
    turns: dict[str, list[dict[Any, Completion]]] = {}
    for pointer, groups in beside.items():
        different = {frozenset(group): group for group in groups.values() if len(group) > 1}
        turns[pointer] = list(different.values())
    return Tried(views, turns)


class Weighed(NamedTuple):
    """What came of a benefit: its outcomes over all completions, and for each missing fact two that it alone parts."""

    outcomes: set[Granted | None]
    missing: dict[str, tuple[Completion, Completion]]


def two_outcomes(
    tried: list[Tried], place: int, group: dict[Any, Completion], judge: Judge
) -> tuple[Completion, Completion] | None:
    """Two completions that differ in one fact of the part at `place` and in their outcome, if there are any."""
    others = [[None] if at == place else list(part.views) for at, part in enumerate(tried)]
    for views in product(*others):
        by_outcome: dict[Granted | None, Any] = {}
        for view in group:
            by_outcome.setdefault(judge(*views[:place], view, *views[place + 1 :]), view)
        if len(by_outcome) > 1:
            rest: Completion = {}
            for at, part in enumerate(tried):
                if at != place:
                    rest |= part.views[views[at]]
            one, other, *_ = by_outcome.values()
            return rest | group[one], rest | group[other]
    return None


def weigh(parts: list[Part], judge: Judge) -> Weighed:
    """Every outcome over every completion of the parts, and the facts that decide between them."""
    tried = [try_all(part) for part in parts]
    outcomes = {judge(*views) for views in product(*(part.views for part in tried))}
    missing: dict[str, tuple[Completion, Completion]] = {}
    if len(outcomes) > 1:
        for place, part in enumerate(tried):
            for pointer, groups in part.turns.items():
                for group in groups:
                    found = two_outcomes(tried, place, group, judge)
                    if found:
                        missing[pointer] = found
                        break
    return Weighed(outcomes, missing)


# --------------------------------------------------------------------------------------------------
# The benefits: the parts that each looks at, and its judgement
# --------------------------------------------------------------------------------------------------

Rule = tuple[list[Part], Judge]


def settled(outcome: Granted | None) -> Rule:
    """A benefit that looks at no fact that may be unknown."""
    return [], lambda: outcome


NEVER = settled(None)


def as_seen(outcome: Granted | None) -> Granted | None:
    """The judgement of a benefit whose only part sees the outcome itself."""
    return outcome


def if_all(*yes: bool) -> Granted | None:
    """Due in kind, or set locally, where everything holds."""
    return Granted() if all(yes) else None


def student_values(house: House) -> Values:
    """A student's facts: every stage, and years of entry that are this year, another, and 2017."""
    year = house.today.year
    return {
        "stage": STAGES,
        "boarding": [False, True],
        "school_in_county_seat": [False, True],
        "entered_university_in": sorted({year, year - 1, 2017}),
    }


def of_student(house: House, index: int, see: Callable[[Json], Any]) -> Part:
    """A part of a member's schooling; who is no student is seen as None."""
    pointer = of_member(index, "student")
    return seen(
        house,
        {pointer: student_values(house)},
        lambda student: None if student == "none" else see(student),
    )


def births(house: House) -> list[Any]:
    """Birth dates about the ages of 16 and 60, a child's and a very old person's."""
    edges = [day for age in (INSURED_FROM, OLD) for day in around(years_before(house.today, age))]
    return [day.isoformat() for day in (years_before(house.today, 90), *edges, years_before(house.today, 3))]


def age(house: House, birth: str) -> int:
    """Full years on the day that is asked about."""
    return full_years(day_of(birth), house.today)


def each_poor_person(amount: int | None) -> Callable[[House, int], Rule]:
    """A benefit of every member of a poor household."""
    return lambda house, index: settled(Granted(amount) if house.poor else None)


def home_bed(house: House, index: int) -> Rule:
    """The poor who can hardly move and are chronically ill (7.1.(8))."""
    if not house.poor:
        return NEVER
    return [flag(house, of_member(index, name)) for name in ("mobility_impaired", "chronic_disease")], if_all


def living_allowance(house: House, index: int) -> Rule:
    """Pupils of poor households, from 2018 those who board; university students in both years (6.1, 三.(四), R20)."""
    if not house.poor:
        return NEVER
    in_2017 = house.today.year == 2017
    figures = LIVING_2017 if in_2017 else LIVING_2018

    def see(student: Json) -> Granted | None:
        stage = student["stage"]
        if stage not in figures:
            return None
        if stage == "university" or in_2017 or student["boarding"]:
            return Granted(figures[stage] * YUAN)
        return None

    return [of_student(house, index, see)], as_seen


def boarding(house: House, index: int) -> Rule:
    """Senior-high boarders of poor households (6.1)."""
    if not house.poor:
        return NEVER
    return [
        of_student(
            house,
            index,
            lambda student: Granted(BOARDING) if student["stage"] == "senior_high" and student["boarding"] else None,
        )
    ], as_seen


def transport(house: House, index: int) -> Rule:
    """Boarders of poor households at a primary, junior or senior high school in the county seat (6.1, R12)."""
    if not house.poor:
        return NEVER

    def see(student: Json) -> Granted | None:
        at_school = student["stage"] in ("primary", "junior_high", "senior_high")
        return Granted(TRANSPORT) if at_school and student["boarding"] and student["school_in_county_seat"] else None

    return [of_student(house, index, see)], as_seen


def yulu(house: House, index: int) -> Rule:
    """Vocational students of poor households (6.2)."""
    if not house.poor:
        return NEVER
    vocational = ("vocational_secondary", "vocational_higher")
    return [
        of_student(house, index, lambda student: Granted(YULU) if student["stage"] in vocational else None)
    ], as_seen


def fanhai(house: House, index: int) -> Rule:
    """University entrants of 2017, of poor households or of those with a disabled member; in 2017 only (三.(四))."""
    if house.today.year != 2017:
        return NEVER
    entrant = of_student(
        house,
        index,
        lambda student: student["stage"] == "university" and student["entered_university_in"] == 2017,
    )
    if house.poor:
        return [entrant], lambda entered: Granted(FANHAI) if entered else None
    disabled = [
        seen(house, {of_member(number, "disability"): DISABILITIES}, lambda disability: disability != "none")
        for number in range(house.size)
    ]
    return [entrant, *disabled], lambda entered, *disabled: Granted(FANHAI) if entered and any(disabled) else None


def entrant_survey(house: House, index: int) -> Rule:
    """University entrants of this year in difficulty, of households that are not poor (6.1)."""
    if house.poor:
        return NEVER
    entrant = of_student(
        house,
        index,
        lambda student: student["stage"] == "university" and student["entered_university_in"] == house.today.year,
    )
    return [entrant, flag(house, of_member(index, "in_difficulty"))], if_all


def building_subsidy(house: House) -> Rule:
    """20,000 a person for the poor who are relocated, 10,000 for who moves along, poor or not (4.2, 4.6)."""

    def see(relocation: Json | str) -> Granted | None:
        if isinstance(relocation, str):  # none
            return None
        kind = relocation["kind"]
        if kind == "along":
            return Granted(BUILDING["along"] * house.size)
        if not house.poor:
            return None
        return Granted(BUILDING["registered"] * house.size, CEILING_M2.get(house.size, CEILING_M2_LARGE))

    return [seen(house, {of_household("relocation"): {"kind": ["registered", "along"]}}, see)], as_seen


def renovation(house: House) -> Rule:
    """Dilapidated houses of the poor; 2018 is the last year (1.1)."""
    if not house.poor or house.today > date(2018, 12, 31):
        return NEVER
    return [flag(house, of_household("dilapidated_house"))], if_all


def photovoltaic(house: House) -> Rule:
    """Poor households in which nobody can work, or whose head is disabled (2.3, R17)."""
    if not house.poor:
        return NEVER
    # Where the head is known, nobody else is: one member at most is the head.
    known = [number for number in range(house.size) if house.at(of_member(number, "head")) is True]
    may_be_head = known or [number for number in range(house.size) if house.at(of_member(number, "head")) is not False]
    facts: dict[str, Values] = {}
    for number in may_be_head:
        facts[of_member(number, "head")] = [False, True]
        facts[of_member(number, "disability")] = ["none", "ordinary"]  # severe does here what ordinary does

    def head_disabled(*values: Any) -> bool:
        return any(head and disability != "none" for head, disability in zip(values[::2], values[1::2], strict=True))

    heads = together(house, facts, head_disabled, lambda *values: sum(values[::2]) <= 1)
    works = [flag(house, of_member(number, "can_work")) for number in range(house.size)]
    return [heads, *works], lambda disabled, *works: Granted(PHOTOVOLTAIC) if disabled or not any(works) else None


def menu_support(house: House) -> Rule:
    """Poor households in which somebody can work (2.1.(2), R18)."""
    if not house.poor:
        return NEVER
    works = [flag(house, of_member(number, "can_work")) for number in range(house.size)]
    return works, lambda *works: Granted() if any(works) else None


def able_poor_person(house: House, index: int) -> Rule:
    """Members of poor households who can work (2.5, 5.1, R18)."""
    return ([flag(house, of_member(index, "can_work"))], if_all) if house.poor else NEVER


def microcredit_interest(house: House, index: int) -> Rule:
    """A loan of a poor person, at most 65 years old on its first day, on its days within 2017-2020 (3.1)."""
    if not house.poor:
        return NEVER
    pointer, birth_pointer = of_member(index, "loan"), of_member(index, "birth_date")
    if house.at(pointer) == "none":
        return NEVER
    begins, ends, birth = (
        None if given is None else day_of(given)
        for given in (house.at(f"{pointer}/from"), house.at(f"{pointer}/to"), house.at(birth_pointer))
    )
    day = timedelta(days=1)
    first_days = {date(2000, 1, 1), WINDOW_BEGINS - day, WINDOW_BEGINS, WINDOW_ENDS - day, WINDOW_ENDS}
    last_days = {WINDOW_BEGINS, WINDOW_BEGINS + day, WINDOW_ENDS - day, WINDOW_ENDS, WINDOW_ENDS + day}
    turning_66_on = WINDOW_BEGINS  # one of the first days above
    if begins is not None:
        last_days |= {begins, begins + day, begins + 2 * day}
        turning_66_on = begins
    if ends is not None:
        first_days |= {ends, ends - day, ends - 2 * day}
    if birth is not None:
        too_old = years_later(birth, OLDEST_BORROWER + 1)
        first_days |= {too_old - day, too_old}
    turns_66 = years_before(turning_66_on, OLDEST_BORROWER + 1)
    born_on = {turns_66, turns_66 + day}

    def see(loan: Json | str, birth: str) -> Granted | None:
        if isinstance(loan, str):  # none
            return None
        first, last = day_of(loan["from"]), day_of(loan["to"])
        inside = min(last, WINDOW_ENDS) > max(first, WINDOW_BEGINS)
        if not inside or full_years(day_of(birth), first) > OLDEST_BORROWER:
            return None
        return Granted(interest(fen(loan["principal"]), first, last))

    def can_be(loan: Json | str, birth: str) -> bool:
        return isinstance(loan, str) or bool(loan["from"] <= loan["to"])  # no day at all, if repaid at once

    values: Values = {
        "principal": ["1000.00", "50000.00"],
        "from": [each.isoformat() for each in sorted(first_days)],
        "to": [each.isoformat() for each in sorted(last_days)],
    }
    facts: dict[str, Values] = {pointer: values, birth_pointer: [each.isoformat() for each in sorted(born_on)]}
    return [together(house, facts, see, can_be)], as_seen


def farmland_return(house: House) -> Rule:
    """Steep farmland, of whomever (5.1)."""
    return [flag(house, of_household("steep_farmland"))], if_all


def members_in_need(house: House) -> list[Part]:
    """Of each member: 60 or more, severely disabled, chronically ill or unable to work (8.1)."""
    return [
        seen(
            house,
            {
                of_member(number, "birth_date"): births(house),
                of_member(number, "disability"): DISABILITIES,
                of_member(number, "chronic_disease"): [False, True],
                of_member(number, "can_work"): [False, True],
            },
            lambda birth, disability, chronic, can_work: (
                age(house, birth) >= OLD or disability == "severe" or chronic or not can_work
            ),
        )
        for number in range(house.size)
    ]


def income(house: House, see: Callable[[int], bool]) -> Part:
    """A part of the household's income, about the standard and one and a half times it."""
    line = STANDARD * house.size
    upper = line * 3 // 2  # exact: the standard is a whole number of yuan
    about = [0, line - 1, line, line + 1, upper - 1, upper, upper + 1, 10 * upper]
    return seen(
        house, {of_household("annual_net_income"): [yuan(each) for each in about]}, lambda money: see(fen(money))
    )


def minimum_living(house: House) -> Rule:
    """Poor households below the standard with a member in need (8.1, 8.2)."""
    if not house.poor:
        return NEVER
    below = income(house, lambda money: money < STANDARD * house.size)
    return [below, *members_in_need(house)], lambda low, *need: Granted() if low and any(need) else None


def direct_cash(house: House) -> Rule:
    """Poor households from the standard to below one and a half times it, with a member in need (8.1, 8.2)."""
    if not house.poor:
        return NEVER
    line = STANDARD * house.size
    at_the_edge = income(house, lambda money: line <= money and 2 * money < 3 * line)
    due = Granted((DIRECT_CASH_2017 if house.today.year == 2017 else DIRECT_CASH_2018) * house.size)
    return [at_the_edge, *members_in_need(house)], lambda near, *need: due if near and any(need) else None


def pension_premium(house: House, index: int) -> Rule:
    """The insured poor from 16 to 59 (8.2)."""
    if not house.poor:
        return NEVER
    of_age = seen(
        house,
        {of_member(index, "birth_date"): births(house)},
        lambda birth: INSURED_FROM <= age(house, birth) <= INSURED_TO,
    )
    return [
        flag(house, of_member(index, "pension_insured")),
        of_age,
    ], lambda insured, of_age: Granted(PENSION) if insured and of_age else None


def disability_living(house: House, index: int) -> Rule:
    """The disabled in difficulty, poor or not (8.2)."""
    disabled = seen(house, {of_member(index, "disability"): DISABILITIES}, lambda disability: disability != "none")
    return [
        disabled,
        flag(house, of_member(index, "in_difficulty")),
    ], lambda disabled, difficulty: Granted(DISABILITY_LIVING) if disabled and difficulty else None


def severe_disability_nursing(house: House, index: int) -> Rule:
    """The severely disabled, poor or not (8.2)."""
    severe = seen(house, {of_member(index, "disability"): DISABILITIES}, lambda disability: disability == "severe")
    return [severe], lambda severe: Granted(NURSING) if severe else None


OF_MEMBERS: dict[str, Callable[[House, int], Rule]] = {
    "health.check_up": each_poor_person(None),
    "health.premium_basic": each_poor_person(PREMIUM_BASIC),
    "health.premium_supplementary": each_poor_person(PREMIUM_SUPPLEMENTARY),
    "health.family_doctor": each_poor_person(None),
    "health.home_bed": home_bed,
    "health.one_stop": each_poor_person(None),
    "health.reimbursement_uplift": each_poor_person(None),
    "education.living_allowance": living_allowance,
    "education.boarding": boarding,
    "education.transport": transport,
    "education.yulu": yulu,
    "education.fanhai": fanhai,
    "education.entrant_survey": entrant_survey,
    "industry.ecommerce_rebate": each_poor_person(REBATE),
    "industry.workshop": able_poor_person,
    "finance.microcredit_interest": microcredit_interest,
    "ecology.post": able_poor_person,
    "social_security.pension_premium": pension_premium,
    "social_security.disability_living": disability_living,
    "social_security.severe_disability_nursing": severe_disability_nursing,
}
OF_HOUSEHOLDS: dict[str, Callable[[House], Rule]] = {
    "relocation.building_subsidy": building_subsidy,
    "housing.renovation": renovation,
    "industry.photovoltaic": photovoltaic,
    "industry.menu_support": menu_support,
    "ecology.farmland_return": farmland_return,
    "social_security.minimum_living": minimum_living,
    "social_security.direct_cash": direct_cash,
}


# --------------------------------------------------------------------------------------------------
# The answer
# --------------------------------------------------------------------------------------------------


def payments(benefit: str, amount: int | None, today: date) -> list[Json]:
    """What is still to be paid in this calendar year, where the text says when (6.1, 6.3)."""
    if amount is None:
        return []
    planned: list[tuple[date, int]] = []
    if benefit in ("education.living_allowance", "education.boarding", "education.transport"):
        planned = [(date(today.year, 5, 31), amount // 2), (date(today.year, 10, 31), amount - amount // 2)]
    if benefit == "education.yulu":
        planned = [(date(today.year, 11, 30), amount)]
    return [{"by": by.isoformat(), "amount": part} for by, part in planned if by >= today]


def document_order(pointer: str) -> tuple[int, int]:
    """The place of a fact: the household's before the members', members in order."""
    steps = pointer.split("/")[2:]
    if steps[0] == "members":
        return int(steps[1]), MEMBER_FACTS.index("/".join(steps[2:]))
    return -1, HOUSEHOLD_FACTS.index("/".join(steps))


def each_benefit(house: House) -> Iterator[tuple[str, int | None, Rule]]:
    """Every benefit in the contract's order, for the household or for each member in the request's."""
    for benefit, (whose, _, _) in BENEFITS.items():
        if whose == HOUSEHOLD:
            yield benefit, None, OF_HOUSEHOLDS[benefit](house)
        else:
            for index in range(house.size):
                yield benefit, index, OF_MEMBERS[benefit](house, index)


def weighed(request: Json) -> dict[tuple[str, str | None], Weighed]:
    """Every benefit and member, weighed: for tests that want the completions themselves."""
    house = House(request)
    return {
        (benefit, None if index is None else house.members[index]["id"]): weigh(*rule)
        for benefit, index, rule in each_benefit(house)
    }


def entitlements(request: Json) -> list[Json]:
    """The entitlements of a household: the body of POST /v1/entitlements in, amounts in fen out."""
    today = day_of(request["as_of"])
    answer = []
    for (benefit, member), (outcomes, missing) in weighed(request).items():
        _, form, per = BENEFITS[benefit]
        granted = next(iter(outcomes)) if len(outcomes) == 1 else None
        status = "undecided" if len(outcomes) > 1 else "not_entitled" if granted is None else "entitled"
        amount = None if granted is None else granted.amount
        entry: Json = {
            "benefit": benefit,
            "member": member,
            "status": status,
            "amount": amount,
            "per": per,
            "form": form,
            "payments": payments(benefit, amount, today),
            "missing": sorted(missing, key=document_order),
            "procedure": PROCEDURES.get(benefit),
        }
        if benefit == "relocation.building_subsidy":
            entry["area_ceiling_m2"] = None if granted is None else granted.ceiling_m2
        answer.append(entry)
    return answer


def questions(entries: list[Json]) -> list[Json]:
    """The missing facts: those first that decide most benefits, then most entitlements, then in document order."""
    stands_in: dict[str, list[str]] = {}
    for entry in entries:
        for pointer in entry["missing"]:
            stands_in.setdefault(pointer, []).append(entry["benefit"])
    asked = sorted(
        stands_in,
        key=lambda pointer: (-len(set(stands_in[pointer])), -len(stands_in[pointer]), document_order(pointer)),
    )
    return [
        {"pointer": pointer, "decides": [benefit for benefit in BENEFITS if benefit in stands_in[pointer]]}
        for pointer in asked
    ]


def summary(entries: list[Json]) -> Json:
    """Cash of a year and cash once, in fen; how many are in kind, how many undecided."""
    times = {"year": 1, "school_year": 1, "month": 12}
    due = [entry for entry in entries if entry["status"] == "entitled"]
    cash = [entry for entry in due if entry["form"] == CASH and entry["amount"] is not None]
    return {
        "cash_per_year": sum(entry["amount"] * times.get(entry["per"], 0) for entry in cash),
        "cash_once": sum(entry["amount"] for entry in cash if entry["per"] == "once"),
        "in_kind": sum(entry["form"] == IN_KIND for entry in due),
        "undecided": sum(entry["status"] == "undecided" for entry in entries),
    }
