"""Education (教育扶贫): 六, 三.(四) of the report; figures in education.yaml."""

from functools import lru_cache

from app.rules.entitlements.case import Case, Finding
from app.rules.entitlements.household import Disability, Member, Stage, Student
from app.rules.three_valued import Condition, all_of, any_of, because, condition, fails, holds, known, unknown

SCHOOLS: tuple[Stage, ...] = ("primary", "junior_high", "senior_high")
COMPULSORY: tuple[Stage, ...] = ("primary", "junior_high")
VOCATIONAL: tuple[Stage, ...] = ("vocational_secondary", "vocational_higher")

TWICE_A_YEAR = ("education.paid_by.spring", "education.paid_by.autumn")

NOT_A_STUDENT = Finding(fails("not_a_student"))


def living_allowance(case: Case, member: Member) -> Finding:
    """Living allowance (生活补助): 六.1, for 2017 三.(四) of the report; from 2018 pupils must board. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    boarders_only = case.figures.holds("education.living_allowance.boarders_only")
    stage = student.stage
    if stage is None:
        missing = [(member.number, "student", "stage")]
        if boarders_only and student.boarding is None:
            missing.append((member.number, "student", "boarding"))
        return Finding(unknown(*missing))
    if stage == "university":
        boards = holds("boarding_not_asked_of_students")
    else:
        boards = _boards(member, student) if boarders_only else holds("boarding_not_asked")
    due = all_of(_attends(stage, (*SCHOOLS, "university")), boards)
    # The clause that asks for boarding also names figures that include the state's own allowance.
    included = [because("includes_state_share")] if boarders_only and stage in COMPULSORY else []
    return case.pays(due, f"education.living_allowance.{stage}", *included, paid_by=TWICE_A_YEAR)


def boarding(case: Case, member: Member) -> Finding:
    """Boarding subsidy at senior high school (住宿补助): 六.1. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    due = all_of(_stage(member, student, ("senior_high",)), _boards(member, student))
    return case.pays(due, "education.boarding.amount", paid_by=TWICE_A_YEAR)


def transport(case: Case, member: Member) -> Finding:
    """Transport subsidy of boarders at school in the county seat (交通补助): 六.1, reading R12. Fen a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    path = (member.number, "student", "school_in_county_seat")
    in_seat = condition(student.school_in_county_seat, path, "school_in_county_seat", "school_elsewhere")
    due = all_of(_stage(member, student, SCHOOLS), _boards(member, student), in_seat)
    by_reading = [because("senior_high_included")] if student.stage == "senior_high" else []
    return case.pays(due, "education.transport.amount", *by_reading, paid_by=TWICE_A_YEAR)


def yulu(case: Case, member: Member) -> Finding:
    """Yulu plan for vocational education (雨露计划): 六.2, 六.3. Fen a school year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member)
    due = _stage(member, student, VOCATIONAL)
    if not due.truth:
        return Finding(due)
    identified_by = case.figures.day_in("education.yulu.identified_by", case.as_of.year)
    identified = because("identified_by", day=identified_by.isoformat())
    return case.pays(due, "education.yulu.amount", identified, paid_by=("education.yulu.paid_by",))


def fanhai(case: Case, member: Member) -> Finding:
    """Fanhai aid for the university entrants of one year (泛海助学行动): 三.(四). Fen, once; whatever the status."""
    opens, closes = case.figures.day("education.fanhai.first_day"), case.figures.day("education.fanhai.last_day")
    if not opens <= case.as_of <= closes:
        return _over(opens.year)
    if member.student == "none":
        return NOT_A_STUDENT
    others = [
        _disabled(disability, number, "member_disabled")
        for number, disability in enumerate(case.disabilities)
        if number != member.number
    ]
    own = _disabled(member.disability, member.number, "is_disabled")
    in_need = any_of((case.poor, own, *others), "neither_poor_nor_disabled")
    return case.pays(all_of(_entered(member, opens.year), in_need), "education.fanhai.amount")


def entrant_survey(case: Case, member: Member) -> Finding:
    """Survey of and help for entrants of households that are not poor (非贫困家庭大学新生摸底资助): 六.1."""
    if case.poor.truth:
        return POOR
    if member.student == "none":
        return NOT_A_STUDENT
    difficulty = condition(member.in_difficulty, (member.number, "in_difficulty"), "in_difficulty", "not_in_difficulty")
    return Finding(all_of(holds("not_of_a_poor_household"), _entered(member, case.as_of.year), difficulty))


POOR = Finding(fails("poor_is_helped_otherwise"))


@lru_cache
def _over(year: int) -> Finding:
    return Finding(Condition(False, (because("fanhai_over", year=year),)))


def _no_student(member: Member) -> Finding:
    return Finding(unknown((member.number, "student"))) if member.student is None else NOT_A_STUDENT


def _attends(stage: Stage, stages: tuple[Stage, ...]) -> Condition:
    return known(stage in stages, "attends", "other_stage", stage=stage)


def _stage(member: Member, student: Student, stages: tuple[Stage, ...]) -> Condition:
    if student.stage is None:
        return unknown((member.number, "student", "stage"))
    return _attends(student.stage, stages)


def _boards(member: Member, student: Student) -> Condition:
    return condition(student.boarding, (member.number, "student", "boarding"), "boards", "does_not_board")


def _entered(member: Member, year: int) -> Condition:
    """Whether a member entered university in a year."""
    student = member.student
    if not isinstance(student, Student):
        return _no_student(member).condition
    entered = student.entered_university_in
    if entered is None:
        in_year = unknown((member.number, "student", "entered_university_in"))
    else:
        in_year = known(entered == year, "entered", "entered_otherwise", year=entered)
    return all_of(_stage(member, student, ("university",)), in_year)


def _disabled(disability: Disability | None, number: int, code: str) -> Condition:
    disabled = None if disability is None else disability != "none"
    return condition(disabled, (number, "disability"), code, "not_disabled")
