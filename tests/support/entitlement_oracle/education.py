"""Education (六, 报告部分三.(四)): allowances of pupils and students, the Yulu plan, training, and entrants' aid."""

from collections.abc import Callable
from typing import Any

from tests.support.entitlement_oracle.facts import House, Json, Readings, of_member
from tests.support.entitlement_oracle.figures import (
    BOARDING_SUBSIDY,
    DISABILITIES,
    FANHAI,
    FANHAI_YEAR,
    SENIOR_ALLOWANCE,
    STAGES,
    STATES_PART,
    SUPPLEMENT,
    TRANSPORT_SUBSIDY,
    UNIVERSITY_ALLOWANCE,
    YULU,
)
from tests.support.entitlement_oracle.trying import REFUSED, Claim, Granted, Part, Values, as_seen, flag, if_all, part

VOCATIONAL = ("vocational_secondary", "vocational_higher")


def student_values(house: House) -> dict[str, list[Any]]:
    """A student's facts: every stage, and years of entry that are this year, another, and 2017."""
    year = house.today.year
    return {
        "stage": STAGES,
        "boarding": [False, True],
        "school_in_county_seat": [False, True],
        "entered_university_in": sorted({year, year - 1, FANHAI_YEAR}),
    }


def of_student(house: House, index: int, see: Callable[[Json], Any]) -> Part:
    """A part of a member's schooling; who is no student is seen as None."""
    return part(
        house,
        {of_member(index, "student"): student_values(house)},
        lambda student: None if student == "none" else see(student),
    )


def counted_as(stage: str, readings: Readings) -> str:
    """The stage that a vocational school counts as: university (R23), senior high (R24), or itself."""
    if stage == "vocational_higher" and readings["higher_vocational"] == "included":
        return "university"
    if stage == "vocational_secondary" and readings["vocational_senior_high"] == "included":
        return "senior_high"
    return stage


def allowance(student: Json, readings: Readings) -> int | None:
    """The living allowance of a poor pupil or student."""
    stage, boards = counted_as(student["stage"], readings), student["boarding"]
    every_pupil = readings["pupils_allowance"] == "every_pupil"
    if stage in SUPPLEMENT:
        if boards:
            return SUPPLEMENT[stage] + STATES_PART[stage]
        return SUPPLEMENT[stage] if every_pupil else None
    if stage == "senior_high":
        return SENIOR_ALLOWANCE if boards or every_pupil else None
    if stage == "university":
        return UNIVERSITY_ALLOWANCE if boards or readings["university_boarding"] == "not_asked" else None
    return None


def granted(amount: int | None) -> Granted | None:
    """An amount that is due, or nothing."""
    return None if amount is None else Granted(amount)


def living_allowance(house: House, index: int, readings: Readings) -> Claim:
    """Poor pupils who board (R22) and students (R20, R23), of vocational secondary schools by R24 (六.1)."""
    if not house.poor:
        return REFUSED
    return as_seen(of_student(house, index, lambda student: granted(allowance(student, readings))))


def boarding(house: House, index: int, readings: Readings) -> Claim:
    """Poor senior-high boarders (六.1)."""
    if not house.poor:
        return REFUSED
    boards = of_student(
        house,
        index,
        lambda student: counted_as(student["stage"], readings) == "senior_high" and student["boarding"],
    )
    return if_all([boards], Granted(BOARDING_SUBSIDY))


def transport(house: House, index: int, readings: Readings) -> Claim:
    """Poor boarders at a primary or secondary school in the county seat (六.1, R12)."""
    if not house.poor:
        return REFUSED
    pupils = {"primary", "junior_high"}
    if readings["transport_pupils"] == "with_senior_high":
        pupils.add("senior_high")

    def travels(student: Json) -> bool:
        at_school = counted_as(student["stage"], readings) in pupils
        return bool(at_school and student["boarding"] and student["school_in_county_seat"])

    return if_all([of_student(house, index, travels)], Granted(TRANSPORT_SUBSIDY))


def yulu(house: House, index: int) -> Claim:
    """Poor students of vocational schools (六.2)."""
    if not house.poor:
        return REFUSED
    return if_all([of_student(house, index, lambda student: student["stage"] in VOCATIONAL)], Granted(YULU))


def training(house: House, index: int) -> Claim:
    """The poor who can work and are no pupils or students (报告部分三.(四), 报告部分三.(六))."""
    if not house.poor:
        return REFUSED
    schooling: Values = ["none", {"stage": "university"}]
    out_of_school = part(house, {of_member(index, "student"): schooling}, lambda student: student == "none")
    return if_all([flag(house, of_member(index, "can_work")), out_of_school], Granted())


def entered(house: House, index: int, readings: Readings, year: int) -> Part:
    """A university entrant of a year."""
    return of_student(
        house,
        index,
        lambda student: (
            counted_as(student["stage"], readings) == "university" and student["entered_university_in"] == year
        ),
    )


def disabled(house: House, index: int) -> Part:
    """A disability of any degree."""
    return part(house, {of_member(index, "disability"): DISABILITIES}, lambda disability: disability != "none")


def fanhai(house: House, index: int, readings: Readings) -> Claim:
    """The university entrants of 2017 who are poor or of a household with a disabled member (报告部分三.(四))."""
    if house.today.year != FANHAI_YEAR:
        return REFUSED
    entrant = entered(house, index, readings, FANHAI_YEAR)
    if house.poor:
        return if_all([entrant], Granted(FANHAI))
    anybody = [disabled(house, number) for number in range(house.size)]
    return Claim([entrant, *anybody], lambda enters, *each: Granted(FANHAI) if enters and any(each) else None)


def entrant_survey(house: House, index: int, readings: Readings) -> Claim:
    """University entrants of this year in difficulty, of households that are not poor (六.1)."""
    if house.poor:
        return REFUSED
    entrant = entered(house, index, readings, house.today.year)
    return if_all([entrant, flag(house, of_member(index, "in_difficulty"))], Granted())
