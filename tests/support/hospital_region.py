"""The region that the stand-in hospitals work in: institutions, persons with their statuses, and random visits."""

import datetime as dt
import random
from collections.abc import Mapping
from typing import NamedTuple

from tests.support.hospital_books import Visit
from tests.support.hospital_ledger import Status

CHANGING = {dt.date(2017, 7, 1), dt.date(2018, 6, 30), dt.date(2018, 7, 1)}
FIRST, LAST = dt.date(2017, 1, 1), dt.date(2018, 12, 31)
LONG_AGO = dt.date(2014, 1, 1)


class Institution(NamedTuple):
    """A row of the file of institutions."""

    code: str
    name: str
    level: str


HOSPITALS = (
    Institution("H15092300001", "商都县医院", "county"),
    Institution("H15090000002", "乌兰察布市中心医院", "city"),
    Institution("H15010000003", "自治区医院", "in_region"),
    Institution("H15092300004", "十八顷镇卫生院", "township"),
)
"""Who takes part in the thousand visits."""

SINGLE = Institution("H15092300011", "县医院", "county")
CLINIC = Institution("H15092300012", "镇卫生院", "township")
OTHER = Institution("H15092300013", "另一县医院", "county")
ALONE = Institution("H15092300014", "第三县医院", "county")
ANOTHER = Institution("H15092300015", "第四县医院", "county")
DAILY = Institution("H15092300016", "第五县医院", "county")
NOBODY = Institution("H15092300099", "名册以外", "county")
INSTITUTIONS = (*HOSPITALS, SINGLE, CLINIC, OTHER, ALONE, ANOTHER, DAILY)


def number(count: int) -> str:
    """An insurer's number of a person; no identity-card number looks like it."""
    return f"15{count:018d}"


def people() -> dict[str, list[Status]]:
    """The register: the ordinary, the poor with and without a major disease, the exited, the chronically ill, others.

    Numbers that it does not have are strangers. What changes, changes on a day that no visit falls on.
    """
    summer = dt.date(2018, 6, 30)
    kinds: list[tuple[int, list[Status]]] = [
        (6, [Status("none", LONG_AGO)]),
        (10, [Status("registered", LONG_AGO)]),
        (8, [Status("registered", LONG_AGO), Status("major_disease", dt.date(2016, 5, 1))]),
        (4, [Status("exited_with_policy", dt.date(2016, 12, 31))]),
        (4, [Status("exited_with_policy", dt.date(2016, 12, 31)), Status("major_disease", LONG_AGO)]),
        (4, [Status("exited_without_policy", dt.date(2016, 12, 31)), Status("major_disease", LONG_AGO)]),
        (8, [Status("registered", LONG_AGO), Status("chronic_disease", LONG_AGO)]),
        (3, [Status("none", LONG_AGO), Status("chronic_disease", LONG_AGO)]),
        (4, [Status("registered", LONG_AGO, summer), Status("exited_without_policy", dt.date(2018, 7, 1))]),
        (4, [Status("registered", LONG_AGO), Status("major_disease", dt.date(2017, 7, 1))]),
    ]
    every = [list(statuses) for count, statuses in kinds for _ in range(count)]
    return {number(at): statuses for at, statuses in enumerate(every, 1)}


STRANGERS = tuple(number(900 + at) for at in range(5))

SINGLE_POOR = tuple(number(1_000 + at) for at in range(200))
"""Registered persons with a major disease, one for each test that needs one."""


def register() -> dict[str, list[Status]]:
    """All whom the insurer knows."""
    poor = [Status("registered", LONG_AGO), Status("major_disease", LONG_AGO)]
    return people() | {each: list(poor) for each in SINGLE_POOR}


def persons_file(persons: Mapping[str, list[Status]]) -> str:
    """The register as the file that is imported."""
    rows = [
        f"{each},{status.status},{status.since},{status.until or ''}"
        for each, statuses in persons.items()
        for status in statuses
    ]
    return "\n".join(["number,status,from,until", *rows, ""])


def institutions_file() -> str:
    """The institutions as the file that is imported."""
    return "\n".join(["code,name,level", *(",".join(each) for each in INSTITUTIONS), ""])


def working_days(rng: random.Random, year: int, count: int) -> list[dt.date]:
    """Days of a year in order, the first and the last among them, and none on which a status changes."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    days = {first, last}
    while len(days) < count:
        days.add(first + dt.timedelta(days=rng.randrange(365)))
        days -= CHANGING
    return sorted(days)


TYPICAL = {"township": 2_500_00, "county": 9_000_00, "city": 30_000_00, "in_region": 60_000_00}
"""A usual bill of a stay, in fen."""


NO_PARTS = (0, 0, 0, 0)


def parts_of(rng: random.Random, total: int) -> tuple[int, int, int, int]:
    """A bill in its four parts; one hospital in four sends zeros, and relies on the fees that it has uploaded."""
    if rng.random() < 0.25:
        return NO_PARTS
    fully, above, first = (int(total * rng.uniform(0, share)) for share in (0.15, 0.05, 0.1))
    if rng.random() < 0.1:
        fully, above, first = 0, 0, 0
    return (fully, above, first, total - fully - above - first)


def random_visit(
    rng: random.Random, visit_id: str, level: str, day: dt.date, persons: Mapping[str, list[Status]]
) -> Visit:
    """A visit to a hospital of a level: a stay, or outpatient care, chronic where the person is."""
    person = rng.choice(STRANGERS) if rng.random() < 0.06 else rng.choice(list(persons))
    inpatient = rng.random() < (0.25 if level == "township" else 0.85)
    if inpatient:
        total = min(600_000_00, max(100_00, round(TYPICAL[level] * rng.lognormvariate(0, 0.9))))
    else:
        total = rng.randint(20_00, 1_500_00)
    chronic = any(status.status == "chronic_disease" for status in persons.get(person, ()))
    med_type = "21" if inpatient else "14" if chronic else "11"
    return Visit(visit_id, person, day, inpatient, med_type, total, parts_of(rng, total))
